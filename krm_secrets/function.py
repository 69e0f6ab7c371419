"""The function: which stages there are, and in which order. Start reading here.

bytes -> krm.reading -> items -> generate -> decrypt -> expand -> reload -> krm.writing -> bytes
"""

from __future__ import annotations

from krm_secrets.krm.reading import KPT
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import KINDS, is_generator
from krm_secrets.stages import repeated
from krm_secrets.stages.context import Context
from krm_secrets.stages.decrypt import decrypt

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from krm_secrets.krm.resource import Resource
    from krm_secrets.stages.explanation import Explained

Stage: TypeAlias = "Callable[[Sequence[Resource], Context], Sequence[Resource]]"

# A stage of which the items have nothing is not imported: most runs are about Secrets alone.


def generate(items: Sequence[Resource], context: Context) -> Sequence[Resource]:
    """What generators list and make; a host may hand one beside the items."""
    if context.document is None and not any(map(is_generator, items)):
        return items
    from krm_secrets.stages import generate as stage

    return stage.generate(items, context)


def expand(items: Sequence[Resource], context: Context) -> Sequence[Resource]:
    """What our own documents make. kpt hands back what they made before, and a group may be nearly ours."""
    given = context.document is not None and not is_generator(context.document)
    by_name = (item.kind in KINDS or "krm" in item.api_version for item in items)
    if context.host != KPT and not given and not any(by_name):
        return items
    from krm_secrets.stages import expand as stage

    return stage.expand(items, context)


def reload(items: Sequence[Resource], context: Context) -> Sequence[Resource]:
    """Restarts of what uses the Secrets; a Secret uses none."""
    if context.config.reload == "off" or all(map(is_secret, items)) or _is_lone_maker(items, context):
        return items
    from krm_secrets.stages import reload as stage

    return stage.reload(items, context)


def _is_lone_maker(items: Sequence[Resource], context: Context) -> bool:
    """Whether one ExternalSecret is all that there is: nothing uses its Secret, and nobody says a word of Reloader."""
    from krm_secrets.externalsecrets.target import KIND  # Secrets are not asked

    if len(items) != 1 or items[0].kind != KIND or context.builds is not None:
        return False
    told = context.config.reloader is not None or context.config.references
    return not told and not items[0].slot.source.holds("reloader")


STAGES: tuple[Stage, ...] = (generate, decrypt, expand, reload)


def run(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Take the items through all stages; each goes on past the mistakes before it, so that one run shows them all."""
    if context.config.check is not None and context.config.check.results:
        from krm_secrets.check.results import reporting  # most runs are asked for none

        return reporting(_run, items, context, context.config.check.results)
    return _run(items, context)


def _run(items: Sequence[Resource], context: Context) -> list[Resource]:
    readable = before = _readable(items, context)
    for stage in STAGES:
        readable = stage(readable, context)
    for result in repeated.settled(before, readable):
        context.report(result)
    return list(readable)


def _readable(items: Sequence[Resource], context: Context) -> Sequence[Resource]:
    """The items without those of ours in which a key stands twice, which are reported."""
    readable, results = repeated.parted(items)
    for result in results:
        context.report(result)
    return readable


def explain(items: Sequence[Resource], context: Context, told: Callable[[Resource], bool]) -> list[Explained]:
    """What the last stage would find and do, told instead of done; `told` says which items count as users."""
    from krm_secrets.stages.explanation import explained  # a run does not pay for it

    *before, last = STAGES
    assert last is reload
    items = _readable(items, context)
    for stage in before:
        items = stage(items, context)
    return explained(items, context, told)
