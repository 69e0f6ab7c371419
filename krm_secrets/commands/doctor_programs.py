"""The programs beside this one: where PATH finds them, and what version each says it has."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from krm_secrets.errors import clean
from krm_secrets.records import NamedTuple

OURS = "krm-secrets"

QUESTIONS = {
    OURS: ("--version",),
    "kustomize": ("version",),
    "kubectl": ("version", "--client"),
    "kpt": ("version",),
    "helm": ("version", "--short"),
    "flux": ("--version",),
    "argocd": ("version", "--client", "--short"),
    "docker": ("--version",),
    "podman": ("--version",),
    "sops": ("--version",),
    "age": ("--version",),
}
"""How each program is asked for its version. None of these talks to a cluster or a network."""

PATIENCE = 10.0
"""Seconds that a program has to answer."""

# What a program needs to start. Keys stay here: what is asked for its version needs none.
_PASSED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
_SET = {"SOPS_DISABLE_VERSION_CHECK": "true"}  # sops would ask a server for its latest version

_VERSION = re.compile(r"\bv?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.]+)?)")
_LENGTH = 4096


class Program(NamedTuple):
    """A program that PATH finds; `problem` says why its version is unknown."""

    name: str
    path: str
    version: str = ""
    problem: str = ""

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


def find(environ: Mapping[str, str]) -> dict[str, Program]:
    """The programs that are there, by name, each asked for its version at the same time."""
    search = environ.get("PATH", "")
    paths = {name: path for name in QUESTIONS if (path := shutil.which(name, path=search)) is not None}
    passed = {name: environ[name] for name in _PASSED if name in environ} | _SET
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        found = pool.map(lambda name: _asked(name, paths[name], passed), paths)
        return dict(zip(paths, found, strict=True))


def _asked(name: str, path: str, environ: dict[str, str]) -> Program:
    try:
        process = subprocess.Popen(  # noqa: S603 - what PATH finds by a fixed name, with fixed arguments and no keys
            (path, *QUESTIONS[name]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        return Program(name, path, problem=f"cannot be started: {clean(error.strerror or type(error).__name__)}")
    try:
        answer, code = _answer(process)
    except subprocess.TimeoutExpired:
        return Program(name, path, problem=f"does not tell its version within {PATIENCE:g} seconds")
    finally:
        _end(process)
    if code:
        return Program(name, path, problem=f"exits {code} when asked for its version")
    match = _VERSION.search(answer.decode(errors="replace"))
    if match is None:
        return Program(name, path, problem="tells no version")
    return Program(name, path, match[1])


def _answer(process: subprocess.Popen[bytes]) -> tuple[bytes, int]:
    """The first of what it says, and its exit code; whoever says more has answered, and is not waited for."""
    assert process.stdout is not None
    deadline = time.monotonic() + PATIENCE
    answer = b""
    while len(answer) < _LENGTH:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise subprocess.TimeoutExpired(process.args, PATIENCE)
        part = os.read(process.stdout.fileno(), _LENGTH - len(answer))
        if not part:
            return answer, process.wait(max(0.0, deadline - time.monotonic()))
        answer += part
    return answer, 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that was started outlives the question: a script may have started programs of its own."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
