"""One object through the search and the decision, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from krm_secrets.errors import Problem
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.chart_patch import Patch
from krm_secrets.secrets.effect import Annotate, Effects, effects
from krm_secrets.secrets.makers.labels import Label
from krm_secrets.secrets.makers.maker import ANYWHERE
from krm_secrets.secrets.uses.finder import find
from krm_secrets.secrets.world import Build, World
from krm_secrets.settings.restarts import DEFAULT, Policy


class KnownSecret(NamedTuple):
    """A Secret that something makes."""

    name: str
    namespace: str = ""
    annotations: tuple[tuple[str, str], ...] = ()


class Decision(NamedTuple):
    """What is to be done about one object."""

    annotations: tuple[Annotate, ...] = ()
    patch: Patch | None = None
    labels: tuple[Label, ...] = ()
    problems: tuple[Problem, ...] = ()


@cache
def world(secrets: frozenset[KnownSecret]) -> World:
    """The world in which these Secrets are made."""
    return World(Build([Resource.new(_maker(*secret)) for secret in secrets]))


def _maker(name: str, namespace: str, annotations: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "x", "annotations": dict(annotations)}
    if namespace != ANYWHERE:
        metadata |= {"namespace": namespace} if namespace else {}
        spec: dict[str, Any] = {"target": {"name": name}}
        return {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": spec}
    spec = {"externalSecretSpec": {"target": {"name": name}}, "namespaceSelector": {}}
    return {"apiVersion": "external-secrets.io/v1", "kind": "ClusterExternalSecret", "metadata": metadata, "spec": spec}


def judged(obj: Mapping[str, object], secrets: Iterable[KnownSecret], policy: Policy = DEFAULT) -> Effects:
    """What a change of these Secrets does to the object."""
    return effects(find(obj, policy), world(frozenset(secrets)), policy)


def decision(obj: Mapping[str, object], secrets: Iterable[KnownSecret], mode: Any = "auto") -> Decision:
    """What is done about the object."""
    found = judged(obj, secrets, Policy(mode))
    return Decision(tuple(found.annotations), found.patch, tuple(found.labels()), tuple(found.problems()))


def actions(
    obj: Mapping[str, object], secrets: Iterable[KnownSecret], mode: Any, problems: list[Problem]
) -> list[Annotate]:
    """The annotations that are added."""
    found = decision(obj, secrets, mode)
    problems += found.problems
    return list(found.annotations)


def render(
    obj: Mapping[str, object], secrets: Iterable[KnownSecret], mode: Any, problems: list[Problem]
) -> Patch | None:
    """The patch that is added."""
    found = decision(obj, secrets, mode)
    problems += found.problems
    return found.patch
