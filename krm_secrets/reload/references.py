"""The workloads of one Kubernetes object, and every place in it that names a Secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from krm_secrets.reload import helmrelease
from krm_secrets.reload.podspec import pod_references
from krm_secrets.reload.workload import Annotations, Reference, Workload, as_map, as_text

HELM_GROUP = "helm.toolkit.fluxcd.io"


class _Kind(NamedTuple):
    groups: tuple[str, ...]
    template: tuple[str, ...]
    """Where the Pod template stands."""
    restarts: bool = False
    """Whether Reloader rolls it. It would start a CronJob at once and replace a Job, which nobody asked for."""


KINDS: Mapping[str, _Kind] = {
    "Deployment": _Kind(("apps", "extensions"), ("spec", "template"), True),
    "StatefulSet": _Kind(("apps",), ("spec", "template"), True),
    "DaemonSet": _Kind(("apps", "extensions"), ("spec", "template"), True),
    "ReplicaSet": _Kind(("apps", "extensions"), ("spec", "template")),
    "ReplicationController": _Kind(("",), ("spec", "template")),
    "Job": _Kind(("batch",), ("spec", "template")),
    "CronJob": _Kind(("batch",), ("spec", "jobTemplate", "spec", "template")),
    "PodTemplate": _Kind(("",), ("template",)),
    "Pod": _Kind(("",), ()),
}


def restarts(kind: str, api_version: str) -> bool:
    """Whether objects of this kind can hold workloads that an annotation restarts."""
    if kind == "HelmRelease":
        return _group(api_version) == HELM_GROUP
    known = KINDS.get(kind)
    return known is not None and known.restarts and _group(api_version) in known.groups


def references(obj: Mapping[str, object]) -> list[Reference]:
    """Every reference in the object, each once, those that need no restart included."""
    groups = {id(group): group for workload in workloads(obj) for group in workload.references}
    return list({ref.path: ref for group in groups.values() for ref in group}.values())


def workloads(obj: Mapping[str, object]) -> list[Workload]:
    """The workloads that the object is or makes."""
    kind, group = as_text(obj.get("kind")), _group(as_text(obj.get("apiVersion")))
    if kind == "HelmRelease" and group == HELM_GROUP:
        return helmrelease.workloads(obj)
    known = KINDS.get(kind)
    if known is None or group not in known.groups:
        return []
    return [_workload(obj, known)]


def _workload(obj: Mapping[str, object], kind: _Kind) -> Workload:
    template = obj
    for key in kind.template:
        template = as_map(template.get(key))
    metadata = obj.get("metadata")
    annotations = as_map(metadata).get("annotations")
    free = isinstance(metadata, Mapping) and (annotations is None or isinstance(annotations, Mapping))
    pod_path = (*kind.template, "metadata", "annotations")
    return Workload(
        as_text(as_map(metadata).get("namespace")),
        ("metadata", "annotations") if free and kind.restarts else None,
        (Annotations(("metadata", "annotations"), as_map(annotations)),),
        (Annotations(pod_path, as_map(as_map(template.get("metadata")).get("annotations"))),),
        (tuple(pod_references(template.get("spec"), (*kind.template, "spec"))),),
    )


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
