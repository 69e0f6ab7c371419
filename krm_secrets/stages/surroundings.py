"""What a run knows of the cluster from beside the objects that it is about."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Sequence

    from krm_secrets.settings.restarts import Policy


def beside(context: Context) -> Sequence[Resource]:
    """What was read beside the items, and says something about them."""
    return context.builds.listings if context.builds is not None else ()


def policy_of(items: Sequence[Resource], context: Context) -> Policy:
    """What the configuration says of restarts, and of Reloader what the items install."""
    policy = context.config.restarts
    if not any(item.slot.source.holds("reloader") for item in (*items, *beside(context))):
        return policy
    from krm_secrets.secrets.reloader_installation import installation  # most runs see none

    found = installation((*items, *beside(context)), context.listed)
    return policy.knowing(found.flags) if found is not None else policy
