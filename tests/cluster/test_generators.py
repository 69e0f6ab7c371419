"""Generators, templates kept elsewhere, and what the policies mean for a Secret that is already there."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.cluster.build import config, expanded, mapping, of_kind, stream
from tests.cluster.harness.api import EXTERNAL_SECRETS, Object, content
from tests.cluster.harness.cluster import Cluster, until
from tests.cluster.harness.vault import Item
from tests.cluster.table import timed

NAMESPACE = "policies"
GENERATORS = "generators.external-secrets.io/v1alpha1"
FIXED = {"password": "{{ .x }}\n'\"", "user": "u", "client_id": "\u00e9\U0001f642"}


def generator(kind: str, name: str, **spec: object) -> Object:
    return {"apiVersion": GENERATORS, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


OBJECTS: list[Object] = [
    generator("Fake", "fixed", data=FIXED),
    generator("Password", "pw", length=42, digits=5, symbols=0, noUpper=False, allowRepeat=True),
    generator("UUID", "id"),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "file", "namespace": NAMESPACE},
     "data": {"app.ini": "[a]\nuser = {{ .USER }}\npassword = {{ .password }}\n"}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "joined", "namespace": NAMESPACE},
     "stringData": {"own": "stays", "A": "goes"}},
]  # fmt: skip
SECRETS: dict[str, Object | str] = {
    "generated": "gen:Fake/fixed",
    "fields": {"from": "gen:Fake/fixed", "data": {"A": ".password", "B": "{{ .user }}:{{ .client_id | upper }}"}},
    "two": {"from": {"a": "gen:Fake/fixed", "p": "policy"}, "data": {"A": ".a.password", "B": ".p.password"}},
    "password": {
        "from": "gen:Password/pw",
        "policy": "CreatedOnce",
        "data": {"P": ".password", "Q": ".password | sha256sum"},
    },
    "number": {"from": "gen:UUID/id", "policy": "CreatedOnce"},
    "file": {
        "from": "policy",
        "templates": "configMap/file#app.ini",
        "variables": {"USER": ".user", "password": ".password"},
        "data": {"B": ".user"},
    },
    "joined": {"from": "policy", "policy": "Merge", "data": {"A": ".password"}},
    "orphan": {"from": "policy", "policy": "Orphan", "data": {"A": ".password"}},
    "once": {"from": "policy", "policy": "CreatedOnce", "data": {"A": ".password"}},
    "gone": {"from": "leaving", "policy": "Delete", "data": {"A": '."pass word"'}},
    "kept": {"from": "leaving", "data": {"A": '."pass word"'}},
    "typed": {
        "from": "policy",
        "type": "kubernetes.io/basic-auth",
        "data": {"username": ".user", "password": ".password"},
        "labels": {"team": "a", "user": "{{ .user }}"},
        "annotations": {"note": "{{ .password }}", "fixed": "b"},
    },
}


@pytest.fixture(scope="module")
def synced(cluster: Cluster, stores: list[Object]) -> Cluster:
    """All of them, synced once."""
    cluster.namespaces(NAMESPACE)
    cluster.vault.items["policy"] = Item({"password": "one", "user": "u"})
    cluster.vault.items["leaving"] = Item({"pass word": "one"})
    cluster.apply(stream(OBJECTS))
    settings = config("op", stores={"op": {"fetch": "extract"}})
    result = expanded([settings, mapping("all", NAMESPACE, SECRETS)])
    assert len(of_kind("ExternalSecret", result)) == len(SECRETS)
    with timed("generators, templates elsewhere and policies synced", len(SECRETS)):
        cluster.apply(result, "--server-side")
        cluster.wait_synced(NAMESPACE, SECRETS)
    return cluster


def secret(cluster: Cluster, name: str) -> dict[str, str]:
    found = cluster.secret(NAMESPACE, name)
    assert found is not None, name
    return {key: value.decode() for key, value in found.items()}


def test_generators(synced: Cluster) -> None:
    assert secret(synced, "generated") == FIXED
    assert secret(synced, "fields") == {"A": FIXED["password"], "B": "u:\u00c9\U0001f642"}
    assert secret(synced, "two") == {"A": FIXED["password"], "B": "one"}
    password = secret(synced, "password")
    assert re.fullmatch(r"[A-Za-z0-9]{42}", password["P"])
    assert sum(c.isdigit() for c in password["P"]) == 5
    assert re.fullmatch(r"[0-9a-f]{64}", password["Q"])
    assert uuid.UUID(secret(synced, "number")["uuid"]).version == 4


def test_templates_elsewhere(synced: Cluster) -> None:
    assert secret(synced, "file") == {"app.ini": "[a]\nuser = u\npassword = one\n", "B": "u"}


def test_type_labels_and_annotations(synced: Cluster) -> None:
    found = synced.secrets(NAMESPACE)["typed"]
    assert content(found) == {"username": b"u", "password": b"one"}
    assert found["type"] == "kubernetes.io/basic-auth"
    labels, annotations = found["metadata"]["labels"], found["metadata"]["annotations"]
    assert {"team": "a", "user": "u"}.items() <= labels.items()
    assert {"note": "one", "fixed": "b"}.items() <= annotations.items()
    assert not [key for key in {**labels, **annotations} if key.startswith("krm-secrets.dev/")]


def test_who_owns_the_secret(synced: Cluster) -> None:
    owners = {name: bool(each["metadata"].get("ownerReferences")) for name, each in synced.secrets(NAMESPACE).items()}
    assert {name for name, owned in owners.items() if not owned} == {"joined", "orphan"}
    assert secret(synced, "joined") == {"own": "stays", "A": "one"}


def test_what_changes_and_what_stays(synced: Cluster) -> None:
    before = {name: secret(synced, name) for name in SECRETS}
    synced.vault.items["policy"] = Item({"password": "two", "user": "u"})
    del synced.vault.items["leaving"]
    synced.force_sync(NAMESPACE, "orphan", "joined", "once", "password", "number", "gone", "kept")
    until(lambda: secret(synced, "orphan") == {"A": "two"}, lambda: "orphan")
    until(lambda: secret(synced, "joined") == {"own": "stays", "A": "two"}, lambda: "joined")
    until(lambda: synced.secret(NAMESPACE, "gone") is None, lambda: "the item is gone, and so must be its Secret")
    until(lambda: reason(synced, "kept") == "SecretSyncedError", lambda: "the missing item is no error")
    for name in ("once", "password", "number", "kept"):
        assert secret(synced, name) == before[name], name


def reason(cluster: Cluster, name: str) -> str:
    found = cluster.api.get(f"{EXTERNAL_SECRETS}/namespaces/{NAMESPACE}/externalsecrets/{name}")
    return str(found["status"]["conditions"][0]["reason"])
