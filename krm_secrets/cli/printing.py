"""How commands print: text and messages, tables, and JSON.

A table is in colour and as wide as the terminal, or plain and as wide as it needs where none is.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence

from krm_secrets._startup.stdio import write
from krm_secrets.errors import ERROR, Location, Result, clean, failure, worst
from krm_secrets.shell import explain, tell

TYPE_CHECKING = False

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from krm_secrets.krm.atomic import Write


_UNBOUND = 100_000


def reported(work: Callable[[list[Result]], str], partly: bool = False) -> int:
    """Print what the work gives, after what it has to say, or say why it cannot be had; returns the exit code.

    With `partly` it is printed as well where something is missing in it, which the messages and the code say.
    """
    results: list[Result] = []
    output = ""
    try:
        output = work(results)
    except Exception as error:
        results += explain(error)
    tell(results)
    failed = worst(results) == ERROR
    return (write(output.encode()) if output and (partly or not failed) else 0) or int(failed)


def store(file: str, text: str) -> None:
    """Write what would be printed into a file; Failure says why that cannot be."""
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        raise failure(f"cannot be written: {error.strerror}", Location(file=file)) from None


def told_writes(writes: Iterable[Write]) -> str:
    """A line for each file that was written."""
    return "".join(f"{'created' if each.before is None else 'updated'} {clean(each.name)}\n" for each in writes)


def printed(draw: Callable[[Console], None]) -> str:
    """What `draw` prints on a console, as the text for standard output."""
    from rich.console import Console  # JSON needs none of it

    terminal = sys.stdout is not None and sys.stdout.isatty()
    out = io.StringIO()
    draw(
        Console(
            file=out,
            force_terminal=terminal,
            color_system="auto" if terminal else None,
            width=shutil.get_terminal_size().columns if terminal else _UNBOUND,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )
    )
    text = out.getvalue()
    return text if terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def json_text(data: object) -> str:
    """JSON for programs that is safe on a terminal, too: what tables escape is escaped here in JSON's own way."""
    lines = json.dumps(data, indent=2, ensure_ascii=False).split("\n")
    return "".join(f"{line if line.isprintable() else ''.join(map(_safe, line))}\n" for line in lines)


def _safe(character: str) -> str:
    if character.isprintable():
        return character
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]  # Python leaves DEL


def grid(*names: str, rows: Iterable[Sequence[RenderableType]] = ()) -> Table:
    """A table without lines, in which long words are folded."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
