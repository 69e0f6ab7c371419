"""The container image, built from the checkout's Dockerfile for the tests and the benchmark, on a base made of Debian
packages, since tests need no registry.

    python -m tests.hosts.image        # builds it if need be, and prints its name
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.tools import tool

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path.home() / ".cache" / "krm-secrets"

SUITE = "trixie"
"""The Debian release of the Dockerfile's own base."""

BASE = f"localhost/krm-secrets-base:{SUITE}"
REPOSITORY = "localhost/krm-secrets-test"
KEPT = 5
"""Images of other checkouts, whose tests may run at the same time."""

_PACKAGES = "python3,python3-venv"
_LEFT_OUT = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./var/cache/apt", "./var/lib/apt/lists")

_OF_THE_INDEX = frozenset(("index-url", "extra-index-url", "trusted-host", "proxy", "timeout"))

_SOURCES = (
    "Dockerfile",
    ".dockerignore",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "release",
    "schemas",
    "krm_secrets",
)


_LIMITS = ("nofile=1024:1024", "nproc=4096:4096")
"""Podman would raise these limits for its containers, which not every machine allows."""


def settings() -> dict[str, str]:
    """What the environment of podman needs."""
    if "CONTAINERS_CONF" in os.environ:
        return {}
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / "containers.conf"
    text = f"[containers]\ndefault_ulimits = {json.dumps(_LIMITS)}\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return {"CONTAINERS_CONF": str(path)}


@functools.cache
def name() -> str:
    """The image of this checkout, built unless podman has it."""
    image = f"{REPOSITORY}:{_digest()}"
    if not _has(image):
        if not _has(BASE):
            _podman("import", "--quiet", str(_base()), BASE)
        with tempfile.TemporaryDirectory() as folder:
            limits = [word for limit in _LIMITS for word in ("--ulimit", limit)]
            words = ("--network", "host", *limits, *_secrets(Path(folder)), "--build-arg", f"BASE={BASE}")
            _podman("build", "--quiet", *words, "--tag", image, str(ROOT))
        _forget_old()
    return image


def _forget_old() -> None:
    """Remove all images of the tests but the newest, and what was left of builds a day ago; one that a container still
    uses stays."""
    words = (tool("podman"), "images", "--sort", "created", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY)
    done = subprocess.run(words, env=os.environ | settings(), capture_output=True, text=True, check=True)
    for old in done.stdout.split()[KEPT:]:
        subprocess.run([tool("podman"), "rmi", old], env=os.environ | settings(), capture_output=True, check=False)
    stale = ("--filter", "label=dev.krm-secrets.stage=build", "--filter", "until=24h")
    _podman("image", "prune", "--force", *stale)


def _digest() -> str:
    found = hashlib.sha256(SUITE.encode())
    for path in _files():
        found.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for source in _SOURCES:
        path = ROOT / source
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".pyc")
        yield from inside if path.is_dir() else [path]


def _base() -> Path:
    """The packages of a small Debian with Python, as one archive in the cache. Like Python's official images, it is
    without the byte code of the standard library."""
    archive = CACHE / f"base-{SUITE}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            root = Path(folder, "root")
            command = (tool("debootstrap"), "--variant=minbase", f"--include={_PACKAGES}", SUITE, str(root))
            subprocess.run(command, check=True, stdout=sys.stderr)
            for compiled in (root / "usr/lib").glob("python3*/**/__pycache__"):
                shutil.rmtree(compiled)
            packed = Path(folder, "root.tar")
            left_out = [f"--exclude={path}" for path in _LEFT_OUT]
            subprocess.run(("tar", "-C", str(root), *left_out, "-cf", str(packed), "."), check=True)
            packed.rename(archive)
    return archive


def _secrets(folder: Path) -> list[str]:
    """How pip reaches the package index from this machine, for pip in the build."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        found[key.removeprefix(":env:").lstrip(".").split(".")[-1]] = value.strip("'\"")
    kept: dict[str, str] = {key: value for key, value in found.items() if key in _OF_THE_INDEX}
    words = []
    certificate = found.get("cert") or os.environ.get("SSL_CERT_FILE")
    if certificate:
        kept["cert"] = "/run/secrets/ca.crt"
        words = ["--secret", f"id=ca.crt,src={certificate}"]
    config = folder / "pip.conf"
    config.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in kept.items()))
    return [*words, "--secret", f"id=pip.conf,src={config}"]


def _has(image: str) -> bool:
    done = subprocess.run([tool("podman"), "image", "exists", image], env=os.environ | settings(), check=False)
    return done.returncode == 0


def _podman(*words: str) -> None:
    subprocess.run([tool("podman"), *words], env=os.environ | settings(), stdout=sys.stderr, check=True)


if __name__ == "__main__":
    print(name())
