"""One cluster for the whole folder, and the table at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster import table
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster, can_resolve, running
from tests.cluster.stores import install_stores
from tests.tools import missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The running cluster; each test module uses namespaces of its own in it."""
    start = time.monotonic()
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        table.measured("API server, CRDs, operators and webhooks up", 1, time.monotonic() - start)
        yield cluster


@pytest.fixture(scope="session")
def stores(cluster: Cluster) -> list[Object]:
    """The documents of the stores that all tests may use, which are applied and Ready.

    `op` gives items as maps, `vault-…` is `bw serve`, and `bitwarden-secrets` and `bitwarden-maps` are the SDK server,
    with certificates of cert-manager.
    """
    if not can_resolve():
        missing("mount namespaces are not allowed here, so the SDK server's name cannot resolve")
    return install_stores(cluster)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that others started hands them its rows."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["cluster"] = [tuple(row) for row in table.ROWS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the rows of a process that this one started."""
    table.ROWS.extend(table.Row(*row) for row in getattr(node, "workeroutput", {}).get("cluster", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, whatever else the run printed."""
    if table.ROWS:
        terminalreporter.section(f"cluster: {table.LABEL}")
        for line in table.lines():
            terminalreporter.line(line)
