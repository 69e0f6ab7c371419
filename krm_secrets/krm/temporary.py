"""Temporary files: known by their names, and held by a lock as long as the run lives that writes them.

The system takes the lock away when a process ends, however it ends. So a later run can tell what was left behind from
what another run is still writing, also in another container, where process ids say nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import resource
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

_NAME = re.compile(r"\.krm-secrets-(?:[0-9a-f]{12}\.tmp|(?=[a-z0-9_]*[0-9_])[a-z0-9_]{8})")
"""A name that a run gives; without `.tmp` it is one of earlier days."""

_OTHERS = 64  # handles for everything else that a run has open


def is_temporary(name: str) -> bool:
    """Whether a file has the name of one that a run was writing."""
    return _NAME.fullmatch(name) is not None


def fresh(folder: str) -> str:
    """A path in the folder that nothing has."""
    return os.path.join(folder, f".krm-secrets-{os.urandom(6).hex()}.tmp")


def create(folder: str) -> tuple[str, int]:
    """A new empty file that only its owner may read, and the handle that holds it."""
    while True:
        path = fresh(folder)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with suppress(OSError):
            hold(handle)
        if os.fstat(handle).st_nlink:
            return path, handle
        os.close(handle)  # another run took it for one that was left, before it was held


def hold(handle: int) -> bool:
    """Take the lock on an open file; False where another process has it. OSError: the file system knows no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def room(wanted: int) -> int:
    """How many files can be held at once, of so many; the process may open more files from now on if it needs them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + _OTHERS:
        most = wanted + _OTHERS if hard == resource.RLIM_INFINITY else min(wanted + _OTHERS, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        return min(wanted, max(soft - _OTHERS, 1))
    return wanted


def is_left(path: str) -> bool:
    """Whether this is a temporary file that no run holds any more."""
    if not is_temporary(os.path.basename(path)):
        return False
    try:
        with _held(path) as held:
            return held
    except OSError:
        return os.path.isfile(path)  # nobody can say who holds it


def sweep(folders: Iterable[str]) -> None:
    """Remove the temporary files in these folders, not below them, that no run holds any more."""
    for folder in dict.fromkeys(folders):
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for path in [each.path for each in entries if each.name.endswith(".tmp") and is_temporary(each.name)]:
                with suppress(OSError), _held(path) as held:
                    if held:
                        os.unlink(path)


@contextmanager
def _held(path: str) -> Iterator[bool]:
    """Whether the lock on a file could be had, for the block."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield stat.S_ISREG(os.fstat(handle).st_mode) and hold(handle)
    finally:
        os.close(handle)
