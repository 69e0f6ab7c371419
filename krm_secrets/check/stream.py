"""The subject of a stream: one world, without files."""

from __future__ import annotations

from krm_secrets.check.subject import Subject
from krm_secrets.stages.reload import worlds_of
from krm_secrets.stages.surroundings import policy_of

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence

    from krm_secrets.krm.resource import Resource
    from krm_secrets.stages.context import Context


def stream_subject(items: Sequence[Resource], context: Context) -> Subject:
    """What rules see of the items of a run."""
    policy = policy_of(items, context)
    objects = [item.latest() for item in items]
    return Subject(objects, worlds_of(objects, context), lambda _: context.config, lambda _: policy, context.listed)
