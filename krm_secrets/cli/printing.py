"""Tables for people: in colour and as wide as the terminal, or plain and as wide as they need where none is."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

_UNBOUND = 100_000


def printed(draw: Callable[[Console], None]) -> str:
    """What `draw` prints on a console, as the text for standard output."""
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


def grid() -> Table:
    """A table without lines."""
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
