"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile

from krm_secrets.errors import Location, failure


def write_bytes(path: str, data: bytes) -> None:
    """Put the bytes in the place of a file, whole or not at all; Failure says why they could not be written.

    A file that is there keeps its mode and, where the user may say so, its owner; a new one is for its owner alone,
    since it may hold secrets. A symbolic link stays one: what it points to is written.
    """
    here = Location(file=path)
    try:
        _replace(os.path.realpath(path), data, here)
    except OSError as error:
        raise failure(f"cannot be written: {error.strerror}", here) from None
    except ValueError:  # a NUL or half a character
        raise failure("cannot be written: no file can have this name", here) from None


def _replace(path: str, data: bytes, here: Location) -> None:
    """A temporary file beside the target becomes the target once all of it is on the disk."""
    folder = os.path.dirname(path)
    before = os.stat(path) if os.path.lexists(path) else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        raise failure("is no regular file", here)
    if before is not None and not os.access(path, os.W_OK):  # a folder's rights would let us replace it
        raise failure("cannot be written: it is read-only for you", here)
    handle, temporary = tempfile.mkstemp(prefix=".krm-secrets-", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if before is not None:
                _like(before, handle)
            os.fsync(handle)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync(folder)


def _like(before: os.stat_result, handle: int) -> None:
    """Owner before mode: a new owner takes some bits of the mode away."""
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, before.st_uid, before.st_gid)
    os.fchmod(handle, stat.S_IMODE(before.st_mode))


def _sync(folder: str) -> None:
    """The new name is on the disk, too; some file systems know no such thing for folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
