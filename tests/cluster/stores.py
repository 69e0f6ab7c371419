"""The stores of the tests, made by our own documents wherever we have one."""

from __future__ import annotations

import time
from typing import Any

from tests.cluster.build import OURS, expanded, stream
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import ORGANIZATION, PROJECT, Cluster
from tests.cluster.table import measured

NAMESPACE = "external-secrets"
"""Where a BitwardenStore without further words puts its certificates."""
CA, LEAF = "bitwarden-sdk-server-ca", "bitwarden-tls-certs"
TOKEN = {"name": "bitwarden-access-token", "namespace": NAMESPACE}
READY = ("op", "vault-login", "vault-fields", "vault-notes", "vault-attachments", "vault-ssh", "bitwarden-secrets",
         "bitwarden-maps")  # fmt: skip


def document(name: str, **fields: Any) -> Object:
    """A BitwardenStore."""
    return {"apiVersion": OURS, "kind": "BitwardenStore", "metadata": {"name": name}, **fields}


def manager(name: str, **fields: Any) -> Object:
    """A BitwardenStore for the Secrets Manager, as short as it can be."""
    own = {"organizationID": ORGANIZATION, "projectID": PROJECT, "credentials": TOKEN["name"]}
    return document(name, **own, **fields)


def install_stores(cluster: Cluster) -> list[Object]:
    """Apply them and wait until they are Ready; the documents."""
    documents = [
        manager("bitwarden-secrets"),
        manager("bitwarden-maps", ca=CA),
        document("vault", vault=cluster.vault.url),
    ]
    token = {"apiVersion": "v1", "kind": "Secret", "metadata": TOKEN, "stringData": {"token": "t"}}
    webhook = {"url": cluster.vault.url + "/map/{{ .remoteRef.key }}?property={{ .remoteRef.property }}", "result": {}}
    op = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": "op"},
          "spec": {"provider": {"webhook": webhook}}}  # fmt: skip
    cluster.namespaces(NAMESPACE)
    start = time.monotonic()
    cluster.apply(expanded(documents) + stream([token, op]))
    certificates = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates"
    cluster.wait(certificates, (CA, LEAF))
    cluster.serve_certificate(LEAF, NAMESPACE)
    cluster.wait_for_stores(*READY)
    measured("BitwardenStore applied, certificates issued, stores Ready", len(READY), time.monotonic() - start)
    return documents
