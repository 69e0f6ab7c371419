"""What restarts the workloads of charts that are not made from app-template: the author's choices, or a patch of ours.

Where such a chart takes annotations for its workloads differs from chart to chart and from version to version, so
Flux is asked to put the annotation on what the chart renders. That is done only where the values name a Secret in
one of the usual forms, and not at all where the author chose in any place.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_map, entries
from krm_secrets.secrets import regex_list, reloader, reloader_scope
from krm_secrets.secrets.reloader import Reading
from krm_secrets.secrets.uses import operated, sdk_server
from krm_secrets.secrets.uses.app_template import rendered
from krm_secrets.secrets.uses.finder import Found
from krm_secrets.secrets.uses.reference import PATCHED, Annotations
from krm_secrets.secrets.uses.release import VALUES, Chart
from krm_secrets.settings.restarts import Keys, Policy

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping


KINDS = "(Deployment|StatefulSet|DaemonSet)"
"""kustomize's own anchored expression: what Reloader rolls, but for Jobs."""


class Patch(NamedTuple):
    """A patch by which Flux puts an annotation on the workloads of a release."""

    key: str
    value: str

    def renderer(self) -> dict[str, object]:
        """The entry for `spec.postRenderers`; as a strategic merge it needs no annotations to be there."""
        patch = (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: any\n"
            f'  annotations:\n    {self.key}: "{self.value}"\n'
        )
        return {"kustomize": {"patches": [{"target": {"kind": KINDS}, "patch": patch}]}}


def read(found: Found, policy: Policy, labels: Callable[[str], Mapping[str, object] | None]) -> Reading:
    """What Reloader reads at the workloads of the release, as far as the chart puts the annotations on them.

    `labels` knows those of namespaces.
    """
    flags = policy.reloader
    layers = (
        tuple(_choices(found.obj, flags.keys))
        if found.kind == "HelmRelease"
        else tuple(_of_installs(found, flags.keys))
    )
    named = [each.entries[flags.keys.named] for each in layers if flags.keys.named in each.entries]
    lists = tuple(regex_list.parse(reloader.text_of(each)) for each in named)
    idle = PATCHED if reloader.mentions(found.renderers, flags.keys) else ""
    ignored, unless = reloader_scope.ignores(flags, found.released, labels)
    return Reading(flags, ignored, idle, frozenset(), layers, lists, of_chart=True, unless=unless)


def patch(found: Found, names: Collection[str], policy: Policy) -> Patch | None:
    """What makes the release's workloads restart for these Secrets, which its values name."""
    if not names or found.kind != "HelmRelease" or not isinstance(found.renderers, list | None):
        return None
    # Not a list of names, which would restart all of the chart's workloads, also those that use none of them. And not
    # for ConfigMaps: charts restart for their own ones by themselves, and would then do so twice.
    return Patch(policy.reloader.keys.typed_auto, "true")


def _of_installs(found: Found, keys: Keys) -> Iterator[Annotations]:
    """The same for the charts that another host installs."""
    for install in found.installs:
        for each in _choices(install.release, keys):
            yield each._replace(path=install.moved(each.path))


def _choices(obj: Mapping[str, object], keys: Keys) -> Iterator[Annotations]:
    """Every map of annotations in the release in which the author chose, but for maps of labels."""
    spec = as_map(obj.get("spec"))
    everywhere = rendered(spec)
    if any(key in everywhere.entries for key in keys.choices):
        yield everywhere
    # What single workloads are told says nothing of the chart's others.
    single = {sdk_server.place(spec), *map(operated.place_of, operated.PARTS.get(Chart.of(spec).name, ()))}
    todo: list[tuple[object, Path]] = [(as_map(spec.get("values")), VALUES)]
    while todo:
        node, path = todo.pop()
        found = as_map(node)
        if any(key in found for key in keys.choices) and not reloader.is_label_map(path) and path not in single:
            yield Annotations(path, found)
        todo += [(child, (*path, key)) for key, child in entries(node) if isinstance(child, dict | list)]
