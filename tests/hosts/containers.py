"""What the tests with containers share: the image, and an environment in which hosts find a runtime."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.tools import tool

from . import image
from .support import KEY, environment, run

KEY_TEXT = next(line for line in KEY.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-"))

LOCKED_UP = (
    *("--network", "none", "--user", "nobody", "--read-only", "--cap-drop", "all"),
    "--security-opt=no-new-privileges",
)
"""How hosts run a function, and stricter."""


def runtime(folder: Path, **more: str) -> dict[str, str]:
    """An environment without a key in which `docker`, which kustomize calls by that name, is podman."""
    shims, home = folder / "shims", folder / "home"
    if not shims.exists():
        shims.mkdir()
        home.mkdir()
        shim = shims / "docker"
        shim.write_text(f'#!/bin/sh\nexec {tool("podman")} "$@"\n')
        shim.chmod(0o755)
    env = environment(key=False, HOME=str(home), KPT_FN_RUNTIME="podman", KRM_FN_RUNTIME="podman", **image.settings())
    return env | {"PATH": f"{shims}:{env['PATH']}"} | more


def contained(
    *words: str | Path, stdin: bytes = b"", options: Sequence[str] = LOCKED_UP, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The image with these arguments, in a container that is gone afterwards."""
    env = (environment(key=False) if env is None else env) | image.settings()
    return run(tool("podman"), "run", "--rm", "-i", *options, image.name(), *words, stdin=stdin, env=env)


def inside(program: str, *words: str) -> str:
    """What another program of the image prints."""
    options = (*LOCKED_UP, "--entrypoint", program)
    done = contained(*words, options=options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def key_file(folder: Path, mode: int) -> Path:
    """A key file as a user has it."""
    path = folder / "keys.txt"
    shutil.copy(KEY, path)
    path.chmod(mode)
    return path


def function(more: str = "", kind: str = "SecretsConfig", body: str = "") -> str:
    """A function entry for kustomize that names the image."""
    return (
        f"apiVersion: krm-secrets.dev/v1alpha1\nkind: {kind}\nmetadata:\n  name: the-function\n  annotations:\n"
        f"    config.kubernetes.io/function: |\n      container:\n        image: {image.name()}\n{more}{body}"
    )
