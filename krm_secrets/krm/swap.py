"""Two files change their names, so that nothing is lost of what somebody put in the place of the one meanwhile."""

from __future__ import annotations

import os
import shutil

_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE


def swap(one: str, other: str, spare: str) -> None:
    """Give each file the name of the other one. `spare` is a path in the same folder that nothing has.

    Linux does it at once, on most file systems. Elsewhere `other` is the new file at every moment or the old one, and
    what somebody puts in its place between two calls of the system is lost.
    """
    if _exchanged(one, other):
        return
    try:
        os.link(other, spare)
    except OSError:  # no hard links here
        shutil.copy2(other, spare)
    os.replace(one, other)
    os.rename(spare, one)


def _exchanged(one: str, other: str) -> bool:
    try:
        import ctypes  # not all builds of Python have it

        call = ctypes.CDLL(None).renameat2
    except (ImportError, OSError, AttributeError):
        return False
    return bool(call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)
