"""Signals that ask the process to end: as an exception, which lets everything on the way up clean up, or held back."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def catch() -> None:
    """From now on SIGTERM and SIGHUP end the process as SIGINT does, with the exit code that a shell gives them.

    What is ignored, as under nohup, or handled already stays so.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Signals wait until the end of the block, where they do what they always do.

    The block is given a function to call between two steps: it raises KeyboardInterrupt when a signal waits, so that
    steps are taken whole, and what the block does about the exception is not interrupted by a second signal.
    """
    wanted = {number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN}

    def look() -> None:
        if signal.sigpending() & wanted:
            raise KeyboardInterrupt

    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    try:
        yield look
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
