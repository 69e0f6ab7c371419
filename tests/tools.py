"""The programs and the shared data that some tests need: found, or skipped where everybody sees it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
VECTORS = ROOT / "tests/vectors/sops-3.13.2"

_CACHE = Path.home() / ".cache/krm-secrets/bin"
_REQUIRED = os.environ.get("KRM_SECRETS_REQUIRE_TOOLS") == "1"


def tool(name: str) -> str:
    """The path of a program; the test is skipped without it, or fails where tools are required."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}{_CACHE}") or missing(f"no {name} found")


def shared(name: str) -> Path:
    """A folder of the data beside the checkout, which is no part of it; the test is skipped without it, or
    fails where tools are required."""
    path = SHARED / name
    return path if path.exists() else Path(missing(f"no shared/{name} beside the checkout"))


def go_module(name: str, version: str) -> Path:
    """A folder of the Go module cache; the test is skipped without it, or fails where tools are required."""
    escaped = "".join(f"!{c.lower()}" if c.isupper() else c for c in name)
    go = shutil.which("go")
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True).stdout.strip() if go else ""
    path = Path(cache or Path.home() / "go/pkg/mod") / f"{escaped}@{version}"
    return path if path.is_dir() else Path(missing(f"no {name}@{version} in the Go module cache"))


def missing(what: str) -> str:
    """Skip the test for want of this, or fail it where tools are required."""
    if _REQUIRED:
        pytest.fail(f"{what}, and KRM_SECRETS_REQUIRE_TOOLS is set")
    pytest.skip(what)
