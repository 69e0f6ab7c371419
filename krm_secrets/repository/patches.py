"""What kustomizations do to the objects that they take: patches, replacements, labels, names, and what they delete.

Read are kustomization files and Components, the same fields of a Flux Kustomization and of an Argo CD Application, and
kustomize's own transformers. Where it cannot be known which objects or fields are meant, all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import as_list, as_map, at
from krm_secrets.repository.selectors import Selector, selected
from krm_secrets.settings.kinds import GROUP
from krm_secrets.yamltext.load import documents

How: TypeAlias = Literal["patch", "replacement", "read", "given", "run", "configured", "delete"]


Data: TypeAlias = "Mapping[str, object]"
Paths = tuple[tuple[str, ...], ...]

ANYTHING: Paths = ((),)
NAME: Paths = (("metadata", "name"),)
LABELS: Paths = (("metadata", "labels"),)
ANNOTATIONS: Paths = (("metadata", "annotations"),)

PATCH: Final = "patch"
REPLACEMENT: Final = "replacement"
READ: Final = "read"
GIVEN: Final = "given"
RUN: Final = "run"
CONFIGURED: Final = "configured"
DELETE: Final = "delete"

_BUILTIN: dict[str, Callable[[Data], Data]] = {
    "PatchTransformer": lambda data: {"patches": [data]},
    "PatchJson6902Transformer": lambda data: {"patches": [{"patch": data.get("jsonOp"), **data}]},
    "PatchStrategicMergeTransformer": lambda data: {
        "patchesStrategicMerge": [*as_list(data.get("paths")), *filter(None, [data.get("patches")])]
    },
    "LabelTransformer": lambda data: {"labels": [{"pairs": data.get("labels"), "fields": data.get("fieldSpecs")}]},
    "AnnotationsTransformer": lambda data: {
        "commonAnnotations": data.get("annotations"),
        "labels": [{"pairs": {}, "fields": data.get("fieldSpecs")}],
    },
    "PrefixTransformer": lambda data: {"namePrefix": data.get("prefix")},
    "SuffixTransformer": lambda data: {"nameSuffix": data.get("suffix")},
    "PrefixSuffixTransformer": lambda data: {"namePrefix": data.get("prefix"), "nameSuffix": data.get("suffix")},
    "ReplacementTransformer": lambda data: {"replacements": data.get("replacements")},
}
_HARMLESS = ("NamespaceTransformer", "ImageTagTransformer", "ReplicaCountTransformer", "HashTransformer")


class Act(NamedTuple):
    """One thing that a kustomization does: how, to which objects and fields. `entry` is the file that says so."""

    how: How
    selector: Selector
    paths: Paths = ANYTHING
    entry: str = ""
    leaves: Paths = ANYTHING
    """The same fields down to single values, names of objects in lists left out."""
    configured: bool = False
    """Whether a file of a transformer says so."""


Read: TypeAlias = "Callable[[str], str | None]"
"""The text of a file that a kustomization names; None where there is none here."""


def acts(data: Data, read: Read) -> Iterator[Act]:
    """All that the fields of one kustomization do."""
    yield from _given(data)
    for entry in _patches(data):
        yield from _patch(entry, read)
    for entry in _maps(data.get("replacements")):
        yield from _replacements(entry, read)
    for entry in _maps(data.get("vars")):
        path = str(as_map(entry.get("fieldref")).get("fieldpath") or "metadata.name")
        yield Act(READ, selected(as_map(entry.get("objref")), exact=True), (_split(path),))
    for text in _texts(data.get("configurations")):
        yield from _configuration(text, read)
    for text in _texts(data.get("transformers")):
        yield from _transformer(text, read)


def handed_on(data: Data, read: Read) -> Iterator[Data]:
    """The fields of kustomizations that patches put into Flux Kustomizations, which do it then."""
    for _, document in _written(data, read):
        if isinstance(document, dict) and isinstance(document.get("spec"), dict):
            yield as_map(document["spec"])
        for op in _maps(document):
            path, value = _pointer(op), op.get("value")
            if path[:1] == ("spec",) and len(path) > 1:
                yield {path[1]: [value] if len(path) == 3 and not isinstance(value, list) else value}


def put(data: Data, read: Read, path: tuple[str, ...]) -> Iterator[tuple[Selector, object]]:
    """What patches put at a path that leads through maps, and into which objects, in order; None for nothing."""
    for chosen, document in _written(data, read):
        if isinstance(document, dict):
            *above, last = path
            around = as_map(at(document, above))
            if last in around:
                yield chosen or own(document), around[last]
        for op in _maps(document):
            if _pointer(op) == path and op.get("op") in ("add", "replace", "remove"):
                yield chosen or Selector(), op.get("value")


def _patches(data: Data) -> Iterator[Data]:
    """All patches, each as `patches` has it."""
    yield from _maps(data.get("patches"))
    yield from _maps(data.get("patchesJson6902"))
    for each in as_list(data.get("patchesStrategicMerge")):
        is_path = isinstance(each, str) and "\n" not in each and ":" not in each
        yield {"path": each} if is_path else {"patch": each}


def _written(data: Data, read: Read) -> Iterator[tuple[Selector | None, object]]:
    """The documents of the patches that can be read, and the objects that an entry says to be meant."""
    for entry in _patches(data):
        target, text = entry.get("target"), entry.get("patch")
        content = text if isinstance(text, str) else read(str(entry.get("path") or ""))
        chosen = selected(as_map(target)) if isinstance(target, dict) else None
        yield from ((chosen, each) for each in _documents(content or ""))


def targets(data: Data) -> Iterator[tuple[str, Selector | None]]:
    """The files with patches, and the objects that an entry says to be meant, where it does."""
    for entry in _patches(data):
        if entry.get("path"):
            target = entry.get("target")
            yield str(entry["path"]), selected(as_map(target)) if isinstance(target, dict) else None


def own(document: Data) -> Selector:
    """The object that a strategic merge patch names itself."""
    return selected({**document, **as_map(document.get("metadata"))}, exact=True)


def files(data: Data) -> Iterator[str]:
    """The files that hold no objects, but patches and settings of a kustomization, as it names them."""
    for field in ("patches", "patchesJson6902", "replacements"):
        yield from (str(entry["path"]) for entry in _maps(data.get(field)) if entry.get("path"))
    for field in ("patchesStrategicMerge", "configurations", "transformers"):
        yield from (text for text in _texts(data.get(field)) if "\n" not in text)


def _given(data: Data) -> Iterator[Act]:
    everything = Selector()
    if data.get("namePrefix") or data.get("nameSuffix"):
        yield Act(GIVEN, everything, NAME)
    common = as_map(data.get("commonMetadata"))  # of Flux
    if data.get("commonLabels") or common.get("labels"):
        yield Act(GIVEN, everything, LABELS)
    if data.get("commonAnnotations") or common.get("annotations"):
        yield Act(GIVEN, everything, ANNOTATIONS)
    for entry in _maps(data.get("labels")):
        if entry.get("pairs"):
            yield Act(GIVEN, everything, LABELS)
        yield from _specs(entry.get("fields"))
    if data.get("buildMetadata"):
        yield Act(GIVEN, everything, LABELS + ANNOTATIONS)


def _patch(entry: Data, read: Read) -> Iterator[Act]:
    target = entry.get("target")
    path, text = str(entry.get("path") or ""), entry.get("patch")
    content = text if isinstance(text, str) else None if text else read(path)
    chosen = selected(as_map(target)) if isinstance(target, dict) else None
    options = as_map(entry.get("options"))
    for document in _documents(content, (None,)) if content is not None else [text]:  # Flux had them as data, too
        if isinstance(document, list):  # JSON 6902, which has nothing but its target to say what it changes
            paths = tuple(_pointer(op) for op in _maps(document) if op.get("op") != "test")
            yield Act(PATCH, chosen or Selector(), paths, path, paths)
        elif isinstance(document, dict):
            how: How = DELETE if document.get("$patch") == "delete" else PATCH
            changed = _leaves(document)
            if options.get("allowNameChange") or options.get("allowKindChange"):
                changed = ANYTHING
            leaves = ANYTHING if changed == ANYTHING else tuple(_deep(document, ()))
            yield Act(how, chosen or own(document), changed, path, leaves)
        elif document is not None or content is None or content.strip():
            yield Act(PATCH, chosen or Selector(), ANYTHING, path)


def _replacements(entry: Data, read: Read) -> Iterator[Act]:
    if entry.get("path"):
        path = str(entry["path"])
        for each in documents(read(path) or "[{}]", [{}]):
            for one in _maps(each if isinstance(each, list) else [each]):
                yield from _replacement(one, path)
    else:
        yield from _replacement(entry, "")


def _replacement(entry: Data, path: str) -> Iterator[Act]:
    source = as_map(entry.get("source"))
    if source:
        yield Act(READ, selected(source, exact=True), (_split(str(source.get("fieldPath") or "metadata.name")),), path)
    targets = _maps(entry.get("targets"))
    for target in targets:
        fields = _texts(target.get("fieldPaths")) or ["metadata.name"]
        leaves = tuple(tuple(re.split(r"(?<!\\)\.", field)) for field in fields)
        yield Act(REPLACEMENT, selected(as_map(target.get("select"))), tuple(map(_split, fields)), path, leaves)
    if not targets:
        yield Act(REPLACEMENT, Selector(), ANYTHING, path)


def _configuration(entry: str, read: Read) -> Iterator[Act]:
    """Fields that kustomize's own transformers are told to change besides those that they know."""
    found = documents(read(entry) or "")
    if not found:
        yield Act(CONFIGURED, Selector(), ANYTHING, entry)
    for document in found:
        for key, listed in as_map(document).items():
            for each in _maps(listed):
                # Names of objects are looked for in the fields of others; all else are places in objects.
                specs = each.get("fieldSpecs") if key == "nameReference" else [each]
                yield from (act._replace(how=CONFIGURED, entry=entry) for act in _specs(specs))


def _specs(specs: object) -> Iterator[Act]:
    for spec in _maps(specs):
        path = (_pointer(spec),)
        yield Act(GIVEN, Selector(str(spec.get("group") or ""), str(spec.get("kind") or "")), path, leaves=path)


def _transformer(entry: str, read: Read) -> Iterator[Act]:
    text = entry if "\n" in entry else read(entry)
    found = [as_map(each) for each in documents(text or "") if each is not None]
    if not found and (text is None or text.strip()):
        yield Act(RUN, Selector(), ANYTHING, entry.partition("\n")[0])
    for each in found:
        kind = str(each.get("kind") or "")
        builtin = each.get("apiVersion") == "builtin"
        if str(each.get("apiVersion") or "").startswith(GROUP) or (builtin and kind in _HARMLESS):
            continue
        if builtin and kind in _BUILTIN:
            yield from (act._replace(configured=True) for act in acts(_BUILTIN[kind](each), read))
        else:
            yield Act(RUN, Selector(), ANYTHING, entry if "\n" not in entry else kind)


def _leaves(document: Data) -> Paths:
    """The fields that a strategic merge patch says something of, as deep as one needs to know them."""
    found: list[tuple[str, ...]] = [(key,) for key in document if key not in ("apiVersion", "kind", "metadata")]
    found += [("metadata", key) for key in as_map(document.get("metadata")) if key not in ("name", "namespace")]
    return tuple(found)


def _deep(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The fields of a strategic merge patch that hold values."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if (path or key not in ("apiVersion", "kind")) and (*path, key) not in (*NAME, ("metadata", "namespace")):
                yield from _deep(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in map(as_map, value):
            yield from _deep({key: inner for key, inner in each.items() if key != "name" or len(each) == 1}, path)
    else:
        yield path


def _pointer(entry: Data) -> tuple[str, ...]:
    text = str(entry.get("path") or "").strip("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")) if text else ()


def _split(path: str) -> tuple[str, ...]:
    """The names in the path of a field, as far as none of them is a place in a list."""
    return tuple(re.split(r"(?<!\\)\.", path.partition("[")[0].rstrip(".")))


def _maps(value: object) -> list[dict[str, object]]:
    return [each for each in as_list(value) if isinstance(each, dict)]


def _texts(value: object) -> list[str]:
    return [each for each in as_list(value) if isinstance(each, str)]


def first(text: str) -> dict[str, object]:
    """The fields of a kustomization file; none where it cannot be read."""
    return next((each for each in _documents(text) if isinstance(each, dict)), {})


@lru_cache(maxsize=1000)
def _documents(text: str, broken: tuple[object, ...] = ()) -> Sequence[object]:
    """The documents of a text, which is asked for several things, and a patch by each who names it; nobody changes
    them."""
    return documents(text, broken)
