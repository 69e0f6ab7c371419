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
VAULT = ("vault-login", "vault-fields", "vault-notes", "vault-attachments", "vault-ssh")
READY = ("op", "notes", *VAULT, "bitwarden-secrets", "bitwarden-maps", "bitwarden-yaml")


def document(name: str, **fields: Any) -> Object:
    """A BitwardenStore."""
    return {"apiVersion": OURS, "kind": "BitwardenStore", "metadata": {"name": name}, **fields}


def manager(name: str, **fields: Any) -> Object:
    """A BitwardenStore for the Secrets Manager, as short as it can be."""
    own = {"organizationID": ORGANIZATION, "projectID": PROJECT, "credentials": TOKEN["name"]}
    return document(name, **own, **fields)


def webhook(name: str, url: str) -> Object:
    """A store that is not Bitwarden's."""
    provider = {"webhook": {"url": url, "result": {}}}
    metadata = {"name": name}
    return {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": metadata,
            "spec": {"provider": provider}}  # fmt: skip


def install_stores(cluster: Cluster) -> list[Object]:
    """Apply them and wait until they are Ready; the documents."""
    more = [manager(name, ca=CA) for name in ("bitwarden-maps", "bitwarden-yaml")]
    documents = [manager("bitwarden-secrets"), *more, document("vault", vault=cluster.vault.url)]
    token = {"apiVersion": "v1", "kind": "Secret", "metadata": TOKEN, "stringData": {"token": "t"}}
    op = webhook("op", cluster.vault.url + "/map/{{ .remoteRef.key }}?property={{ .remoteRef.property }}")
    notes = webhook("notes", cluster.vault.url + "/notes/{{ .remoteRef.key }}")
    cluster.namespaces(NAMESPACE)
    start = time.monotonic()
    cluster.apply(expanded(documents) + stream([token, op, notes]))
    certificates = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates"
    cluster.wait(certificates, (CA, LEAF))
    cluster.serve_certificate(LEAF, NAMESPACE)
    cluster.wait_for_stores(*READY)
    measured("BitwardenStore applied, certificates issued, stores Ready", len(READY), time.monotonic() - start)
    return documents
