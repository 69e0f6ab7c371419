"""The comment by which editors know the schema of a document, `# yaml-language-server: $schema=…`.

It names a file of the same repository, where `krm-secrets schema --install` put it, so that it leads somewhere without
a network, in every clone, and for the version that the repository is kept with.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.worktree import root_of
from krm_secrets.settings.kinds import GROUP, is_ours

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.survey import Parsed

FOLDER = os.path.join(".krm-secrets", "schemas")
"""Where the schemas are, below the root of the work tree: a hidden folder, which no build looks into."""

_LINE = re.compile(r"^[ \t]*#[ \t]*yaml-language-server:[ \t]*\$schema=(\S+)[^\r\n]*", re.MULTILINE)
_REMOTE = re.compile(r"https?://")
_NOWHERE = re.compile(rf"https?://{re.escape(GROUP)}(?:/|$)")  # what earlier versions wrote


class SchemaLine(NamedTuple):
    """A line that is there, or the place where one could be: what it names, and where it stands in the text."""

    path: str
    kind: str
    schema: str
    start: int
    end: int

    @property
    def leads(self) -> bool:
        """Whether there is what it names. Nobody asks a network."""
        if _REMOTE.match(self.schema):
            return not _NOWHERE.match(self.schema)
        named = self.schema.removeprefix("file://")
        return os.path.isfile(os.path.join(os.path.dirname(self.path), named))


def schema_line(kind: str, path: str) -> str:
    """The line for a document of the kind in a file that is to be written; "" where its schema is not installed."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    schema = os.path.join(root_of(folder), FOLDER, f"{kind}.json")
    return written(schema, path) if os.path.isfile(schema) else ""


def written(schema: str, path: str) -> str:
    """The line in a file for a schema in another one, by their real paths."""
    named = os.path.relpath(schema, os.path.dirname(os.path.realpath(path)))
    return f"# yaml-language-server: $schema={named.replace(os.sep, '/')}\n"


def lines_of(path: str, parsed: Parsed) -> Iterator[SchemaLine]:
    """For each document of ours in a file its line; without one an empty place above its first line."""
    text = parsed.source.text
    for item in parsed.items if not path.endswith(".json") else ():
        if is_ours(item) and item.slot.parent is None:
            line = _line_of(path, text, item)
            if line.schema or not text.startswith("---", line.start):  # the object begins behind them, in their line
                yield line


def _line_of(path: str, text: str, item: Resource) -> SchemaLine:
    begin = item.slot.document.start
    found = _LINE.search(text, begin, item.node.start) or _above(text, begin)
    if found:
        return SchemaLine(path, item.kind, found[1], found.start(), found.end())
    top = text.rfind("\n", 0, item.node.start) + 1
    return SchemaLine(path, item.kind, "", top, top)


def _above(text: str, begin: int) -> re.Match[str] | None:
    """A line above the `---` of the first document."""
    return _LINE.search(text, 0, begin) if not text[:begin].strip() or text[:begin].lstrip()[0] == "#" else None
