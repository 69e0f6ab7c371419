"""Kinds whose CRDs the cluster does not have (Flux's Kustomization, CloudNativePG's Cluster): taken as they come."""

from __future__ import annotations

from collections.abc import Iterable

from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster, until


def add_unknown_kinds(cluster: Cluster, objects: Iterable[Object]) -> list[str]:
    """Make the API server know the kinds of these objects; the names of those it did not know."""
    known: dict[str, set[str]] = {}
    made: dict[str, tuple[str, str]] = {}
    for value in objects:
        group, slash, version = value["apiVersion"].partition("/")
        kind = value["kind"]
        if not slash or (group, kind) in made.values():
            continue
        path = f"/apis/{group}/{version}"
        if path not in known:
            found = cluster.api.find(path)
            known[path] = {each["kind"] for each in found["resources"]} if found else set()
        if kind not in known[path]:
            definition = _definition(group, version, kind)
            cluster.api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
            made[definition["metadata"]["name"]] = (group, kind)
    for name in made:
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
        until(lambda path=path: _is_established(cluster.api.get(path)), lambda name=name: f"{name} established")  # type: ignore[misc]
    return sorted(made)


def _definition(group: str, version: str, kind: str) -> Object:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
    }


def _is_established(definition: Object) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
