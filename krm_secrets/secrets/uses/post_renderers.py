"""The Secrets that patches add: those of a HelmRelease's `postRenderers`, and of a kustomization.

A patch stands as text in the release, as a strategic merge or as a list of JSON patches. The path of a reference goes
on within that text.
"""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.krm.resource import group_of
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.uses import values
from krm_secrets.secrets.uses.reference import ANEW, Reference
from krm_secrets.secrets.uses.value_forms import search

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krm_secrets.secrets.uses.installs import Files


_PLACE: Path = ("spec", "postRenderers")
_FIELDS = ("patches", "patchesStrategicMerge", "patchesJson6902")
_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
_ADDING = ("add", "replace")


def added(renderers: object) -> Iterator[Reference]:
    """The references that the patches of post renderers add; those in Jobs are read anew by each new Pod."""
    for n, renderer in enumerate(as_list(renderers)):
        yield from added_by(as_map(as_map(renderer).get("kustomize")), (*_PLACE, n, "kustomize"))


def added_by(kustomization: Mapping[str, object], place: Path = (), files: Files | None = None) -> Iterator[Reference]:
    """The references that patches in a kustomization add, which stands at the place; those in `files` stand there as a
    whole, where the file is named."""
    for field in _FIELDS:
        for index, given in enumerate(as_list(kustomization.get(field))):
            path, patch = (*place, field, index), as_map(given)
            target, inline = as_map(patch.get("target")), patch.get("patch")
            if field == "patchesStrategicMerge":
                is_file = isinstance(given, str) and "\n" not in given and ":" not in given
                named, inline, target, written = given if is_file else None, given, {}, path
            else:
                named, path, written = patch.get("path"), (*path, "path"), (*path, "patch")
            if files is not None and isinstance(named, str):
                yield from (ref._replace(path=path) for ref in _of_patch(target, files(named, "."), path))
            yield from _of_patch(target, inline, written)


def _of_patch(target: Mapping[str, object], content: object, path: Path) -> Iterator[Reference]:
    """The references in a patch, which may be text."""
    data = values.parsed(content) if isinstance(content, str) else content
    kind, group = as_text(target.get("kind")), as_text(target.get("group"))
    if isinstance(data, list):
        for index, operation in enumerate(map(as_map, data)):
            if operation.get("op") in _ADDING:
                pointer = as_text(operation.get("path")).split("/")[1:]
                keys = [part.replace("~1", "/").replace("~0", "~") for part in pointer]
                part = _nested(keys, operation.get("value"))
                yield from _in_kind(kind, group, part, (*path, index))
    else:
        kind = kind or as_text(as_map(data).get("kind"))
        yield from _in_kind(kind, group or group_of(as_text(as_map(data).get("apiVersion"))), data, path)


def _in_kind(kind: str, group: str, data: object, path: Path) -> Iterator[Reference]:
    """What a part of an object of a kind names; the kind may be an expression, or be missing for any."""
    if not kind or any(each in kind for each in _ROLLED):
        yield from search(data, path)
    elif "Job" in kind:
        yield from (ref._replace(restart=False, how=ANEW) for ref in search(data, path))
    else:
        from krm_secrets.secrets.uses.catalog import references  # charts hardly ever need such a patch

        yield from (ref._replace(path=(*path, *ref.path)) for ref in references(as_map(data), kind, group))


def _nested(keys: list[str], value: object) -> object:
    """An object that has nothing but the value of a JSON patch."""
    for key in reversed(keys):
        value = [value] if key == "-" or key.isdecimal() else {key: value}
    return value
