"""The example cluster, as it is, in a cluster: what it promises is there in the end."""

from __future__ import annotations

import pytest

from tests.cluster.build import stream
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import CLI, SDK_SERVER, Cluster
from tests.cluster.harness.standins import add_unknown_kinds
from tests.cluster.harness.vault import Item
from tests.cluster.stores import LEAF, NAMESPACE as SERVER
from tests.cluster.table import timed
from tests.hosts.support import CLUSTER, PROGRAM, build, documents, environment, output

ITEMS = {
    "5b7f3f0e-93a9-4c5e-8a53-0d8f6a1f7c21": Item(
        {"session-key": "s3", "dbPassword": "d4"}, {"username": "u1", "password": "p2"}
    ),
    "0c9a1d6b-7e42-4f0f-b1de-6a2f4f8e9b37": Item({"api-key": "k5"}, {"username": "u6", "password": "p7"}),
    "c1f6e1a4-2d0b-4be3-9d7f-85b0c2a7e64d": Item({}, {"password": "p8"}),
    "9e64b7d2-51f8-4a1c-8b0e-3f7d9a2c5e10": Item({}, {"username": "u9", "password": "p10"}),
    "47d0a8c3-6b1e-4f95-a2c7-1e8d5b9f0a62": Item({"repository": "r11"}, {"password": "p12"}),
}  # fmt: skip
HOME = {
    "recipes-secret": {
        "LOG_LEVEL": "info",
        "ADMIN_USER": "u1",
        "ADMIN_PASSWORD": "p2",
        "SESSION_KEY": "s3",
        "DATABASE_URL": "postgres://recipes:d4@postgres-rw.database.svc.cluster.local:5432/recipes",
        "INIT_POSTGRES_SUPER_PASS": "p8",
    },
    "feeds-secret": {"config.ini": "[auth]\nuser = u6\npassword = p7\n", "API_KEY": "k5"},
    "recipes-backup-secret": {"RESTIC_REPOSITORY": "r11/recipes", "RESTIC_PASSWORD": "p12"},
    "report-secret": {"SMTP_USER": "u9", "SMTP_PASSWORD": "p10"},
}


@pytest.fixture(scope="module")
def applied(cluster: Cluster, stores: list[Object]) -> list[Object]:
    """What the README's pipe gives, with the variable that Flux fills in; applied and synced."""
    cluster.vault.items |= ITEMS
    built = output(PROGRAM, stdin=build(CLUSTER), env=environment())
    result = output(PROGRAM, "guard", stdin=built).replace(b"${APP}", b"recipes")
    objects = documents(result)
    assert SDK_SERVER.encode() in result
    assert CLI.encode() in result
    add_unknown_kinds(cluster, objects)
    cluster.namespaces("flux-system", *{value["metadata"].get("namespace", SERVER) for value in objects})
    with timed("objects of the example applied as it is, its Secrets synced", len(objects)):
        cluster.apply(result)
        cluster.wait(f"/apis/cert-manager.io/v1/namespaces/{SERVER}/certificates", [LEAF])
        cluster.wait_for_stores("bitwarden-secrets", "bitwarden-login", "bitwarden-fields")
        cluster.wait_synced("home", HOME)
    return objects


def test_every_secret_is_there(cluster: Cluster, applied: list[Object]) -> None:
    found = {name: cluster.secret("home", name) for name in HOME}
    assert found == {name: {key: text.encode() for key, text in data.items()} for name, data in HOME.items()}
    token = cluster.secret("network", "dns-token")
    assert token is not None
    assert token["DNS_ZONE_ID"] == b"0042"


def test_what_restarts_is_marked(cluster: Cluster, applied: list[Object]) -> None:
    marks = {
        name: cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")["metadata"]["annotations"]
        for namespace, name in (("home", "feeds"), ("network", "dns-updater"))
    }
    assert all(found["reloader.stakater.com/auto"] == "true" for found in marks.values())
    report = cluster.api.get("/apis/batch/v1/namespaces/home/cronjobs/report")
    assert not [key for key in report["metadata"]["annotations"] if "reloader" in key]


def test_a_second_apply_changes_nothing(cluster: Cluster, applied: list[Object]) -> None:
    done = cluster.kubectl("diff", "-f", "-", stdin=stream(applied), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
