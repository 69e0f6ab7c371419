"""What makes the workloads of one object restart when a Secret changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from krm_secrets.errors import Problem
from krm_secrets.reload import reloader
from krm_secrets.reload.references import restarts, workloads
from krm_secrets.reload.reloader import Annotate
from krm_secrets.reload.workload import Reference, Workload

__all__ = ["MODES", "Annotate", "KnownSecret", "actions", "looks_relevant"]

MODES = ("auto", "all", "named", "off")
"""`auto` and `named`: consumers of the known Secrets; `all`: of any Secret."""


class KnownSecret(NamedTuple):
    """A Secret that this run makes or finds; an empty namespace is not set (yet)."""

    name: str
    namespace: str = ""


class _Needs(NamedTuple):
    """The Secrets for which a workload must restart."""

    seen: frozenset[str] = frozenset()
    """Those that Reloader's auto notices."""
    unseen: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.seen or self.unseen)


def looks_relevant(kind: str, api_version: str) -> bool:
    """Whether `actions` could find something in an object of this kind."""
    return restarts(kind, api_version)


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


def _needs(references: Iterable[Reference], namespace: str, secrets: Collection[KnownSecret], mode: str) -> _Needs:
    seen, unseen = set[str](), set[str]()
    for ref in references:
        # An unset namespace is one that kustomize or Flux fills in later, for the Secret and its consumer alike.
        if ref.restart and (mode == "all" or KnownSecret(ref.name, namespace) in secrets):
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
