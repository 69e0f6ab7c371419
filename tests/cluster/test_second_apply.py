"""A second build changes nothing in the cluster, and one changed key changes one object."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.build import expanded, mapping, of_kind, stream
from tests.cluster.harness.api import EXTERNAL_SECRETS, Object
from tests.cluster.harness.cluster import Cluster
from tests.cluster.table import timed
from tests.cluster.test_meaning import KINDS, STORES, put, settings
from tests.cluster.test_restarts import all_of, pod, workload
from tests.hosts.support import documents

ITEM = "again"


@pytest.fixture(scope="module")
def item(cluster: Cluster, stores: list[Object]) -> str:
    """An item that every kind of reference finds."""
    put(cluster, ITEM, "one")
    return ITEM


def everything(namespace: str, item: str, stores: list[Object], defaults: str = "minimal", text: str = "text") -> bytes:
    """Every kind of reference, all other fields of a Secret, and a workload; with the stores where they are given."""
    mappings = [mapping(name, namespace, {name: make(item, "one").secret}, store=STORES.get(name, "op"))
                for name, make in KINDS.items()]  # fmt: skip
    full: dict[str, Any] = {
        "from": item,
        "data": {"A": ".password", "B": text},
        "name": "full-es",
        "type": "Opaque",
        "labels": {"team": "a"},
        "annotations": {"user": "{{ .user }}"},
        "metadata": {"labels": {"own": "b"}, "annotations": {"c": "d"}},
        "policy": ["Orphan", "Delete", "Periodic"],
        "refresh": "90m",
    }
    generator = {"from": "gen:Password/none", "policy": "CreatedOnce", "spec": TEMPLATES}
    mappings.append(mapping("full", namespace, {"full": full, "generator": generator}, store="op"))
    return expanded(
        [
            settings(defaults=defaults),
            *stores,
            *mappings,
            workload("Deployment", "app", pod(container=all_of("full")), namespace),
        ]
    )


TEMPLATES = {
    "target": {
        "template": {
            "mergePolicy": "Merge",
            "templateFrom": [
                {"literal": "a: b"},
                {"configMap": {"name": "c", "items": [{"key": "k"}]}},
            ],
        }
    }
}


def changed(cluster: Cluster, stream: bytes, *words: str) -> list[str]:
    """The objects that `kubectl diff` shows."""
    done = cluster.kubectl("diff", *words, "-f", "-", stdin=stream, check=False)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == bool(lines), done.stderr.decode()
    return [line.rpartition("/")[2] for line in lines if line.startswith("diff ")]


class Builds:
    """First builds that are applied and synced, each in a namespace of its own."""

    def __init__(self, cluster: Cluster, item: str, stores: list[Object]) -> None:
        self._cluster, self._item, self._stores = cluster, item, stores
        self._applied: set[str] = set()

    def build(self, namespace: str, defaults: str, side: tuple[str, ...], text: str = "text") -> bytes:
        """What a person would apply. The stores are applied by the client in all tests: they have one owner."""
        result = everything(namespace, self._item, self._stores, defaults, text)
        if not side:
            return result
        return stream(value for value in documents(result) if value["kind"] not in OF_STORES)

    def applied(self, defaults: str, side: tuple[str, ...]) -> tuple[str, bytes]:
        """The namespace and the stream of a first build."""
        namespace = f"again-{defaults}-{'server' if side else 'client'}"
        first = self.build(namespace, defaults, side)
        if namespace not in self._applied:
            self._cluster.namespaces(namespace)
            self._cluster.apply(first, *side)
            self._cluster.wait_synced(namespace, KINDS)
            self._applied.add(namespace)
        return namespace, first


OF_STORES = ("Issuer", "Certificate", "ClusterSecretStore")
SERVER, CLIENT = ("--server-side",), ()


@pytest.fixture(scope="module")
def builds(cluster: Cluster, item: str, stores: list[Object]) -> Builds:
    return Builds(cluster, item, stores)


@pytest.mark.parametrize("side", [SERVER, CLIENT], ids=["server-side", "client-side"])
@pytest.mark.parametrize("defaults", ["minimal", "explicit"])
def test_a_second_build_shows_no_difference(
    cluster: Cluster, builds: Builds, side: tuple[str, ...], defaults: str
) -> None:
    namespace, first = builds.applied(defaults, side)
    second = builds.build(namespace, defaults, side)
    assert second == first
    name = "server-side" if side else "client-side"
    with timed(f"objects without a difference after a second build, {name}, {defaults}", len(documents(second))):
        assert changed(cluster, second, *side) == []


def test_with_explicit_defaults_the_live_spec_is_ours_to_the_letter(cluster: Cluster, builds: Builds) -> None:
    """Argo CD compares what is there with what was built, and knows of no default."""
    same: dict[str, int] = {}
    for defaults in ("minimal", "explicit"):
        namespace, result = builds.applied(defaults, SERVER)
        found = cluster.api.items(f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets")
        live = {each["metadata"]["name"]: each["spec"] for each in found}
        built = {each["metadata"]["name"]: each["spec"] for each in of_kind("ExternalSecret", result)}
        assert live.keys() == built.keys()
        same[defaults] = sum(live[name] == spec for name, spec in built.items())
    assert same == {"minimal": 0, "explicit": len(KINDS) + 2}


def test_one_changed_key_changes_one_object(cluster: Cluster, builds: Builds) -> None:
    namespace, _ = builds.applied("minimal", CLIENT)
    second = builds.build(namespace, "minimal", CLIENT, text="another")
    before = generations(cluster, namespace)
    with timed("objects that one changed key changes", 1):
        assert changed(cluster, second) == [f"external-secrets.io.v1.ExternalSecret.{namespace}.full-es"]
        cluster.apply(second)
        after = generations(cluster, namespace)
    assert {name for name in after if after[name] != before[name]} == {"full-es"}
    assert changed(cluster, second) == []


def generations(cluster: Cluster, namespace: str) -> dict[str, int]:
    """How often the spec of each object changed."""
    paths = (
        f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets",
        f"/apis/apps/v1/namespaces/{namespace}/deployments",
    )
    found = [item["metadata"] for path in paths for item in cluster.api.items(path)]
    return {metadata["name"]: metadata["generation"] for metadata in found}
