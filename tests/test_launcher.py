"""The command starts the Python of its environment, as quickly as the environment allows, and finds its package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.installed import PACKAGES, command, environment, program

# In place of the package: what it is started with.
REPORT = """
import json, os, sys
def console():
    flags = sys.flags
    print(json.dumps([sys.argv, flags.no_site, flags.isolated, "site" in sys.modules, os.getcwd() in sys.path,
                      "" in sys.path, os.path.realpath(sys.executable)]))
"""
HERE = os.path.realpath(sys.executable)
QUICK = [1, 1, False, False, False, HERE]
USUAL = [0, 0, True, False, False, HERE]


def package(folder: Path) -> None:
    (folder / "krm_secrets").mkdir(parents=True)
    (folder / "krm_secrets/__init__.py").touch()
    (folder / "krm_secrets/__main__.py").write_text(REPORT)


def started(path: Path | str, cwd: Path, **env: str) -> tuple[list[str], Any]:
    """The words that the program is given, and how Python was started."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    words = [str(path), "a b", "--c=*"]
    done = subprocess.run(words, cwd=cwd, env=kept | env, capture_output=True, text=True, timeout=60, check=True)
    argv, *how = json.loads(done.stdout)
    return argv, how


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    folder = tmp_path / "my [own] venv"
    environment(folder)
    return folder


def test_in_an_environment_it_starts_without_site(venv: Path, tmp_path: Path) -> None:
    package(venv / PACKAGES)
    (tmp_path / "krm_secrets.py").write_text("raise SystemExit('from where it was started')")
    path = str(venv / "bin/krm-secrets")
    assert started(path, tmp_path, PYTHONPATH=str(tmp_path)) == ([path, "a b", "--c=*"], QUICK)


def test_it_is_found_behind_links_and_by_its_name_alone(venv: Path, tmp_path: Path) -> None:
    package(venv / PACKAGES)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/one").symlink_to("two")
    (tmp_path / "bin/two").symlink_to(venv / "bin/krm-secrets")
    assert started("./bin/one", tmp_path)[1] == QUICK
    assert started("one", tmp_path, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")[1] == QUICK
    done = subprocess.run(["sh", "krm-secrets"], cwd=venv / "bin", capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[1:] == QUICK


def test_a_checkout_that_is_installed_as_it_stands_is_found_by_python(venv: Path, tmp_path: Path) -> None:
    package(tmp_path / "checkout")
    (venv / PACKAGES / "checkout.pth").write_text(f"{tmp_path}/checkout\n")
    (tmp_path / "krm_secrets.py").write_text("raise SystemExit('from where it was started')")
    path = str(venv / "bin/krm-secrets")
    assert started(path, tmp_path) == ([path, "a b", "--c=*"], USUAL)


def test_an_environment_that_shares_packages_shares_them(tmp_path: Path) -> None:
    path = environment(tmp_path / "venv", "--system-site-packages")
    package(tmp_path / "venv" / PACKAGES)
    assert started(path, tmp_path)[1] == [1, 1, True, False, False, HERE]


def test_packages_of_another_python_are_not_taken(venv: Path, tmp_path: Path) -> None:
    package(venv / "lib/python3.0/site-packages")
    (venv / PACKAGES / "checkout.pth").write_text(f"{tmp_path}/checkout\n")
    package(tmp_path / "checkout")
    assert started(venv / "bin/krm-secrets", tmp_path)[1] == [1, 1, True, False, False, HERE]


def test_without_an_environment_the_python_of_its_packages_is_taken(tmp_path: Path) -> None:
    """As `pip install --user` lays it out."""
    path = command(tmp_path / "local")
    packages = tmp_path / "local" / PACKAGES
    package(packages)
    stub = tmp_path / f"bin/python{sys.version_info[0]}.{sys.version_info[1]}"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\nPYTHONPATH="{packages}" exec "{HERE}" "$@"\n')
    stub.chmod(0o755)
    assert started(path, tmp_path, PATH=f"{stub.parent}:/usr/bin:/bin")[1] == USUAL


def test_the_program_itself_runs_so(tmp_path: Path) -> None:
    path = program(tmp_path / "venv")
    done = subprocess.run([path], input=b"sops: 1\n", capture_output=True, timeout=60, env={"HOME": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"sops: 1\n", b"")
    assert subprocess.run([path, "--version"], capture_output=True, timeout=60, check=True).stdout
