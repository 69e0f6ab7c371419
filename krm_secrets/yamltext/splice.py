"""Edits of YAML text: what is not named here keeps every byte.

An edit replaces a span. `Updates` are nested dicts, keys (and list indexes) down to the new text of a scalar:
`{"metadata": {"annotations": {"a": '"true"'}}}`; DELETE as a leaf takes the entry out. New keys become the *first* of
their mapping, which needs no knowledge of trailing comments, block scalars or the end of the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from krm_secrets.yamltext.copies import DELETE as DELETE
from krm_secrets.yamltext.copies import Updates as Updates
from krm_secrets.yamltext.copies import copy
from krm_secrets.yamltext.emit import quoted, scalar
from krm_secrets.yamltext.nodes import BREAKS, Document, Mapping, Node, Sequence

_BREAK = re.compile(f"\r\n|[{BREAKS}]")


class Edit(NamedTuple):
    """Replace `text[start:end]`; edits at one place apply in the order in which they were made."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(edits, key=lambda e: e[:2]):
        if start < at:
            raise ValueError("edits overlap")
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def update(text: str, node: Node, updates: Updates) -> list[Edit]:
    """The edits that bring the updates into a mapping or sequence.

    An alias on the way is replaced by a copy of what it stands for, so that its other users see nothing of it; a
    key that only a merge key provides is written out beside it.
    """
    if type(node) is Sequence:
        edits = delete_items(text, node, [int(i) for i, change in updates.items() if change is DELETE])
        for index, change in updates.items():
            if change is not DELETE:
                edits += _change(text, node.items[int(index)], change)
        return edits
    assert type(node) is Mapping
    entries = node.entries()
    edits, added, deleted = [], [], []
    for key, change in updates.items():
        at = entries.get(str(key))
        if at is None:
            if change is not DELETE:
                added.append(_new_entry(text, node, str(key), change))
        elif change is DELETE:
            deleted.append(at)
        else:
            edits += _change(text, node.children[at + 1], change)
    if added:
        edits.append(_insert(text, node, added))
    return edits + delete_entries(text, node, deleted)


def _change(text: str, value: Node, change: Updates | str) -> list[Edit]:
    if isinstance(change, str):
        return [replace(value, change)]
    if type(value) is Mapping or type(value) is Sequence:
        return update(text, value, change)
    return [replace(value, copy(value, change))]


def replace(value: Node, new: str) -> Edit:
    """Put a one-line text in the place of a value; an empty value stands right behind its `:` or `-`."""
    return Edit(value.start, value.end, f" {new}" if value.start == value.end else new)


def _new_entry(text: str, node: Mapping, key: str, change: Updates | str) -> str:
    name = quoted(key) if node.flow else scalar(key)
    if isinstance(change, str):
        return f"{name}: {change}"
    merged = node.get(key)
    if merged is not None or node.flow:
        return f"{name}: {copy(merged, change)}"
    margin = " " * (column(text, _entry_start(text, node, 0)) + 2)
    return f"{name}:" + "".join(f"\n{margin}{row}" for row in _block(change))


def _block(updates: Updates) -> list[str]:
    rows: list[str] = []
    for key, change in updates.items():
        if isinstance(change, str):
            rows.append(f"{scalar(str(key))}: {change}")
        elif change is not DELETE:
            rows.append(f"{scalar(str(key))}:")
            rows += ("  " + row for row in _block(change))
    return rows


def _insert(text: str, node: Mapping, added: list[str]) -> Edit:
    if node.flow:
        at = text.index("{", node.start) + 1
        return Edit(at, at, ", ".join(added) + (", " if node.children else ""))
    at = _entry_start(text, node, 0)
    newline = newline_of(text)
    indent = column(text, at)
    margin = newline + " " * indent
    rows = margin.join(row.replace("\n", newline) for row in added)
    if text[at - indent : at].strip():  # behind a dash
        return Edit(at, at, rows + margin)
    # Before the indentation, where a cut of the entry begins too.
    return Edit(at - indent, at - indent, " " * indent + rows + newline)


def newline_of(text: str) -> str:
    """The line end that the text uses."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def delete_entries(text: str, node: Mapping, at: list[int]) -> list[Edit]:
    """The edits that take entries out of a mapping, named by where their keys stand in `children`."""
    children = node.children
    spans = [(_entry_start(text, node, i), children[i + 1].end) for i in range(0, len(children), 2)] if at else []
    return _delete(text, node, spans, sorted(i // 2 for i in at), "{}")


def delete_items(text: str, node: Sequence, indexes: list[int]) -> list[Edit]:
    """The edits that take items out of a sequence."""
    items = node.items
    if not indexes:
        return []
    if node.flow:
        spans = [(item.start, item.end) for item in items]
    else:
        begins = [node.start, *(item.end for item in items)]
        spans = [(_indicator(text, b, item.start, "-", b), item.end) for b, item in zip(begins, items, strict=False)]
    return _delete(text, node, spans, sorted(indexes), "[]")


def _delete(text: str, node: Node, spans: list[tuple[int, int]], gone: list[int], empty: str) -> list[Edit]:
    if not gone:
        return []
    if len(gone) == len(spans):
        # The empty collection stands where the block began, which is behind its key or on a line of its own; two
        # columns further in it is deeper than any key above it.
        return [Edit(spans[0][0], node.end, "  " + empty) if not node.flow else Edit(node.start, node.end, empty)]  # type: ignore[attr-defined]
    if not node.flow:  # type: ignore[attr-defined]
        return [_cut_lines(text, *spans[i]) for i in gone]
    edits = []
    for first, last in _runs(gone):
        if last + 1 < len(spans):
            edits.append(Edit(spans[first][0], spans[last + 1][0], ""))
        else:
            edits.append(Edit(spans[first - 1][1], spans[last][1], ""))
    return edits


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _cut_lines(text: str, start: int, end: int) -> Edit:
    """Cut a block entry with its lines, and with what would else become part of a block scalar above it."""
    line = start - column(text, start)
    head = text[line:start]
    if head.strip():  # `- key: value`: the dash stays, and may stand alone on its line
        return Edit(start, end, "")
    return Edit(line, behind(text, end, len(head)), "")


def behind(text: str, end: int, margin: int) -> int:
    """Behind the lines of a block entry that ends at `end` and is indented by `margin`.

    Blank lines count, which a block scalar may own, and so do comments indented deeper than the entry.
    """
    end = line_end(text, end)
    while end < len(text):
        stop = line_end(text, end)
        row = text[end:stop]
        content = row.lstrip()
        if content and not (content[0] == "#" and len(row) - len(content) > margin):
            break
        end = stop
    return end


def line_end(text: str, at: int) -> int:
    """Behind the next line break at or after the index, or the end of the text."""
    match = _BREAK.search(text, at)
    return match.end() if match else len(text)


def column(text: str, at: int) -> int:
    """How many characters stand before the index on its line."""
    # Backwards character by character: indentation is short, and `rfind` for five kinds of break is not.
    begin = at
    while begin and text[begin - 1] not in BREAKS:
        begin -= 1
    return at - begin


def _entry_start(text: str, node: Mapping, at: int) -> int:
    """Where an entry begins: at its key, or at the `?` before it."""
    key = node.children[at].start
    return _indicator(text, node.children[at - 1].end if at else node.start, key, "?", key)


def first_dash(text: str, node: Sequence) -> int:
    """Where the first item of a block sequence begins, behind the tag and anchor of the sequence."""
    return _indicator(text, node.start, node.items[0].start, "-", node.start)


def _indicator(text: str, begin: int, end: int, sign: str, default: int) -> int:
    """The first `sign` between two nodes, not in comments; a `{` or `,` may stand there too."""
    gap = text[begin:end]
    if sign not in gap:
        return default
    at = 0
    while at < len(gap):
        if gap[at] == "#":
            at = line_end(gap, at)
        elif gap[at] in "&!":  # an anchor or a tag may hold any character but white space
            at += len(gap[at:].split(None, 1)[0])
        elif gap[at] == sign:
            return begin + at
        else:
            at += 1
    return default


def unshare(document: Document, edits: list[Edit]) -> list[Edit]:
    """Further edits that keep every alias meaning what it meant, where an edit reaches the value that it stands for."""
    if not document.aliases or not edits:
        return []
    ordered = sorted(edits, key=lambda e: e[:2])
    starts, ends = [e.start for e in ordered], [e.end for e in ordered]
    found = []
    for alias in document.aliases:
        target = alias.target
        last = bisect_left(starts, target.end) - 1
        if last < 0 or ends[last] <= target.start:
            continue
        around = bisect_right(starts, alias.start) - 1
        if around < 0 or ends[around] < alias.end:
            found.append(Edit(alias.start, alias.end, copy(target)))
    return found
