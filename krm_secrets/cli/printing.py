"""Tables for people: in colour and as wide as the terminal, or plain and as wide as they need where none is."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable

TYPE_CHECKING = False

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


_UNBOUND = 100_000


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
    return "".join(f"{line if line.isprintable() else _safe(line)}\n" for line in lines)


def _safe(line: str) -> str:
    return "".join(c if c.isprintable() else _escaped(c) for c in line)


def _escaped(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]  # Python leaves DEL


def grid() -> Table:
    """A table without lines."""
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
