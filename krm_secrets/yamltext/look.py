"""How a mapping looks, so that what is added to it looks alike: quoting, indentation, an entry a line or all in one."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.yamltext.edits import Updates, creates
from krm_secrets.yamltext.emit import MAX_KEY, atom, is_plain, quoted
from krm_secrets.yamltext.lines import column, entry_start, first_dash, indicator, newline_of, opening
from krm_secrets.yamltext.nodes import BREAKS, Mapping, Node, Scalar, Sequence, below


class Look(NamedTuple):
    """`quotes` is whether keys in flow style are quoted, `step` how far a block is indented below its key.

    `margin` is what begins the line of an entry in flow style, with its break, "" where all stand on one line;
    `trailing` whether a comma follows the last one. `pad` is what stands inside of braces on one line.
    """

    quotes: bool = False
    step: int = 2
    margin: str = ""
    trailing: bool = False
    pad: str = ""


def look_of(text: str, node: Node, around: Look | None = None) -> Look:
    """The look of a mapping or list; what it does not show itself is that of what stands around it."""
    look = around or Look(quotes=isinstance(node, (Mapping, Sequence)) and node.flow and _quotes(node, True))
    if type(node) is Mapping and not node.flow:
        return look._replace(step=_step(text, node) or look.step, margin="", trailing=False)
    if type(node) is not Mapping and not (type(node) is Sequence and node.flow):
        return look
    children = below(node)
    if not children:
        return look._replace(margin="", trailing=False)
    begin = opening(text, node)
    head = text[begin : children[0].start]
    margin, step = "", look.step
    if any(sign in head for sign in BREAKS):
        deep = column(text, children[0].start)
        spaces = text[children[0].start - deep : children[0].start]
        if not spaces.strip():  # else a tag or a `?` stands before the first one
            line = text[begin - column(text, begin) : begin]
            margin = newline_of(text) + spaces
            step = max(deep - (len(line) - len(line.lstrip())), 0) or step
    trailing = indicator(text, children[-1].end, node.end, ",", -1) >= 0
    return look._replace(
        quotes=_quotes(node, look.quotes),
        margin=margin,
        trailing=trailing,
        step=step,
        pad=" " if text[begin] == " " else "",
    )


def _quotes(node: Node, default: bool) -> bool:
    """Whether the keys of a flow collection are quoted, as in JSON."""
    if type(node) is Sequence:
        return next((_quotes(item, default) for item in node.items if type(item) is Mapping), default)
    for key in node.children[::2] if type(node) is Mapping else ():
        if type(key) is Scalar:
            return key.style == '"'
    return default


def _step(text: str, node: Mapping) -> int:
    own = column(text, entry_start(text, node, 0)) if node.children else 0
    for value in node.children[1::2]:
        if type(value) is Mapping and not value.flow and value.children:
            return column(text, entry_start(text, value, 0)) - own
    return 0


def dashes_at_keys(text: str, node: Mapping) -> bool:
    """Whether lists in a block mapping, or in what stands in it, have their dashes below the key and no deeper."""
    waiting: list[Node] = [node]
    while waiting:
        at = waiting.pop()
        if type(at) is Mapping and not at.flow:
            for i in range(0, len(at.children), 2):
                value = at.children[i + 1]
                if type(value) is Sequence and not value.flow and value.items:
                    return column(text, first_dash(text, value)) == column(text, entry_start(text, at, i))
            waiting += reversed(at.children[1::2])
    return False


def flow_key(name: str, look: Look) -> str:
    """A key in flow style with its `:`."""
    written = name if not look.quotes and is_plain(name) and not {",", ":"} & set(name) else quoted(name)
    return f"{written}:" if len(written) <= MAX_KEY else f"? {written} :"


def flow_mapping(updates: Updates, look: Look) -> str:
    """A new mapping of the updates in flow style; deletions have nothing to delete."""
    inner = look._replace(margin=look.margin and look.margin + " " * look.step)
    rows = [
        f"{flow_key(str(name), look)} {change if isinstance(change, str) else flow_mapping(change, inner)}"
        for name, change in updates.items()
        if change is not None and creates(change)
    ]
    return collected(rows, "{}", look)


def flow_value(value: object, look: Look) -> str:
    """Plain data in flow style; strings are double-quoted."""
    inner = look._replace(margin=look.margin and look.margin + " " * look.step)
    if isinstance(value, dict):
        rows = [f"{flow_key(key, look)} {flow_value(each, inner)}" for key, each in value.items()]
        return collected(rows, "{}", look)
    if isinstance(value, list):
        cuddled = [flow_value(each, look) for each in value]
        return f"[{', '.join(cuddled)}]"
    return atom(value)


def collected(rows: list[str], signs: str, look: Look) -> str:
    """Rows between braces; `look.margin` is that of the line on which the collection begins."""
    if not look.margin or not rows:
        return f"{signs[0]}{look.pad}{', '.join(rows)}{look.pad}{signs[1]}" if rows else signs
    margin = look.margin + " " * look.step
    return signs[0] + margin + f",{margin}".join(rows) + ("," if look.trailing else "") + look.margin + signs[1]
