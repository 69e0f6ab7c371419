"""Folders of which Argo CD applies every manifest, because no kustomization and no chart says what belongs to them.

Where an ApplicationSet makes the path, all folders are meant that the path may be: what follows from it is a mark that
does no harm.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import product

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import clean
from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_list, as_map
from krm_secrets.repository.applicationsets import filled, glob, parameters
from krm_secrets.repository.builds import Start, Way
from krm_secrets.repository.selectors import strings, top_map

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.repository.survey import Survey

HOOK, SKIP = "argocd.argoproj.io/hook", "Skip"
"""The annotation by which Argo CD leaves a document alone."""

_OTHERS = ("chart", "helm", "kustomize", "plugin")
_TAKEN = (".yaml", ".yml", ".json")
_CHART = "Chart.yaml"


class Directory(NamedTuple):
    """A directory source: who says so, the folders that it may be, and which files it takes.

    `explicit` where it is one even with a kustomization or a chart in it.
    """

    name: str
    folders: str
    recurse: bool
    include: str
    exclude: str
    explicit: bool

    def takes(self, seen: Survey, path: str) -> bool:
        """Whether Argo CD applies what is in the file of this real path."""
        if not path.endswith(_TAKEN):
            return False
        within = os.path.relpath(path, seen.tree.root)
        folder, parts = os.path.dirname(within), within.split(os.sep)
        starts = [os.sep.join(parts[:n]) for n in range(len(parts))] if self.recurse else [folder]
        for start in starts:
            if re.fullmatch(self.folders, start) and (self.explicit or not _is_built(seen, start)):
                inner = os.path.relpath(within, start or ".")
                included = not self.include or re.fullmatch(glob(self.include), inner) is not None
                if included and not (self.exclude and re.fullmatch(glob(self.exclude), inner)):
                    return True
        return False


def is_argo(item: Resource) -> bool:
    """Whether an object is an Application or an ApplicationSet."""
    return item.kind in ("Application", "ApplicationSet") and item.api_version.partition("/")[0] == "argoproj.io"


def starts(item: Resource, seen: Survey) -> Iterator[Start]:
    """What an Application builds of this tree, or each of those that an ApplicationSet makes.

    Of a path that a generator makes which looks elsewhere nothing is known.
    """
    spec = _application(item)
    sets = parameters(top_map(item, "spec"), seen.tree) if item.kind == "ApplicationSet" else [dict[str, str]()]
    for given, source in product(sets, sources(item)):
        path = filled(_text(source, "path"), given)
        directory = None if "${" in path else _directory(item, {**source, "path": path}, [])
        folder = os.path.normpath(os.path.join(seen.tree.root, path.lstrip("/")))
        if directory is None or not path or any(source.get(key) for key in ("chart", "helm", "plugin")):
            continue
        options, built = as_map(source.get("kustomize")), folder in seen.kustomizations
        is_chart = not built and os.path.join(folder, _CHART) in seen.tree.files
        if folder == seen.tree.root or folder not in seen.tree.folders or is_chart:
            continue
        fill = partial(filled, given=given)
        given_to_all = (strings(options.get(key)) for key in ("commonLabels", "commonAnnotations"))
        labels, annotations = (tuple(each.items()) for each in given_to_all)
        default = fill(_text(as_map(spec.get("destination")), "namespace"))
        way = Way(labels=labels, annotations=annotations, default=default)
        own, prefix, suffix = (fill(_text(options, key)) for key in ("namespace", "namePrefix", "nameSuffix"))
        takes = None if built and not directory.explicit else partial(directory.takes, seen)
        yield Start(folder, own, prefix, suffix, (), way, None, takes)


def _text(data: dict[str, object], key: str) -> str:
    return str(data.get(key) or "")


def directories(seen: Survey) -> list[Directory]:
    """The directory sources of all Applications of the tree."""
    return [found for one in seen.parsed.values() for item in one.items if is_argo(item) for found in _of(item)]


def sources(item: Resource) -> list[dict[str, object]]:
    """The sources of an Application, or of those that an ApplicationSet makes."""
    spec = _application(item)
    return [each for each in (spec.get("source"), *as_list(spec.get("sources"))) if isinstance(each, dict)]


def _application(item: Resource) -> dict[str, object]:
    """The spec of an Application, or of those that an ApplicationSet makes."""
    spec = top_map(item, "spec")
    return as_map(as_map(spec.get("template")).get("spec")) if item.kind == "ApplicationSet" else spec


def _of(item: Resource) -> Iterator[Directory]:
    generated = [*_paths(top_map(item, "spec"))] if item.kind == "ApplicationSet" else []
    for source in sources(item):
        found = _directory(item, source, generated)
        if found is not None and not any(source.get(key) for key in _OTHERS):
            yield found


def _directory(item: Resource, source: dict[str, object], generated: list[str]) -> Directory | None:
    """The source as one of a directory, if it has a path."""
    if "path" not in source:
        return None
    options = as_map(source.get("directory"))
    path = os.path.normpath(str(source["path"]).strip("/") or ".")
    return Directory(
        f"{item.ref} in {clean(item.slot.source.file)}",
        "" if path == "." else _folders(path, generated),
        options.get("recurse") is True,
        str(options.get("include") or ""),
        str(options.get("exclude") or ""),
        "directory" in source,
    )


def _folders(path: str, generated: list[str]) -> str:
    """The folders that a path with templates may be, as an expression."""
    found = ""
    for n, part in enumerate(re.split(r"(\{\{.*?\}\})", path)):
        word = part.strip("{} ")
        if n % 2 == 0:
            found += re.escape(part)
        elif word in ("path", ".path.path") and generated:
            found += f"(?:{'|'.join(generated)})"
        else:
            found += "[^/]+" if "basename" in word.lower() else ".+"
    return found


def _paths(value: object) -> Iterator[str]:
    """The folders of Git generators, however deep in others they stand."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _paths(each)
    git = as_map(as_map(value).get("git"))
    for field in ("directories", "files"):
        for entry in map(as_map, as_list(git.get(field))):
            if entry.get("path") and not entry.get("exclude"):
                path = str(entry["path"])
                yield glob(path if field == "directories" else os.path.dirname(path), "[^/]*")


def _is_built(seen: Survey, folder: str) -> bool:
    """Whether a kustomization or a chart says what is in a folder."""
    path = os.path.join(seen.tree.root, folder) if folder else seen.tree.root
    return path in seen.kustomizations or os.path.join(path, _CHART) in seen.tree.files
