"""No process of the cluster outlives the tests, however these end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.harness.cluster import Cluster, until
from tests.tools import ROOT

RUN = """
import pathlib, signal, sys
from tests.cluster.harness.cluster import running
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background leaves it ignored
with running(pathlib.Path(sys.argv[1])):
    pass
"""


def runs(pid: int) -> bool:
    """Whether the process is there, and not only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_nothing_stays(cluster: Cluster, how: signal.Signals, tmp_path: Path) -> None:
    """The tests' own cluster says that one can run here."""
    state = tmp_path / "run" / "state.json"

    def started() -> list[int]:
        pids = json.loads(state.read_text() or "{}").get("pids", {}) if state.exists() else {}
        return [pid for pid, _ in pids.values()]

    tests = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        until(lambda: len(started()) >= 2 and all(map(runs, started())), lambda: "etcd and API server did not start")
        pids = started()
        os.kill(tests.pid, how)
        tests.communicate(timeout=60)
    finally:
        tests.kill()
        tests.communicate()
    assert tests.returncode != 0
    start = time.monotonic()
    while any(map(runs, pids)):
        assert time.monotonic() < start + 30, [pid for pid in pids if runs(pid)]
        time.sleep(0.05)
