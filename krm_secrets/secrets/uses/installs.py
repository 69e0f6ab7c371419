"""Charts that Argo CD, k3s and kustomize install, in the words of a HelmRelease, with the place of their values.

What reads the values of a HelmRelease then reads these. The place is where a new annotation goes: into the values that
win over the others which the object has, so that a map that stands there is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.uses import values
from krm_secrets.secrets.uses.reference import Reference, Workload
from krm_secrets.secrets.uses.release import REPOSITORY, VALUES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


Object = Mapping[str, object]
Files = Callable[[str, str], object]
"""The values in a file that an object names, by the name and the folder that it is looked for in; None for none."""


class Install(NamedTuple):
    """A chart that an object installs."""

    release: Object
    """A HelmRelease with the same meaning."""
    place: Path
    """Where its values stand, or would stand; below a text they go on in it."""

    def moved(self, path: Path) -> Path:
        """A path in the HelmRelease as one in the object."""
        return (*self.place, *path[len(VALUES) :]) if path[: len(VALUES)] == VALUES else path

    def references(self, found: tuple[Reference, ...]) -> tuple[Reference, ...]:
        """References in the HelmRelease as those of the object."""
        return tuple(ref._replace(path=self.moved(ref.path)) for ref in found)

    def workloads(self, found: Sequence[Workload]) -> Iterator[Workload]:
        """Workloads of the HelmRelease as those of the object; what they share stays shared."""
        groups = {id(group): group for each in found for group in each.references}
        moved = {key: self.references(group) for key, group in groups.items()}
        for each in found:
            yield each._replace(
                place=None if each.place is None else self.moved(each.place),
                annotations=tuple(layer._replace(path=self.moved(layer.path)) for layer in each.annotations),
                pod=tuple(layer._replace(path=self.moved(layer.path)) for layer in each.pod),
                references=tuple(moved[id(group)] for group in each.references),
            )


def no_files(_name: str, _folder: str) -> object:
    """Where nobody can look into files."""
    return None


def installs(obj: Object, kind: str, files: Files = no_files) -> list[Install]:
    """The charts that an object of one of the kinds installs."""
    if kind == "Kustomization":
        return list(_of_kustomize(obj, files))
    if kind.startswith("HelmChart"):
        return [_of_k3s(obj)]
    base: Path = ("spec", "template", "spec") if kind == "ApplicationSet" else ("spec",)
    node: object = obj
    for part in base:
        node = as_map(node).get(str(part))
    return list(_of_argo(obj, as_map(node), base, files))


def _release(name: str, namespace: str, given: object, chart: str, version: str, repository: str) -> Object:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "releaseName": name,
            "values": given,
            "chart": {"spec": {"chart": chart, "version": version, REPOSITORY: repository}},
        },
    }


def _of_k3s(obj: Object) -> Install:
    """A HelmChart, or what a HelmChartConfig adds to one of the same name."""
    metadata, spec = as_map(obj.get("metadata")), as_map(obj.get("spec"))
    name = as_text(metadata.get("name"))
    namespace = as_text(spec.get("targetNamespace")) or as_text(metadata.get("namespace"))
    given = values.parsed(as_text(spec.get("valuesContent")))
    for target, value in as_map(spec.get("set")).items():
        given = values.merged(given, values.set_at(target, _typed(value)))
    chart = as_text(spec.get("chart")) or name
    release = _release(name, namespace, given, chart, as_text(spec.get("version")), as_text(spec.get("repo")))
    return Install(release, ("spec", "valuesContent"))


def _of_argo(obj: Object, spec: Object, base: Path, files: Files) -> Iterator[Install]:
    """The sources of an Application, or of those that an ApplicationSet makes."""
    namespace = as_text(as_map(spec.get("destination")).get("namespace"))
    if "{{" in namespace:
        return  # what an ApplicationSet makes may go anywhere
    name = as_text(as_map(obj.get("metadata")).get("name")) if len(base) == 1 else ""
    sources = as_list(spec.get("sources"))
    placed = [((*base, "sources", n), each) for n, each in enumerate(sources)] or [
        ((*base, "source"), spec.get("source"))
    ]
    for place, node in placed:
        source = as_map(node)
        helm = as_map(source.get("helm"))
        chart = as_text(source.get("chart")) or as_text(source.get("path"))
        if source.get("ref") or not (helm or source.get("chart")):
            continue
        folder = "" if source.get("chart") else as_text(source.get("path"))
        given: object = None
        for file in map(as_text, as_list(helm.get("valueFiles"))):
            # `$name/` is the root of another source, which often is this repository.
            inside = file.partition("/")[2] if file.startswith("$") else file
            given = values.merged(given, files(inside, "" if file.startswith("$") else folder))
        own, field = _own_of_argo(helm)
        given = values.merged(given, own)
        for parameter in map(as_map, as_list(helm.get("parameters"))):
            value = parameter.get("value")
            if parameter.get("forceString") is not True:
                value = _typed(value)
            given = values.merged(given, values.set_at(as_text(parameter.get("name")), value))
        release = _release(
            as_text(helm.get("releaseName")) or name,
            as_text(helm.get("namespace")) or namespace,
            given,
            chart,
            as_text(source.get("targetRevision")),
            as_text(source.get("repoURL")),
        )
        yield Install(release, (*place, "helm", field))


def _own_of_argo(helm: Object) -> tuple[object, str]:
    """The values that a source has itself, and in which field: beside `valuesObject` the text is not read."""
    if isinstance(helm.get("valuesObject"), dict):
        return helm["valuesObject"], "valuesObject"
    text = as_text(helm.get("values"))
    return (values.parsed(text), "values") if text.strip() else (None, "valuesObject")


def _typed(value: object) -> object:
    """A value as Helm takes the text of `--set`, as far as switches go."""
    return value == "true" if value in ("true", "false") else value


def _of_kustomize(obj: Object, files: Files) -> Iterator[Install]:
    """The `helmCharts` of a kustomization."""
    everywhere = as_text(obj.get("namespace"))
    for n, each in enumerate(map(as_map, as_list(obj.get("helmCharts")))):
        given: object = None
        names = [each.get("valuesFile"), *as_list(each.get("additionalValuesFiles"))]
        for file in filter(None, map(as_text, names)):
            given = values.merged(given, files(file, "."))
        inline = each.get("valuesInline")
        if each.get("valuesMerge") == "merge":
            given = values.merged(inline, given)
        else:
            given = inline if each.get("valuesMerge") == "replace" and inline else values.merged(given, inline)
        name, namespace = as_text(each.get("releaseName")), everywhere or as_text(each.get("namespace"))
        chart, version = as_text(each.get("name")), as_text(each.get("version"))
        release = _release(name, namespace, given, chart, version, as_text(each.get("repo")))
        yield Install(release, ("helmCharts", n, "valuesInline"))
