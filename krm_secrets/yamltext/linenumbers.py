"""In which line of a text an index stands, as editors count lines."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern

_LINE = pattern("\r\n?|\n")


class Lines:
    """The lines of one text; quick also for each of many indexes, since the text is looked through once."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None

    def of(self, index: int) -> int:
        """The line, counted from 1."""
        if self._starts is None:
            self._starts = _starts(self._text)
        from bisect import bisect_right  # only what is told has a line

        return bisect_right(self._starts, index) + 1


def _starts(text: str) -> list[int]:
    """Where the second line and all after it begin."""
    if "\r" in text:
        return [match.end() for match in _LINE.finditer(text)]
    starts, at = [], text.find("\n") + 1
    while at:  # a list of the lines would take more memory than the text
        starts.append(at)
        at = text.find("\n", at) + 1
    return starts
