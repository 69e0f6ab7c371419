"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, Location, failure, quiet


class Write(NamedTuple):
    """A file to be written, or removed where `data` is None; `before` is what it holds now, None for a new file.

    `name` is its path in messages, `mode` the rights of a new one.
    """

    path: str
    name: str
    data: bytes | None
    before: bytes | None
    mode: int = 0o600

    def __repr__(self) -> str:
        return quiet(self)


def write_all(writes: Sequence[Write]) -> None:
    """Make all changes or none: everything is on the disk under other names before the first file changes its content.

    A file that somebody changed meanwhile is an error. Where a change fails nevertheless, those before it are undone.
    """
    staged: list[tuple[Write, str]] = []
    done: list[Write] = []
    try:
        for write in writes:
            with _telling(write.name):
                _unchanged(write)
                staged.append((write, "" if write.data is None else _staged(write)))
        for write, temporary in staged:
            with _telling(write.name):
                if temporary:
                    os.replace(temporary, write.path)
                else:
                    os.unlink(write.path)
            done.append(write)
    except BaseException:
        for _, temporary in staged[len(done) :]:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        for write in reversed(done):
            with contextlib.suppress(OSError, Failure):
                _undo(write)
        raise
    for folder in dict.fromkeys(os.path.dirname(write.path) for write in writes):
        _sync(folder)


def _unchanged(write: Write) -> None:
    try:
        with open(write.path, "rb") as file:
            now: bytes | None = file.read()
    except FileNotFoundError:
        now = None
    if now != write.before:
        raise failure("was changed by somebody else meanwhile; run the command again", Location(file=write.name))


def _staged(write: Write) -> str:
    assert write.data is not None
    temporary = _prepared(write.path, write.data, Location(file=write.name))
    if write.before is None:
        os.chmod(temporary, write.mode)
    return temporary


def _undo(write: Write) -> None:
    if write.before is None:
        os.unlink(write.path)
    else:
        write_bytes(write.path, write.before)


@contextlib.contextmanager
def _telling(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise failure(f"cannot be written: {error.strerror}", Location(file=name)) from None


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
    temporary = _prepared(path, data, here)
    try:
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync(os.path.dirname(path))


def _prepared(path: str, data: bytes, here: Location) -> str:
    """The temporary file, with the mode and owner of the target where there is one."""
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
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return temporary


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
