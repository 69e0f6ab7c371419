"""The programs beside this one: where PATH finds them, and what version each says it has."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import clean

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

ENGINES = frozenset(("docker", "podman"))
"""`version` fails when nobody answers who would start the containers. An engine on another machine is not asked."""

PATIENCE = 10.0
"""Seconds that a program has to answer."""

# What a program needs to start. Keys stay here: what is asked for its version needs none.
_PASSED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
_OF_ENGINES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST", "CONTAINERS_CONF")
_REMOTE = ("ssh:", "tcp:", "http:", "https:")
_SET = {"SOPS_DISABLE_VERSION_CHECK": "true"}  # sops would ask a server for its latest version

_VERSION = re.compile(r"\bv?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.]+)?)")


class Program(NamedTuple):
    """A program that PATH finds; `problem` says why its version is unknown, `engine` why it can start no container.
    `podman` is one that says it is podman, whatever its name."""

    name: str
    path: str
    version: str = ""
    problem: str = ""
    engine: str = ""
    podman: bool = False

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


class _Silent(Exception):
    """A program that did not answer; the text says what it did instead."""


def find(environ: Mapping[str, str]) -> dict[str, Program]:
    """The programs that are there, by name, each asked for its version at the same time."""
    search = environ.get("PATH", "")
    paths = {name: path for name in QUESTIONS if (path := shutil.which(name, path=search)) is not None}
    passed = {name: environ[name] for name in (*_PASSED, *_OF_ENGINES) if name in environ} | _SET
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        found = pool.map(lambda name: _asked(name, paths[name], passed), paths)
        return dict(zip(paths, found, strict=True))


def _asked(name: str, path: str, environ: dict[str, str]) -> Program:
    try:
        answer = _ask(path, QUESTIONS[name], environ)
    except _Silent as silent:
        return Program(name, path, problem=str(silent))
    match = _VERSION.search(answer)
    if match is None:
        return Program(name, path, problem="tells no version")
    engine = _engine(name, path, environ) if name in ENGINES else ""
    return Program(name, path, match[1], engine=engine, podman="podman" in answer)


def _engine(name: str, path: str, environ: dict[str, str]) -> str:
    """Why nobody would start a container; empty when somebody would, or is on another machine and so not asked."""
    hosts = [environ.get(variable, "") for variable in ("DOCKER_HOST", "CONTAINER_HOST")]
    try:
        if name == "docker":  # the context that is in use may name another machine too
            hosts.append(_ask(path, ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"), environ))
        if not any(host.startswith(_REMOTE) for host in hosts):
            _ask(path, ("version",), environ)
    except _Silent:
        return "its engine does not answer"
    return ""


def _ask(path: str, words: tuple[str, ...], environ: dict[str, str]) -> str:
    """What it says."""
    try:
        done = subprocess.run(  # noqa: S603 - what PATH finds by a fixed name, with fixed arguments and no keys
            (path, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            timeout=PATIENCE,
            check=False,
        )
    except OSError as error:
        raise _Silent(f"cannot be started: {clean(error.strerror or type(error).__name__)}") from None
    except subprocess.TimeoutExpired:
        raise _Silent(f"does not tell its version within {PATIENCE:g} seconds") from None
    if done.returncode:
        raise _Silent(f"exits {done.returncode} when asked for its version")
    return done.stdout.decode(errors="replace")
