"""The shared cluster for one test run.

It adds to it that the services our stores name resolve (External Secrets runs with a hosts file of its own), that the
provider answers there, and that no process outlives the tests, even when these are killed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from tests.cluster.harness.api import EXTERNAL_SECRETS, Api, Object, content, trusting
from tests.cluster.harness.forward import Forwarder
from tests.cluster.harness.vault import Vault
from tests.tools import missing, shared, tool

BINARIES = Path.home() / ".cache/krm-secrets/cluster"
PROGRAMS = ("etcd", "kube-apiserver", "eso", "certmanager")

SDK_SERVER = "bitwarden-sdk-server.external-secrets.svc.cluster.local"
"""Where a BitwardenStore without further words finds the SDK server."""
CLI = "bitwarden-cli.external-secrets.svc.cluster.local"
"""Where the examples find `bw serve`."""

ORGANIZATION, PROJECT = "6f2d8c15-3a4b-4e7d-9c01-b5e8a7d3f926", "e0a4b3c7-8d16-4f52-a9e8-2c7b1d5f6038"
"""What the provider's secrets belong to: those of the examples, so that these run as they are."""

PATIENCE = 60.0
"""Seconds without progress until something is given up. Other work may share the machine."""


class Cluster:
    """A running cluster: its API, its provider's items, and the commands people use."""

    def __init__(self, raw: Any, vault: Vault, sdk_server: str) -> None:
        self._raw = raw
        self.vault = vault
        self.kubeconfig: Path = raw.kubeconfig
        self.api = Api(raw.kubeconfig)
        self.sdk_server = sdk_server

    def kubectl(self, *words: str, stdin: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run kubectl to its end; with `check` it must succeed."""
        command = (tool("kubectl"), "--kubeconfig", str(self.kubeconfig), *words)
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=600)
        assert done.returncode == 0 or not check, done.stderr.decode()
        return done

    def apply(self, stream: bytes, *words: str) -> list[str]:
        """`kubectl apply`; the lines it prints."""
        return self.kubectl("apply", *words, "-f", "-", stdin=stream).stdout.decode().splitlines()

    def namespaces(self, *names: str) -> None:
        """Make them, if they are not there."""
        for name in names:
            if self.api.find(f"/api/v1/namespaces/{name}") is None:
                self.api.create("/api/v1/namespaces", {"metadata": {"name": name}})

    def bitwarden(self, name: str, value: str) -> str:
        """Set a secret of the SDK server by its name; its id."""
        self._raw.call("PUT", f"/bitwarden/{quote(name)}", {"value": value})
        request = urllib.request.Request(
            f"{self._raw.provider}/rest/api/1/secrets", headers={"Warden-Access-Token": "t"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            listed = json.load(answer)["data"]
        (found,) = (secret["id"] for secret in listed if secret["key"] == name)
        return str(found)

    def serve_certificate(self, name: str, namespace: str) -> None:
        """What a restart of the SDK server's Pod does: it answers with the certificate of this Secret."""
        self._raw.serve_certificate(name, namespace)

    def secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        """A Secret's decoded data."""
        found = self.api.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        return None if found is None else content(found)

    def secrets(self, namespace: str) -> dict[str, Object]:
        """All Secrets of a namespace by name."""
        found = self.api.items(f"/api/v1/namespaces/{namespace}/secrets")
        return {item["metadata"]["name"]: item for item in found}

    def force_sync(self, namespace: str, *names: str) -> None:
        """What `kubectl annotate externalsecret NAME force-sync=…` does."""
        for name in names:
            stamp = {"metadata": {"annotations": {"force-sync": str(time.time_ns())}}}
            self.api.patch(f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets/{name}", stamp)

    def wait_for_stores(self, *names: str) -> None:
        """Until the ClusterSecretStores are Ready."""
        self.wait(f"{EXTERNAL_SECRETS}/clustersecretstores", names)

    def wait_synced(self, namespace: str, names: Iterable[str]) -> None:
        """Until the ExternalSecrets are Ready."""
        self.wait(f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets", names)

    def wait(self, path: str, names: Iterable[str]) -> None:
        """Until the named objects of the collection are Ready; not longer than some of them still become so."""
        wanted = sorted(set(names))
        end, before = 0.0, -1
        while True:
            start = time.monotonic()
            states = {item["metadata"]["name"]: _unready(item) for item in self.api.items(path)}
            unready = [f"{name}: {states.get(name, 'is not there')}" for name in wanted if states.get(name, "?")]
            if not unready:
                return
            if len(unready) != before:
                before, end = len(unready), time.monotonic() + PATIENCE
            if time.monotonic() > end:
                raise AssertionError("\n".join([f"{len(unready)} of {len(wanted)} not Ready:", *unready[:40]]))
            _rest(start)


def until(true: Callable[[], bool], otherwise: Callable[[], str], seconds: float = PATIENCE) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while True:
        start = time.monotonic()
        if true():
            return
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {otherwise()}"
        _rest(start)


def _rest(start: float) -> None:
    """Pause before looking again, the longer the more looking costs those that are looked at."""
    time.sleep(0.1 + 2 * (time.monotonic() - start))


def _unready(item: Object) -> str:
    """Why an object is not Ready; empty when it is."""
    for condition in item.get("status", {}).get("conditions") or []:
        if condition["type"] == "Ready":
            return "" if condition["status"] == "True" else f"{condition.get('reason')}: {condition.get('message')}"
    return "has no status yet"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster that keeps its state in this folder; the test is skipped, visibly, where it cannot run."""
    source = shared("cluster") / "cluster.py"
    absent = [name for name in PROGRAMS if not (BINARIES / name).exists()]
    if absent:
        missing(f"no {', '.join(absent)} in {BINARIES}: run shared/cluster/build.sh {BINARIES}")
    address = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{address} {SDK_SERVER} {CLI}\n")
    raw = _load(source).Cluster(BINARIES, folder / "run")
    raw._spawn = _guarded(raw, hosts)
    try:
        with raw, Vault(address, 8087) as vault:
            port = int(raw.bitwarden.rpartition(":")[2])
            with Forwarder((address, 9998), ("127.0.0.1", port)):
                cluster = Cluster(raw, vault, f"{address}:9998")
                yield cluster
                cluster.api.close()
    finally:
        for child in raw._children.values():
            child.wait(timeout=30)
        shutil.rmtree(folder / "run" / "etcd", ignore_errors=True)


def _load(path: Path) -> Any:
    """The shared module, without a cache beside it, since its folder is not ours."""
    spec = importlib.util.spec_from_file_location("shared_cluster", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    module.ssl = SimpleNamespace(create_default_context=trusting)  # type: ignore[attr-defined]
    return module


_WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


def _guarded(raw: Any, hosts: Path) -> Callable[..., None]:
    """Starts the cluster's processes so that they end with ours, and External Secrets with our hosts file.

    Each command becomes the program it stands for, so that the process ids which the cluster notes stay right.
    """
    start = raw._spawn
    namespaces = can_resolve()

    def spawn(name: str, *words: object, program: str | None = None) -> None:
        command: list[object] = [raw.bin / (program or name), *words]
        if name == "provider":
            command += ["--organization", ORGANIZATION, "--project", PROJECT]
        if name == "eso" and namespaces:
            command = [tool("unshare"), "--mount", "sh", "-c", _WITH_HOSTS, "sh", hosts, *command]
        start(name, "--pdeathsig", "KILL", *command, program=tool("setpriv"))

    return spawn


def can_resolve() -> bool:
    """Whether a process may have a hosts file of its own here."""
    return subprocess.run([tool("unshare"), "--mount", "true"], capture_output=True).returncode == 0
