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


@pytest.mark.parametrize("side", [("--server-side",), ()], ids=["server-side", "client-side"])
@pytest.mark.parametrize("defaults", ["minimal", "explicit"])
def test_a_second_build_shows_no_difference(
    cluster: Cluster, item: str, stores: list[Object], side: tuple[str, ...], defaults: str
) -> None:
    namespace = f"again-{defaults}-{'server' if side else 'client'}"
    cluster.namespaces(namespace)
    # The stores are applied by the client in all tests, and have one owner.
    given = [] if side else stores
    first = everything(namespace, item, stores, defaults)
    cluster.apply(_without(first, given, stores), *side)
    cluster.wait_synced(namespace, KINDS)
    second = everything(namespace, item, stores, defaults)
    assert second == first
    count = len(documents(second))
    with timed(
        f"objects without a difference after a second build, {' '.join(side) or 'client-side'}, {defaults}", count
    ):
        assert changed(cluster, _without(second, given, stores), *side) == []


def _without(result: bytes, given: list[Object], stores: list[Object]) -> bytes:
    """The stream, without the stores when they are not to be applied."""
    if given or not stores:
        return result
    kinds = ("Issuer", "Certificate", "ClusterSecretStore")
    kept = [value for value in documents(result) if value["kind"] not in kinds]
    return stream(kept)


def test_with_explicit_defaults_the_live_spec_is_ours_to_the_letter(
    cluster: Cluster, item: str, stores: list[Object]
) -> None:
    """Argo CD compares what is there with what was built, and knows of no default."""
    same: dict[str, int] = {}
    for defaults in ("minimal", "explicit"):
        namespace = f"again-live-{defaults}"
        cluster.namespaces(namespace)
        result = everything(namespace, item, stores, defaults)
        cluster.apply(_without(result, [], stores), "--server-side")
        found = cluster.api.items(f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets")
        live = {each["metadata"]["name"]: each["spec"] for each in found}
        built = {each["metadata"]["name"]: each["spec"] for each in of_kind("ExternalSecret", result)}
        assert live.keys() == built.keys()
        same[defaults] = sum(live[name] == spec for name, spec in built.items())
    assert same == {"minimal": 0, "explicit": len(KINDS) + 2}


def test_one_changed_key_changes_one_object(cluster: Cluster, item: str, stores: list[Object]) -> None:
    namespace = "again-changed"
    cluster.namespaces(namespace)
    first, second = (everything(namespace, item, stores, text=text) for text in ("text", "another"))
    cluster.apply(first)
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
