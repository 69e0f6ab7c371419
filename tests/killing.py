"""A command that is killed at a call of the system that changes the file tree, as by SIGKILL or by a power cut."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from krm_secrets._startup import signals
from krm_secrets.krm import swap
from tests.running import run

_CHANGING = ("rename", "replace", "unlink", "link", "symlink", "mkdir", "rmdir", "write", "fchmod", "fchown")
_WRITING = os.O_CREAT | os.O_WRONLY | os.O_RDWR | os.O_TRUNC

State = dict[str, tuple[str, int, bytes]]


def state(folder: Path) -> State:
    """All that is in a tree but Git's own: what each entry is, its mode, and its content."""
    found: State = {}
    for path in sorted(folder.rglob("*")):
        if ".git" in path.relative_to(folder).parts:
            continue
        mode = path.lstat().st_mode
        if path.is_symlink():
            entry = ("link", 0, os.readlink(path).encode())
        elif path.is_dir():
            entry = ("folder", stat.S_IMODE(mode), b"")
        else:
            entry = ("file", stat.S_IMODE(mode), path.read_bytes())
        found[str(path.relative_to(folder))] = entry
    return found


def killed(
    folder: Path,
    words: tuple[str, ...],
    number: int,
    env: dict[str, str] | None = None,
    by: signal.Signals = signal.SIGKILL,
) -> bool:
    """Run a command in a folder, and kill it right before its call of this number; False when it makes fewer calls.

    By another signal it ends with the exit code that a shell gives it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        try:
            os.chdir(folder)
            if by == signal.SIGKILL:
                sys.settrace(None)  # nobody is left to save what is measured, which takes longer than the run
            else:  # a shell or nohup may have left it ignored
                signal.signal(by, signal.default_int_handler if by == signal.SIGINT else signal.SIG_DFL)
            signals.catch()
            _count(number, by)
            os._exit(run("", *words, env=env).code)
        except SystemExit as end:
            os._exit(int(end.code or 0))
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    ended = -status if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    assert ended in (0, -by if by == signal.SIGKILL else 128 + by)
    return ended != 0


def every_kill(
    fresh: Callable[[], Path],
    words: tuple[str, ...],
    env: dict[str, str] | None = None,
    by: signal.Signals = signal.SIGKILL,
    step: int = 1,
) -> Iterator[tuple[int, Path]]:
    """A tree for every call that the command makes, in which it was killed right before that call; or each `step`th."""
    number = 1
    while killed(folder := fresh(), words, number, env, by):
        yield number, folder
        number += step


def _count(number: int, by: signal.Signals) -> None:
    calls = 0

    def counted(real: Callable[..., object], name: str) -> Callable[..., object]:
        def call(*given: object, **options: object) -> object:
            nonlocal calls
            if name == "open" and not int(str(given[1])) & _WRITING:
                return real(*given, **options)
            calls += 1
            if calls == number:
                if name == "write" and by == signal.SIGKILL:  # half of it is there
                    real(given[0], memoryview(given[1])[: len(given[1]) // 2])  # type: ignore[arg-type]
                os.kill(os.getpid(), by)
            return real(*given, **options)

        return call

    os.fsync = lambda fd: None  # the machine goes on, and disks are slow
    # Who is killed right before this call leaves what he left right before the next; a signal finds other work to end.
    ends = ("fsync",) if by != signal.SIGKILL else ()
    for name in (*_CHANGING, *ends, "open"):
        setattr(os, name, counted(getattr(os, name), name))
    swap._exchanged = counted(swap._exchanged, "exchange")  # type: ignore[assignment]
