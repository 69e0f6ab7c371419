"""The chart of the examples, installed, upgraded and uninstalled by Helm with the post-renderer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster.harness.api import EXTERNAL_SECRETS, Object
from tests.cluster.harness.cluster import Cluster, until
from tests.cluster.harness.vault import Item
from tests.hosts.helm import CHART, Helm
from tests.hosts.support import output


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest, tmp_path: Path) -> Helm:
    return Helm(request.param, tmp_path / "helm")


def test_a_release_from_install_to_uninstall(
    cluster: Cluster, stores: list[Object], helm: Helm, tmp_path: Path
) -> None:
    namespace = f"helm{helm.major}"
    cluster.namespaces(namespace)
    cluster.vault.items["wiki"] = Item({"databasePassword": 'it\'s {{ "quoted" }}'})
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    mapping = chart / "templates" / "secrets.yaml"
    mapping.write_text(mapping.read_text().replace("onepassword", "op"))

    def run(*words: str) -> str:
        flags = ("--namespace", namespace, "--kubeconfig", str(cluster.kubeconfig))
        return output(helm.program, *words, *flags, env=helm.environment()).decode()

    assert "The wiki wiki is there." in run("install", "wiki", str(chart), *helm.renderer())
    cluster.wait_synced(namespace, ["wiki-secret"])
    assert cluster.secret(namespace, "wiki-secret") == {"DB_PASSWORD": b'it\'s {{ "quoted" }}'}
    assert cluster.secret(namespace, "wiki-smtp") == {"SMTP_PASSWORD": b"example-password-7Kq2"}
    wiki = cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/statefulsets/wiki")
    assert wiki["metadata"]["annotations"]["reloader.stakater.com/auto"] == "true"

    mapping.write_text(mapping.read_text().replace("DB_PASSWORD", "PGPASSWORD"))
    run("upgrade", "wiki", str(chart), "--no-hooks", *helm.renderer())  # the hook is a Job, which nobody runs here
    until(
        lambda: set(cluster.secret(namespace, "wiki-secret") or ()) == {"PGPASSWORD"}, lambda: "the key is the old one"
    )
    kept = run("get", "manifest", "wiki")
    assert ("kind: ExternalSecret" in kept, "SecretMapping" in kept, "ENC[" in kept) == (True, False, False)

    run("uninstall", "wiki")
    gone = f"{EXTERNAL_SECRETS}/namespaces/{namespace}/externalsecrets/wiki-secret"
    until(lambda: cluster.api.find(gone) is None, lambda: "the ExternalSecret is there")
    assert cluster.secret(namespace, "wiki-smtp") is None
