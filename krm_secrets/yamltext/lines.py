"""Lines and gaps: where the lines of an entry begin and end, and what stands between two nodes."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.yamltext.nodes import BREAKS, Mapping, Sequence, below

_BREAK = pattern(f"\r\n|[{BREAKS}]")
_SHORT, _LONG = 4096, 65536
"""A line of this length can be searched more than once, and one of that length for what is the same for all of it."""


def newline_of(text: str) -> str:
    """The line end that the text uses; one that begins with a very long line has the usual."""
    at = text.find("\n", 0, _LONG)
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def line_end(text: str, at: int) -> int:
    """Behind the next line break at or after the index, or the end of the text."""
    end = text.find("\n", at, at + _SHORT) + 1
    if end or len(text) - at < _SHORT:
        end = end or len(text)
        line = text[at:end]
        if not ("\r" in line or "\x85" in line or "\u2028" in line or "\u2029" in line):
            return end
    match = _BREAK.search(text, at)
    return match.end() if match else len(text)


def column(text: str, at: int) -> int:
    """How many characters stand before the index on its line."""
    # Backwards character by character: indentation is short, and `rfind` for five kinds of break is not.
    begin = at
    while begin and text[begin - 1] not in BREAKS:
        begin -= 1
    return at - begin


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


def entry_start(text: str, node: Mapping, at: int) -> int:
    """Where an entry begins, named by where its key stands in `children`: at the key, or at the `?` before it."""
    key = node.children[at].start
    return indicator(text, node.children[at - 1].end if at else node.start, key, "?", key)


def first_dash(text: str, node: Sequence) -> int:
    """Where the first item of a block sequence begins, behind the tag and anchor of the sequence."""
    return indicator(text, node.start, node.items[0].start, "-", node.start)


def opening(text: str, node: Mapping | Sequence) -> int:
    """Behind the brace or bracket that opens a flow collection; the start of a `[key: value]` without braces."""
    sign = "{" if type(node) is Mapping else "["
    first = below(node)[:1]
    return indicator(text, node.start, first[0].start if first else node.end, sign, node.start - 1) + 1


def indicator(text: str, begin: int, end: int, sign: str, default: int) -> int:
    """The first `sign` between two nodes, outside of comments, anchors and tags."""
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
