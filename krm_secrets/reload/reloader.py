"""Stakater Reloader's annotations: what an author's own ones mean, and which to add."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from krm_secrets.errors import WARNING, Path, Problem, clean
from krm_secrets.reload import namelist
from krm_secrets.reload.workload import Annotations, Workload, find

AUTO = "reloader.stakater.com/auto"
TYPED_AUTO = "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
SEARCH = "reloader.stakater.com/search"
EXCLUDE = "secrets.exclude.reloader.stakater.com/reload"

_CHOICES = (NAMED, AUTO, TYPED_AUTO, SEARCH)
"""What Reloader reads for Secrets; any of these on the workload hides all of them on the Pod template."""

_OTHER_TYPES = tuple(
    f"{resource}.reloader.stakater.com/{action}"
    for resource in ("configmap", "secretproviderclass")
    for action in ("auto", "reload")
)


class Annotate(NamedTuple):
    """An annotation to add."""

    path: Path
    """Keys from the object's root to the map of annotations; the map may be missing or null."""
    key: str
    value: str


def excluded(workload: Workload) -> frozenset[str]:
    """The Secrets that the author shut out; Reloader reads this on the workload only, as plain names."""
    found = find(workload.annotations, EXCLUDE)
    return frozenset(part.strip() for part in _text(found[1]).split(",")) if found else frozenset()


def chosen(workload: Workload) -> tuple[Annotations, ...]:
    """The layers in which the author made a choice; none when the choice is ours."""
    for layers in (workload.annotations, workload.pod):
        if any(find(layers, key) for key in _CHOICES):
            return layers
    return ()


def left_out(layers: tuple[Annotations, ...], names: Collection[str]) -> list[Problem]:
    """A warning for each Secret that the author's list leaves out.

    `auto` and `search` decide for all Secrets, "false" included, and then there is nothing to warn of.
    """
    found = find(layers, NAMED)
    if found is None or any(find(layers, key) for key in (AUTO, TYPED_AUTO, SEARCH)):
        return []
    path, value = found
    listed = namelist.parse(_text(value))
    return [
        Problem(
            (*path, NAMED),
            f'the list leaves out the Secret "{clean(name)}": this workload uses it and will not restart '
            "when it changes; add the name",
            WARNING,
        )
        for name in sorted(namelist.writable(names))
        if not listed.matches(name)
    ]


def automatic(workload: Workload, place: Path) -> Annotate:
    """The annotation that watches all Secrets which Reloader sees the workload use."""
    # Where the author chose ConfigMaps by hand, `auto` would overrule that choice.
    layers = (*workload.annotations, *workload.pod)
    by_hand = any(find(layers, key) for key in _OTHER_TYPES)
    return Annotate(place, TYPED_AUTO if by_hand else AUTO, "true")


def named(place: Path, names: Collection[str]) -> list[Annotate]:
    """The annotation that watches these Secrets, whether or not Reloader sees them used."""
    listable = namelist.writable(names)
    return [Annotate(place, NAMED, namelist.write(listable))] if listable else []


def _text(value: object) -> str:
    """The value as the API server would hold it; lists and maps, which it refuses, count as empty."""
    return str(value) if isinstance(value, str | int | float) else ""
