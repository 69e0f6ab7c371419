"""The table of docs/explanation/hosts.md is what ran and passed here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tools import missing

from . import matrix
from .conftest import SESSION
from .matrix import Check, rows, without_versions

HERE = Path(__file__).parent


@pytest.mark.table
def test_the_table_is_what_ran(request: pytest.FixtureRequest) -> None:
    session = request.config.stash[SESSION]
    marked = {path.name for path in HERE.glob("test_*.py") if "checked(" in path.read_text()}
    if marked - session.modules - {"test_matrix.py"} or session.left_out:
        pytest.skip("only a part of the tests of hosts runs")
    outcomes = {session.outcomes.get(test, "not run") for test in session.checks}
    if "skipped" in outcomes:
        missing("a host is missing here")
    assert outcomes == {"passed"}
    table = rows((check for checks in session.checks.values() for check in checks), matrix.installed())
    if os.environ.get(matrix.REWRITE) == "1":
        matrix.write(table)
    assert without_versions(matrix.written()) == without_versions(table), "run python -m tests.hosts.matrix"


def test_a_row_is_a_way_of_a_host_with_each_check_once() -> None:
    checks = [
        Check("kpt", "eval", "b"),
        Check("kustomize", "pipe", "a"),
        Check("kpt", "eval", "a"),
        Check("kpt", "eval", "b"),
    ]
    assert rows(checks, {"kpt": "1.0"}).splitlines()[2:] == ["| kustomize | pipe | a |", "| kpt 1.0 | eval | b; a |"]


def test_versions_of_the_machine_are_not_compared_and_pinned_ones_are() -> None:
    checks = [Check("kpt", "eval", "a"), Check("kustomize", "pipe", "a")]
    one, other = rows(checks, {"kpt": "1.0.0-beta.56", "kustomize": "5.8.1"}), rows(checks, {"kpt": "1.1.0"})
    assert without_versions(one).splitlines()[2:] == ["| kustomize 5.8.1 | pipe | a |", "| kpt | eval | a |"]
    assert without_versions(other).splitlines()[3:] == without_versions(one).splitlines()[3:]


def test_every_check_names_a_host_of_the_table() -> None:
    with pytest.raises(AssertionError):
        matrix.checked("Jenkins", "x", "y")
