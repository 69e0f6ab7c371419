"""The workloads of one Kubernetes object, and every place in it that names a Secret."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.krm.resource import group_of
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses import app_template
from krm_secrets.secrets.uses.pods import pod_references
from krm_secrets.secrets.uses.reference import ANEW, UNSEEN, UNWRITABLE, Annotations, Reference, Workload
from krm_secrets.settings.restarts import DEFAULT, Policy

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


HELM_GROUP = "helm.toolkit.fluxcd.io"


class _Kind(NamedTuple):
    groups: tuple[str, ...]
    template: tuple[str, ...]
    """Where the Pod template stands."""
    restarts: bool = False
    """Whether Reloader rolls it. It would start a CronJob at once and replace a Job, which nobody asked for."""
    stuck: bool = False
    """Whether its Pods live long and nothing restarts them."""
    alone: bool = False
    """The same, of what people hardly ever write by hand: it deserves no notice."""


KINDS: Mapping[str, _Kind] = {
    "Deployment": _Kind(("apps", "extensions"), ("spec", "template"), True),
    "StatefulSet": _Kind(("apps",), ("spec", "template"), True),
    "DaemonSet": _Kind(("apps", "extensions"), ("spec", "template"), True),
    # With `workloadRef` instead of a template it follows a Deployment, which has the annotation then.
    "Rollout": _Kind(("argoproj.io",), ("spec", "template"), True),
    "ReplicaSet": _Kind(("apps", "extensions"), ("spec", "template"), alone=True),
    "ReplicationController": _Kind(("",), ("spec", "template"), alone=True),
    "Job": _Kind(("batch",), ("spec", "template")),
    "CronJob": _Kind(("batch",), ("spec", "jobTemplate", "spec", "template")),
    "PodTemplate": _Kind(("",), ("template",)),
    "Pod": _Kind(("",), (), alone=True),
    "ScaledJob": _Kind(("keda.sh",), ("spec", "jobTargetRef", "template")),
    "Service": _Kind(("serving.knative.dev",), ("spec", "template"), stuck=True),
    "Configuration": _Kind(("serving.knative.dev",), ("spec", "template"), stuck=True),
    "DeploymentConfig": _Kind(("apps.openshift.io",), ("spec", "template"), stuck=True),
    "CloneSet": _Kind(("apps.kruise.io",), ("spec", "template"), stuck=True),
}


OPERATED: Mapping[str, str] = dict.fromkeys(
    ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"), "monitoring.coreos.com"
)
"""Kinds of which an operator makes Pods with the annotations in `spec.podMetadata`, with their group."""


# Kinds that notice a change by a label on the Secret; here and not in the catalogue, which only few runs import.
WATCHING: Mapping[str, str] = {
    "HelmRelease": HELM_GROUP,
    "Kustomization": "kustomize.toolkit.fluxcd.io",
    "Cluster": "postgresql.cnpg.io",
    "Pooler": "postgresql.cnpg.io",
    "DatabaseRole": "postgresql.cnpg.io",
}

CLUSTER_WIDE: Mapping[str, str] = {
    "ClusterIssuer": "cert-manager",
    "StepClusterIssuer": "",
    "ClusterOriginIssuer": "",
    "AWSPCAClusterIssuer": "",
    "GoogleCASClusterIssuer": "cert-manager",
    "Bundle": "cert-manager",
    "ClusterSecretStore": "",
    "ClusterGenerator": "",
    "ClusterTriggerAuthentication": "keda",
    "ClusterTunnel": "cloudflare-operator-system",
    "ClusterRepository": "",
    "ClusterPolicy": "kyverno",
    "ImageValidatingPolicy": "kyverno",
    "ProviderConfig": "",
    "ClusterProviderConfig": "",
    "PersistentVolume": "",
    "StorageClass": "",
    "VolumeSnapshotClass": "",
    "APIServer": "openshift-config",
    "OAuth": "openshift-config",
}
"""Kinds without a namespace, with the one in which their operator looks by default; "" for those who have none."""

HOMES: Mapping[str, str] = {**CLUSTER_WIDE, "IngressController": "openshift-ingress"}
"""The same, with kinds that have a namespace and look in another one."""


# Kinds that install charts; here for the same reason.
INSTALLING: Mapping[str, tuple[str, ...]] = {
    "Application": ("argoproj.io",),
    "ApplicationSet": ("argoproj.io",),
    "HelmChart": ("helm.cattle.io",),
    "HelmChartConfig": ("helm.cattle.io",),
    "Kustomization": ("kustomize.config.k8s.io", ""),
}


def installs(kind: str, api_version: str) -> bool:
    """Whether objects of this kind install charts, as a HelmRelease does."""
    return kind in INSTALLING and group_of(api_version) in INSTALLING[kind]


def restarts(kind: str, api_version: str) -> bool:
    """Whether objects of this kind can hold workloads that an annotation restarts."""
    if kind == "HelmRelease":
        return group_of(api_version) == HELM_GROUP
    known = KINDS.get(kind)
    return known is not None and known.restarts and group_of(api_version) in known.groups


def watches(kind: str, api_version: str) -> bool:
    """Whether objects of this kind notice a change by a label on the Secret."""
    return kind in WATCHING and group_of(api_version) == WATCHING[kind]


def is_stuck(kind: str, api_version: str) -> bool:
    """Whether objects of this kind have Pods that live long and that nothing restarts."""
    known = KINDS.get(kind)
    return known is not None and known.stuck and group_of(api_version) in known.groups


def references(obj: Mapping[str, object]) -> list[Reference]:
    """Every reference in the object, each once, those that need no restart included."""
    from krm_secrets.secrets.uses import other_charts

    groups = {id(group): group for workload in workloads(obj) for group in workload.references}
    found = [ref for refs in groups.values() for ref in refs]
    found += elsewhere(obj)
    if obj.get("kind") == "HelmRelease" and group_of(as_text(obj.get("apiVersion"))) == HELM_GROUP:
        found += other_charts.references(obj)
    return list({ref.path: ref for ref in found}.values())


def elsewhere(obj: Mapping[str, object]) -> list[Reference]:
    """The references beside those of its workloads and of its chart's values."""
    from krm_secrets.secrets.uses import catalog

    kind, group = as_text(obj.get("kind")), group_of(as_text(obj.get("apiVersion")))
    found: dict[Path, Reference] = {}
    for ref in catalog.references(obj, kind, group):
        found.setdefault(ref.path, ref)
    if group != HELM_GROUP and (kind not in KINDS or group not in KINDS[kind].groups):
        for ref in _somewhere(obj):
            found.setdefault(ref.path, ref)
    return list(found.values())


def _somewhere(obj: Mapping[str, object]) -> Iterator[Reference]:
    """The references of a kind that nobody told us of: in what is called a template and looks like one of Pods."""
    todo: list[tuple[object, Path]] = [(obj.get("spec"), ("spec",))]
    while todo:
        node, path = todo.pop()
        for key, child in entries(node):
            if isinstance(child, dict):
                pod = child.get("spec")
                is_pod = isinstance(pod, dict) and isinstance(pod.get("containers"), list)
                if is_pod and str(key).lower().endswith(("template", "templatespec")):
                    yield from pod_references(pod, (*path, key, "spec"))
                    continue
            if isinstance(child, (dict, list)):  # as few are
                todo.append((child, (*path, key)))


def workloads(obj: Mapping[str, object], policy: Policy = DEFAULT) -> list[Workload]:
    """The workloads that the object is or makes."""
    kind, group = as_text(obj.get("kind")), group_of(as_text(obj.get("apiVersion")))
    if kind == "HelmRelease" and group == HELM_GROUP:
        return app_template.workloads(obj, policy.reloader.keys)
    known = KINDS.get(kind)
    if known is None or group not in known.groups:
        return []
    return [_workload(obj, known)]


def _idle(kind: _Kind, free: bool) -> str:
    """Why a workload is left alone; empty when it is not."""
    if kind.restarts:
        return "" if free else UNWRITABLE
    return UNSEEN if kind.stuck or kind.alone else ANEW


def _held(obj: Mapping[str, object]) -> str:
    """What keeps a new template of a workload from its Pods."""
    spec = as_map(obj.get("spec"))
    if as_map(spec.get("updateStrategy")).get("type") == "OnDelete":
        return "but OnDelete keeps its Pods until somebody deletes them"
    return "but it is paused" if spec.get("paused") is True else ""


def _workload(obj: Mapping[str, object], kind: _Kind) -> Workload:
    template = obj
    for key in kind.template:
        template = as_map(template.get(key))
    metadata = obj.get("metadata")
    annotations = as_map(metadata).get("annotations")
    free = isinstance(metadata, dict) and (annotations is None or isinstance(annotations, dict))
    pod_path = (*kind.template, "metadata", "annotations")
    return Workload(
        as_text(as_map(metadata).get("namespace")),
        ("metadata", "annotations") if free and kind.restarts else None,
        _idle(kind, free),
        (Annotations(("metadata", "annotations"), as_map(annotations)),),
        (Annotations(pod_path, as_map(as_map(template.get("metadata")).get("annotations"))),),
        (tuple(pod_references(template.get("spec"), (*kind.template, "spec"))),),
        as_text(obj.get("kind")),
        _held(obj) if kind.restarts else "",
    )
