"""What the tests of this folder measured: one line for each thing that holds, printed at the end of the run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

LABEL = "ESO 0.16.2 reconcilers on 2.9.0 CRDs"
"""What the numbers were measured with; they say nothing of other versions."""


class Row(NamedTuple):
    """Something that was counted, and how long it took."""

    what: str
    number: int
    seconds: float


ROWS: list[Row] = []


def measured(what: str, number: int, seconds: float) -> None:
    """Note a line of the table."""
    ROWS.append(Row(what, number, seconds))


@contextmanager
def timed(what: str, number: int) -> Iterator[None]:
    """Note a line of the table for what happens inside, if it holds."""
    start = time.monotonic()
    yield
    measured(what, number, time.monotonic() - start)


def lines() -> list[str]:
    """The table."""
    width = max(len(row.what) for row in ROWS)
    head = f"{'what':<{width}}  number     time"
    return [head, *(f"{row.what:<{width}}  {row.number:>6}  {row.seconds:>5.1f} s" for row in ROWS)]
