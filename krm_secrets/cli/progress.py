"""Progress, for a person who waits."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

TYPE_CHECKING = False


if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds before anything is shown."""


def watched(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, with a bar on stderr once they take longer than a second; nothing where no terminal is."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    begun = time.monotonic()
    bar: Progress | None = None
    try:
        for n, item in enumerate(items):
            if bar is None and time.monotonic() - begun > PATIENCE:
                bar = _bar(what, len(items))
            if bar is not None:
                bar.update(bar.task_ids[0], completed=n, refresh=True)
            yield item
    finally:
        if bar is not None:
            bar.stop()


def _bar(what: str, total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # Drawn between items only: during one, a command or plugin may ask for a key on this terminal.
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(file=sys.stderr),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task(what, total=total)
    bar.start()
    return bar
