"""A function of somebody else's, written with the SDK, in the real hosts and in a pipe."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.hosts.support import EXAMPLES, build, environment, objects, output, run
from tests.tools import tool

FOLDER = EXAMPLES / "function"
SAID = "team.py: notice: {}Deployment shop{}: metadata.labels.team: now belongs to team web\n"
TEAMS = {"shop": "web", "pay": "payments"}


def teams(data: bytes) -> dict[str, str]:
    return {key[3]: found["metadata"]["labels"]["team"] for key, found in objects(data).items()}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return Path(shutil.copytree(FOLDER, tmp_path / "package", ignore=shutil.ignore_patterns("team*", "kustom*")))


def test_in_kustomize() -> None:
    done = run(tool("kustomize"), "build", "--enable-alpha-plugins", "--enable-exec", FOLDER)
    assert done.returncode == 0, done.stderr.decode()
    assert teams(done.stdout) == TEAMS
    assert b"config.kubernetes.io" not in done.stdout
    assert "Deployment shop" in done.stderr.decode()


def test_in_kpt_which_gets_the_results_and_keeps_the_bytes(package: Path, tmp_path: Path) -> None:
    before = (package / "deployments.yaml").read_text()
    results = tmp_path / "results"
    output(
        *(tool("kpt"), "fn", "eval", package, "--exec", FOLDER / "team.py", "--results-dir", results, "--", "team=web"),
        env=environment(HOME=str(tmp_path / "home")),
    )
    after = (package / "deployments.yaml").read_text()
    # kpt writes the file anew, and puts keys into an order of its own
    assert after == before.replace("shop   # the first one", "shop # the first one\n  labels:\n    team: web")
    assert "path: metadata.labels.team" in (results / "results.yaml").read_text()


def test_in_kpt_a_mistake_fails_the_run(package: Path, tmp_path: Path) -> None:
    env = environment(HOME=str(tmp_path / "home"))
    done = run(tool("kpt"), "fn", "eval", package, "--exec", FOLDER / "team.py", env=env)
    assert done.returncode == 1
    assert b"data.team: says no team" in done.stdout + done.stderr
    assert (package / "deployments.yaml").read_bytes() == (FOLDER / "deployments.yaml").read_bytes()


def test_a_build_of_the_example_is_taken_by_the_pipe() -> None:
    built = build(FOLDER, "--enable-alpha-plugins", "--enable-exec")
    assert teams(output(Path(shutil.which("krm-secrets", path=environment()["PATH"]) or ""), stdin=built)) == TEAMS
