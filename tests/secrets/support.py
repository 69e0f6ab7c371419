"""One object through the search and the decision, part by part."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from krm_secrets.errors import Problem
from krm_secrets.secrets.action import Decision, KnownSecret, decide
from krm_secrets.secrets.reloader import Annotate
from krm_secrets.secrets.uses.finder import find
from krm_secrets.secrets.uses.other_charts import Render
from krm_secrets.settings.restarts import Policy


def decision(obj: Mapping[str, object], secrets: Collection[KnownSecret], mode: str = "auto") -> Decision:
    """What is done about the object."""
    policy = Policy(mode)
    return decide(find(obj, policy), secrets, policy)


def actions(
    obj: Mapping[str, object], secrets: Collection[KnownSecret], mode: str, problems: list[Problem]
) -> list[Annotate]:
    """The annotations that are added."""
    found = decision(obj, secrets, mode)
    problems += found.problems
    return list(found.annotations)


def render(
    obj: Mapping[str, object], secrets: Collection[KnownSecret], mode: str, problems: list[Problem]
) -> Render | None:
    """The patch that is added."""
    found = decision(obj, secrets, mode)
    problems += found.problems
    return found.patch
