"""Annotations that go into an object, also into YAML text that stands in it: the values of a chart, say."""

from __future__ import annotations

from collections.abc import Mapping as Map

from krm_secrets.errors import Path
from krm_secrets.krm.resource import Resource, Slot, Source
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError, resolved
from krm_secrets.yamltext.splice import Edit, Updates

Added = Map[tuple[Path, str], str]
"""Annotations by where their map stands, and their key."""


def annotated(item: Resource, added: Added) -> Resource:
    """The item with the annotations; Shared where an anchor keeps us from it."""
    apart: dict[Path, dict[tuple[Path, str], str]] = {}
    for (path, key), value in added.items():
        at = _text_on(item.node, path)
        apart.setdefault(path[:at], {})[path[at:], key] = value
    plain = apart.pop((), {})
    if plain:
        item = item.updated(updates(plain))
    for place, inner in apart.items():
        item = _within(item, place, inner)
    return item


def updates(added: Added) -> Updates:
    """The annotations as an update."""
    found: Updates = {}
    for (path, key), value in added.items():
        splice.put(found, (*path, key), emit.quoted(value))
    return found


def _text_on(root: Node, path: Path) -> int:
    """How many parts of the path lead to a text in which the others go on; 0 where none is on the way."""
    node: Node | None = root
    for n, part in enumerate(path, 1):
        node = _below(node, part) if node is not None else None
        text = resolved(node) if node is not None else None
        if type(text) is Scalar and text.value.strip():
            return n
    return 0


def _below(node: Node, part: str | int) -> Node | None:
    """What stands one step further on a path, if anything does."""
    node = resolved(node)
    if type(node) is Sequence and isinstance(part, int):
        return node.items[part] if part < len(node.items) else None
    return node.get(str(part)) if type(node) is Mapping else None


def _within(item: Resource, place: Path, added: Added) -> Resource:
    """The item with the annotations in the text at the place."""
    node, own = _written(item.node, place)
    source = Source(node.value, "", parse(node.value))
    source.in_place = item.slot.source.in_place
    root = source.documents[0].root
    if type(root) is not Mapping:
        raise YamlError("is no map", node.start)
    inner = Resource(Slot(source, source.documents[0]), root).updated(updates(added))
    new = splice.apply(source.text, [*inner.edits, *splice.unshare(source.documents[0], list(inner.edits))])
    if own and node.style == "|":
        return item.inserted([_block(item.slot.source.text, node, new)])
    whole: Updates = {}
    splice.put(whole, place, emit.quoted(new))
    return item.updated(whole)


def _written(root: Node, place: Path) -> tuple[Scalar, bool]:
    """The text at the place, and whether it is written there, and not where an alias or a merge key says."""
    node, own = root, True
    for part in place:
        around, below = resolved(node), _below(node, part)
        assert below is not None
        own = own and type(below) is not Alias and (type(around) is not Mapping or around.written(str(part)) is below)
        node = below
    found = resolved(node)
    assert type(found) is Scalar
    return found, own


def _block(text: str, node: Scalar, new: str) -> Edit:
    """A literal block with new text, under its own head and at its own margin."""
    head, _, body = text[node.start : node.end].partition("\n")
    first = next(row.rstrip("\r") for row in body.split("\n") if row.strip())
    margin = first[: len(first) - len(next(row for row in node.value.split("\n") if row.strip()))]
    line = "\r\n" if head.endswith("\r") else "\n"
    rows = [margin + row if row else "" for row in new.rstrip("\n").split("\n")]
    end = node.start + len(text[node.start : node.end].rstrip())
    return Edit(node.start, end, head.rstrip("\r") + line + line.join(rows))
