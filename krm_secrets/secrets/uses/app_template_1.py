"""HelmReleases of app-template 1.x, which makes one workload of values without `controllers`.

Checked against the common library 1.x: `controller.annotations` and `global.annotations` are the workload's.
"""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses.pods import container_references, pull_references, volume_references
from krm_secrets.secrets.uses.reference import (
    ANEW,
    PATCHED,
    UNWRITABLE,
    Annotations,
    Reference,
    Workload,
    is_optional,
    item_keys,
)
from krm_secrets.secrets.uses.release import CONTROLLERS, RESTARTED, VALUES, Chart

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


CONTROLLER: Path = (*VALUES, "controller", "annotations")

_OWN = ("image", "controller", "env", "envFrom", "persistence")
_CONTAINERS = ("initContainers", "additionalContainers", "sidecars")


def is_first(chart: Chart, values: Mapping[str, object]) -> bool:
    """Whether the values of app-template have the form of its first version."""
    if "controllers" in values or not any(key in values for key in _OWN):
        return False
    return not chart.version or chart.is_before(2, 0)


def workload(values: Mapping[str, object], namespace: str, rendered: Annotations, patched: bool) -> Workload | None:
    """The one workload; None when it is switched off. Names are not rendered yet."""
    controller = as_map(values.get("controller"))
    if controller.get("enabled") is False:
        return None
    annotations = controller.get("annotations")
    free = annotations is None or isinstance(annotations, dict)
    restarted = (controller.get("type") or RESTARTED[0]) in RESTARTED
    idle = ANEW if not restarted else PATCHED if patched else "" if free else UNWRITABLE
    everywhere = as_map(as_map(values.get("global")).get("annotations"))
    return Workload(
        namespace,
        None if idle else CONTROLLER,
        idle,
        (
            rendered,
            Annotations(CONTROLLER, as_map(annotations)),
            Annotations((*VALUES, "global", "annotations"), everywhere),
        ),
        (Annotations((*VALUES, "podAnnotations"), as_map(values.get("podAnnotations"))),),
        (tuple(_references(values)),),
        CONTROLLERS.get(as_text(controller.get("type") or RESTARTED[0]), ""),
    )


def _references(values: Mapping[str, object]) -> Iterator[Reference]:
    yield from _env(values.get("env"))
    yield from container_references({"envFrom": values.get("envFrom")}, VALUES, True)
    for group in _CONTAINERS:
        for name, container in entries(values.get(group)):
            yield from container_references(container, (*VALUES, group, name), True)
    for name, item in entries(values.get("persistence")):
        volume = as_map(item)
        path = (*VALUES, "persistence", name)
        if volume.get("enabled") is False:
            continue
        if volume.get("type") == "secret" and (secret := as_text(volume.get("name"))):
            yield Reference(secret, (*path, "name"), item_keys(volume.get("items")))
        elif volume.get("type") == "custom":
            yield from volume_references(volume.get("volumeSpec"), (*path, "volumeSpec"), True, True)
    yield from pull_references(values.get("imagePullSecrets"), (*VALUES, "imagePullSecrets"))


def _env(node: object) -> Iterator[Reference]:
    """Variables as a list, or as a map by their names."""
    for index, variable in entries(node):
        for place in ((), ("valueFrom",)):
            source = as_map(variable)
            for part in place:
                source = as_map(source.get(part))
            ref = as_map(source.get("secretKeyRef"))
            if name := as_text(ref.get("name")):
                key = as_text(ref.get("key"))
                path = (*VALUES, "env", index, *place, "secretKeyRef", "name")
                yield Reference(name, path, (key,) if key else (), optional=is_optional(ref))
