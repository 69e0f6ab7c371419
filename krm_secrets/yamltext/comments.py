"""The comments of a document, each with the entry that it belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path
from krm_secrets.yamltext.lines import column
from krm_secrets.yamltext.nodes import BREAKS, Document, Mapping, Node, Scalar, Sequence, below, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


BEFORE, BESIDE, BEHIND = "before", "beside", "behind"

# A comment begins a line or follows white space; in what is between two scalars nothing else does so with a `#`.
_COMMENT = re.compile(f"(?:^|(?<=[ \t{BREAKS}]))#[^{BREAKS}]*", re.MULTILINE)


class Comment(QuietTuple):
    """A comment from its `#` to the end of its line. `side` says where it stands: on lines before its entry, on the
    line of its entry, or behind the last entry of a collection."""

    text: str
    start: int
    path: Path
    side: str


class _Place(NamedTuple):
    start: int
    path: Path


def comments(text: str, document: Document, begin: int, end: int) -> list[Comment]:
    """All comments between two indexes, which must lie around the document and no other."""
    places = sorted(_places(text, document.root, ()), key=lambda place: (place.start, len(place.path)))
    starts = [place.start for place in places]
    margins: _Margins | None = None
    found = []
    for at, stop in _gaps(text, document.root, begin, end):
        for match in _COMMENT.finditer(text, at, stop):
            start = match.start()
            before, after = bisect_right(starts, start), bisect_left(starts, start)
            margin = column(text, start)
            margins = margins or _Margins(text, starts)
            if text[start - margin : start].strip() and before:
                found.append(Comment(match.group(), start, places[before - 1].path, BESIDE))
            elif after < len(places) and (margins.columns[after] >= margin or not before):
                found.append(Comment(match.group(), start, places[after].path, BEFORE))
            else:
                last = margins.last(before, margin)
                found.append(Comment(match.group(), start, places[last].path if last >= 0 else (), BEHIND))
    return found


class _Margins:
    """The columns of entries, and for each the last one before it that is indented less."""

    def __init__(self, text: str, starts: list[int]) -> None:
        self.columns = list(_columns(text, starts))
        self._outer: list[int] = []
        for n, own in enumerate(self.columns):
            at = n - 1
            while at >= 0 and self.columns[at] >= own:
                at = self._outer[at]
            self._outer.append(at)

    def last(self, before: int, margin: int) -> int:
        """The last of the entries before this one that is indented no deeper than a margin; -1 where none is."""
        at = before - 1
        while at >= 0 and self.columns[at] > margin:
            at = self._outer[at]
        return at


def _columns(text: str, starts: list[int]) -> Iterator[int]:
    """How many characters stand before each place on its line; the places are in order."""
    begin = behind = 0
    for start in starts:
        last = max(text.rfind(sign, behind, start) for sign in BREAKS)
        begin, behind = last + 1 if last >= 0 else begin, start
        yield start - begin


def _places(text: str, node: Node, path: Path) -> Iterator[_Place]:
    if type(node) is Mapping:
        for key, value in node.pairs():
            known = resolved(key)
            own = (*path, known.value if type(known) is Scalar else "")
            yield _Place(key.start, own)
            yield from _places(text, value, own)
    elif type(node) is Sequence:
        for index, item in enumerate(node.items):
            # In block style an item begins at its dash, which only white space and comments part from it.
            dash = text.rfind("-", 0, item.start) if not node.flow else -1
            yield _Place(dash if dash >= 0 else item.start, (*path, index))
            yield from _places(text, item, (*path, index))


def _gaps(text: str, root: Node, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """What is not inside of a scalar; the line on which a block scalar begins is before its text."""
    at = begin
    for leaf in _leaves(root):
        yield at, leaf.start
        if type(leaf) is Scalar and leaf.style in ("|", ">"):
            yield leaf.start, leaf.start + len(text[leaf.start : leaf.end].partition("\n")[0])
        at = leaf.end
    yield at, end


def _leaves(node: Node) -> Iterator[Node]:
    if type(node) not in (Mapping, Sequence):
        yield node
    for child in below(node):
        yield from _leaves(child)
