"""Text to resources: a ResourceList, a stream of documents, or files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krm_secrets.errors import ERROR, Failure, Location, Result
from krm_secrets.krm.annotations import KUSTOMIZE_ID, PATH
from krm_secrets.krm.resource import Resource, Slot, Source, text_at
from krm_secrets.yamltext.nodes import Alias, Document, Mapping, Node, Sequence, YamlError, describe

KUSTOMIZE, KPT, STREAM, OTHER = "kustomize", "kpt", "stream", "orchestrator"
"""Who calls: kustomize or kpt with a ResourceList, somebody else with one, or a pipe, a file or a legacy plugin."""


class Input(NamedTuple):
    """What was read: `envelope` is the ResourceList around the items, if there is one."""

    sources: tuple[Source, ...]
    items: tuple[Resource, ...]
    host: str
    envelope: Mapping | None = None
    function_config: Resource | None = None


def read(text: str) -> Input:
    """Read standard input: one document of kind ResourceList, or else a stream."""
    source = Source(text)
    envelope = _envelope(source)
    if envelope is None:
        return Input((source,), tuple(_resources(source)), STREAM)
    document = source.documents[0]
    try:
        items, config = envelope.get("items"), envelope.get("functionConfig")
    except YamlError as error:
        raise Failure(Result(ERROR, describe(error, text))) from None
    if items is not None and type(items) is not Sequence and (type(items) is Mapping or text_at(envelope, "items")):
        raise Failure(Result(ERROR, "the ResourceList's items are no list", Location(path=("items",))))
    resources = tuple(_items(source, document, items, ())) if type(items) is Sequence else ()
    function_config = None
    if type(config) is Mapping:
        function_config = _resource(Slot(source, document), config)
    return Input((source,), resources, _host(resources), envelope, function_config)


def read_files(sources: list[Source]) -> Input:
    """The resources of several files, as one stream."""
    return Input(tuple(sources), tuple(r for source in sources for r in _resources(source)), STREAM)


def _envelope(source: Source) -> Mapping | None:
    roots = [d.root for d in source.documents if type(d.root) is Mapping]
    if len(roots) != 1 or len(source.documents) != 1:
        return None
    try:
        return roots[0] if text_at(roots[0], "kind") == "ResourceList" else None
    except YamlError as error:
        raise Failure(Result(ERROR, describe(error, source.text))) from None


def _resources(source: Source) -> Iterator[Resource]:
    for document in source.documents:
        yield from _found(Slot(source, document), document.root)


def _items(source: Source, document: Document, items: Sequence, around: tuple[Sequence, ...]) -> Iterator[Resource]:
    for index, item in enumerate(items.items):
        # An alias as an item is a copy of another item; its text is not its own to edit.
        if type(item) is not Alias:
            yield from _found(Slot(source, document, items, index), item, around)


def _found(slot: Slot, node: Node, around: tuple[Sequence, ...] = ()) -> Iterator[Resource]:
    if type(node) is not Mapping:
        return
    resource = _resource(slot, node)
    if resource.kind.endswith("List"):
        items = node.get("items")
        if type(items) is Sequence and items not in around:
            yield from _items(slot.source, slot.document, items, (*around, items))
            return
    yield resource


def _resource(slot: Slot, node: Mapping) -> Resource:
    resource = Resource(slot, node)
    try:
        _ = resource.ref
    except YamlError as error:
        message = describe(error, slot.source.text)
        raise Failure(Result(ERROR, message, Location(file=slot.source.file))) from None
    return resource


def _host(items: tuple[Resource, ...]) -> str:
    """kpt's path annotations decide: kustomize sets none on what a transformer sees."""
    kustomize = False
    for item in items:
        try:
            annotations = item.annotations
        except YamlError as error:
            raise item.unreadable(error) from None
        if any(key in annotations for key in PATH):
            return KPT
        kustomize = kustomize or KUSTOMIZE_ID in annotations
    return KUSTOMIZE if kustomize else OTHER
