"""Packages of npm that tests need, as their lock files have them: `python -m tests.npm` fetches what is not there."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.tools import missing

TESTS = Path(__file__).parent


def place(locked: Path) -> Path:
    """Where the packages of a folder with a lock file are, or are to be: a folder for each lock."""
    lock = (locked / "package-lock.json").read_bytes()
    return Path.home() / ".cache/krm-secrets" / f"{locked.name}-{hashlib.sha256(lock).hexdigest()[:12]}"


def module(locked: Path, path: str) -> Path:
    """A file of the packages; the test is skipped without it, or fails where tools are required."""
    file = place(locked) / "node_modules" / path
    return file if file.exists() else Path(missing(f"no {path} of {locked.name}'s packages (python -m tests.npm)"))


def install(locked: Path) -> None:
    """Fetch the locked packages, once."""
    done = place(locked) / "done"
    if not done.exists():
        shutil.copytree(locked, place(locked), dirs_exist_ok=True)
        npm = shutil.which("npm")
        assert npm is not None, "npm is not installed"
        words = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        subprocess.run([npm, *words], cwd=place(locked), check=True)
        done.touch()
    print(place(locked))


if __name__ == "__main__":
    for lock in sorted(TESTS.rglob("package-lock.json")):
        install(lock.parent)
