"""What one object uses, as it stands: found once, for what is done about it and for what is told of it."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.krm.resource import group_of
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.uses.reference import KEEPS, PATCHED_IN, Reference, Workload, placed
from krm_secrets.secrets.uses.release import Release
from krm_secrets.secrets.uses.workloads import (
    HELM_GROUP,
    KINDS,
    OPERATED,
    elsewhere,
    installs,
    is_stuck,
    restarts,
    watches,
    workloads,
)
from krm_secrets.settings.restarts import DEFAULT, KindRule, Policy

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krm_secrets.secrets.uses.catalog import Watched
    from krm_secrets.secrets.uses.installs import Files, Install


class Found(QuietTuple):
    """The uses of Secrets in one object, by what they call for."""

    obj: Mapping[str, object]
    namespace: str
    """Where the object is, and with it the Secrets that it names itself."""
    workloads: tuple[Workload, ...] = ()
    values: tuple[Reference, ...] = ()
    """What the values of a release name whose chart is not made from app-template."""
    released: str = ""
    """The namespace of that release."""
    watched: tuple[Watched, ...] = ()
    """What takes effect by a label on the Secret."""
    named: tuple[Reference, ...] = ()
    """What the user says that it names, and that nothing restarts."""
    installs: tuple[Install, ...] = ()
    """The charts that it installs, where it is no HelmRelease."""

    @property
    def kind(self) -> str:
        return as_text(self.obj.get("kind"))

    @property
    def renderers(self) -> object:
        """The author's post renderers of a release."""
        return as_map(self.obj.get("spec")).get("postRenderers")

    def rest(self) -> Iterator[Reference]:
        """All other references: what reads its Secrets when it needs them."""
        known = {ref.path for ref in self.values} | {each.reference.path for each in self.watched}
        known |= {ref.path for workload in self.workloads for group in workload.references for ref in group}
        yield from (ref for ref in (*self.named, *elsewhere(self.obj)) if ref.path not in known)


def looks_relevant(kind: str, api_version: str, policy: Policy = DEFAULT) -> bool:
    """Whether there could be something to do about an object of this kind."""
    if restarts(kind, api_version) or watches(kind, api_version) or is_stuck(kind, api_version):
        return True
    if installs(kind, api_version) or OPERATED.get(kind) == group_of(api_version):
        return True
    return any(rule.annotations for rule in policy.rules(kind, group_of(api_version)))


def guessed(found: Found) -> Iterator[Reference]:
    """What an object of a kind that nobody told us of seems to name beside, and what the values of a chart may name."""
    from krm_secrets.secrets.uses import catalog
    from krm_secrets.secrets.uses.guesses import guesses

    group = group_of(as_text(found.obj.get("apiVersion")))
    if found.installs or (found.kind == "HelmRelease" and group == HELM_GROUP):
        yield from _likely(found)
        return
    if (found.kind in KINDS and group in KINDS[found.kind].groups) or found.named or catalog.entry(found.kind, group):
        return
    known = {ref.path for ref in found.rest()}
    yield from {ref.path: ref for ref in guesses(found.obj) if ref.path not in known}.values()


def _likely(found: Found) -> Iterator[Reference]:
    from krm_secrets.secrets.uses.installs import Install
    from krm_secrets.secrets.uses.release import VALUES
    from krm_secrets.secrets.uses.value_forms import likely

    known = {ref.path for ref in (*found.values, *found.rest())}
    known |= {ref.path for workload in found.workloads for group in workload.references for ref in group}
    for install in found.installs or (Install(found.obj, VALUES),):
        release = Release.of(install.release)
        for ref in install.references(tuple(release.named(likely(release.values, VALUES)))):
            if ref.path not in known:
                yield _in(ref, release.namespace)


_KUSTOMIZES = ("helmCharts", "patches", "patchesStrategicMerge", "patchesJson6902")

# Where nothing stands in this field of its spec, a kind watches nothing.
_WATCHED = {"HelmRelease": "valuesFrom", "Kustomization": "postBuild"}


def find(obj: Mapping[str, object], policy: Policy = DEFAULT, files: Files | None = None) -> Found:
    """The uses in an object of any kind; `files` are the files with values that it names."""
    kind, api_version = as_text(obj.get("kind")), as_text(obj.get("apiVersion"))
    if not kind and not api_version and any(key in obj for key in _KUSTOMIZES):
        kind = "Kustomization"  # which need not say so
    group = group_of(api_version)
    namespace = as_text(as_map(obj.get("metadata")).get("namespace"))
    found = Found(obj, namespace, tuple(workloads(obj, policy)))
    if kind == "HelmRelease" and group == HELM_GROUP:
        found = _release(found, policy)
    elif installs(kind, api_version):
        found = _installed(found, kind, policy, files)
    if watches(kind, api_version) and _WATCHED.get(kind, "") in ("", *as_map(obj.get("spec"))):
        from krm_secrets.secrets.uses.catalog import watched  # most runs have none of its kinds

        found = found._replace(watched=tuple(watched(obj, kind, group)))
    if OPERATED.get(kind) == group:
        found = _operated(found, policy)
    for rule in policy.rules(kind, group):
        found = _with(found, rule)
    return found


def _operated(found: Found, policy: Policy) -> Found:
    """With the Pods that an operator makes of the object, with annotations that it takes from there."""
    from krm_secrets.secrets.uses.operated import OBJECT_PLACE

    kept = tuple(
        ref._replace(auto=policy.reloader.reloads_all, restart=True, how="")
        for ref in elsewhere(found.obj)
        if ref.how == KEEPS
    )
    return found._replace(workloads=(placed(found.obj, OBJECT_PLACE, found.namespace, kept),)) if kept else found


def _release(found: Found, policy: Policy) -> Found:
    """With what a release of a chart names: in its values, and in the patches of its post renderers."""
    placed, values = _of_values(found.obj, found.workloads, policy)
    released, named = Release.of(found.obj).namespace, found.named
    if found.renderers:
        from krm_secrets.secrets.uses.post_renderers import added  # most releases have none

        patched = list(added(found.renderers))
        rolled = tuple(ref for ref in patched if ref.restart)
        named = (*named, *(ref._replace(namespace=released) for ref in patched if not ref.restart))
        if found.workloads:
            placed = tuple(each._replace(references=(*each.references, rolled)) for each in placed)
        else:
            values = (*values, *rolled)
    return found._replace(workloads=placed, values=values, released=released, named=named)


def _installed(found: Found, kind: str, policy: Policy, files: Files | None) -> Found:
    """With what the values of charts name that another host than Flux installs."""
    from krm_secrets.secrets.uses import installs as charts  # most runs have no such object

    for install in charts.installs(found.obj, kind, files or charts.no_files):
        placed, values = _of_values(install.release, tuple(workloads(install.release, policy)), policy)
        namespace = Release.of(install.release).namespace
        found = found._replace(
            workloads=(*found.workloads, *install.workloads(placed)),
            values=(*found.values, *(_in(ref, namespace) for ref in install.references(values))),
            installs=(*found.installs, install),
            released=namespace,
        )
    if kind != "Kustomization":
        return found
    from krm_secrets.secrets.uses.post_renderers import added_by

    patched = (ref._replace(restart=False, how=PATCHED_IN) for ref in added_by(found.obj, files=files))
    namespace = as_text(found.obj.get("namespace"))
    return found._replace(named=(*found.named, *(_in(ref, namespace) for ref in patched)))


def _in(ref: Reference, namespace: str) -> Reference:
    return ref if ref.namespace is not None else ref._replace(namespace=namespace)


def _of_values(
    release: Mapping[str, object], controllers: tuple[Workload, ...], policy: Policy
) -> tuple[tuple[Workload, ...], tuple[Reference, ...]]:
    """The workloads of a chart, and what its values name for workloads of which nobody knows where they are."""
    from krm_secrets.secrets.uses.app_template import is_app_template

    placed, values = controllers, tuple[Reference, ...]()
    if not controllers and not is_app_template(release):
        from krm_secrets.secrets.uses import other_charts  # releases of app-template need none of it

        placed = tuple(other_charts.workloads(release, policy))
        values = tuple(other_charts.references(release, policy))
    known = {ref.path for workload in placed for group in workload.references for ref in group}
    return placed, tuple(ref for ref in values if ref.path not in known)


def _with(found: Found, rule: KindRule) -> Found:
    """With the places that the user knows to name Secrets."""
    from krm_secrets.secrets.uses.fields import anything, nodes

    named = tuple(
        ref._replace(restart=True)
        for parts in rule.secrets
        for node, path in nodes(found.obj, parts)
        for ref in anything(node, path)
    )
    if found.workloads:
        together = tuple(each._replace(references=(*each.references, named)) for each in found.workloads)
        return found._replace(workloads=together)
    if found.kind == "HelmRelease":
        return found._replace(values=(*found.values, *named))
    if not rule.annotations:
        return found._replace(named=(*found.named, *(ref._replace(restart=False) for ref in named)))
    seen = tuple(ref._replace(auto=True) for ref in named)
    return found._replace(workloads=(placed(found.obj, rule.annotations, found.namespace, seen),))
