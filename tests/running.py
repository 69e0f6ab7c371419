"""Run the program as its users do: bytes in, bytes and messages out."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from krm_secrets.__main__ import main

MEASURED = {key: os.environ[key] for key in ("COVERAGE_PROCESS_START", "COVERAGE_FILE") if key in os.environ}
"""What lets a process measure which lines it runs, and where it writes that."""


class Done(NamedTuple):
    """What a run left behind."""

    code: int
    out: bytes
    err: str

    @property
    def first(self) -> str:
        """The first line on stderr, which hosts show."""
        return self.err.partition("\n")[0]


def run(data: bytes | str, *words: str, env: Mapping[str, str] | None = None) -> Done:
    """The program in this process, in an environment that holds nothing but `env`."""
    given = data.encode() if isinstance(data, str) else data
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw)
    with (
        _as("stdin", io.TextIOWrapper(io.BytesIO(given))),
        _as("stdout", out),
        _as("stderr", err),
        _as("argv", ["krm-secrets", *words]),
        mock.patch.dict(os.environ, _environment(env), clear=True),
    ):
        code = main()
        out.flush()
    return Done(code, raw.getvalue(), err.getvalue())


def run_in(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Done:
    """The program in this process, as somebody in a folder starts it."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        return run("", *words, env=env)
    finally:
        os.chdir(before)


def run_with(
    config: Mapping[str, object], data: bytes | str, *words: str, env: Mapping[str, str] | None = None
) -> Done:
    """The same with a configuration that the user names, in which all fields count."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(config, file)
        file.flush()
        return run(data, "-c", file.name, *words, env=env)


def start(data: bytes | str, *words: str, env: Mapping[str, str] | None = None, cwd: str | None = None) -> Done:
    """The program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "krm_secrets", *words],
        input=data.encode() if isinstance(data, str) else data,
        capture_output=True,
        env=_environment(env),
        cwd=cwd,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def at_terminal(*words: str, cwd: Path | None = None, **env: str) -> tuple[str, int]:
    """What a person sees on stderr, and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "krm_secrets", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, cwd=cwd,
        env=_environment({"TERM": "xterm", **env}),
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return seen.decode().replace("\r\n", "\n"), process.wait()


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
    return kept | MEASURED | {"HOME": "/nonexistent"} | dict(env or {})


@contextmanager
def _as(name: str, value: object) -> Iterator[None]:
    with mock.patch.object(sys, name, value):
        yield
