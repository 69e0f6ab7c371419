"""Edits of the lists in a kustomization file: entries put in and taken out, in the style of their neighbours."""

from __future__ import annotations

import posixpath

from krm_secrets.yamltext import emit, lines, splice
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, resolved
from krm_secrets.yamltext.splice import Edit

_HEAD = ("apiVersion", "kind", "metadata", "namespace")


def texts(listed: Sequence | None) -> list[str]:
    """The entries of a list as they are written."""
    return [getattr(resolved(item), "value", "") for item in listed.items] if listed is not None else []


def styled(listed: Sequence | None, entry: str) -> str:
    """The entry with `./` in front where its neighbours have that."""
    local = [each for each in texts(listed) if not each.startswith(("../", "/")) and "://" not in each]
    dotted = sum(each.startswith("./") for each in local)
    return f"./{entry}" if 2 * dotted > len(local) and not entry.startswith("../") else entry


def written_as(listed: Sequence | None, model: Node | None, entry: str, flow: bool) -> str:
    """The entry as text, quoted where its neighbour is, or has to be."""
    entry = styled(listed, entry)
    style = model.style if type(model) is Scalar else ""
    if style == "'" and entry.isprintable() and "'" not in entry:
        return f"'{entry}'"
    if style in ('"', "'") or (flow and not set(entry).isdisjoint(",[]{}?")):
        return emit.quoted(entry)
    return plain(entry)


def plain(entry: str) -> str:
    """The entry without quotes where it needs none: what follows `./` decides, since it begins no number."""
    bare = entry.removeprefix("./").removeprefix("../")
    word = bare if bare == entry else f"x{bare}"
    return entry if emit.scalar(word) == word else emit.quoted(entry)


def added(text: str, root: Mapping, field: str, listed: Sequence | None, entry: str) -> list[Edit]:
    """The edits that put an entry into a list, which may be missing, empty, or stand there by another name."""
    written = root.written(field)
    if listed is None and written is not None:
        return _filled(text, root, field, written, entry)
    if listed is None or written is not listed:
        return spelled_out(text, root, field, [*texts(listed), styled(listed, entry)])
    if not listed.items:
        return _filled(text, root, field, listed, entry)
    at = _place(text, listed, entry)
    model = listed.items[min(at, len(listed.items) - 1)]
    new = written_as(listed, model, entry, listed.flow)
    return _into_flow(text, listed, at, new) if listed.flow else _into_block(text, listed, at, new)


def _place(text: str, listed: Sequence, entry: str) -> int:
    """Where the entry goes: among entries in order to its place, unless comments between them make groups."""
    names = [posixpath.normpath(each) for each in texts(listed)]
    rows = text[listed.start : listed.end].splitlines()
    if names != sorted(names) or any(row.lstrip().startswith("#") for row in rows):
        return len(names)
    # A comment above the first entry may be about it alone.
    before = text[: lines.first_dash(text, listed)] if not listed.flow else ""
    above = before.rstrip().rpartition("\n")[2].lstrip()
    at = sum(name < entry for name in names)
    return len(names) if at == 0 and above.startswith("#") else at


def _into_block(text: str, listed: Sequence, at: int, new: str) -> list[Edit]:
    newline, items = lines.newline_of(text), listed.items
    dash = lines.first_dash(text, listed)
    margin = lines.column(text, dash)
    gap = text[dash + 1 : items[0].start]
    row = f"{' ' * margin}-{gap if gap and not gap.strip(' ') else ' '}{new}"
    if at == 0 and not text[dash - margin : dash].strip():
        return [Edit(dash - margin, dash - margin, row + newline)]
    last = items[max(at, 1) - 1]
    is_block = type(last) is Scalar and last.style in ("|", ">")
    end = lines.behind(text, last.end, margin) if is_block else lines.line_end(text, last.end)
    begin = "" if text[end - 1] in "\n\r" else newline
    return [Edit(end, end, begin + row + (newline if not begin else ""))]


def _into_flow(text: str, listed: Sequence, at: int, new: str) -> list[Edit]:
    items, newline = listed.items, lines.newline_of(text)
    first = items[0].start
    margin = lines.column(text, first)
    own_line = not text[first - margin : first].strip()
    if at < len(items):
        start = items[at].start
        return [Edit(start, start, f"{new},{newline}{' ' * margin}" if own_line else f"{new}, ")]
    last = items[-1].end
    if not own_line:
        return [Edit(last, last, f", {new}")]
    # Behind the line of the last entry, so that a comment on it stays with it.
    comma = lines.indicator(text, last, listed.end - 1, ",", -1)
    end = lines.line_end(text, last)
    if end >= listed.end:
        return [Edit(last, last, f",{newline}{' ' * margin}{new}")]
    row = f"{' ' * margin}{new}{',' if comma >= 0 else ''}{newline}"
    return [*([] if comma >= 0 else [Edit(last, last, ",")]), Edit(end, end, row)]


def _filled(text: str, root: Mapping, field: str, empty: Node, entry: str) -> list[Edit]:
    """The entry as the first of a list that is there and has none."""
    if root.flow:
        return [splice.replace(empty, f"[{written_as(None, None, entry, True)}]")]
    begin = len(text[: empty.start].rstrip(" \t")) if empty.start < empty.end else empty.start
    end = lines.line_end(text, empty.end)
    newline = lines.newline_of(text)
    row = f"{' ' * _margin(text, root, field)}- {plain(entry)}"
    ended = text[end - 1] in "\n\r"
    edits = [Edit(begin, empty.end, "")] if begin < empty.end else []
    return [*edits, Edit(end, end, row + newline if ended else newline + row)]


def _margin(text: str, root: Mapping, field: str) -> int:
    """The column of the dashes of a new list: as the file's other lists have it."""
    own = lines.column(text, lines.entry_start(text, root, root.entries().get(field, 0)))
    for key, value in root.pairs():
        if type(value) is Sequence and not value.flow and value.items:
            return own + lines.column(text, lines.first_dash(text, value)) - lines.column(text, key.start)
    return own + 2


def spelled_out(text: str, root: Mapping, field: str, entries: list[str]) -> list[Edit]:
    """The whole list in the place of an alias or of nothing: below what says which kind of file it is."""
    written = root.written(field)
    flow = f"[{', '.join(map(emit.quoted if root.flow else _in_flow, entries))}]"
    if written is not None:
        return [Edit(written.start, written.end, flow)]
    at = max((i for key in _HEAD if (i := root.entries().get(key, -1)) >= 0), default=-1)
    if at < 0 or type(root.children[at + 1]) not in (Scalar, Alias):
        return splice.insert(text, root, [f"{emit.flow_key(field) if root.flow else field + ':'} {flow}"])
    newline, head = lines.newline_of(text), root.children[at + 1]
    if root.flow:
        key = root.children[at]
        name = emit.quoted(field) if type(key) is Scalar and key.style else field
        margin = lines.column(text, key.start)
        own_line = not text[key.start - margin : key.start].strip()
        return [Edit(head.end, head.end, f",{newline + ' ' * margin if own_line else ' '}{name}: {flow}")]
    margin = lines.column(text, lines.entry_start(text, root, at))
    dashes = " " * _margin(text, root, field)
    rows = [f"{' ' * margin}{field}:", *(f"{dashes}- {plain(each)}" for each in entries)]
    end = lines.line_end(text, head.end)
    ended = end > 0 and text[end - 1] in "\n\r"
    body = newline.join(rows)
    return [Edit(end, end, body + newline if ended else newline + body)]


def _in_flow(entry: str) -> str:
    return written_as(None, None, entry, True)


def cut(text: str, root: Mapping, field: str, listed: Sequence, at: list[int]) -> list[Edit]:
    """The edits that take entries out of a list, with their lines; `[]` stays of a list of which none does."""
    if listed.flow:
        return splice.delete_items(text, listed, at)
    edits = []
    if len(at) == len(listed.items):
        key = root.children[root.entries()[field]]
        colon = lines.indicator(text, key.end, listed.start, ":", key.end) + 1
        if listed.anchor or listed.tag:
            return [Edit(colon, listed.end, " []")]
        edits.append(Edit(colon, colon, " []"))
    for i in at:
        item = listed.items[i]
        if type(item) is Scalar and item.style in ("|", ">"):
            edits += splice.delete_items(text, listed, [i])
            continue
        before = listed.items[i - 1].end if i else listed.start
        dash = lines.indicator(text, before, item.start, "-", before)
        # Its own line, and no blank one behind it: no entry but a block scalar owns those.
        edits.append(Edit(dash - lines.column(text, dash), lines.line_end(text, item.end), ""))
    return edits
