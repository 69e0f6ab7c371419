"""Where a field stands in the text: the shortest span that a change can mend.

Pull requests show an alert only where all of its lines are in the diff, so that a span is one scalar on one line: the
value, or where that has several lines or is no scalar, its key.
"""

from __future__ import annotations

import re

from krm_secrets.check.finding import Place
from krm_secrets.errors import Path
from krm_secrets.yamltext.inside import inside
from krm_secrets.yamltext.lines import column
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.krm.resource import Resource, Source


def of_field(item: Resource, path: Path = (), key: bool = False, offset: int = -1) -> Place:
    """The place of a field of an object, or of the last thing on the way to it that exists; its name for no path.

    `key` asks for the key even where the value would do, `offset` for the word that begins there in the value's text.
    """
    source = item.slot.source
    where = item.location(path)
    if where.line == 0:
        return Place(where.file, path=path, document=where.position)
    start, end = word(item, path, offset) or span(item.node, path or _name_of(item.node), key)
    return in_text(source, start, end)._replace(path=path, document=where.position)


_WORD = re.compile(r"\$?\{?\.?\w+(?:\.\w+)*\}?|\S")


def word(item: Resource, path: Path, offset: int) -> tuple[int, int] | None:
    """Where a word of a field's text begins and ends; None where the file does not have the text as it is."""
    node = _value(item.node, path) if offset >= 0 else None
    if type(node) is not Scalar or item.written:
        return None
    match = _WORD.match(node.value, offset)
    start = inside(item.slot.source.text, node, offset) if match is not None else -1
    return None if start < 0 or match is None else (start, start + match.end() - match.start())


def _value(node: Node, path: Path) -> Node | None:
    for part in path:
        inner, found = resolved(node), None
        if type(inner) is Mapping and isinstance(part, str):
            found = inner.get(part)
        elif type(inner) is Sequence and isinstance(part, int) and 0 <= part < len(inner.items):
            found = inner.items[part]
        if found is None:
            return None
        node = found
    return resolved(node)


def in_text(source: Source, start: int, end: int) -> Place:
    """The place of a span of a text; it ends where its first line does."""
    text = source.text
    stop = text.find("\n", start, end)
    end = stop if stop >= 0 else end
    line, first = source.line_of(start), column(text, start) + 1
    return Place(source.file, line, first, line, first + max(end - start, 1))


def span(node: Node, path: Path, key: bool = False) -> tuple[int, int]:
    """Where what stands at the path begins and ends."""
    keyed: Node | None = None
    for part in path:
        inner = resolved(node)
        if type(inner) is Mapping and isinstance(part, str):
            at = inner.entries().get(part)
            if at is None:
                return _short(inner, keyed, node)
            keyed, node = inner.children[at], inner.children[at + 1]
        elif type(inner) is Sequence and isinstance(part, int) and 0 <= part < len(inner.items):
            keyed, node = None, inner.items[part]
        else:
            break
    return _short(keyed, None, node) if key and keyed is not None else _short(node, keyed, node)


def _short(node: Node, keyed: Node | None, shown: Node) -> tuple[int, int]:
    """The span of a scalar on one line, or of the key; of a collection without a key its first entry stands for it."""
    if type(shown) is Alias:
        return shown.start, shown.end
    if type(node) is Scalar and node.style not in ("|", ">") and node.end > node.start:
        return node.start, node.end
    if keyed is not None:
        return keyed.start, keyed.end
    while type(node) in (Mapping, Sequence):
        first = node.children[:1] if type(node) is Mapping else node.items[:1]  # type: ignore[attr-defined]
        if not first:
            break
        node = first[0]
    return node.start, node.end


def _name_of(node: Mapping) -> Path:
    metadata = node.get("metadata")
    return ("metadata", "name") if type(metadata) is Mapping and "name" in metadata.entries() else ("kind",)
