"""What all tests share: which belong to the default set, and names of cases that two processes give alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# No test asserts a time, and machines are slow when they are busy.
settings.register_profile("no times", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no times")

HERE = Path(__file__).parent

_SETS = {HERE / "hosts": "hosts", HERE / "cluster": "cluster", HERE / "release": "slow", HERE / "fuzz": "slow"}
"""Tests that are left out of the default set: the folder, and the marker that its tests have."""

_NEW_EACH_TIME = ("age1", "AGE-")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Keys are made anew by each process: a case that holds one is called by its argument."""
    return argname if isinstance(val, str) and any(mark in val for mark in _NEW_EACH_TIME) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each set, and leave the sets out of a run that asks for none of them."""
    for item in items:
        for folder, name in _SETS.items():
            if folder in item.path.parents:
                item.add_marker(name)
    if _is_default(config):
        left_out = [item for item in items if any(name in item.keywords for name in _SETS.values())]
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """One process has the cluster, one the packages, one the hosts, whose table tells of all of them."""
    if _is_default(config):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "/".join(nodeid.split("/")[:2])

    return ByFolder(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was left out, and how to run it."""
    if _is_default(config):
        terminalreporter.section("left out")
        terminalreporter.line(
            "-m hosts    kustomize, kubectl, kpt, Flux, Argo CD, Helm and containers, where they are installed"
        )
        terminalreporter.line("-m cluster  a real API server with External Secrets and cert-manager")
        terminalreporter.line(
            "-m slow     wheel, single file, hooks and action, installed as people install them; fuzzers"
        )
        terminalreporter.line("All of it, with everything that it needs: .ci/run")


def _is_default(config: pytest.Config) -> bool:
    """Whether the command line names no marker and no place inside of a set."""
    paths = [Path(word.partition("::")[0]).resolve() for word in config.args]
    return not config.option.markexpr and not any(
        folder == path or folder in path.parents for path in paths for folder in _SETS
    )
