"""Kinds beside workloads that name Secrets, and the exact fields that do.

A field is a dotted path: `[]` stands for every item of a list, `*` for every key of a map or, at the start of a word,
for any beginning of a key, and `**` for any depth. What it leads to is a name, or at its end:

* `{}`: a map with `name` and perhaps `key`;
* `{Secret}`: such a map that also says `kind: Secret`;
* `{Secret?}`: the same, where a missing kind means Secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from krm_secrets.reload.lookup import mapped, nodes, written
from krm_secrets.reload.workload import Reference, as_map, as_text

FLUX_LABEL = ("reconcile.fluxcd.io/watch", "Enabled")
CNPG_LABEL = ("cnpg.io/reload", "true")


class Entry(NamedTuple):
    """A kind's fields; the label is what a Secret needs for this kind to notice its change by itself."""

    group: str
    fields: str
    labelled: str = ""
    """Those fields that go by the label."""
    label: tuple[str, str] = FLUX_LABEL


def _below(base: str, fields: str) -> str:
    return " ".join(f"{base}.{field}" for field in fields.split())


_FLUX_SOURCE = "spec.secretRef{} spec.certSecretRef{} spec.proxySecretRef{} spec.verify.secretRef{}"
_FLUX_SOURCE += " spec.sts.secretRef{} spec.sts.certSecretRef{}"
_KUBE_CONFIG = "spec.kubeConfig.secretRef{}"
_BARMAN = """
    s3Credentials.accessKeyId{} s3Credentials.secretAccessKey{} s3Credentials.region{} s3Credentials.sessionToken{}
    azureCredentials.connectionString{} azureCredentials.storageAccount{} azureCredentials.storageKey{}
    azureCredentials.storageSasToken{} googleCredentials.applicationCredentials{} endpointCA{}
"""
_CLUSTER = """
    bootstrap.initdb.secret{} bootstrap.pg_basebackup.secret{} bootstrap.recovery.secret{} superuserSecret{}
    bootstrap.initdb.postInitSQLRefs.secretRefs[]{} bootstrap.initdb.postInitApplicationSQLRefs.secretRefs[]{}
    bootstrap.initdb.postInitTemplateSQLRefs.secretRefs[]{} managed.roles[].passwordSecret{}
    certificates.serverTLSSecret certificates.serverCASecret certificates.clientCASecret
    certificates.replicationTLSSecret externalClusters[].password{} externalClusters[].sslCert{}
    externalClusters[].sslKey{} externalClusters[].sslRootCert{}
"""
_HTTP_CLIENT = """
    basicAuth.username{} basicAuth.password{} authorization.credentials{} bearerTokenSecret{} oauth2.clientId.secret{}
    oauth2.clientSecret{} tlsConfig.ca.secret{} tlsConfig.cert.secret{} tlsConfig.keySecret{}
"""
_RECEIVERS = """
    apiURL{} apiKey{} apiSecret{} authPassword{} authSecret{} botToken{} routingKey{} serviceKey{} token{} userKey{}
    urlSecret{} webhookUrl{} credentials{} clientSecret{} password{}
"""
_STORE = "spec.provider.**.*ecretRef{} spec.provider.**.caProvider{Secret} spec.provider.**.auth.secretRef.*{}"
_ISSUER = """
    ca.secretName acme.externalAccountBinding.keySecretRef{} vault.auth.**.*ecretRef{}
    acme.solvers[].dns01.**.*SecretRef{} vault.caBundleSecretRef{} venafi.**.*SecretRef{} venafi.tpp.credentialsRef{}
"""
_VOLSYNC = """
    restic.repository kopia.repository restic.customCA.secretName kopia.customCA.secretName rclone.rcloneConfig
    rsync.sshKeys rsyncTLS.keySecret syncthing.secret
"""
_VOLUME = """
    csi.controllerPublishSecretRef{} csi.nodeStageSecretRef{} csi.nodePublishSecretRef{} csi.nodeExpandSecretRef{}
    csi.controllerExpandSecretRef{} azureFile.secretName cephfs.secretRef{} rbd.secretRef{} iscsi.secretRef{}
    flexVolume.secretRef{} scaleIO.secretRef{} cinder.secretRef{}
"""
_POOLER = "authQuerySecret{} serverTLSSecret{} serverCASecret{} clientTLSSecret{} clientCASecret{}"
_SOURCES = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket")
_MONITORS = (
    ("ServiceMonitor", "spec.endpoints[]"),
    ("PodMonitor", "spec.podMetricsEndpoints[]"),
    ("ScrapeConfig", "spec"),
    ("Probe", "spec"),
)
_GENERATORS: tuple[str, ...] = ("ACRAccessToken", "ECRAuthorizationToken", "GCRAccessToken", "GithubAccessToken")
_GENERATORS += ("GitlabDeployToken", "QuayAccessToken", "STSSessionToken", "VaultDynamicSecret", "Webhook")
_ESO, _PROMETHEUS, _CNPG = "external-secrets.io", "monitoring.coreos.com", "postgresql.cnpg.io"
_GRAFANA = "grafana.integreatly.org"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "HelmRelease": (
        Entry(
            "helm.toolkit.fluxcd.io",
            f"{_KUBE_CONFIG} spec.chart.spec.verify.secretRef{{}}",
            "spec.valuesFrom[]{Secret}",
        ),
    ),
    "Kustomization": (
        Entry(
            "kustomize.toolkit.fluxcd.io",
            f"{_KUBE_CONFIG} spec.decryption.secretRef{{}}",
            "spec.postBuild.substituteFrom[]{Secret}",
        ),
    ),
    **{kind: (Entry("source.toolkit.fluxcd.io", _FLUX_SOURCE),) for kind in _SOURCES},
    "ImageRepository": (Entry("image.toolkit.fluxcd.io", _FLUX_SOURCE),),
    "Provider": (Entry("notification.toolkit.fluxcd.io", _FLUX_SOURCE),),
    "Receiver": (Entry("notification.toolkit.fluxcd.io", "spec.secretRef{}"),),
    "Cluster": (
        Entry(
            _CNPG,
            "spec.imagePullSecrets[]{} spec.env[].valueFrom.secretKeyRef{} spec.envFrom[].secretRef{}",
            " ".join(
                (
                    _below("spec", _CLUSTER),
                    _below("spec.backup.barmanObjectStore", _BARMAN),
                    _below("spec.externalClusters[].barmanObjectStore", _BARMAN),
                )
            ),
            CNPG_LABEL,
        ),
    ),
    "Pooler": (Entry(_CNPG, _below("spec.pgbouncer", _POOLER)),),
    "ObjectStore": (Entry("barmancloud.cnpg.io", _below("spec.configuration", _BARMAN)),),
    "ReplicationSource": (Entry("volsync.backube", _below("spec", _VOLSYNC)),),
    "ReplicationDestination": (Entry("volsync.backube", _below("spec", _VOLSYNC)),),
    "Issuer": (Entry("cert-manager.io", _below("spec", _ISSUER)),),
    "ClusterIssuer": (Entry("cert-manager.io", _below("spec", _ISSUER)),),
    "Certificate": (Entry("cert-manager.io", "spec.keystores.*.passwordSecretRef{}"),),
    "SecretStore": (Entry(_ESO, _STORE),),
    "ClusterSecretStore": (Entry(_ESO, _STORE),),
    "PushSecret": (Entry(_ESO, "spec.selector.secret{} spec.template.templateFrom[].secret{}"),),
    "ExternalSecret": (Entry(_ESO, "spec.target.template.templateFrom[].secret{}"),),
    **{kind: (Entry("generators.external-secrets.io", "spec.**.*ecretRef{}"),) for kind in _GENERATORS},
    "Grafana": (
        Entry("generators.external-secrets.io", "spec.**.*ecretRef{}"),
        Entry(_GRAFANA, "spec.external.apiKey{} spec.external.adminUser{} spec.external.adminPassword{}"),
    ),
    "GrafanaDatasource": (Entry(_GRAFANA, "spec.valuesFrom[].valueFrom.secretKeyRef{}"),),
    **{kind: (Entry(_PROMETHEUS, _below(base, _HTTP_CLIENT)),) for kind, base in _MONITORS},
    "AlertmanagerConfig": (Entry(_PROMETHEUS, _below("spec.receivers[].**", _RECEIVERS)),),
    "RenovateJob": (Entry("renovate-operator.mogenius.com", "spec.secretRef"),),
    "Ingress": (Entry("networking.k8s.io", "spec.tls[].secretName"),),
    "Gateway": (Entry("gateway.networking.k8s.io", "spec.listeners[].tls.certificateRefs[]{Secret?}"),),
    "ServiceAccount": (Entry("", "secrets[]{} imagePullSecrets[]{}"),),
    "PersistentVolume": (Entry("", _below("spec", _VOLUME)),),
}


class Watched(NamedTuple):
    """A reference that takes effect by a label on the Secret."""

    reference: Reference
    label: tuple[str, str]


def references(obj: Mapping[str, object], kind: str, group: str) -> list[Reference]:
    """What an object of a kind of the catalogue names; a reference restarts no Pod by itself."""
    entry = _entry(kind, group)
    return list(_find(obj, f"{entry.fields} {entry.labelled}")) if entry else []


def watched(obj: Mapping[str, object], kind: str, group: str) -> list[Watched]:
    """What it notices by a label on the Secret."""
    entry = _entry(kind, group)
    return [Watched(ref, entry.label) for ref in _find(obj, entry.labelled)] if entry else []


def _entry(kind: str, group: str) -> Entry | None:
    return next((entry for entry in KINDS.get(kind, ()) if entry.group == group), None)


def _find(obj: Mapping[str, object], fields: str) -> Iterator[Reference]:
    for field in fields.split():
        head, brace, condition = field.partition("{")
        for node, path in nodes(obj, head.replace("[]", ".[]").split(".")):
            ref = as_map(node)
            if brace and _is_meant(ref, condition):
                yield from mapped(ref, path)
            elif not brace:
                yield from written(as_text(node), path)


def _is_meant(ref: Mapping[str, object], condition: str) -> bool:
    """Whether the map names a Secret, by what the field says of its `kind`."""
    if condition == "}":
        return True
    return ref.get("kind", "Secret" if "?" in condition else None) == "Secret"
