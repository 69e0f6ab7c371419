"""What the values of charts that are not made from app-template name, in the usual forms or where the user says so."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map
from krm_secrets.secrets import reloader
from krm_secrets.secrets.uses import operated, sdk_server
from krm_secrets.secrets.uses.app_template import is_app_template, rendered
from krm_secrets.secrets.uses.fields import anything, nodes
from krm_secrets.secrets.uses.reference import Reference, Workload, placed
from krm_secrets.secrets.uses.release import VALUES, Chart, Release
from krm_secrets.secrets.uses.value_forms import search
from krm_secrets.settings.restarts import DEFAULT, ChartRule, Policy

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


def references(obj: Mapping[str, object], policy: Policy = DEFAULT) -> list[Reference]:
    """What the values of such a release name in the usual forms, or where the user says that they do."""
    if is_app_template(obj):
        return []
    spec = as_map(obj.get("spec"))
    values = as_map(spec.get("values"))
    found = {ref.path: ref for ref in search(values, VALUES)}
    for parts in [parts for rule in rules(spec, policy) for parts in rule.secrets]:
        for node, path in nodes(values, parts):
            for ref in anything(node, (*VALUES, *path)):
                found.setdefault(ref.path, ref._replace(restart=True))
    if (server := sdk_server.reference(spec)) is not None:
        found[server.path] = server
    chart = Chart.of(spec).name
    return [operated.told(chart, ref) for ref in Release.of(obj).named(found.values())]


def rules(spec: Mapping[str, object], policy: Policy) -> list[ChartRule]:
    """What the user says of the release's chart."""
    chart = Chart.of(spec) if policy.charts else Chart("")
    return [
        rule
        for rule in policy.charts
        if rule.chart in ("", chart.name) and (not rule.repository or chart.repository.startswith(rule.repository))
    ]


def workloads(obj: Mapping[str, object], policy: Policy) -> list[Workload]:
    """The workloads of a release for which it is known where they take annotations: by the user, or by the chart."""
    spec = as_map(obj.get("spec"))
    places = [place for rule in rules(spec, policy) for place in rule.annotations]
    release = Release.of(obj)
    patched = reloader.mentions(spec.get("postRenderers"), policy.reloader.keys)
    if places:
        group = tuple(ref._replace(auto=True) for ref in references(obj, policy))
        return [_workload(obj, (*VALUES, *place), release.namespace, group, patched) for place in places]
    if (chart := Chart.of(spec).name) in operated.PARTS:
        return _operated(obj, chart, patched, policy)
    if (place := sdk_server.place(spec)) is None:
        return []
    server = sdk_server.reference(spec)
    group = tuple(release.named([server] if server is not None else []))
    return [_workload(obj, place, sdk_server.namespace(spec) or release.namespace, group, patched)]


def _operated(obj: Mapping[str, object], chart: str, patched: bool, policy: Policy) -> list[Workload]:
    """What an operator makes of parts of the values, and which of them takes annotations."""
    groups: dict[Path, list[Reference]] = {}
    for ref in references(obj, policy):
        part = operated.part_of(chart, ref.path)
        if part is not None and part.place:
            # A list is needed, unless Reloader restarts for whatever it sees in any case.
            seen = ref._replace(auto=policy.reloader.reloads_all)
            groups.setdefault(operated.place_of(part), []).append(seen)
    namespace = Release.of(obj).namespace
    return [_workload(obj, place, namespace, tuple(group), patched) for place, group in groups.items()]


def _workload(
    obj: Mapping[str, object], place: Path, namespace: str, group: tuple[Reference, ...], patched: bool
) -> Workload:
    found = placed(obj, place, namespace, group, patched)
    return found._replace(annotations=(rendered(as_map(obj.get("spec"))), *found.annotations))
