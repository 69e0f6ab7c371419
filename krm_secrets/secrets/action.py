"""What makes the users of a Secret restart or look again when it changes: decided from what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path, Problem
from krm_secrets.secrets import reloader
from krm_secrets.secrets.reloader import Annotate
from krm_secrets.secrets.uses.finder import Found
from krm_secrets.secrets.uses.reference import Reference, Workload
from krm_secrets.secrets.uses.workloads import group_of, is_stuck, restarts, watches
from krm_secrets.settings.restarts import DEFAULT, Policy

if TYPE_CHECKING:
    from krm_secrets.secrets.uses.other_charts import Render


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


class Label(NamedTuple):
    """A label that a Secret needs, so that what uses it notices a change."""

    secret: KnownSecret
    key: str
    value: str
    path: Path
    """Where the user names the Secret."""


class Decision(NamedTuple):
    """What is to be done about one object."""

    annotations: tuple[Annotate, ...] = ()
    patch: Render | None = None
    labels: tuple[Label, ...] = ()
    problems: tuple[Problem, ...] = ()


def looks_relevant(kind: str, api_version: str, policy: Policy = DEFAULT) -> bool:
    """Whether there could be something to do about an object of this kind."""
    if restarts(kind, api_version) or watches(kind, api_version) or is_stuck(kind, api_version):
        return True
    return any(rule.annotations for rule in policy.rules(kind, group_of(api_version)))


def decide(found: Found, secrets: Collection[KnownSecret], policy: Policy) -> Decision:
    """What makes the object's Pods restart, or the object look again; nothing where the author decided.

    Give the secrets as a set when they are many.
    """
    if policy.mode == "off":
        return Decision()
    from krm_secrets.secrets.notices import notices

    problems: list[Problem] = []
    annotations = _annotations(found, secrets, policy, problems)
    patch = _patch(found, secrets, policy, problems) if found.values else None
    labels = tuple(
        Label(KnownSecret(each.reference.name, found.namespace), *each.label, each.reference.path)
        for each in found.watched
        if is_known(each.reference.name, found.namespace, secrets)
    )
    return Decision(tuple(annotations), patch, labels, tuple(notices(found, secrets, policy) + problems))


def is_known(name: str, namespace: str, secrets: Collection[KnownSecret]) -> bool:
    """Whether a consumer in the namespace means one of the Secrets."""
    # Plain pairs, which are equal to it and made faster: this is asked for every reference.
    return (name, namespace) in secrets or (name, ANYWHERE) in secrets


def _annotations(
    found: Found, secrets: Collection[KnownSecret], policy: Policy, problems: list[Problem]
) -> list[Annotate]:
    added: list[Annotate] = []
    groups: dict[int, _Needs] = {}
    for workload in found.workloads:
        if workload.place is None or workload.namespace in policy.reloader.ignored:
            continue
        for group in workload.references:
            if id(group) not in groups:
                groups[id(group)] = _needs(group, workload.namespace, secrets, policy.mode)
        needs = _together([groups[id(group)] for group in workload.references])
        added += _for_workload(workload, needs, policy, problems)
    return added


def _patch(found: Found, secrets: Collection[KnownSecret], policy: Policy, problems: list[Problem]) -> Render | None:
    """The patch for a release whose chart takes annotations in a place that nobody can tell."""
    if policy.reloader.reloads_all or found.released in policy.reloader.ignored:
        return None
    names = {ref.name for ref in found.values if policy.mode == "all" or is_known(ref.name, found.released, secrets)}
    if not names:
        return None
    from krm_secrets.secrets.uses import other_charts  # releases of app-template need none of it

    return other_charts.render(found.obj, names, policy, problems)


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


def _for_workload(workload: Workload, needs: _Needs, policy: Policy, problems: list[Problem]) -> list[Annotate]:
    if shut_out := reloader.excluded(workload):
        needs = _Needs(needs.seen - shut_out, needs.unseen - shut_out)
    if not needs or workload.place is None:
        return []
    unseen = needs.unseen - needs.seen
    if layers := reloader.chosen(workload, policy.reloader.keys):
        problems += reloader.left_out(layers, needs.seen | needs.unseen, policy.reloader.keys)
        # The author wants all of them, but `auto` does not see these.
        wanted = unseen if reloader.wants_all(workload, policy.reloader.keys) else ()
        return reloader.named(workload.place, wanted, policy.reloader.keys)
    if policy.reloader.reloads_all:
        return reloader.named(workload.place, unseen, policy.reloader.keys)
    if policy.mode == "named":
        return reloader.named(workload.place, needs.seen | needs.unseen, policy.reloader.keys)
    found = [reloader.automatic(workload, workload.place, policy.reloader.keys)] if needs.seen else []
    return found + reloader.named(workload.place, unseen, policy.reloader.keys)
