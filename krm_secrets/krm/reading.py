"""Text to resources: a ResourceList, a stream of documents, or files."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, Failure, Location, Path, Result
from krm_secrets.krm.annotations import FUNCTION, KPT_INDENT, KUSTOMIZE_ID, PATH
from krm_secrets.krm.resource import Resource, Slot, Source, at, text_at
from krm_secrets.yamltext.nodes import (
    Alias,
    Document,
    DuplicateKey,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlError,
    describe,
    resolved,
)
from krm_secrets.yamltext.scalars import resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, Literal, TypeAlias

    Host: TypeAlias = Literal["kustomize", "kpt", "stream", "orchestrator"]


KUSTOMIZE: Final = "kustomize"
KPT: Final = "kpt"
STREAM: Final = "stream"
OTHER: Final = "orchestrator"
"""Who calls: kustomize or kpt with a ResourceList, somebody else with one, or a pipe, a file or a legacy plugin."""


class Input(NamedTuple):
    """What was read: `envelope` is the ResourceList around the items, if there is one."""

    sources: tuple[Source, ...]
    items: tuple[Resource, ...]
    host: Host
    envelope: Mapping | None = None
    function_config: Resource | None = None

    @property
    def takes_results(self) -> bool:
        """Whether the host has a place for the results of a function that succeeds, as kustomize has not."""
        config = self.function_config
        by_kustomize = self.host == KUSTOMIZE or (
            config is not None and any(key in config.annotations for key in FUNCTION)
        )
        return self.envelope is not None and not by_kustomize


def read(text: str) -> Input:
    """Read standard input: one document of kind ResourceList, or else a stream."""
    source = Source(text)
    try:
        envelope = _envelope(source)
        if envelope is None:
            return Input((source,), tuple(_resources(source)), STREAM)
        return _unpacked(source, envelope)
    except YamlError as error:
        raise _unreadable(error, source) from None


def read_files(sources: list[Source]) -> Input:
    """The resources of several files, as one stream."""
    items: list[Resource] = []
    for source in sources:
        try:
            items += _resources(source)
        except YamlError as error:
            raise _unreadable(error, source) from None
    return Input(tuple(sources), tuple(items), STREAM)


def _unreadable(error: YamlError, source: Source) -> Failure:
    return Failure(Result(ERROR, describe(error, source.text), Location(file=source.file)))


def _envelope(source: Source) -> Mapping | None:
    root = source.documents[0].root if len(source.documents) == 1 else None
    if type(root) is not Mapping:
        return None
    try:
        return root if text_at(root, "kind") == "ResourceList" else None
    except DuplicateKey:
        kinds = (value for key, value in root.pairs() if getattr(resolved(key), "value", "") == "kind")
        if any(getattr(resolved(kind), "value", "") == "ResourceList" for kind in kinds):
            raise  # other readers may see other items
    return None


def _unpacked(source: Source, envelope: Mapping) -> Input:
    source.hidden = True
    document = source.documents[0]
    items, config = envelope.get("items"), envelope.get("functionConfig")
    if type(items) is not Sequence and items is not None and not (type(items) is Scalar and resolve(items) is None):
        raise Failure(Result(ERROR, "the ResourceList's items are no list", Location(path=("items",))))
    if config is not None and _is_an_object_of_a_build(source, envelope):
        raise Failure(Result(ERROR, _NO_HOSTS, Location(path=("functionConfig",))))
    resources: tuple[Resource, ...] = ()
    if type(items) is Sequence:
        _refuse_alias(envelope, items)
        resources = tuple(_items(source, document, items))
    function_config = _resource(Slot(source, document), config) if type(config) is Mapping else None
    return Input((source,), resources, _host(resources), envelope, function_config)


# What a build may hold as its only object, to be taken for what a host hands over: its functionConfig would count as if
# whoever runs this had written it. No host gives a ResourceList metadata; kustomize and Helm leave their marks.
_NO_HOSTS = (
    "comes with a ResourceList that no host wrote, but a base or a chart, to configure what you run; take the object"
    " out of the build"
)
_CHART = "# Source: "


def _is_an_object_of_a_build(source: Source, envelope: Mapping) -> bool:
    rows = source.text[: envelope.start].splitlines()
    return envelope.get("metadata") is not None or any(row.startswith(_CHART) for row in rows)


def _resources(source: Source) -> Iterator[Resource]:
    for document in source.documents:
        yield from _found(Slot(source, document), document.root)


def _items(source: Source, document: Document, items: Sequence) -> Iterator[Resource]:
    for index, item in enumerate(items.items):
        if type(resolved(item)) is not Mapping:
            continue
        if type(item) is Alias:
            raise YamlError(_ALIAS, item.start)
        yield from _found(Slot(source, document, items, index), item)


def is_list(item: Resource) -> bool:
    """Whether the item is a list that was left whole: an encrypted one."""
    return _listed(item.node, item.kind) is not None


def inside(around: Resource) -> Iterator[tuple[Path, Resource]]:
    """The objects in an encrypted list, with their places in it; none in what is no list."""
    items = _listed(around.node, around.kind)
    if items is None:
        return
    _refuse_alias(around.node, items)
    slot = around.slot
    for n, item in enumerate(items.items):
        if type(resolved(item)) is not Mapping:
            continue
        if type(item) is Alias:
            raise YamlError(_ALIAS, item.start)
        assert type(item) is Mapping
        resource = _resource(Slot(slot.source, slot.document, items, n), item)
        below = [((_ITEMS, n, *path), each) for path, each in inside(resource)]
        yield from below or [((_ITEMS, n), resource)]


def _found(slot: Slot, node: Node) -> Iterator[Resource]:
    if type(node) is not Mapping:
        return
    resource = _resource(slot, node)
    items = _listed(node, resource.kind)
    # sops binds each value to its place in the whole document, so that what it encrypted stays whole until it is open.
    if items is None or type(node.get(_ENCRYPTED)) is Mapping:
        yield resource
    else:
        _refuse_alias(node, items)
        yield from _items(slot.source, slot.document, items)


_ITEMS, _ENCRYPTED = "items", "sops"


def _listed(node: Mapping, kind: str) -> Sequence | None:
    """The objects of a list; one of another kind may have `items` of its own, which are none."""
    items = node.get(_ITEMS) if kind.endswith("List") else None
    return items if type(items) is Sequence and (kind == "List" or any(map(_is_object, items.items))) else None


def _is_object(node: Node) -> bool:
    return text_at(resolved(node), "kind") != ""


# Its text belongs to the place that the alias names, so that it cannot be edited here; and passed on as it is it could
# be ciphertext that nobody sees.
_ALIAS = "an alias stands for objects in a list; write them out"


def _refuse_alias(around: Mapping, items: Sequence) -> None:
    if around.written("items") is not items:
        raise YamlError(_ALIAS, around.start)


def _resource(slot: Slot, node: Mapping) -> Resource:
    resource = Resource(slot, node)
    _ = resource.ref  # an object whose name cannot be read is an error here, not later
    return resource


def _host(items: tuple[Resource, ...]) -> Host:
    """The first item that a host annotated decides, since hosts annotate all of them: kpt with the path of its file,
    kustomize with an id.

    What one host wrote may stand in a file that the other reads. Where the first item has both, it is kustomize if all
    have an id, and none has what kpt alone adds.
    """
    for item in items:
        path, by_id = _has(item, *PATH), _has(item, KUSTOMIZE_ID)
        if path and by_id:
            return KUSTOMIZE if all(_has(each, KUSTOMIZE_ID) and not _has(each, KPT_INDENT) for each in items) else KPT
        if path or by_id:
            return KPT if path else KUSTOMIZE
    return OTHER


def _has(item: Resource, *keys: str) -> bool:
    try:
        annotations = at(item.latest().node, "metadata", "annotations")
        return type(annotations) is Mapping and any(type(annotations.get(key)) is Scalar for key in keys)
    except YamlError as error:
        raise item.unreadable(error) from None
