"""Reloader's decision for one workload and one changed Secret, written from its rules and not from our code.

The rules are those of Reloader 1.4, in its own order: what the Secret says of itself; what the workload excludes; the
list of names; search and match; auto. For the last two a container must be found that uses the Secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import re2

DOMAIN = "reloader.stakater.com"
NAMED, AUTO, TYPED = f"secret.{DOMAIN}/reload", f"{DOMAIN}/auto", f"secret.{DOMAIN}/auto"
SEARCH, MATCH, IGNORE = f"{DOMAIN}/search", f"{DOMAIN}/match", f"{DOMAIN}/ignore"
EXCLUDE = f"secrets.exclude.{DOMAIN}/reload"

DECIDING = (NAMED, AUTO, TYPED, SEARCH)
"""Any of these on the workload, whatever it says, hides the annotations of the Pod template."""

TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What Go's ParseBool takes for true: good for auto, not for search, match and ignore, which want "true" itself."""

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""What Reloader looks at. It replaces a Job, and starts one of a CronJob at once."""


class Changed(NamedTuple):
    """A Secret whose data changed."""

    name: str
    annotations: Mapping[str, str] = {}


def reloads(secret: Changed, manifest: Mapping[str, Any]) -> bool:
    """Whether Reloader acts on the object, which must be in the Secret's namespace."""
    if manifest.get("kind") not in TEMPLATES:
        return False
    template: Any = manifest
    for key in TEMPLATES[manifest["kind"]]:
        template = template.get(key) or {}
    annotations, pod = (part.get("metadata", {}).get("annotations") or {} for part in (manifest, template))
    how = decides(secret, annotations, pod)
    # By name it takes the first container when none uses the Secret.
    return how == "named" or (how == "auto" and sees(secret.name, template.get("spec") or {}))


def decides(secret: Changed, workload: Mapping[str, str], pod: Mapping[str, str]) -> str:
    """What the annotations alone say: "named", "auto" or ""."""
    if secret.annotations.get(IGNORE) == "true":
        return ""
    if secret.name in [name.strip() for name in workload.get(EXCLUDE, "").split(",")]:
        return ""
    chosen = workload if any(key in workload for key in DECIDING) else pod
    names, auto, typed, search = (chosen.get(key, "") for key in DECIDING)
    if any(_matches(entry.strip(), secret.name) for entry in names.split(",")):
        return "named"
    searched = search == "true" and secret.annotations.get(MATCH) == "true"
    return "auto" if searched or auto in TRUE or typed in TRUE else ""


def _matches(entry: str, name: str) -> bool:
    """The entry between `^` and `$`, with nothing around it: `a|b` is then `^a` or `b$`. What is no regular
    expression counts for nothing."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.search(f"^{entry}$", name, options=options) is not None
    except re2.error:
        return False


def sees(name: str, pod: Mapping[str, Any]) -> bool:
    """Whether a container is found that uses the Secret: by a volume that it mounts, or by its environment.

    Of several volumes with the Secret only the first is looked for among the mounts.
    """
    containers = [*(pod.get("containers") or ()), *(pod.get("initContainers") or ())]
    volume = next((v["name"] for v in pod.get("volumes") or () if name in _sources(v)), None)
    mounts = [mount["name"] for each in containers for mount in each.get("volumeMounts") or ()]
    return volume in mounts or any(name in _environment(each) for each in containers)


def _sources(volume: Mapping[str, Any]) -> Iterator[str]:
    yield (volume.get("secret") or {}).get("secretName", "")
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield (source.get("secret") or {}).get("name", "")


def _environment(container: Mapping[str, Any]) -> Iterator[str]:
    for variable in container.get("env") or ():
        yield ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name", "")
    for source in container.get("envFrom") or ():
        yield (source.get("secretRef") or {}).get("name", "")


def used_by(pod: Mapping[str, Any]) -> set[str]:
    """The Secrets that the Pod's containers read when they start, whether or not Reloader sees it."""
    groups = [pod.get(group) or [] for group in ("containers", "initContainers", "ephemeralContainers")]
    containers = [each for group in groups for each in group]
    mounted = {mount["name"] for each in containers for mount in each.get("volumeMounts") or ()}
    volumes = [volume for volume in pod.get("volumes") or () if volume["name"] in mounted]
    found = {name for each in containers for name in _environment(each)}
    found |= {name for volume in volumes for name in _sources(volume)}
    found |= {((volume.get("csi") or {}).get("nodePublishSecretRef") or {}).get("name", "") for volume in volumes}
    return found - {""}
