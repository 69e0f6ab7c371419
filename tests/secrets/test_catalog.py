"""Kinds beside workloads, and the fields in which they name Secrets."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.secrets.uses import catalog, kinds
from krm_secrets.secrets.uses.kinds.entry import Entry
from krm_secrets.secrets.uses.workloads import WATCHING, references

REF = {"name": "s", "key": "k"}
TABLES = Path(kinds.__file__).parent
ENTRIES: list[tuple[str, Entry]] = [
    (kind, entry)
    for name in catalog.TABLES
    for kind, entries in import_module(f"{kinds.__name__}.{name}").KINDS.items()
    for entry in entries
]

# One object for each shape of field: kind, group with version, the object's spec, and where the names stand below it.
CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    (
        "HelmRelease",
        "helm.toolkit.fluxcd.io/v2",
        {"valuesFrom": [{"kind": "Secret", "name": "s"}]},
        ["valuesFrom.0.name"],
    ),
    ("HelmRelease", "helm.toolkit.fluxcd.io/v2", {"valuesFrom": [{"kind": "ConfigMap", "name": "s"}]}, []),
    ("HelmRelease", "helm.toolkit.fluxcd.io/v2", {"valuesFrom": [{"name": "s"}]}, []),
    ("HelmRelease", "helm.toolkit.fluxcd.io/v2", {"kubeConfig": {"secretRef": REF}}, ["kubeConfig.secretRef.name"]),
    (
        "Kustomization",
        "kustomize.toolkit.fluxcd.io/v1",
        {"postBuild": {"substituteFrom": [{"kind": "Secret", "name": "s"}]}, "decryption": {"secretRef": REF}},
        ["decryption.secretRef.name", "postBuild.substituteFrom.0.name"],
    ),
    ("Kustomization", "kustomize.config.k8s.io/v1beta1", {"decryption": {"secretRef": REF}}, []),
    ("GitRepository", "source.toolkit.fluxcd.io/v1", {"secretRef": REF}, ["secretRef.name"]),
    ("Bucket", "source.toolkit.fluxcd.io/v1", {"sts": {"secretRef": REF}}, ["sts.secretRef.name"]),
    ("Receiver", "notification.toolkit.fluxcd.io/v1", {"secretRef": REF}, ["secretRef.name"]),
    (
        "Cluster",
        "postgresql.cnpg.io/v1",
        {
            "backup": {"barmanObjectStore": {"s3Credentials": {"accessKeyId": REF}}},
            "managed": {"roles": [{}, {"passwordSecret": {"name": "s"}}]},
            "certificates": {"serverCASecret": "s"},
        },
        [
            "backup.barmanObjectStore.s3Credentials.accessKeyId.name",
            "certificates.serverCASecret",
            "managed.roles.1.passwordSecret.name",
        ],
    ),
    ("Pooler", "postgresql.cnpg.io/v1", {"pgbouncer": {"authQuerySecret": REF}}, ["pgbouncer.authQuerySecret.name"]),
    (
        "ObjectStore",
        "barmancloud.cnpg.io/v1",
        {"configuration": {"endpointCA": REF}},
        ["configuration.endpointCA.name"],
    ),
    ("ReplicationSource", "volsync.backube/v1alpha1", {"kopia": {"repository": "s"}}, ["kopia.repository"]),
    ("ReplicationDestination", "volsync.backube/v1alpha1", {"restic": {"repository": "s"}}, ["restic.repository"]),
    (
        "ClusterIssuer",
        "cert-manager.io/v1",
        {"ca": {"secretName": "s"}, "acme": {"solvers": [{"dns01": {"cloudflare": {"apiTokenSecretRef": REF}}}]}},
        ["acme.solvers.0.dns01.cloudflare.apiTokenSecretRef.name", "ca.secretName"],
    ),
    (
        "ClusterSecretStore",
        "external-secrets.io/v1",
        {
            "provider": {
                "bitwardensecretsmanager": {
                    "auth": {"secretRef": {"credentials": REF}},
                    "caProvider": {"type": "Secret", "name": "s"},
                },
                "vault": {"auth": {"appRole": {"secretRef": REF}}},
            }
        },
        [
            "provider.bitwardensecretsmanager.auth.secretRef.credentials.name",
            "provider.bitwardensecretsmanager.caProvider.name",
            "provider.vault.auth.appRole.secretRef.name",
        ],
    ),
    ("PushSecret", "external-secrets.io/v1alpha1", {"selector": {"secret": REF}}, ["selector.secret.name"]),
    (
        "ExternalSecret",
        "external-secrets.io/v1",
        {"target": {"template": {"templateFrom": [{"secret": REF}]}}},
        ["target.template.templateFrom.0.secret.name"],
    ),
    (
        "GithubAccessToken",
        "generators.external-secrets.io/v1alpha1",
        {"auth": {"privateKey": {"secretRef": REF}}},
        ["auth.privateKey.secretRef.name"],
    ),
    (
        "ServiceMonitor",
        "monitoring.coreos.com/v1",
        {"endpoints": [{"basicAuth": {"password": REF}}]},
        ["endpoints.0.basicAuth.password.name"],
    ),
    (
        "AlertmanagerConfig",
        "monitoring.coreos.com/v1alpha1",
        {"receivers": [{"pushoverConfigs": [{"userKey": REF}]}]},
        ["receivers.0.pushoverConfigs.0.userKey.name"],
    ),
    ("RenovateJob", "renovate-operator.mogenius.com/v1alpha1", {"secretRef": "s"}, ["secretRef"]),
    ("Ingress", "networking.k8s.io/v1", {"tls": [{"secretName": "s"}]}, ["tls.0.secretName"]),
    (
        "Gateway",
        "gateway.networking.k8s.io/v1",
        {"listeners": [{"tls": {"certificateRefs": [{"name": "s"}, {"kind": "Other", "name": "s"}]}}]},
        ["listeners.0.tls.certificateRefs.0.name"],
    ),
    ("PersistentVolume", "v1", {"csi": {"nodeStageSecretRef": REF}}, ["csi.nodeStageSecretRef.name"]),
    (
        "Grafana",
        "generators.external-secrets.io/v1alpha1",
        {"auth": {"token": {"secretRef": REF}}},
        ["auth.token.secretRef.name"],
    ),
    (
        "Grafana",
        "grafana.integreatly.org/v1beta1",
        {
            "external": {"apiKey": REF},
            "deployment": {"spec": {"template": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}}},
        },
        ["deployment.spec.template.spec.containers.0.envFrom.0.secretRef.name", "external.apiKey.name"],
    ),
    (
        "GrafanaDatasource",
        "grafana.integreatly.org/v1beta1",
        {"valuesFrom": [{"targetPath": "a", "valueFrom": {"secretKeyRef": REF}}]},
        ["valuesFrom.0.valueFrom.secretKeyRef.name"],
    ),
    (
        "Pooler",
        "postgresql.cnpg.io/v1",
        {"template": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}},
        ["template.spec.containers.0.envFrom.0.secretRef.name"],
    ),
    (
        "MCPServer",
        "toolhive.stacklok.dev/v1alpha1",
        {"podTemplateSpec": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}},
        ["podTemplateSpec.spec.containers.0.envFrom.0.secretRef.name"],
    ),
    ("Gadget", "example.com/v1", {"other": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}}, []),
    ("Gadget", "example.com/v1", {"template": {"spec": {"containers": []}}}, []),
    (
        "Gadget",
        "example.com/v1",
        {"template": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}},
        ["template.spec.containers.0.envFrom.0.secretRef.name"],
    ),
    (
        "ScaledJob",
        "keda.sh/v1alpha1",
        {"jobTargetRef": {"template": {"spec": {"containers": [{"envFrom": [{"secretRef": REF}]}]}}}},
        ["jobTargetRef.template.spec.containers.0.envFrom.0.secretRef.name"],
    ),
]


@pytest.mark.parametrize(("kind", "api_version", "spec", "expected"), CASES)
def test_a_kind_names_its_secrets(kind: str, api_version: str, spec: dict[str, Any], expected: list[str]) -> None:
    found = references({"apiVersion": api_version, "kind": kind, "spec": spec})
    assert sorted(".".join(map(str, ref.path)) for ref in found) == [f"spec.{place}" for place in expected]
    assert {ref.name for ref in found} <= {"s"}


def test_a_service_account_names_secrets_at_its_root() -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "secrets": [{"name": "a"}],
        "imagePullSecrets": [{"name": "b"}],
    }
    assert [ref.name for ref in references(obj)] == ["a", "b"]


def test_a_key_is_told() -> None:
    obj = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "Bucket", "spec": {"secretRef": REF}}
    assert [ref.keys for ref in references(obj)] == [("k",)]


def test_only_the_kinds_that_look_at_labels_are_watched() -> None:
    labelled = {(kind, entry.group) for kind, entry in ENTRIES if entry.labelled}
    assert labelled == set(WATCHING.items())
    assert {f"{name}.py" for name in catalog.TABLES} == {path.name for path in TABLES.glob("[a-df-z]*.py")} | {
        path.name for path in TABLES.glob("external*.py")
    }


WORDS = ["name", "key", "kind", "spec", "provider", "auth", "secretRef", "valuesFrom", "receivers", "acme", "dns01"]
NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda nodes: (
        st.lists(nodes, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "key",
                    "kind",
                    "spec",
                    "provider",
                    "auth",
                    "secretRef",
                    "valuesFrom",
                    "receivers",
                    "acme",
                    "solvers",
                    "dns01",
                ]
            ),
            nodes,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(NODES, st.sampled_from(sorted({(kind, entry.group) for kind, entry in ENTRIES})))
def test_no_object_raises(node: Any, known: tuple[str, str]) -> None:
    list(catalog.references({"spec": node}, *known))
    catalog.watched({"spec": node}, *known)
