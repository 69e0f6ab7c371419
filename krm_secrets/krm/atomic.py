"""Files written whole or not at all, one behind the other in an order that a kill at any point does no harm in.

What is written first lies under another name beside its place, on the disk. Then each file changes its content at once,
or is left where somebody else changed it meanwhile. What was there before is kept until the last file is done, so that
an error or a signal in between undoes the others, also on a full disk.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence

from krm_secrets._startup.records import QuietTuple
from krm_secrets._startup.signals import held_back
from krm_secrets.errors import ERROR, Failure, Location, Result, failure
from krm_secrets.krm import temporary
from krm_secrets.krm.rights import Rights
from krm_secrets.krm.swap import swap

SOURCE, MADE, EDITED, LISTED, LAST = range(5)
"""Steps: what others are made from, what is made from it, edits of other files, lists of files, and at last what takes
something away: no file loses what another one is to have before that one has it, and no list names what is gone."""

_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_CHANGED = "was changed by somebody else meanwhile; run the command again"


class Write(QuietTuple):
    """A file to be written, or removed where `data` is None; `before` is what it holds now, None for a new file.

    `name` is its path in messages, `mode` the rights of a new one. What is `secret` and takes the place of a file that
    others may read is not for them before it is in that place.
    """

    path: str
    name: str
    data: bytes | None
    before: bytes | None
    mode: int = 0o600
    step: int = SOURCE
    secret: bool = False


class _Staged:
    """A change that is prepared: the temporary file for it, the handle by which that is held, the rights that the file
    is to have, and how far it is."""

    __slots__ = ("done", "handle", "path", "rights", "write")

    def __init__(self, write: Write, rights: Rights, path: str, handle: int) -> None:
        self.write = write
        self.rights = rights
        self.path = path
        self.handle = handle
        self.done = False

    def let_go(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def write_all(
    writes: Sequence[Write],
    folders: Iterable[str] = (),
    watch: Callable[[Sequence[Write]], Iterable[Write]] = iter,
) -> None:
    """Make all changes or none, by their steps; Failure says why they could not be made.

    A file that somebody changed meanwhile is an error. Where a change fails nevertheless, those before it are undone;
    what cannot be undone is named. Temporary files that runs left which were killed are removed beside the files, and
    in `folders`. `watch` is shown the changes as they are put beside their places.
    """
    ordered = sorted(writes, key=lambda write: write.step)
    staged: list[_Staged] = []
    with held_back() as look:
        temporary.sweep((*(os.path.dirname(write.path) for write in ordered), *folders))
        most = temporary.room(len(ordered))
        try:
            for write in watch(ordered):
                look()
                with _telling(write.name):
                    if not _holds(write.path, write.before):
                        raise _changed(write)
                    staged.append(_staged(write))
                if len(staged) > most:
                    staged[-1].let_go()
            _put(staged, look)
        except BaseException as error:
            stuck = _undone(staged)
            if isinstance(error, Failure) and stuck:
                raise Failure(*error.results, *stuck) from None
            raise
        finally:
            for each in staged:
                each.let_go()
                with contextlib.suppress(OSError):
                    os.unlink(each.path)


def _put(staged: Sequence[_Staged], look: Callable[[], None]) -> None:
    """Make the changes; those of a step are on the disk before the next one begins."""
    for n, each in enumerate(staged):
        look()
        with _telling(each.write.name):
            _change(each)
        if n + 1 == len(staged) or staged[n + 1].write.step != each.write.step:
            step = (one.write for one in staged if one.write.step == each.write.step)
            for folder in dict.fromkeys(os.path.dirname(write.path) for write in step):
                _sync(folder)


def _change(each: _Staged) -> None:
    write = each.write
    if write.before is None:
        done = _appear(each.path, write.path)
    elif write.data is None:
        done = _vanish(write.path, each.path, write.before)
    else:
        done = _exchange(each, write.before)
    if not done:
        raise _changed(write)
    each.done = True


def _undone(staged: Sequence[_Staged]) -> list[Result]:
    """Undo what was done, the last first; what stays as it was written. What somebody changed since stays, too."""
    stuck = []
    for each in reversed(staged):
        if not each.done:
            continue
        write = each.write
        try:
            if write.before is None:
                assert write.data is not None
                undone = _vanish(write.path, each.path, write.data)
            elif write.data is None:
                undone = _appear(each.path, write.path)
            else:
                undone = _exchange(each, write.data)
        except OSError:
            undone = False
        if not undone:
            message = "was written before that and stays so: run the command again"
            stuck.append(Result(ERROR, message, Location(file=write.name)))
    return stuck


def _appear(path: str, target: str) -> bool:
    """Give a file its name; False where something has the name."""
    try:
        os.link(path, target)
    except FileExistsError:
        return False
    except OSError:  # no hard links here
        if os.path.lexists(target):
            return False
        os.rename(path, target)
    else:
        os.unlink(path)
    return True


def _vanish(target: str, path: str, expected: bytes) -> bool:
    """Move a file out of the way; False, with the file in its place, where it holds something else."""
    os.rename(target, path)
    if _holds(path, expected):
        return True
    _appear(path, target)
    return False


def _exchange(each: _Staged, expected: bytes) -> bool:
    """Let the new file and the old one change places; False, with both back, where the old one holds something else."""
    write = each.write
    try:
        old = os.open(write.path, _READING)
    except OSError:
        return False
    with contextlib.suppress(OSError):
        temporary.hold(old)  # it gets a temporary file's name for a while
    each.handle, new = old, each.handle
    try:
        folder = os.path.dirname(write.path)
        if not _holds(write.path, expected):
            return False
        swap(each.path, write.path, temporary.fresh(folder))
        kept = False
        try:
            if write.secret and new >= 0:
                each.rights.give(new)
            kept = _holds(each.path, expected)
        finally:
            if not kept:
                swap(each.path, write.path, temporary.fresh(folder))
        return kept
    finally:
        if new >= 0:
            os.close(new)
        else:
            each.let_go()


def _holds(path: str, expected: bytes | None) -> bool:
    """Whether a regular file holds just these bytes; for None, whether nothing has the name."""
    if expected is None or not os.path.lexists(path):
        return expected is None and not os.path.lexists(path)
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return False
    with open(os.open(path, _READING), "rb") as file:
        return file.read(len(expected) + 1) == expected


def _changed(write: Write) -> Failure:
    return failure(_CHANGED, Location(file=write.name))


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
    with named(path) as real, held_back(), _telling(path):
        each = _staged(Write(real, path, data, None, secret=True))
        try:
            os.replace(each.path, real)
            each.rights.give(each.handle)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(each.path)
            raise
        finally:
            each.let_go()
        _sync(os.path.dirname(real))


def tidy(path: str) -> None:
    """Remove the temporary files beside a file that runs left which were killed."""
    with named(path) as real:
        temporary.sweep((os.path.dirname(real),))


@contextlib.contextmanager
def named(path: str) -> Iterator[str]:
    """The real path of a file that a user names; Failure where no file can have the name."""
    try:
        yield os.path.realpath(path)
    except ValueError:  # a NUL or half a character
        raise failure("cannot be written: no file can have this name", Location(file=path)) from None


def _staged(write: Write) -> _Staged:
    """The temporary file, with the mode and owner of the target where there is one."""
    here = Location(file=write.name)
    before = os.stat(write.path) if os.path.lexists(write.path) else None
    if before is not None and not stat.S_ISREG(before.st_mode):
        raise failure("is no regular file", here)
    if before is not None and not os.access(write.path, os.W_OK):  # a folder's rights would let us replace it
        raise failure("cannot be written: it is read-only for you", here)
    rights = Rights.new(write.mode) if before is None else Rights.of(write.path, before)
    each = _Staged(write, rights, *temporary.create(os.path.dirname(write.path)))
    try:
        rest = memoryview(write.data or b"")
        while rest:
            rest = rest[os.write(each.handle, rest) :]
        if not write.secret:
            rights.give(each.handle)
        os.fsync(each.handle)
    except BaseException:
        each.let_go()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(each.path)
        raise
    return each


def _sync(folder: str) -> None:
    """The new name is on the disk, too; some file systems know no such thing for folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
