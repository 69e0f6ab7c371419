"""A page as its reader follows it: files that he writes, commands that he types, and what he then sees.

- A block whose first line is `# PATH` is a file of that name.
- A block of `sh` is typed into one and the same shell, which ends at the first command that fails.
- The block of `text` behind it is what the terminal shows; without one it shows nothing. `…` stands for anything within
  a line, and a line of nothing else for any number of lines.
- A block of `console` is for the reader alone: it needs what no test has.
- `**You need** …` names the programs that are there, besides those of any system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# ((?:[\w.-]+/)*[\w-]*\.?[\w-]+\.?\w+)\n")
_NEEDS = re.compile(r"^\*\*You need\*\*(.*?)\n\n", re.DOTALL | re.MULTILINE)


class File(NamedTuple):
    """A file that the reader writes."""

    path: str
    text: str


class Commands(NamedTuple):
    """What the reader types, the line of the page where it stands, what he should see, and where that is written."""

    line: int
    text: str
    seen: str
    span: tuple[int, int] | None


def needs(page: str) -> list[str]:
    """The programs that the page asks for."""
    found = _NEEDS.search(page)
    return re.findall(r"`([\w-]+)`", found[1]) if found else []


def steps(page: str) -> Iterator[File | Commands]:
    """What the reader does, in order."""
    blocks = list(_BLOCK.finditer(page))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        named = _FILE.match(block[2])
        if block[1] == "sh":
            shown = after if after and after[1] == "text" else None
            line = page.count("\n", 0, block.start()) + 2
            yield Commands(line, block[2], shown[2] if shown else "", shown.span(2) if shown else None)
        elif named and block[1] != "text":
            yield File(named[1], block[2])


def fits(expected: str, shown: str) -> bool:
    """Whether the terminal shows what the page says."""
    lines = [".*\n" if line != "…\n" else "(?:.*\n)*" for line in expected.splitlines(keepends=True)]
    for at, line in enumerate(expected.splitlines(keepends=True)):
        if line != "…\n":
            lines[at] = ".*".join(map(re.escape, line.split("…")))
    return re.fullmatch("".join(lines), shown) is not None


def written_anew(page: str, shown: list[tuple[Commands, str]]) -> str:
    """The page with what was seen, where it says something else."""
    for commands, text in reversed(shown):
        if commands.span and not fits(commands.seen, text):
            page = page[: commands.span[0]] + text + page[commands.span[1] :]
    return page


def read(path: Path) -> str:
    """The text of a page."""
    return path.read_text(encoding="utf-8")
