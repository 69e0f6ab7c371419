"""How the cluster's Reloader was started, as its own installation in the repository says.

That is a chart that Flux, Argo CD, k3s or kustomize installs, or the rendered Deployment. What the values come to is
read as the chart's templates have it (2.2), and flags as the program does.
"""

from __future__ import annotations

import re

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, Problem
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.uses.release import Chart, Release
from krm_secrets.secrets.uses.workloads import HELM_GROUP, installs
from krm_secrets.settings.restarts import Reloader, read_reloader
from krm_secrets.shape import Node
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krm_secrets.secrets.uses.helm_values import Read

# The chart or the image, and none of its annotations, which stand everywhere.
_SIGN = re.compile(r"\breloader\b(?!\.stakater\.com)")
_CHART = "reloader"
_CONFIG = "HelmChartConfig"
"""What adds values to a HelmChart of its name."""

_CUSTOM = {
    "auto": "autoAnnotation",
    "secret_auto": "secretAutoAnnotation",
    "secret": "secretAnnotation",
    "search": "autoSearchAnnotation",
    "match": "searchMatchAnnotation",
    "ignore": "ignoreAnnotation",
    "pausePeriod": "pauseDeploymentAnnotation",
    "configmap": "configmapAnnotation",
    "configmap_auto": "configmapAutoAnnotation",
}
_SWITCHES = ("autoReloadAll", "isArgoRollouts", "reloadOnCreate", "syncAfterRestart")
_FLAGS = {
    "auto-annotation": "autoAnnotation",
    "secret-auto-annotation": "secretAutoAnnotation",
    "secret-annotation": "secretAnnotation",
    "auto-search-annotation": "autoSearchAnnotation",
    "search-match-annotation": "searchMatchAnnotation",
    "ignore-annotation": "ignoreAnnotation",
    "pause-deployment-annotation": "pauseDeploymentAnnotation",
    "configmap-annotation": "configmapAnnotation",
    "configmap-auto-annotation": "configmapAutoAnnotation",
    "auto-reload-all": "autoReloadAll",
    "is-Argo-Rollouts": "isArgoRollouts",
    "reload-on-create": "reloadOnCreate",
    "sync-after-restart": "syncAfterRestart",
    "namespaces": "namespaces",
    "namespaces-to-ignore": "namespacesToIgnore",
    "namespace-selector": "namespaceSelector",
    "resource-label-selector": "resourceLabelSelector",
    "resources-to-ignore": "resourcesToIgnore",
    "ignored-workload-types": "ignoredWorkloadTypes",
}
_BARE = ("auto-reload-all", "sync-after-restart", "enable-ha", "enable-pprof", "enable-csi-integration")
"""Flags that may stand without a value."""


class Installation(NamedTuple):
    """What is known of a Reloader: the fields of `reloader` in a configuration, and where they were read."""

    fields: Mapping[str, object]
    file: str
    complete: bool = True
    """Whether all its values are here, so that what they do not say has its default."""

    @property
    def flags(self) -> Reloader:
        """The flags that it was started with."""
        found = read_reloader(Node(dict(self.fields), (), []))._replace(given=frozenset(), source=self.file)
        return found._replace(rollouts=bool(found.rollouts)) if self.complete else found


def installation(items: Iterable[Resource], read: Read) -> Installation | None:
    """The Reloader that objects install; `read` knows the files that generators list.

    Of several in one repository, as for several clusters, only that is taken in which all agree.
    """
    sources: dict[int, bool] = {}
    likely = []
    for item in items:
        source = item.slot.source
        if id(source) not in sources:
            sources[id(source)] = source.holds(_CHART) and _SIGN.search(source.text) is not None
        if sources[id(source)]:
            likely.append(item)
    found = [each for item in likely for each in _of(item, likely, read)]
    if not found:
        return None
    first, *others = found
    fields = {
        field: value
        for field, value in first.fields.items()
        if all(each.fields.get(field) == value for each in others) and _is_right(field, value)
    }
    files = ", ".join(dict.fromkeys(each.file for each in found))
    return Installation(fields, files, all(each.complete and each.fields == first.fields for each in found))


def _is_right(field: str, value: object) -> bool:
    """Whether a configuration could say it, too: what is yet to be filled in tells nothing."""
    problems: list[Problem] = []
    read_reloader(Node({field: value}, (), problems))
    return not problems and "${" not in str(value) and "{{" not in str(value)


def _of(item: Resource, items: list[Resource], read: Read) -> Iterator[Installation]:
    file = item.location().file or str(item.ref)
    try:
        if item.kind == "Deployment" and group_of(item.api_version) == "apps":
            yield from _of_deployment(item.data, file)
        elif item.kind == "HelmRelease" and group_of(item.api_version) == HELM_GROUP:
            from krm_secrets.secrets.uses.helm_values import Releases

            yield from _of_release(Releases(items, read).whole(item), file)
        elif installs(item.kind, item.api_version) and item.kind != _CONFIG:
            from krm_secrets.secrets.uses.installs import installs as charts

            for chart in charts(item.data, item.kind):
                yield from _of_release(chart.release, file, [each for each in items if each.kind == _CONFIG])
    except (YamlError, Failure):
        return  # said where the object itself is read, or by whoever reads the text in it


def _of_release(obj: Mapping[str, object], file: str, added: Iterable[Resource] = ()) -> Iterator[Installation]:
    """The Reloader that a HelmRelease installs; `added` are objects that may add values to one of k3s."""
    from krm_secrets.secrets.uses import values
    from krm_secrets.secrets.uses.installs import installs as charts

    spec, release = as_map(obj.get("spec")), Release.of(obj)
    if _CHART not in (Chart.of(spec).name, as_text(as_map(spec.get("chartRef")).get("name"))):
        return
    given: object = release.values
    for other in (each for each in added if each.ref.name == release.name):
        for chart in charts(other.data, _CONFIG):
            given = values.merged(given, Release.of(chart.release).values)
    yield Installation(_fields(as_map(given), release.namespace), file, not as_list(spec.get("valuesFrom")))


def _of_deployment(data: Mapping[str, object], file: str) -> Iterator[Installation]:
    pod = as_map(as_map(as_map(data.get("spec")).get("template")).get("spec"))
    for container in map(as_map, as_list(pod.get("containers"))):
        if _last(as_text(container.get("image"))).partition("@")[0].partition(":")[0] == _CHART:
            fields = _arguments([*as_list(container.get("command")), *as_list(container.get("args"))])
            for variable in map(as_map, as_list(container.get("env"))):
                if variable.get("name") == "KUBERNETES_NAMESPACE" and "namespaces" not in fields:
                    own = as_text(as_map(data.get("metadata")).get("namespace"))
                    fields |= _only([as_text(variable.get("value")) or own])
            yield Installation(fields, file)


def _last(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2]


def _fields(chart: Mapping[str, object], released: str) -> dict[str, object]:
    """What the values of the chart come to."""
    values = as_map(chart.get("reloader"))
    found: dict[str, object] = {key: True for key in _SWITCHES if values.get(key) is True}
    custom = as_map(values.get("custom_annotations"))
    found |= {field: custom[key] for key, field in _CUSTOM.items() if custom.get(key)}
    if custom and values.get("webhookUrl"):
        found["webhook"] = True
    home = as_text(chart.get("namespace")) or released
    listed = values.get("namespaces")
    is_global = values.get("watchGlobally") is not False
    if listed:
        names = listed if isinstance(listed, list) else as_text(listed).split(",")
        found |= _only([home, *(str(name).strip() for name in names)])
    elif not is_global:
        found |= _only([home])
    if is_global and (ignored := _words(values.get("ignoreNamespaces"))):
        found["namespacesToIgnore"] = ignored
    if is_global and values.get("namespaceSelector"):
        found["namespaceSelector"] = values["namespaceSelector"]
    if values.get("resourceLabelSelector"):
        found["resourceLabelSelector"] = values["resourceLabelSelector"]
    if values.get("ignoreSecrets"):
        found["resourcesToIgnore"] = ["secrets"]
    types = [kind for kind, key in (("jobs", "ignoreJobs"), ("cronjobs", "ignoreCronJobs")) if values.get(key)]
    return found | ({"ignoredWorkloadTypes": types} if types else {})


def _only(namespaces: list[str]) -> dict[str, object]:
    """The namespaces that it looks at; nothing where nobody knows its own."""
    return {"namespaces": sorted(set(namespaces) - {""})} if namespaces[0] else {}


def _words(text: object) -> list[str]:
    """The entries of a flag's list, between which no space may stand: it would belong to a name."""
    return list(dict.fromkeys(word for word in as_text(text).split(",") if word and word == word.strip()))


def _arguments(words: list[object]) -> dict[str, object]:
    """What the flags of a command line come to."""
    found: dict[str, object] = {}
    rest = [str(word) for word in words][::-1]
    while rest:
        word = rest.pop()
        if not word.startswith("--"):
            continue
        name, given, value = word[2:].partition("=")
        if not given and name not in _BARE and rest:
            value = rest.pop()
        field = _FLAGS.get(name, "")
        if name == "webhook-url" and value:
            found["webhook"] = True
        elif field in _SWITCHES:
            found[field] = value in ("", "true")
        elif field.endswith(("Annotation", "Selector")) and value:
            found[field] = value.strip('"')
        elif field and value:
            before = as_list(found.get(field))
            found[field] = [*before, *(each for each in _words(value) if each not in before)]
    return found
