"""A terminal in an empty environment, in which a page is followed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

from tests.hosts.support import PROGRAM
from tests.running import MEASURED
from tests.tools import tool

from .page import Commands, File, needs, steps

_MARK = "\x1e"
_COLUMNS, _ROWS = 100, 50
_PATIENCE = 240  # seconds until a shell that still runs waits for something that never comes
_SYSTEM = "/usr/bin:/bin"


class Unfinished(Exception):
    """The shell ended before the page did."""


def follow(page: str, folder: Path, **more: str) -> list[tuple[Commands, str]]:
    """Do in an empty folder what the page says; what was typed, and what the terminal showed each time.

    `more` are variables of the environment that the page takes for granted.
    """
    work, home, programs = (folder / name for name in ("work", "home", "bin"))
    for each in (work, home, programs):
        each.mkdir()
    for name in needs(page):
        (programs / name).symlink_to(_program(name))
    typed: list[Commands] = []
    script = ["set -e -o pipefail"]
    for step in steps(page):
        if isinstance(step, File):
            script.append(f"mkdir -p {os.path.dirname(step.path) or '.'}")
            script.append(f"cat >{step.path} <<'{_MARK}'\n{step.text}{_MARK}")
        else:
            typed.append(step)
            script.append(f"{step.text}printf '{_MARK}'")
    (folder / "script").write_text("\n".join(script) + "\n", encoding="utf-8")
    environment = {
        "HOME": str(home),
        "PATH": f"{programs}:{_SYSTEM}",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PAGER": "cat",
    }
    shown = screen(["bash", "--noprofile", "--norc", str(folder / "script")], work, environment | MEASURED | more)
    *seen, rest = shown.split(_MARK)
    if len(seen) < len(typed):
        raise Unfinished(f"line {typed[len(seen)].line}:\n{rest}")
    return list(zip(typed, seen, strict=True))


def _program(name: str) -> str:
    return str(PROGRAM) if name == "krm-secrets" else tool(name)


def screen(command: list[str], folder: Path, environment: dict[str, str], columns: int = _COLUMNS) -> str:
    """What a terminal shows of a command that nobody answers."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + _PATIENCE
    while True:
        if not select.select([ours], [], [], max(0, deadline - time.monotonic()))[0]:
            os.killpg(process.pid, signal.SIGKILL)
            break
        try:
            got = os.read(ours, 65536)
        except OSError:  # the last one has closed the terminal
            break
        if not got:
            break
        shown += got
    os.close(ours)
    process.wait()
    return "\n".join(line.rstrip(" \r") for line in shown.decode().split("\n"))
