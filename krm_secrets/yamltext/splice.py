"""Edits of YAML text: what is not named here keeps every byte.

An edit replaces a span. `Updates` are nested dicts, keys (and list indexes) down to the new text of a scalar:
`{"metadata": {"annotations": {"a": '"true"'}}}`; DELETE as a leaf takes the entry out. New keys become the *first* of
their mapping, which needs no knowledge of trailing comments, block scalars or the end of the document.
"""

from __future__ import annotations

from krm_secrets.yamltext.edits import (
    DELETE as DELETE,
    NO_MAPPING,
    Edit as Edit,
    Updates as Updates,
    apply as apply,
    copy,
    creates,
    unshare as unshare,
    without,
)
from krm_secrets.yamltext.emit import key
from krm_secrets.yamltext.lines import (
    behind as behind,
    column as column,
    entry_start,
    first_dash as first_dash,
    indicator,
    line_end as line_end,
    newline_of as newline_of,
    opening,
)
from krm_secrets.yamltext.look import Look, flow_key, flow_mapping, look_of
from krm_secrets.yamltext.nodes import BREAKS, SPACE, Mapping, Node, Scalar, Sequence, YamlError, is_merge
from krm_secrets.yamltext.scalars import resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def put(updates: Updates, path: Iterable[str | int], change: Updates | str | None) -> None:
    """Put a change at a path into updates; what is missing on the way is made."""
    *around, last = path
    for part in around:
        below = updates.setdefault(part, {})
        assert isinstance(below, dict)
        updates = below
    updates[last] = change


def update(text: str, node: Node, updates: Updates, around: Look | None = None) -> list[Edit]:
    """The edits that bring the updates into a mapping or sequence, which is to look like what stands `around` it.

    An alias on the way is replaced by a copy of what it stands for, so that its other users see nothing of it; a
    key that only a merge key provides is written out beside it, and taken out of a copy of what is merged.
    """
    look = Look() if all(change is DELETE for change in updates.values()) else look_of(text, node, around)
    if type(node) is Sequence:
        return _update_items(text, node, updates, look)
    assert type(node) is Mapping
    entries = node.entries()
    edits: list[Edit] = []
    added: list[str] = []
    gone: list[str] = []
    for part, change in updates.items():
        name = str(part)
        at = entries.get(name)
        if change is DELETE:
            gone.append(name)
        elif at is not None:
            edits += _change(text, node, at, change, look)
        elif creates(change) or (change and node.get(name) is not None):
            added.append(_new_entry(node, name, change, look))
    deleted = sorted(entries[name] for name in gone if name in entries)
    if added and deleted and 2 * len(deleted) == len(node.children):
        return [_refill(text, node, added)]
    if gone and 2 * len(entries) != len(node.children):
        edits += _unmerge(node, gone)
    if added:
        edits += insert(text, node, added, deleted[0] if deleted else 0)
    return edits + delete_entries(text, node, deleted)


def _update_items(text: str, node: Sequence, updates: Updates, look: Look) -> list[Edit]:
    edits: list[Edit] = []
    gone: list[int] = []
    for index, change in updates.items():
        if isinstance(index, str):
            raise YamlError(NO_MAPPING, node.start)
        if change is DELETE:
            gone.append(index)
        else:
            edits += _changed(text, node.items[index], change, look)
    return edits + delete_items(text, node, gone)


def _change(text: str, node: Mapping, at: int, change: Updates | str, look: Look) -> list[Edit]:
    name, value = node.children[at : at + 2]
    if value.start > name.end or not creates(change):
        if isinstance(change, dict) and creates(change) and not node.flow and _is_nothing(value):
            return [_below(text, node, at, change, look)]
        return _changed(text, value, change, look)
    # A key without its `:`, which may stand only behind a `?` in block style.
    start = entry_start(text, node, at)
    sign = " : " if node.flow else newline_of(text) + " " * column(text, start) + ": "
    return [Edit(name.end, name.end, sign + (change if isinstance(change, str) else flow_mapping(change, look)))]


def _is_nothing(value: Node) -> bool:
    return type(value) is Scalar and value.start == value.end


def _below(text: str, node: Mapping, at: int, change: Updates, look: Look) -> Edit:
    """A block below a key that has no value; a comment behind the key stays there."""
    margin = newline_of(text) + " " * (column(text, entry_start(text, node, at)) + look.step)
    stop = line_end(text, node.children[at + 1].end)
    stop -= len(text[:stop]) - len(text[:stop].rstrip(BREAKS)) if text[stop - 1] in BREAKS else 0
    return Edit(stop, stop, "".join(margin + row for row in block(change, look.step)))


def _changed(text: str, value: Node, change: Updates | str, look: Look) -> list[Edit]:
    if isinstance(change, str):
        return [replace(value, change)]
    if type(value) is Mapping or type(value) is Sequence:
        return update(text, value, change, look)
    if not change or (type(value) is Scalar and not creates(change)):
        return []
    if type(value) is Scalar and resolve(value) is None:
        return [replace(value, flow_mapping(change, look))]
    return [replace(value, copy(value, change))]


def replace(value: Node, new: str) -> Edit:
    """Put a one-line text in the place of a value; an empty value stands right behind its `:` or `-`."""
    if value.start == value.end:
        new = f" {new}"
    elif type(value) is Sequence and not value.flow:  # which may stand at the margin of its own key
        new = f"  {new}"
    return Edit(value.start, value.end, new)


def _unmerge(node: Mapping, gone: list[str]) -> list[Edit]:
    provided = {name for each in node.merged() for name in each.entries()}
    if provided.isdisjoint(gone):
        return []
    return [replace(value, without(value, gone)) for name, value in node.pairs() if is_merge(name)]


def _new_entry(node: Mapping, name: str, change: Updates | str, look: Look) -> str:
    label = flow_key(name, look) if node.flow else key(name)
    if isinstance(change, str):
        return f"{label} {change}"
    merged = node.get(name)
    if merged is not None:
        return f"{label} {copy(merged, change)}"
    if node.flow:
        return f"{label} {flow_mapping(change, look)}"
    return label + "".join(f"\n{' ' * look.step}{row}" for row in block(change, look.step))


def block(updates: Updates, step: int) -> list[str]:
    """New entries in block style, by their lines; deletions have nothing to delete."""
    rows: list[str] = []
    for name, change in updates.items():
        if isinstance(change, str):
            rows += f"{key(str(name))} {change}".split("\n")
        elif change is not DELETE and creates(change):
            rows += key(str(name)).split("\n")
            rows += (" " * step + row for row in block(change, step))
    return rows


def insert(text: str, node: Mapping, rows: list[str], before: int = 0) -> list[Edit]:
    """The edits that put new entries before all others: each `key: value` in the mapping's own style.

    In block style an entry may have several lines, indented as if the mapping stood at the margin. `before` says
    before which one instead, by where its key stands in `children`; it is to be deleted.
    """
    if not node.flow:
        at = entry_start(text, node, before)
        margin = newline_of(text) + " " * column(text, at)
        new = "".join(row.replace("\n", margin) + margin for row in rows)
        line = at - column(text, at)
        if text[line:at].strip():
            return [Edit(at, at, new)]
        # At the start of the line, where nothing overlaps when the first entry is deleted, too.
        return [Edit(line, line, text[line:at] + new[: len(new) - (at - line)])]
    at = opening(text, node)
    new = ", ".join(rows)
    if at == node.start:  # `[key: value]`: a mapping without braces holds one entry only
        return [Edit(at, at, f"{{{new}, "), Edit(node.end, node.end, "}")]
    if not node.children:
        return [Edit(at, at, new + (" " if text[at] == "#" else ""))]
    margin, first = look_of(text, node).margin, entry_start(text, node, 0)
    if before:
        at = node.children[before - 1].end
        gap = " " if text[at - 1] == ":" else ""  # an empty value keeps its `:` from the comma, too
        return [Edit(at, at, gap + "".join(f",{margin or ' '}{row}" for row in rows))]
    if margin:
        at = line_end(text, at)
        return [Edit(at, at, "".join(f"{margin.lstrip(BREAKS)}{row},{newline_of(text)}" for row in rows))]
    at = at if text[at:first].strip(SPACE) or line_end(text, at) <= first else first
    return [Edit(at, at, f"{new}, ")]


def _refill(text: str, node: Mapping, rows: list[str]) -> Edit:
    """New entries in the place of all old ones."""
    if node.flow:
        at = opening(text, node)
        new = ", ".join(rows)
        return Edit(at, node.end, f"{{{new}}}" if at == node.start else f"{new}}}")
    at = entry_start(text, node, 0)
    margin = newline_of(text) + " " * column(text, at)
    return Edit(at, node.end, margin.join(row.replace("\n", margin) for row in rows))


def delete_entries(text: str, node: Mapping, at: list[int]) -> list[Edit]:
    """The edits that take entries out of a mapping, named by where their keys stand in `children`."""
    children = node.children

    def span(i: int) -> tuple[int, int]:
        return entry_start(text, node, 2 * i), children[2 * i + 1].end

    return _delete(text, node, span, len(children) // 2, sorted(i // 2 for i in at), "{}")


def delete_items(text: str, node: Sequence, indexes: list[int]) -> list[Edit]:
    """The edits that take items out of a sequence."""
    items = node.items

    def span(i: int) -> tuple[int, int]:
        if node.flow:
            return items[i].start, items[i].end
        before = items[i - 1].end if i else node.start
        return indicator(text, before, items[i].start, "-", before), items[i].end

    return _delete(text, node, span, len(items), sorted(indexes), "[]")


def _delete(
    text: str,
    node: Mapping | Sequence,
    span: Callable[[int], tuple[int, int]],
    count: int,
    gone: list[int],
    empty: str,
) -> list[Edit]:
    if not gone:
        return []
    if len(gone) == count:
        # The empty collection stands where the block began, which is behind its key or on a line of its own; two
        # columns further in it is deeper than any key above it.
        return [Edit(node.start, node.end, empty) if node.flow else Edit(span(0)[0], node.end, "  " + empty)]
    if not node.flow:
        return _cut_block(text, span, gone)
    edits = []
    for first, last in _runs(gone):
        if last + 1 < count:
            edits.append(Edit(span(first)[0], span(last + 1)[0], ""))
        else:
            before = span(first - 1)[1]
            # `{a:}` is refused: an empty value keeps its `:` from the brace.
            edits.append(Edit(before, span(last)[1], " " if text[before - 1] == ":" else ""))
    return edits


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _cut_block(text: str, span: Callable[[int], tuple[int, int]], gone: list[int]) -> list[Edit]:
    """Cut block entries with their lines, and with what would else become part of a block scalar above them."""
    edits: list[Edit] = []
    first, last = _runs(gone)[0]
    start = span(first)[0]
    if first == 0 and text[start - column(text, start) : start].strip():
        # `- key: value`: what follows moves up to the dash, unless comments stand between.
        end, following = span(last)[1], span(last + 1)[0]
        line = line_end(text, end)
        if text[line:following].strip(SPACE):
            following = end + len(text[end:line].rstrip(BREAKS))
        edits.append(Edit(start, following, ""))
        gone = gone[last + 1 :]
    for i in gone:
        start, end = span(i)
        indent = column(text, start)
        edits.append(Edit(start - indent, behind(text, end, indent), ""))
    return edits
