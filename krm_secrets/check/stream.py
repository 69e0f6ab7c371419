"""The subject of a stream: one world, without files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from krm_secrets.check.finding import Place
from krm_secrets.check.subject import Subject
from krm_secrets.check.suppression import in_configuration
from krm_secrets.errors import Result
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context
from krm_secrets.stages.expand import expand
from krm_secrets.stages.reload import worlds_of

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.settings.checks import Ignored


def stream_subject(items: Sequence[Resource], context: Context, told: Sequence[Result] = ()) -> Subject:
    """What rules see of the items of a run, mappings expanded; `told` is where the context reports to."""
    policy, config = context.policy(items), context.config
    objects = [item.latest() for item in expand(items, context)]
    entries = config.check.ignore if config.check is not None else ()
    return Subject(
        objects,
        worlds_of(objects, context),
        lambda _: config,
        lambda _: policy,
        context.listed,
        decisions=lambda: in_configuration(entries, _place, _meant(entries)),
        config_at=lambda _: config,
        told=told,
    )


def _place(number: int) -> Place:
    return Place(path=("check", "ignore", number))


def _meant(entries: Sequence[Ignored]) -> Callable[[int, str], bool]:
    """Whether a file is meant by the paths of an entry, which count from where the run is."""
    from krm_secrets.settings.ignoring import matcher

    found: dict[int, Callable[[str], bool]] = {}

    def meant(number: int, file: str) -> bool:
        if not entries[number].paths:
            return True
        if number not in found:
            found[number] = matcher(entries[number].paths, "krm-secrets.yaml")
        return bool(file) and found[number](os.path.realpath(file))

    return meant
