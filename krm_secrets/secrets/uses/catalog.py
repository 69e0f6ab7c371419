"""Kinds beside workloads that name Secrets, and the exact fields that do.

A field is a dotted path in the words of `lookup`; `:` stands for a dot in a key. What it leads to is a name, perhaps
with its namespace and a slash before it, or at its end:

* `{}`: a map with `name` and perhaps `key`, `namespace` and `optional`;
* `{Secret}`: such a map that also says `kind: Secret`; `{Secret?}`: the same, where a missing kind means Secret;
* `{Secret=valuesKey}`: such a map whose key stands in another field, `values.yaml` unless it does;
* `<pod>`, `<container>`, `<volume>`: as in a Pod; `<class>`: the parameters of a class of volumes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.uses.fields import mapped, nodes, written
from krm_secrets.secrets.uses.pods import container_references, pod_references, volume_references
from krm_secrets.secrets.uses.reference import Reference

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
_FLUX_SOURCE += " spec.sts.secretRef{} spec.sts.certSecretRef{} spec.verify.trustedRootSecretRef{}"
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
    externalClusters[].sslKey{} externalClusters[].sslRootCert{} monitoring.customQueriesSecret[]{}
    postgresql.ldap.bindSearchAuth.bindPassword{}
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
_ARGO = """
    @<pod> @.templates[]<pod> @.templateDefaults<pod> @.templates[].container<container>
    @.templates[].script<container> @.templates[].sidecars[]<container>
    @.templates[].containerSet.containers[]<container> @.templates[].*puts.artifacts[].**.*Secret{}
    @.templates[].http.headers[].valueFrom.secretKeyRef{}
"""
_TASK = "@<pod> @.steps[]<container> @.sidecars[]<container> @.stepTemplate<container>"
_TASK_POD = "@<pod> @<container>"
_TASKS = ("spec.tasks[].taskSpec", "spec.finally[].taskSpec")
_RUNS = ("spec.pipelineSpec.tasks[].taskSpec", "spec.pipelineSpec.finally[].taskSpec")
_RUN_PODS = ("spec.podTemplate", "spec.taskRunTemplate.podTemplate", "spec.taskRunSpecs[].podTemplate")
_PROMETHEUS_SPEC = """
    secrets[] additionalScrapeConfigs{} additionalAlertManagerConfigs{} additionalAlertRelabelConfigs{} configSecret
    thanos.objectStorageConfig{} objectStorageConfig{} imagePullSecrets[]{}
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

_TEKTON, _ENVOY = "tekton.dev", "gateway.envoyproxy.io"
_TRAEFIK = ("traefik.io", "traefik.containo.us")
_TRAEFIK_KINDS = (
    ("IngressRoute", "spec.tls.secretName"),
    ("IngressRouteTCP", "spec.tls.secretName"),
    ("TLSStore", "spec.defaultCertificate.secretName spec.certificates[].secretName"),
    ("TLSOption", "spec.clientAuth.secretNames[]"),
    ("ServersTransport", "spec.rootCAsSecrets[] spec.certificatesSecrets[]"),
    ("ServersTransportTCP", "spec.tls.rootCAsSecrets[] spec.tls.certificatesSecrets[]"),
    (
        "Middleware",
        "spec.basicAuth.secret spec.digestAuth.secret spec.forwardAuth.tls.caSecret spec.forwardAuth.tls.certSecret",
    ),
)
_WORKFLOWS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
_TRIGGERS = ("TriggerAuthentication", "ClusterTriggerAuthentication")
_SERVERS = ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
_NGINX = "metadata.annotations.nginx:ingress:kubernetes:io/"
_INGRESS = f"spec.tls[].secretName {_NGINX}auth-secret {_NGINX}auth-tls-secret {_NGINX}proxy-ssl-secret"


def _each(fields: str, *bases: str) -> str:
    """The fields, written with `@` for their base, below each of the bases."""
    return " ".join(fields.replace("@", base) for base in bases)


KINDS: Mapping[str, tuple[Entry, ...]] = {
    "HelmRelease": (
        Entry(
            "helm.toolkit.fluxcd.io",
            f"{_KUBE_CONFIG} spec.chart.spec.verify.secretRef{{}}",
            "spec.valuesFrom[]{Secret=valuesKey}",
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
            "spec.imagePullSecrets[]{} spec<container> spec.projectedVolumeTemplate.sources[].secret{}",
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
    "Ingress": (Entry("networking.k8s.io", _INGRESS), Entry("extensions", _INGRESS)),
    "Gateway": (
        Entry(
            "gateway.networking.k8s.io",
            "spec.listeners[].tls.certificateRefs[]{Secret?} "
            "spec.listeners[].tls.frontendValidation.caCertificateRefs[]{Secret}",
        ),
        Entry("networking.istio.io", "spec.servers[].tls.credentialName"),
    ),
    "BackendTLSPolicy": (Entry("gateway.networking.k8s.io", "spec.validation.caCertificateRefs[]{Secret}"),),
    "SecurityPolicy": (
        Entry(_ENVOY, "spec.oidc.clientSecret{} spec.basicAuth.users{} spec.apiKeyAuth.credentialRefs[]{}"),
    ),
    "HTTPProxy": (Entry("projectcontour.io", "spec.virtualhost.tls.secretName"),),
    **{kind: tuple(Entry(group, fields) for group in _TRAEFIK) for kind, fields in _TRAEFIK_KINDS},
    **{kind: (Entry("argoproj.io", _each(_ARGO, "spec")),) for kind in _WORKFLOWS},
    "CronWorkflow": (Entry("argoproj.io", _each(_ARGO, "spec.workflowSpec")),),
    "EventSource": (Entry("argoproj.io", "spec.**.*Secret{}"),),
    "Task": (Entry(_TEKTON, _each(_TASK, "spec")),),
    "ClusterTask": (Entry(_TEKTON, _each(_TASK, "spec")),),
    "Pipeline": (Entry(_TEKTON, _each(_TASK, *_TASKS)),),
    "TaskRun": (
        Entry(_TEKTON, f"{_each(_TASK, 'spec.taskSpec')} {_each(_TASK_POD, *_RUN_PODS)} spec.workspaces[]<volume>"),
    ),
    "PipelineRun": (
        Entry(_TEKTON, f"{_each(_TASK, *_RUNS)} {_each(_TASK_POD, *_RUN_PODS)} spec.workspaces[]<volume>"),
    ),
    "EventListener": (
        Entry("triggers.tekton.dev", "spec.triggers[].interceptors[].params[].value.secretRef.secretName"),
    ),
    **{kind: (Entry("keda.sh", "spec.secretTargetRef[]{}"),) for kind in _TRIGGERS},
    **{kind: (Entry(_PROMETHEUS, _below("spec", _PROMETHEUS_SPEC)),) for kind in _SERVERS},
    "StorageClass": (Entry("storage.k8s.io", "parameters<class>"),),
    "VolumeSnapshotClass": (Entry("snapshot.storage.k8s.io", "parameters<class>"),),
    "FluxInstance": (Entry("fluxcd.controlplane.io", "spec.sync.pullSecret spec.distribution.imagePullSecret"),),
    "ResourceSetInputProvider": (Entry("fluxcd.controlplane.io", "spec.secretRef{} spec.certSecretRef{}"),),
    "ClusterPushSecret": (Entry(_ESO, "spec.pushSecretSpec.selector.secret{}"),),
    "ClusterExternalSecret": (Entry(_ESO, "spec.externalSecretSpec.target.template.templateFrom[].secret{}"),),
    "ClusterGenerator": (Entry("generators.external-secrets.io", "spec.generator.**.*ecretRef{}"),),
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
    for parts, brace, form in _parsed(fields):
        for node, path in nodes(obj, parts):
            if brace == "{":
                yield from _mapped(as_map(node), path, form)
            elif brace == "<":
                yield from (ref._replace(restart=False) for ref in _SHAPES[form](node, path))
            else:
                yield from written(as_text(node), path)


@cache
def _parsed(fields: str) -> list[tuple[list[str], str | None, str]]:
    """Each field as the parts of its path, how its end is marked, and what the mark says."""
    found = []
    for match in map(_FIELD.fullmatch, fields.split()):
        assert match is not None
        path, brace, form = match.groups()
        found.append(([part.replace(":", ".") for part in path.replace("[]", ".[]").split(".")], brace, form or ""))
    return found


def _mapped(ref: Mapping[str, object], path: Path, form: str) -> Iterator[Reference]:
    """The reference that is a map, if by what the field says of its `kind` it names a Secret."""
    kind, given, key = form.partition("=")
    if kind and ref.get("kind", "Secret" if kind.endswith("?") else None) != "Secret":
        return
    for found in mapped(ref, path):
        yield found._replace(keys=(as_text(ref.get(key)) or "values.yaml",)) if given else found


def _class(node: object, path: Path) -> Iterator[Reference]:
    """What a class of volumes hands to its driver: names, and their namespaces beside them."""
    parameters = as_map(node)
    for key, value in parameters.items():
        if key.endswith("-secret-name") and as_text(value):
            namespace = as_text(parameters.get(f"{key.removesuffix('name')}namespace")) or None
            yield Reference(as_text(value), (*path, key), (), False, False, namespace=namespace)


_FIELD = re.compile(r"([^{<]+)(?:([{<])([^}>]*)[}>])?")
_SHAPES: Mapping[str, Callable[[object, Path], Iterator[Reference]]] = {
    "pod": pod_references,
    "container": lambda node, path: container_references(node, path, False),
    "volume": lambda node, path: volume_references(node, path, False, False),
    "class": _class,
}
