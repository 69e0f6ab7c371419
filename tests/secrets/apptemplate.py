"""What app-template renders of a release's values, as far as Secrets and annotations go.

Written from the templates' behaviour (common library 3 to 5) and not from our code, so that the two can be compared.
A template other than those that name the release stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
    "job": "Job",
}
_RELEASE = re.compile(r"{{-?\s*\$?\.Release\.(Name|Namespace)\s*-?}}")


def render(release: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The workloads of a HelmRelease; `defaults` are values that a chart made from app-template brings itself."""
    values = merged(defaults or {}, release["spec"].get("values") or {})
    chart = _Chart(values, *names(release))
    controllers = (values.get("controllers") or {}).items()
    return [chart.workload(name, each) for name, each in controllers if each and each.get("enabled", True)]


def names(release: Mapping[str, Any]) -> tuple[str, str]:
    """The name and namespace that Flux gives to the release."""
    metadata, spec = release["metadata"], release["spec"]
    target = spec.get("targetNamespace")
    name = spec.get("releaseName") or (f"{target}-{metadata['name']}" if target else metadata["name"])
    return name, target or metadata.get("namespace", "")


def merged(base: Any, over: Any) -> Any:
    """Two maps as Helm merges values: maps key by key, anything else replaced, null removes."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    both = {key: merged(base.get(key), over[key]) if key in over else base[key] for key in {**base, **over}}
    return {key: value for key, value in both.items() if value is not None}


class _Chart:
    def __init__(self, values: Mapping[str, Any], name: str, namespace: str) -> None:
        self.values, self.name, self.namespace = values, name, namespace

    def tpl(self, text: str) -> str:
        return _RELEASE.sub(lambda found: self.name if found[1] == "Name" else self.namespace, text)

    def workload(self, name: str, controller: Mapping[str, Any]) -> dict[str, Any]:
        kind = KINDS[controller.get("type") or "deployment"]
        everywhere = (self.values.get("global") or {}).get("annotations") or {}
        template = {
            "metadata": {"annotations": self.strings(self.pod_option(controller, "annotations") or {})},
            "spec": self.pod(name, controller),
        }
        spec: dict[str, Any] = {"template": template}
        return {
            "apiVersion": "batch/v1" if kind in ("Job", "CronJob") else "apps/v1",
            "kind": kind,
            "metadata": {
                "name": f"{self.name}-{name}",
                "namespace": self.namespace,
                "annotations": self.strings({**everywhere, **(controller.get("annotations") or {})}),
            },
            "spec": {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec,
        }

    def strings(self, annotations: Mapping[str, Any]) -> dict[str, str]:
        """The values as text; without quotes true and false stay what they are, which no API server takes."""
        return {key: self.tpl(value) for key, value in annotations.items() if isinstance(value, str)}

    def pod(self, name: str, controller: Mapping[str, Any]) -> dict[str, Any]:
        groups = {
            group: [
                self.container(name, controller, group, key, each)
                for key, each in (controller.get(group) or {}).items()
                if each.get("enabled", True)
            ]
            for group in ("containers", "initContainers")
        }
        pull = [
            {**each, "name": self.tpl(each["name"])} for each in self.pod_option(controller, "imagePullSecrets") or ()
        ]
        return {**groups, "volumes": list(self.volumes(name)), "imagePullSecrets": pull}

    def pod_option(self, controller: Mapping[str, Any], field: str) -> Any:
        default = (self.values.get("defaultPodOptions") or {}).get(field)
        own = (controller.get("pod") or {}).get(field)
        if own and default and self.values.get("defaultPodOptionsStrategy") == "merge":
            return merged(default, own)
        return own or default

    def container(
        self, name: str, controller: Mapping[str, Any], group: str, key: str, own: Mapping[str, Any]
    ) -> dict[str, Any]:
        def option(field: str) -> Any:
            defaults = [self.values.get("defaultContainerOptions"), controller.get("defaultContainerOptions")]
            if group == "initContainers" and controller.get("applyDefaultContainerOptionsToInitContainers") is False:
                defaults = []
            found = next((each[field] for each in reversed(defaults) if each and each.get(field)), None)
            merge = controller.get("defaultContainerOptionsStrategy") == "merge"
            return merged(found, own[field]) if merge and found and own.get(field) else own.get(field) or found

        return {
            "name": key,
            "env": list(self.env(option("env"))),
            "envFrom": list(self.env_from(option("envFrom") or [])),
            "volumeMounts": list(self.mounts(name, key)),
        }

    def env(self, node: Any) -> Iterator[dict[str, Any]]:
        pairs = node.items() if isinstance(node, Mapping) else [(each.get("name"), each) for each in node or ()]
        for name, value in pairs:
            if not isinstance(value, Mapping):
                yield {"name": name, "value": str(value)}
            elif "value" in value:
                yield {"name": name, "value": str(value["value"])}
            else:
                source = dict(value.get("valueFrom") or {k: v for k, v in value.items() if k != "name"})
                if reference := source.get("secretKeyRef"):
                    source["secretKeyRef"] = {**reference, "name": self.secret(reference)}
                yield {"name": name, "valueFrom": source}

    def env_from(self, sources: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for source in sources:
            if "secret" in source:
                own = source["secret"] in (self.values.get("secrets") or {})
                yield {"secretRef": {"name": self.own(source["secret"]) if own else self.tpl(source["secret"])}}
            elif "externalSecretRef" in source:
                yield {"secretRef": {"name": self.external(source["externalSecretRef"]["identifier"])}}
            elif "secretRef" in source:
                yield {"secretRef": {"name": self.secret(source["secretRef"])}}

    def secret(self, reference: Mapping[str, Any]) -> str:
        identifier = reference.get("identifier")
        return self.own(identifier) if identifier else self.tpl(reference["name"])

    def own(self, identifier: str) -> str:
        """A name for one of the chart's own Secrets, which no Secret of a stream has."""
        return f"<own Secret {identifier}>"

    def external(self, identifier: str) -> str:
        """The Secret of one of the chart's own ExternalSecrets."""
        found = self.values["externalSecrets"][identifier]
        return str((found.get("target") or {}).get("name") or f"<own ExternalSecret {identifier}>")

    def volumes(self, controller: str) -> Iterator[dict[str, Any]]:
        for name, item in self.persistence():
            advanced = item.get("advancedMounts") or {}
            if not item.get("globalMounts") and advanced and not advanced.get(controller):
                continue
            if item.get("type") == "secret":
                yield {"name": name, "secret": {"secretName": self.secret(item)}}
            elif item.get("type") == "custom":
                yield {**item["volumeSpec"], "name": name}

    def mounts(self, controller: str, container: str) -> Iterator[dict[str, Any]]:
        for name, item in self.persistence():
            everywhere, advanced = item.get("globalMounts") or [], item.get("advancedMounts") or {}
            mounts = [*everywhere, *((advanced.get(controller) or {}).get(container) or ())]
            if not everywhere and not advanced:
                mounts = [{}]
            for mount in mounts:
                yield {"name": name, "mountPath": mount.get("path", f"/{name}")}

    def persistence(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        volumes = self.values.get("persistence") or {}
        for name, item in sorted(volumes.items(), key=lambda each: str(each[0])):  # as Go's templates do
            if item.get("enabled", True):
                yield name, item
