"""The lines of a file around a mistake, as a person may see them: keys, and none of what they hold.

Shown are the keys of mappings, the signs around them, and of each object its apiVersion, kind, name and namespace.
Whatever else stands in the lines becomes `…`: values, comments, anchors, and all of a text that is no YAML but the
first word of a line where it is one of ours. A picture of a file cannot show a secret, whatever the file is.
"""

from __future__ import annotations

import os

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, INFO, WARNING, Failure, Location
from krm_secrets.krm.files import SUFFIXES, read_text
from krm_secrets.yamltext import nodes
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import Node, Scalar

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from typing import TextIO

    from krm_secrets.errors import Result

HIDDEN = "…"
AROUND = 1
"""Lines that are shown before and behind."""

MOST = 50
"""Messages that get one."""

WIDTH = 96
"""Characters of a line that are shown: a file of JSON may be one line."""

_LINE = pattern(r"\r\n?|\n")
_KEY = pattern(r"""["']?[A-Za-z0-9][A-Za-z0-9._/$-]{0,79}["']?""")
_IDENTITY = pattern(r"(?i)age-|enc\[")
_SIGNS = frozenset(" \t-:?,{}[]")
_WORDS = frozenset(("apiVersion", "kind", "metadata", "name", "namespace", "annotations", "labels", "spec", "secrets"))
_FIRST = pattern(r"(?:- )*([A-Za-z]+):")
_STYLES = {"dim": "\x1b[2m", "mark": "\x1b[1;31m", ERROR: "\x1b[1;31m", WARNING: "\x1b[33m", INFO: "\x1b[36m"}
_PLAIN = "\x1b[0m"


class Row(NamedTuple):
    """A line as it may be shown, with its number."""

    number: int
    text: str


class Excerpt(NamedTuple):
    """Some lines of a file; `marked` is the number of the one that is meant, of which `begin` to `end` are marked."""

    rows: tuple[Row, ...]
    marked: int
    begin: int
    end: int

    def lines(self, colour: bool = False, width: int = 0, sign: str = "^", label: str = "") -> list[str]:
        """The excerpt for a terminal: numbers, lines, and a caret below what is marked, with a label behind it."""
        width = max(width, len(str(self.rows[-1].number)))
        told = []
        for row in self.rows:
            told.append(painted("dim", f"{row.number:>{width}} |", colour) + f" {row.text}".rstrip())
            if row.number == self.marked:
                caret = " " * self.begin + sign * (self.end - self.begin) + (f" {label}" if label else "")
                told.append(painted("dim", f"{'':{width}} |", colour) + " " + painted("mark", caret, colour))
        return told


def painted(style: str, text: str, colour: bool) -> str:
    """Text in a style: `dim`, `mark`, or what a severity is written in."""
    return f"{_STYLES[style]}{text}{_PLAIN}" if colour else text


def excerpt(
    text: str,
    location: Location,
    around: int = AROUND,
    columns: tuple[int, int] | None = None,
    named: Container[str] = (),
) -> Excerpt | None:
    """The lines around a place in a text without byte order mark; None where it has no such line, or nothing in it
    may be shown.

    `columns` are those that are marked, from 0, instead of the entry that the path names. `named` are words that the
    message says itself: a value that is one of them is shown.
    """
    starts = [0, *(match.end() for match in _LINE.finditer(text))]
    if not 0 < location.line <= len(starts):
        return None
    first, last = max(1, location.line - around), min(len(starts), location.line + around)
    begin = starts[first - 1]
    ends = [*starts[1:], len(text) + 1]
    read = _read(text, begin, ends[last - 1], named)
    rows = []
    marked = None
    for number in range(first, last + 1):
        start = starts[number - 1]
        line = text[start : ends[number - 1]].rstrip("\r\n")
        masked = _masked(line, start, read) if read is not None else _first_word(line)
        if number == location.line:
            at = columns or _mark(line, start, read or _Read({}, []), location)
            marked = (masked.shown(at[0]), masked.shown(at[1]))
        rows.append(Row(number, masked.text))
    here = rows[location.line - first].text
    if marked is None or not here.strip(" -:,{}[]…"):
        return None
    while rows[-1].number > location.line and not rows[-1].text.strip():
        del rows[-1]
    return _cropped(tuple(rows), location.line, marked[0], max(marked[1], marked[0] + 1))


def _cropped(rows: tuple[Row, ...], marked: int, begin: int, end: int) -> Excerpt:
    """The excerpt without what is too long for a line, the marked part in sight."""
    left = max(0, begin - WIDTH // 4) if end > WIDTH else 0
    end = min(end - left, WIDTH)
    cut = (Row(row.number, row.text[left : left + WIDTH]) for row in rows)
    return Excerpt(tuple(cut), marked, begin - left, end)


class _Read(NamedTuple):
    """What stands in the lines: the scalars by their spans, and whether each may be shown, and entries of mappings."""

    scalars: dict[tuple[int, int], bool]
    entries: list[tuple[Scalar, Node]]


def _read(text: str, begin: int, end: int, named: Container[str]) -> _Read | None:
    """What stands between two indexes of a text; None where it is no YAML."""
    try:
        documents = parse(text)
    except Failure:
        return None
    found = _Read({}, [])
    waiting: list[tuple[Node, bool]] = [(document.root, False) for document in documents]
    while waiting:
        node, of_object = waiting.pop()
        if node.end < begin or node.start > end:
            continue
        if type(node) is nodes.Mapping:
            is_object = {"apiVersion", "kind"} <= {k.value for k, _ in node.pairs() if type(k) is Scalar}
            for key, value in node.pairs():
                word = key.value if type(key) is Scalar else ""
                if type(key) is Scalar:
                    found.entries.append((key, value))
                    # `{word}` is a key without a value: somebody may have meant the word as the value
                    is_key = not node.flow or value.start < value.end
                    found.scalars[key.start, key.end] = is_key and _may_be_shown(text[key.start : key.end])
                else:
                    waiting.append((key, False))
                if type(value) is Scalar:
                    tells = (is_object and word in ("apiVersion", "kind")) or (
                        of_object and word in ("name", "namespace")
                    )
                    written = text[value.start : value.end]
                    found.scalars[value.start, value.end] = (tells or value.value in named) and _may_be_shown(written)
                else:
                    waiting.append((value, is_object and word == "metadata"))
        elif type(node) is nodes.Sequence:
            waiting += ((item, False) for item in node.items)
        else:
            said = type(node) is Scalar and node.value in named
            found.scalars[node.start, node.end] = said and _may_be_shown(text[node.start : node.end])
    return found


def _may_be_shown(written: str) -> bool:
    return _KEY.fullmatch(written) is not None and _IDENTITY.search(written) is None


class _Masked(NamedTuple):
    """A line without what may not be shown; `columns` are where its characters went."""

    text: str
    columns: tuple[int, ...]

    def shown(self, column: int) -> int:
        """Where a column of the line is in what is shown of it."""
        return self.columns[column] if column < len(self.columns) else len(self.text)


def _masked(line: str, start: int, read: _Read) -> _Masked:
    """The line that begins at an index of the text: keys and signs."""
    stop = start + len(line)
    inside: list[bool | None] = [None] * len(line)  # whether a scalar is there, and may be shown
    for (begin, end), shown in read.scalars.items():
        for at in range(max(begin, start), min(end, stop)):
            inside[at - start] = shown
    text, columns, hidden, comment = "", [], False, False
    for sign, scalar in zip(line, inside, strict=True):
        comment = scalar is None and (comment or sign not in _SIGNS)  # or an anchor, a tag, a directive
        seen = (not comment if scalar is None else scalar) or (sign == " " and not text.strip())
        columns.append(len(text) - (hidden and not seen))
        if seen:
            text += sign
        elif not hidden:
            text += HIDDEN
        hidden = not seen
    return _Masked(text, tuple(columns))


def _first_word(line: str) -> _Masked:
    """The line of a text that is no YAML: nobody knows what is a value there."""
    indent = len(line) - len(line.lstrip(" "))
    match = _FIRST.match(line, indent)
    end = match.end() if match and match[1] in _WORDS else indent
    rest = len(line[end:].strip()) > 0
    text = line[:end] + (" " * (end > indent) + HIDDEN if rest else "")
    return _Masked(text, tuple(min(at, len(text)) for at in range(len(line))))


def _mark(line: str, start: int, read: _Read, location: Location) -> tuple[int, int]:
    """The columns of the entry that the path names, or of all that stands in the line."""
    name = next((part for part in reversed(location.path) if isinstance(part, str)), None)
    here = [(key, value) for key, value in read.entries if start <= key.start < start + len(line)]
    meant = [each for each in here if each[0].value == name]
    if len(meant) == 1 and not (location.path and isinstance(location.path[-1], int)):
        key, value = meant[0]
        return key.start - start, min(max(key.end, value.end) - start, len(line.rstrip()))
    return len(line) - len(line.lstrip(" -")), len(line.rstrip())


def is_coloured(stream: TextIO | None) -> bool:
    """Whether somebody looks at the stream who wants colours."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream is not None and stream.isatty() and not plain


def told(results: Iterable[Result], words: Mapping[str, str], colour: bool) -> Iterator[str]:
    """The results as lines for a terminal: the message as everybody gets it, and below it the lines that it is about.

    `words` are what severities are called.
    """
    texts: dict[str, str] = {}
    for n, result in enumerate(results):
        yield f"krm-secrets: {painted(result.severity, words[result.severity], colour)}: {result}"
        place = result.location
        if place.line and place.file and n < MOST and result.severity != INFO:
            if place.file not in texts:
                texts[place.file] = _text(place.file)
            found = excerpt(texts[place.file], place)
            if found is not None:
                yield from (f"  {line}" for line in found.lines(colour))


def _text(file: str) -> str:
    """The text of a file of manifests; "" where there is none, whatever else the name stands for."""
    try:
        return read_text(file) if file.endswith(SUFFIXES) else ""
    except Failure:
        return ""
