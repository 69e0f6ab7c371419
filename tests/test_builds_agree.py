"""`run` over a folder and `render` see the same builds: what they tell of one tree is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import run
from tests.test_trees import copied

NAMES = (
    "a-component-gives-its-namespace-and-annotations",
    "a-flux-source-of-any-kind",
    "a-mapping-beside-a-sealed-secret",
    "a-mapping-owns-a-secret-of-its-build",
    "a-secret-that-a-build-deletes-is-no-second-maker",
    "an-app-that-flux-builds",
    "a-base-and-its-overlays",
    "equal-names-in-two-builds-are-no-clash",
    "names-with-variables-of-flux",
    "namespaces-that-only-builds-give",
    "what-argo-cd-builds",
    "what-a-patch-may-change-is-not-certain",
    "two-builds-with-other-keys-of-one-name",
)


@pytest.mark.parametrize("name", NAMES)
def test_run_and_render_agree(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copied(name, tmp_path / "tree"))
    monkeypatch.setenv("COLUMNS", "200")
    mapped, seen = run("", "run", "--explain", "."), run("", "render", "--explain", ".")
    assert mapped.out == seen.out
    # Files are called as they were asked for.
    first, second = (sorted(line for line in done.err.splitlines() if ": error: " in line) for done in (mapped, seen))
    assert [line.replace("./", "") for line in first] == second


def test_a_secret_that_a_name_with_variables_may_be_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied("names-with-variables-of-flux", tmp_path / "tree"))
    monkeypatch.setenv("COLUMNS", "200")
    rows = run("", "render", "--explain", ".").out.decode().splitlines()
    assert ["nobody can tell" in row for row in rows if row.startswith("home/who-db")] == [True]
    assert ["nothing here" in row for row in rows if row.startswith("flux-system/elsewhere")] == [True]
