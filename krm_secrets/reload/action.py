"""What makes the workloads of one object restart when a Secret changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from krm_secrets.errors import INFO, Path, Problem, clean
from krm_secrets.reload import reloader
from krm_secrets.reload.references import HELM_GROUP, group_of, is_stuck, restarts, watches, workloads
from krm_secrets.reload.release import Release
from krm_secrets.reload.reloader import Annotate
from krm_secrets.reload.workload import Reference, Workload, as_map, as_text

if TYPE_CHECKING:
    from krm_secrets.reload.chart import Render

__all__ = ["ANYWHERE", "MODES", "Annotate", "KnownSecret", "Label", "actions", "labels", "looks_relevant", "render"]

MODES = ("auto", "all", "named", "off")
"""`auto` and `named`: consumers of the known Secrets; `all`: of any Secret."""


class KnownSecret(NamedTuple):
    """A Secret that this run makes or finds; an empty namespace is not set (yet)."""

    name: str
    namespace: str = ""


ANYWHERE = "*"
"""Stands for the namespace of a Secret that is made in namespaces which nobody can tell."""


class _Needs(NamedTuple):
    """The Secrets for which a workload must restart."""

    seen: frozenset[str] = frozenset()
    """Those that Reloader's auto notices."""
    unseen: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.seen or self.unseen)


def looks_relevant(kind: str, api_version: str) -> bool:
    """Whether `actions` could find something in an object of this kind."""
    return restarts(kind, api_version) or watches(kind, api_version) or is_stuck(kind, api_version)


def actions(
    obj: Mapping[str, object], secrets: Collection[KnownSecret], mode: str, problems: list[Problem]
) -> list[Annotate]:
    """The annotations to add; none where the author decided. Give the secrets as a set when they are many."""
    if mode == "off":
        return []
    found: list[Annotate] = []
    groups: dict[int, _Needs] = {}
    for workload in workloads(obj):
        if workload.place is None:
            continue
        for group in workload.references:
            if id(group) not in groups:
                groups[id(group)] = _needs(group, workload.namespace, secrets, mode)
        needs = _together([groups[id(group)] for group in workload.references])
        found += _for_workload(workload, needs, mode, problems)
    return found


def is_known(name: str, namespace: str, secrets: Collection[KnownSecret]) -> bool:
    """Whether a consumer in the namespace means one of the Secrets."""
    return KnownSecret(name, namespace) in secrets or KnownSecret(name, ANYWHERE) in secrets


class Label(NamedTuple):
    """A label that a Secret needs, so that what uses it notices a change."""

    secret: KnownSecret
    key: str
    value: str
    path: Path
    """Where the user names the Secret."""


def labels(obj: Mapping[str, object], secrets: Collection[KnownSecret]) -> list[Label]:
    """The labels that the known Secrets need for what this object notices by itself."""
    kind, api_version = as_text(obj.get("kind")), as_text(obj.get("apiVersion"))
    if not watches(kind, api_version):
        return []
    from krm_secrets.reload.catalog import watched  # most runs have none of its kinds

    namespace = as_text(as_map(obj.get("metadata")).get("namespace"))
    return [
        Label(KnownSecret(found.reference.name, namespace), *found.label, found.reference.path)
        for found in watched(obj, kind, group_of(api_version))
        if is_known(found.reference.name, namespace, secrets)
    ]


def render(
    obj: Mapping[str, object], secrets: Collection[KnownSecret], mode: str, problems: list[Problem]
) -> Render | None:
    """The patch for a release whose chart takes annotations in a place that nobody can tell."""
    if mode == "off" or obj.get("kind") != "HelmRelease" or group_of(as_text(obj.get("apiVersion"))) != HELM_GROUP:
        return None
    from krm_secrets.reload import chart  # releases of app-template need none of it

    namespace = Release.of(obj).namespace
    names = {ref.name for ref in chart.references(obj) if mode == "all" or is_known(ref.name, namespace, secrets)}
    return chart.render(obj, names, mode, problems) if names else None


def stuck(obj: Mapping[str, object], secrets: Collection[KnownSecret]) -> list[Problem]:
    """A notice for each known Secret of which nothing makes this object's Pods read a new value."""
    if not is_stuck(as_text(obj.get("kind")), as_text(obj.get("apiVersion"))):
        return []
    return [
        Problem(
            ref.path,
            f'nothing restarts this when the Secret "{clean(ref.name)}" changes: Reloader does not know the kind',
            INFO,
        )
        for workload in workloads(obj)
        for group in workload.references
        for ref in group
        if ref.restart and is_known(ref.name, workload.namespace, secrets)
    ]


def _needs(references: Iterable[Reference], namespace: str, secrets: Collection[KnownSecret], mode: str) -> _Needs:
    seen, unseen = set[str](), set[str]()
    for ref in references:
        # An unset namespace is one that kustomize or Flux fills in later, for the Secret and its consumer alike.
        if ref.restart and (mode == "all" or is_known(ref.name, namespace, secrets)):
            (seen if ref.auto else unseen).add(ref.name)
    return _Needs(frozenset(seen), frozenset(unseen))


def _together(parts: list[_Needs]) -> _Needs:
    """All needs in one; a single part is not copied, so that what controllers share costs nothing."""
    parts = [part for part in parts if part]
    if len(parts) == 1:
        return parts[0]
    return _Needs(frozenset[str]().union(*(p.seen for p in parts)), frozenset[str]().union(*(p.unseen for p in parts)))


def _for_workload(workload: Workload, needs: _Needs, mode: str, problems: list[Problem]) -> list[Annotate]:
    if shut_out := reloader.excluded(workload):
        needs = _Needs(needs.seen - shut_out, needs.unseen - shut_out)
    if not needs or workload.place is None:
        return []
    if layers := reloader.chosen(workload):
        problems += reloader.left_out(layers, needs.seen | needs.unseen)
        return []
    if mode == "named":
        return reloader.named(workload.place, needs.seen | needs.unseen)
    found = [reloader.automatic(workload, workload.place)] if needs.seen else []
    return found + reloader.named(workload.place, needs.unseen - needs.seen)
