"""Resources back to text: the input with the edits made, what was consumed cut out, what is new at the end."""

from __future__ import annotations

from collections.abc import Iterable

from krm_secrets.errors import Location, Result, field
from krm_secrets.krm.annotations import COMMENT_IDS
from krm_secrets.krm.reading import KUSTOMIZE, Input
from krm_secrets.krm.resource import Resource, Slot, Source
from krm_secrets.yamltext import copies, emit, splice
from krm_secrets.yamltext.nodes import Document, Mapping, Node, Scalar, Sequence
from krm_secrets.yamltext.splice import Edit


def write(given: Input, items: Iterable[Resource], results: Iterable[Result] = ()) -> str:
    """The text of the output: a ResourceList if one came in, else a stream."""
    kept = list(items)
    new = [item for item in kept if item.made]
    edits: dict[int, list[Edit]] = {id(source): [] for source in given.sources}
    for item in kept:
        if not item.made:
            edits[id(item.slot.source)] += item.edits
    gone = _gone(given, kept)
    if given.envelope is None:
        _cut(gone, edits)
        return _stream(given.sources, edits, new)
    (source,) = given.sources
    here = edits[id(source)]
    if given.host == KUSTOMIZE:
        here += _without_ids(source.text, kept)
    listed = given.envelope.get("items")
    if new and type(listed) is Sequence and not any(item.slot.parent is listed for item in kept):
        here += _instead(source.text, given.envelope, listed, new)
    else:
        _cut(gone, edits)
        if new:
            here += _appended(source, given.envelope, new, here)
    rows = [_result(result) for result in results]
    if rows:
        here += _with_results(source.text, given.envelope, rows)
    return splice.apply(source.text, here + splice.unshare(source.documents[0], here))


def _gone(given: Input, kept: list[Resource]) -> list[Slot]:
    staying = {id(item.slot) for item in kept}
    return [item.slot for item in given.items if id(item.slot) not in staying]


def _cut(gone: list[Slot], edits: dict[int, list[Edit]]) -> None:
    """Add the cuts of what was consumed; items of one list are cut together, since all of them leave `[]`."""
    lists: dict[int, list[Slot]] = {}
    for slot in gone:
        if slot.parent is None:
            edits[id(slot.source)].append(_cut_document(slot.source.text, slot.document))
        else:
            lists.setdefault(id(slot.parent), []).append(slot)
    for slots in lists.values():
        source, parent = slots[0].source, slots[0].parent
        assert parent is not None
        edits[id(source)] += splice.delete_items(source.text, parent, [slot.index for slot in slots])


def _cut_document(text: str, document: Document) -> Edit:
    return Edit(document.start, splice.line_end(text, document.end), "")


def _stream(sources: tuple[Source, ...], edits: dict[int, list[Edit]], new: list[Resource]) -> str:
    parts: list[str] = []
    for source in sources:
        here = edits[id(source)]
        if new or len(sources) > 1:
            here = here + _closed(source, here)
        for document in source.documents:
            here = here + splice.unshare(document, here)
        _join(parts, splice.apply(source.text, here))
    newline = splice.newline_of(sources[0].text) if sources else "\n"
    for item in new:
        _join(parts, item.text().replace("\n", newline))
    return "".join(parts)


def _join(parts: list[str], text: str) -> None:
    """Add a document or a file of documents, with `---` between where the text brings none."""
    if not text.strip():
        return
    if parts:
        newline = splice.newline_of(parts[0])
        if not parts[-1].endswith("\n"):
            parts.append(newline)
        first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "---")
        if first.startswith("%"):  # a directive is one only after the end of the document before it
            parts.append("..." + newline)
        elif first.rstrip() != "---" and not first.startswith(("--- ", "---\t")):
            parts.append("---" + newline)
    parts.append(text)


def _closed(source: Source, edits: list[Edit]) -> list[Edit]:
    """Let text follow a last line without an end: it would add a line break to a block scalar there."""
    text = source.text
    node: Node = source.documents[-1].root if source.documents else Scalar(0, 0, None, None, "", "")
    while (type(node) is Mapping and node.children) or (type(node) is Sequence and node.items):
        node = node.children[-1] if type(node) is Mapping else node.items[-1]  # type: ignore[union-attr]
    if type(node) is not Scalar or node.style not in ("|", ">") or node.end != len(text):
        return []
    if any(e.end >= node.end and e.start <= node.start for e in edits):
        return []
    return [splice.replace(node, copies.copy(node))]


def _without_ids(text: str, kept: list[Resource]) -> list[Edit]:
    edits: list[Edit] = []
    for item in kept:
        metadata = item.node.get("metadata") if not item.made else None
        annotations = metadata.written("annotations") if type(metadata) is Mapping else None
        if type(annotations) is Mapping:
            at = [i for key in COMMENT_IDS if (i := annotations.entries().get(key)) is not None]
            edits += splice.delete_entries(text, annotations, at)
    return edits


def _instead(text: str, envelope: Mapping, listed: Sequence, new: list[Resource]) -> list[Edit]:
    """The new items in the place of a list of which every item was consumed, or which had none."""
    if envelope.flow or (listed.flow and listed.items):
        return [Edit(listed.start, listed.end, "[" + _copied(new) + "]")]
    newline = splice.newline_of(text)
    if listed.flow:
        return [Edit(listed.start, listed.end, newline + _listed(new, "", newline).rstrip("\r\n"))]
    margin = " " * splice.column(text, listed.start)
    return [Edit(listed.start, listed.end, _listed(new, margin, newline).strip())]


def _appended(source: Source, envelope: Mapping, new: list[Resource], edits: list[Edit]) -> list[Edit]:
    text, items = source.text, envelope.written("items")
    newline = splice.newline_of(text)
    if type(items) is not Sequence:
        if envelope.flow:
            return splice.update(text, envelope, {"items": f"[{_copied(new)}]"})
        lines = newline + _listed(new, "", newline)
        if items is not None:
            return [Edit(items.start, items.end, lines.rstrip("\r\n"))]
        at = envelope.children[0].start
        return [Edit(at, at, f"items:{lines}")]
    last = items.items[-1]
    if items.flow:
        return [Edit(last.end, last.end, ", " + _copied(new))]
    margin = splice.column(text, splice.first_dash(text, items))
    at = splice.behind(text, last.end, margin)
    lines = _listed(new, " " * margin, newline)
    if at == len(text) and text[-1] not in "\r\n":
        return [*_closed(source, edits), Edit(at, at, newline + lines)]
    return [Edit(at, at, lines)]


def _copied(new: list[Resource]) -> str:
    """New items in flow style, for a list that is written that way: JSON stays JSON."""
    return ", ".join(copies.copy(Source(item.text()).documents[0].root) for item in new)


def _listed(new: list[Resource], margin: str, newline: str) -> str:
    rows: list[str] = []
    for item in new:
        for n, line in enumerate(item.text().splitlines()):
            rows.append(margin + ("- " if n == 0 else "  " if line else "") + line if line or n == 0 else "")
    return newline.join(rows) + newline


def _with_results(text: str, envelope: Mapping, rows: list[dict[str, object]]) -> list[Edit]:
    existing = envelope.written("results")
    if existing is not None:
        return [splice.replace(existing, emit.flow(rows))]
    if envelope.flow:
        at = text.index("{", envelope.start) + 1
        return [Edit(at, at, f'"results": {emit.flow(rows)}, ')]
    at = envelope.children[0].start
    newline = splice.newline_of(text)
    return [Edit(at, at, emit.block({"results": rows}).replace("\n", newline))]


def _result(result: Result) -> dict[str, object]:
    """A result in the shape of the KRM functions specification."""
    place: Location = result.location
    row: dict[str, object] = {"message": result.message, "severity": result.severity}
    if place.resource is not None:
        ref = place.resource
        row["resourceRef"] = {
            key: value
            for key, value in zip(("apiVersion", "kind", "name", "namespace"), ref, strict=True)
            if value or key != "namespace"
        }
    if place.path:
        row["field"] = {"path": field(place.path)}
    if place.file:
        row["file"] = {"path": place.file, **({} if place.position is None else {"index": place.position})}
    return row
