"""The image's locks: every requirement of the package and of its build is in them, once, with its hashes.

`release/lock` writes them anew, after a change of the requirements in pyproject.toml or release/tools.in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.toml import load_toml

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = load_toml(ROOT / "pyproject.toml")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def _entries(name: str) -> list[tuple[Requirement, list[str]]]:
    """The pins of a lock, each with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "release" / name).read_text(), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"\n(?! )", text.replace("\\\n", "")) if entry.strip()]
    return [(Requirement(e.partition("--hash")[0].strip()), re.findall(r"--hash=(\S+)", e)) for e in entries]


LOCKS = {name: _entries(name) for name in ("requirements.lock", "tools.lock")}


def _pinned(lock: str, python: str) -> dict[str, str]:
    """The versions that pip takes on Linux with this Python."""
    given = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    given |= {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    found: dict[str, str] = {}
    for pin, _ in LOCKS[lock]:
        if pin.marker is None or pin.marker.evaluate(given):
            name = canonicalize_name(pin.name)
            assert name not in found, name
            (exact,) = pin.specifier
            assert exact.operator == "=="
            found[name] = exact.version
    return found


def _wanted(lock: str) -> list[Requirement]:
    if lock == "requirements.lock":
        return [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    lines = (ROOT / "release/tools.in").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_within_its_range(lock: str, python: str) -> None:
    pinned = _pinned(lock, python)
    for wanted in _wanted(lock):
        version = pinned.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted} is not locked: run release/lock"
        assert version in wanted.specifier, f"{wanted} is locked as {version}: run release/lock"


def test_the_build_backend_is_the_one_of_the_package() -> None:
    assert set(map(Requirement, PROJECT["build-system"]["requires"])) <= set(_wanted("tools.lock"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    for pin, hashes in LOCKS[lock]:
        assert hashes, pin
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes), pin


def test_what_the_dependencies_need_is_locked_and_nothing_else_is() -> None:
    """By the metadata of what is installed here, whose versions may be others."""
    needed = set[str]()

    def visit(requirement: Requirement) -> None:
        name = canonicalize_name(requirement.name)
        if name not in needed:
            needed.add(name)
            for more in _requires(name):
                visit(more)

    for wanted in _wanted("requirements.lock"):
        visit(wanted)
    everywhere = {canonicalize_name(pin.name) for pin, _ in LOCKS["requirements.lock"] if pin.marker is None}
    anywhere = {canonicalize_name(pin.name) for pin, _ in LOCKS["requirements.lock"]}
    assert needed <= anywhere, f"not locked: {needed - anywhere}: run release/lock"
    assert everywhere <= needed, f"locked, but needed by nothing: {everywhere - needed}: run release/lock"


def _requires(name: str) -> Iterator[Requirement]:
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement
