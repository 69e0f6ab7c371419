"""HelmReleases of the bjw-s app-template and of charts made from it: the workloads that their values describe.

Checked against the common library 2.x to 5.x. A chart of another make yields nothing here.
"""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets import reloader
from krm_secrets.secrets.uses import app_template_1
from krm_secrets.secrets.uses.app_template_volumes import Volumes, external, is_enabled, volumes
from krm_secrets.secrets.uses.pods import pull_references
from krm_secrets.secrets.uses.reference import (
    ANEW,
    PATCHED,
    UNWRITABLE,
    Annotations,
    Reference,
    Workload,
    is_optional,
)
from krm_secrets.secrets.uses.release import CONTROLLERS, RESTARTED, VALUES, Chart, Release
from krm_secrets.settings.restarts import KEYS, Keys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Chart(QuietTuple):
    """What all controllers of a release share."""

    values: Mapping[str, object]
    release: Release
    rendered: Annotations
    """What Flux itself puts on every object of the release."""
    patched: bool
    """Whether the author's post renderers have to do with restarts."""
    own: bool
    """Whether the chart is app-template itself, whose defaults we know."""
    volumes: Volumes
    """Those of `persistence`."""
    defaults: Mapping[str, tuple[Reference, ...]]
    """By field: what containers and Pods take from the default options of the release."""


def workloads(obj: Mapping[str, object], keys: Keys = KEYS) -> list[Workload]:
    """One workload for each enabled controller."""
    spec = as_map(obj.get("spec"))
    values = as_map(spec.get("values"))
    controllers = {
        key: as_map(value)
        for key, value in entries(as_map(values.get("controllers")))
        if isinstance(key, str) and isinstance(value, dict) and is_enabled(value)
    }
    own = names_app_template(spec)
    patched = reloader.mentions(spec.get("postRenderers"), keys)
    if own and "controllers" not in values and app_template_1.is_first(Chart.of(spec), values):
        return _first(obj, values, patched)
    if not own and not _has_form(controllers):
        return []
    release = Release.of(obj)
    chart = _Chart(
        values,
        release,
        rendered(spec),
        patched,
        own,
        volumes(values, release, controllers),
        _defaults(values, release),
    )
    return [_workload(chart, name, controller) for name, controller in controllers.items()]


def _first(obj: Mapping[str, object], values: Mapping[str, object], patched: bool) -> list[Workload]:
    release = Release.of(obj)
    found = app_template_1.workload(values, release.namespace, rendered(as_map(obj.get("spec"))), patched)
    if found is None:
        return []
    return [found._replace(references=tuple(tuple(release.named(group)) for group in found.references))]


def is_app_template(obj: Mapping[str, object]) -> bool:
    """Whether the chart is app-template or seems to be made from it."""
    spec = as_map(obj.get("spec"))
    return names_app_template(spec) or _has_form(as_map(as_map(spec.get("values")).get("controllers")))


def names_app_template(spec: Mapping[str, object]) -> bool:
    """Whether the chart is app-template by name."""
    names = (Chart.of(spec).name, as_text(as_map(spec.get("chartRef")).get("name")))
    return any("app-template" in name for name in names)


def _has_form(controllers: Mapping[str, object]) -> bool:
    """Whether a controller has containers by name, as only this family of charts has."""
    containers = (as_map(as_map(controller).get("containers")) for controller in controllers.values())
    return any(isinstance(container, dict) for each in containers for container in each.values())


def rendered(spec: Mapping[str, object]) -> Annotations:
    """The annotations that Flux puts on every object of a release."""
    entries = as_map(as_map(spec.get("commonMetadata")).get("annotations"))
    return Annotations(("spec", "commonMetadata", "annotations"), entries)


def _workload(chart: _Chart, name: str, controller: Mapping[str, object]) -> Workload:
    base: Path = (*VALUES, "controllers", name)
    path = (*base, "annotations")
    annotations = controller.get("annotations")
    free = annotations is None or isinstance(annotations, dict)
    everywhere = as_map(as_map(chart.values.get("global")).get("annotations"))
    references, shared = _references(chart, base, controller)
    own, common = chart.volumes.of(name)
    idle = ANEW if not _restarts(chart, controller) else PATCHED if chart.patched else "" if free else UNWRITABLE
    return Workload(
        chart.release.namespace,
        None if idle else path,
        idle,
        (
            chart.rendered,
            Annotations(path, chart.release.filled(as_map(annotations))),
            Annotations((*VALUES, "global", "annotations"), chart.release.filled(everywhere)),
        ),
        _pod_annotations(chart, base, controller),
        ((*references, *own), common, *shared),
        CONTROLLERS.get(as_text(controller.get("type") or RESTARTED[0]), "") if not idle or chart.own else "",
    )


def _restarts(chart: _Chart, controller: Mapping[str, object]) -> bool:
    kind = controller.get("type")
    if not kind and not chart.own and ("cronjob" in controller or "job" in controller):
        # A chart made from app-template may set the type in defaults that we cannot see.
        return False
    return (kind or "deployment") in RESTARTED


def _pod_annotations(chart: _Chart, base: Path, controller: Mapping[str, object]) -> tuple[Annotations, ...]:
    own = as_map(as_map(controller.get("pod")).get("annotations"))
    default = as_map(as_map(chart.values.get("defaultPodOptions")).get("annotations"))
    layers = (
        Annotations((*base, "pod", "annotations"), own),
        Annotations((*VALUES, "defaultPodOptions", "annotations"), default),
    )
    merge = chart.values.get("defaultPodOptionsStrategy") == "merge"
    return layers if merge or not own else layers[:1]


def _references(
    chart: _Chart, base: Path, controller: Mapping[str, object]
) -> tuple[list[Reference], list[tuple[Reference, ...]]]:
    """What the controller's containers and Pod name themselves, and the global defaults that they fall back on."""
    found: list[Reference] = []
    inherited: dict[str, None] = {}
    merge = controller.get("defaultContainerOptionsStrategy") == "merge"
    for group in ("containers", "initContainers"):
        # Anything but true keeps the defaults away from the init containers, as the chart's template has it.
        inherits = group == "containers" or controller.get("applyDefaultContainerOptionsToInitContainers", True) is True
        for name, container in entries(as_map(controller.get(group))):
            if not isinstance(container, dict) or not is_enabled(container):
                continue
            for field in ("env", "envFrom"):
                if own := container.get(field):
                    found += _options(chart.values, chart.release, container, (*base, group, name), field)
                if inherits and (not own or (merge and isinstance(own, dict))):
                    inherited[field] = None
    shared = []
    defaults = as_map(controller.get("defaultContainerOptions"))
    for field in inherited:
        if defaults.get(field):
            found += _options(chart.values, chart.release, defaults, (*base, "defaultContainerOptions"), field)
        elif chart.defaults[field]:
            shared.append(chart.defaults[field])
    if pull := as_map(controller.get("pod")).get("imagePullSecrets"):
        found += chart.release.named(pull_references(pull, (*base, "pod", "imagePullSecrets")))
    elif chart.defaults["imagePullSecrets"]:
        shared.append(chart.defaults["imagePullSecrets"])
    return found, shared


def _defaults(values: Mapping[str, object], release: Release) -> dict[str, tuple[Reference, ...]]:
    base, options = (*VALUES, "defaultContainerOptions"), as_map(values.get("defaultContainerOptions"))
    pull = as_map(values.get("defaultPodOptions")).get("imagePullSecrets")
    if not options and not pull:
        return _NO_DEFAULTS
    return {
        "env": tuple(_options(values, release, options, base, "env")),
        "envFrom": tuple(_options(values, release, options, base, "envFrom")),
        "imagePullSecrets": tuple(
            release.named(pull_references(pull, (*VALUES, "defaultPodOptions", "imagePullSecrets")))
        ),
    }


_NO_DEFAULTS: dict[str, tuple[Reference, ...]] = {"env": (), "envFrom": (), "imagePullSecrets": ()}


def _options(
    values: Mapping[str, object], release: Release, options: Mapping[str, object], base: Path, field: str
) -> Iterator[Reference]:
    """The references in the `env` or `envFrom` of a container or of default options."""
    path = (*base, field)
    if field == "env":
        return release.named(_env(options.get(field), path))
    return release.named(_env_from(values, release, options.get(field), path))


def _env(node: object, path: Path) -> Iterator[Reference]:
    for index, variable in entries(node):
        source, place = as_map(variable), (*path, index)
        if "value" in source:
            continue
        if "valueFrom" in source:
            source, place = as_map(source["valueFrom"]), (*place, "valueFrom")
        ref = as_map(source.get("secretKeyRef"))
        # An identifier means one of the chart's own Secrets, for which the chart restarts by itself.
        if (name := as_text(ref.get("name"))) and not ref.get("identifier"):
            key = as_text(ref.get("key"))
            path_of_name = (*place, "secretKeyRef", "name")
            yield Reference(name, path_of_name, (key,) if key else (), optional=is_optional(ref))


def _env_from(values: Mapping[str, object], release: Release, node: object, path: Path) -> Iterator[Reference]:
    own = as_map(values.get("secrets"))
    for index, item in entries(node):
        source = as_map(item)
        # The chart looks among its own Secrets first and takes any other text as a name.
        if (name := as_text(source.get("secret"))) and name not in own:
            yield Reference(name, (*path, index, "secret"))
        ref = as_map(source.get("secretRef"))
        if (name := as_text(ref.get("name"))) and not ref.get("identifier"):
            yield Reference(name, (*path, index, "secretRef", "name"), optional=is_optional(ref))
        elif identifier := as_text(as_map(source.get("externalSecretRef")).get("identifier")):
            yield from external(release, identifier, (*path, index, "externalSecretRef", "identifier"))
