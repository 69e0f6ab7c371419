"""Resources back to text: the input with the edits made, what was consumed cut out, what is new at the end."""

from __future__ import annotations

from krm_secrets.errors import ERROR, Failure, Location, Result, field, shortened
from krm_secrets.krm.annotations import COMMENT_IDS
from krm_secrets.krm.reading import KUSTOMIZE, Input
from krm_secrets.krm.resource import Resource, Slot, Source
from krm_secrets.yamltext import emit, lines, splice
from krm_secrets.yamltext.edits import Edit, copy
from krm_secrets.yamltext.nodes import BREAKS, SPACE, Document, Mapping, Node, Scalar, Sequence, YamlError, describe

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write(given: Input, items: Iterable[Resource], results: Iterable[Result] = ()) -> str:
    """The text of the output: a ResourceList if one came in, else a stream; Failure when an edit cannot be made."""
    kept = list(items)
    new = [item for item in kept if item.made]
    edits: dict[int, list[Edit]] = {id(source): [] for source in given.sources}
    for item in kept:
        if not item.made:
            edits[id(item.slot.source)] += item.edits
    staying = {id(item.slot) for item in kept}
    gone = [item.slot for item in given.items if id(item.slot) not in staying]
    gone += [slot for item in kept for slot in item.inner if id(slot) not in staying]
    if given.envelope is None:
        _cut(gone, edits)
        return _stream(given.sources, edits, new)
    (source,) = given.sources
    here = edits[id(source)]
    if given.host == KUSTOMIZE:
        here += _without_ids(source.text, kept)
    listed = given.envelope.written("items")
    if new and (type(listed) is not Sequence or sum(slot.parent is listed for slot in gone) == len(listed.items)):
        _cut((slot for slot in gone if slot.parent is not listed), edits)
        here += _refilled(source.text, given.envelope, listed, new)
    else:
        _cut(gone, edits)
        if new and type(listed) is Sequence:
            here += _appended(source, listed, new, here)
    here += _with_results(source.text, given.envelope, [_result(result) for result in results])
    return applied(source, here)


def without(source: Source, items: Iterable[Resource]) -> str:
    """The text of a source without these objects and the comments before them; empty when nothing else is in it."""
    edits: dict[int, list[Edit]] = {id(source): []}
    _cut((item.slot for item in items), edits)
    return applied(source, edits[id(source)])


def applied(source: Source, edits: list[Edit]) -> str:
    """The text with the edits made, and with copies in the place of the aliases that they would reach."""
    further: list[Edit] = []
    try:
        if edits and any(document.aliases for document in source.documents):
            from bisect import bisect_left, bisect_right  # few documents have any

            ordered = sorted(edits, key=lambda e: e[:2])
            starts = [edit.start for edit in ordered]
            begin = 0
            for document in source.documents:
                first, last = bisect_left(starts, begin), bisect_right(starts, document.end)
                further += splice.unshare(document, ordered[first:last])
                begin = document.end
    except YamlError as error:
        raise Failure(Result(ERROR, describe(error, source.text), Location(file=source.file))) from None
    return splice.apply(source.text, edits + further)


def _cut(gone: Iterable[Slot], edits: dict[int, list[Edit]]) -> None:
    """Add the cuts of what was consumed; items of one list are cut together, since all of them leave `[]`."""
    groups: dict[tuple[int, int], list[Slot]] = {}
    for slot in gone:
        groups.setdefault((id(slot.source), id(slot.parent)), []).append(slot)
    for slots in groups.values():
        source, parent = slots[0].source, slots[0].parent
        if parent is None:
            edits[id(source)] += _cut_documents(source, {id(slot.document) for slot in slots})
        else:
            edits[id(source)] += splice.delete_items(source.text, parent, [slot.index for slot in slots])


def _cut_documents(source: Source, gone: set[int]) -> Iterator[Edit]:
    """Cut each document from its `---` to the end of its content, and what a block scalar before it might take in.

    Comments before the first `---` go with the document that needs none. Of a text of which no document stays that
    holds anything, nothing does.
    """
    text, documents = source.text, source.documents
    ends = [*(document.start for document in documents[1:]), len(text)]
    if all(
        id(each) in gone or _is_bare(each, text[each.start : end]) for each, end in zip(documents, ends, strict=True)
    ):
        yield Edit(0, len(text), "")
        return
    stays = False
    for document, following in zip(documents, [*documents[1:], None], strict=True):
        if id(document) not in gone:
            stays = True
            continue
        end, limit = document.end, following.start if following else len(text)
        if stays and text[limit : limit + 1] == "%" and text[end - 3 : end] == "...":
            end -= 3  # without it the directive would belong to the document before
        elif not stays and any(row.startswith("...") for row in text[end:limit].splitlines()):
            end = limit  # nothing is left that further ends could end
        else:
            end = lines.behind(text, end, 0)
        first = document is documents[0] and not document.explicit
        yield Edit(0 if first else document.start - lines.column(text, document.start), end, "")


def _is_bare(document: Document, text: str) -> bool:
    """Whether not even a comment stands between two `---`."""
    return document.root.start == document.root.end and "#" not in text


def _stream(sources: tuple[Source, ...], edits: dict[int, list[Edit]], new: list[Resource]) -> str:
    newline = lines.newline_of(sources[0].text) if sources else "\n"
    parts = [item.text().replace("\n", newline) for item in reversed(new)]
    for source in reversed(sources):  # backwards, to know whether something follows
        here = edits[id(source)]
        text = applied(source, here + (_ended(source, here) if parts else []))
        if text.strip() or (len(sources) == 1 and not parts):
            parts.append(text)
    parts.reverse()
    return "".join(part if n == 0 else _separated(part, newline) for n, part in enumerate(parts))


def _separated(text: str, newline: str) -> str:
    """A text of documents that can stand behind another: with `---` where it brings none."""
    rows = text.splitlines(keepends=True)
    while not rows[0].strip():  # a block scalar at the end of the text before might own it
        del rows[0]
    first = next((row for row in rows if row.strip() and not row.lstrip().startswith("#")), "---")
    if first.startswith("%"):  # a directive is one only after the end of the document before it
        rows.insert(0, "..." + newline)
    elif first[:3] != "---" or first[3:4].strip() or rows[0][0] in " \t":
        rows.insert(0, "---" + newline)
    return "".join(rows)


def _ended(source: Source, edits: list[Edit]) -> list[Edit]:
    """Edits that let lines follow the text: a break at its end, which must not become part of a block scalar there."""
    text = source.text
    at_end = [edit for edit in edits if edit.end == len(text) and edit.start < edit.end]
    if not text or text[-1] in BREAKS or (at_end and not at_end[0].text):
        return []
    newline = lines.newline_of(text)
    closed = [Edit(len(text), len(text), newline)]
    last = _last(source.documents[-1].root) if source.documents else None
    if at_end or last is None or last.style not in ("|", ">") or text[last.end :].strip(SPACE):
        return closed
    start = source.documents[-1].start
    longer = _last(Source(text[start - lines.column(text, start) :] + newline).documents[0].root)
    if longer is not None and longer.value == last.value:
        return closed
    return [splice.replace(last, copy(last)), *closed]


def _last(node: Node) -> Scalar | None:
    """The scalar that ends last in a node."""
    while type(node) is not Scalar:
        below = node.children[-2:] if type(node) is Mapping else node.items[-1:] if type(node) is Sequence else []
        if not below:
            return None
        node = max(below, key=lambda each: each.end)
    return node


def _without_ids(text: str, kept: list[Resource]) -> list[Edit]:
    edits: list[Edit] = []
    for item in kept:
        metadata = item.node.get("metadata") if not item.made else None
        annotations = metadata.written("annotations") if type(metadata) is Mapping else None
        if type(annotations) is Mapping:
            entries = annotations.entries()
            at = [i for key in COMMENT_IDS if (i := entries.get(key)) is not None]
            if len(at) < len(entries):
                edits += splice.delete_entries(text, annotations, at)
    return edits


def _refilled(text: str, envelope: Mapping, listed: Node | None, new: list[Resource]) -> list[Edit]:
    """The new items in the place of a list of which every item was consumed, or which had none."""
    newline = lines.newline_of(text)
    if listed is None:
        row = f'"items": [{_copied(new)}]' if envelope.flow else "items:\n" + _listed(new, "", "\n")[:-1]
        return splice.insert(text, envelope, [row])
    if type(listed) is Sequence and not listed.flow:
        dash = lines.first_dash(text, listed)
        margin = lines.column(text, dash)
        end = lines.behind(text, listed.end, margin)
        return [Edit(dash - margin, end, _listed(new, " " * margin, newline))]
    if envelope.flow or (type(listed) is Sequence and listed.items):
        return [splice.replace(listed, f"[{_copied(new)}]")]
    # `items: []` or null: the list goes below the line, whose end may be a comment.
    margin = lines.column(text, lines.entry_start(text, envelope, envelope.entries()["items"]))
    end = lines.line_end(text, listed.end)
    begin = "" if text[end - 1] in BREAKS else newline
    return [Edit(listed.start, listed.end, ""), Edit(end, end, begin + _listed(new, " " * margin, newline))]


def _appended(source: Source, listed: Sequence, new: list[Resource], edits: list[Edit]) -> list[Edit]:
    text, last = source.text, listed.items[-1]
    if listed.flow:
        return [Edit(last.end, last.end, ", " + _copied(new))]
    margin = lines.column(text, lines.first_dash(text, listed))
    at = lines.behind(text, last.end, margin)
    ended = _ended(source, edits) if at == len(text) else []
    return [*ended, Edit(at, at, _listed(new, " " * margin, lines.newline_of(text)))]


def _copied(new: list[Resource]) -> str:
    """New items in flow style, for a list that is written that way: JSON stays JSON."""
    return ", ".join(copy(Source(item.text()).documents[0].root) for item in new)


def _listed(new: list[Resource], margin: str, newline: str) -> str:
    rows: list[str] = []
    for item in new:
        first, *others = item.text().removesuffix("\n").split("\n")
        rows.append(f"{margin}- {first}")
        rows += (f"{margin}  {line}" if line else "" for line in others)
    return newline.join(rows) + newline


def _with_results(text: str, envelope: Mapping, rows: list[dict[str, object]]) -> list[Edit]:
    """The results before those of the functions that ran earlier."""
    if not rows:
        return []
    existing = envelope.written("results")
    if existing is None:
        row = f'"results": {emit.flow(rows)}' if envelope.flow else emit.block({"results": rows}).removesuffix("\n")
        return splice.insert(text, envelope, [row])
    if type(existing) is not Sequence or not existing.items:
        return [splice.replace(existing, emit.flow(rows))]
    if existing.flow:
        at = lines.opening(text, existing)
        return [Edit(at, at, emit.flow(rows)[1:-1] + ", ")]
    at = lines.first_dash(text, existing)
    margin = lines.column(text, at)
    newline = lines.newline_of(text)
    return [Edit(at - margin, at - margin, emit.block(rows, margin).replace("\n", newline))]


def _result(result: Result) -> dict[str, object]:
    """A result in the shape of the KRM functions specification."""
    place: Location = result.location
    row: dict[str, object] = {"message": shortened(result.message), "severity": result.severity}
    if place.resource is not None:
        ref = place.resource.fields()
        row["resourceRef"] = {key: value for key, value in ref.items() if value or key != "namespace"}
    if place.path:
        row["field"] = {"path": field(place.path)}
    if place.file:
        row["file"] = {"path": place.file, **({} if place.position is None else {"index": place.position})}
    if result.rule:
        row["tags"] = {"rule": result.rule}
    return row
