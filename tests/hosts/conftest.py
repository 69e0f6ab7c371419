"""Collects what the tests of hosts checked, for the table of docs/explanation/hosts.md."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from .matrix import Check, of

HERE = Path(__file__).parent


class Session(NamedTuple):
    """What was collected here, what each marked test checks, how each ended, and what was left out."""

    modules: set[str]
    checks: dict[str, list[Check]]
    outcomes: dict[str, str]
    left_out: list[str]


SESSION = pytest.StashKey[Session]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "checked(host, way, what): a line of the table in docs/explanation/hosts.md")
    config.addinivalue_line("markers", "table: compares or writes that table")
    config.stash[SESSION] = Session(set(), {}, {}, [])


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and of(item):
            item.config.stash[SESSION].left_out.append(item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note what is to run; the test of the table comes last."""
    session = config.stash[SESSION]
    for item in items:
        if item.path.parent == HERE:
            session.modules.add(item.path.name)
            if of(item):
                session.checks[_key(item)] = of(item)
    items.sort(key=lambda item: item.path == HERE / "test_matrix.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    session = item.config.stash[SESSION]
    if _key(item) in session.checks and (report.when == "call" or report.outcome != "passed"):
        session.outcomes[_key(item)] = report.outcome
    return report


def _key(item: pytest.Item) -> str:
    """The test, by a name that running on several processes does not change."""
    return f"{item.path.name}::{item.name}"
