"""The lines of an ini file, as go-ini reads them with its defaults.

Source: gopkg.in/ini.v1 1.67.3, parser.go, read and run.
"""

from __future__ import annotations

from io import StringIO

from krm_secrets._startup.records import QuietTuple
from krm_secrets.sops.errors import SopsError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go takes for white space."""

DELIMITERS = "=:"
_COMMENT = "#;"
_TRIPLE = '"""'


class Entry(QuietTuple):
    """A value and the comment that belongs to it."""

    value: str
    comment: str


class Section:
    """A section: its keys in the order in which they first came, each with what was last said about it."""

    __slots__ = ("comment", "entries", "name")

    def __init__(self, name: str, comment: str) -> None:
        self.name = name
        self.comment = comment
        self.entries: dict[str, Entry] = {}


class Reader:
    """Reads a text once."""

    def __init__(self, text: str) -> None:
        self.lines = enumerate(StringIO(text, newline="\n"), 1)
        self.number = 0
        self.comment = ""
        self.dashes = 0

    def sections(self) -> list[Section]:
        """All of them, the first of which is the one that needs no header; SopsError for other lines."""
        section = Section("DEFAULT", "")
        found = [section]
        for raw in self._rest():
            line = raw.lstrip(SPACE)
            if not line:
                continue
            if line[0] in _COMMENT:
                self.comment += line
            elif line[0] == "[":
                section = self._section(line)
                found.append(section)
            else:
                name, rest = self._name(line)
                value = self._value(rest)
                section.entries[name] = Entry(value, self._taken())
        return found

    def _rest(self) -> Iterator[str]:
        for number, line in self.lines:
            self.number = number
            yield line

    def _taken(self) -> str:
        comment, self.comment = self.comment.strip(SPACE), ""
        return comment

    def _fault(self, message: str) -> SopsError:
        return SopsError(f"line {self.number}: {message}")

    def _section(self, line: str) -> Section:
        name, found, behind = line[1:].rpartition("]")
        if not found:
            raise self._fault("a section's ] is missing")
        if not name:
            raise self._fault("a section without a name")
        self.comment += _comment_in(behind)
        self.dashes = 0
        return Section(name, self._taken())

    def _name(self, line: str) -> tuple[str, str]:
        """The key of a line, and what stands behind its delimiter."""
        quote = '"' if line[0] == '"' else "`" if line[0] == "`" else ""
        if line.startswith(_TRIPLE) and len(line.encode(errors="surrogateescape")) > 2 * len(_TRIPLE):
            quote = _TRIPLE
        end = 0
        name = ""
        if quote:
            end = line.find(quote, len(quote))
            if end < 0:
                raise self._fault("the closing quote of a key is missing")
            name = line[len(quote) : end]
            end += len(quote)
        at = min((i for d in DELIMITERS if (i := line.find(d, end)) >= 0), default=-1)
        if at < 0:
            raise self._fault("not of the form NAME = VALUE")
        name = (name if quote else line[:at]).strip(SPACE)
        if not name:
            raise self._fault("a key without a name")
        if name == "-":
            self.dashes += 1
            name = f"#{self.dashes}"
        return name, line[at + 1 :]

    def _value(self, rest: str) -> str:
        line = rest.lstrip(SPACE)
        if not line:
            return ""
        quote = "`" if line[0] == "`" else ""
        if line.startswith(_TRIPLE) and len(line) > len(_TRIPLE):
            quote = _TRIPLE
        if quote:
            end = line.rfind(quote, len(quote))
            return line[len(quote) : end] if end >= 0 else self._quoted(line[len(quote) :], quote)
        line = line.strip(SPACE)
        if line.endswith("\\"):
            return self._continued(line[:-1])
        comment = _comment_in(line)
        if comment:
            self.comment += comment
            line = line[: len(line) - len(comment)].strip(SPACE)
        for mark in "'\"":
            if len(line) >= 2 and line[0] == mark and line.find(mark, 1) == len(line) - 1:
                return line[1:-1]
        return line

    def _quoted(self, value: str, quote: str) -> str:
        """A value over several lines, up to the last quote of the line that has one."""
        for line in self._rest():
            end = line.rfind(quote)
            if end >= 0 and not line[end + len(quote) :].rstrip("\r\n").strip(SPACE).endswith("\\"):
                self.comment += _comment_in(line[end:]).strip(SPACE)
                return value + line[:end]
            value += line
        raise self._fault("the closing quote of a value is missing")

    def _continued(self, value: str) -> str:
        for raw in self._rest():
            line = raw.strip(SPACE)
            value += line
            if not line or not value.endswith("\\"):
                break
            value = value[:-1]
        return value


def _comment_in(line: str) -> str:
    """From the first `#` or `;` on."""
    at = min((i for mark in _COMMENT if (i := line.find(mark)) >= 0), default=len(line))
    return line[at:]
