"""Restarts wired over a whole tree, world by world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.render.settings import Settings, listed
from krm_secrets.secrets.world import World
from krm_secrets.stages.reload import Wiring, brings_charts

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.settings.restarts import Policy
    from krm_secrets.stages.explanation import Explained

Select: TypeAlias = "Callable[[str], bool]"


class Tree(NamedTuple):
    """The objects of a tree as they stand in its files, with the real paths of these, and the worlds in it."""

    items: list[Resource]
    paths: Mapping[int, str]
    """By the identity of an object's slot."""
    worlds: list[World]
    settings: Settings

    def path(self, item: Resource) -> str:
        """The file that an object stands in, also as a build sees it."""
        return self.paths[id(item.slot)]

    def policy(self, item: Resource) -> Policy:
        """What the configuration of an object's folder says of restarts."""
        return self.settings.restarts(self.path(item).rpartition("/")[0])


def tree(objects: list[tuple[str, Resource]], found: list[World], settings: Settings) -> Tree:
    """The objects, given with the real paths of their files, and the worlds that they are in."""
    items = [item for _, item in objects]
    settings.learn(items)
    return Tree(items, {id(item.slot): path for path, item in objects}, found, settings)


def wire(seen: Tree, selected: Select) -> list[Resource]:
    """The objects, those of selected files with what restarts them and with the labels that others need."""
    wiring = Wiring(seen.items, listed, seen.settings.report)
    for world in seen.settings.watch(seen.worlds, "wiring restarts"):
        for item in world.build.items:
            if selected(seen.path(item)) and (policy := seen.policy(item)).mode != "off":
                wiring.look(item, world, policy)
        # An annotation in a patch may replace one of the base. A label is another object's, whatever the patch does.
        for patch in world.build.patches:
            if selected(seen.path(patch)) and (policy := seen.policy(patch)).mode != "off":
                wiring.label(patch, world, policy)
    done = zip(seen.items, wiring.done(), strict=True)
    return [wired if selected(seen.path(item)) else item for item, wired in done]


def explain(seen: Tree, selected: Select, told: Callable[[Resource], bool]) -> list[Explained]:
    """Who uses which Secret, as far as objects of selected files make or use it; `told` says which objects count."""
    from krm_secrets.stages.explanation import Table, users

    table = Table(Wiring(seen.items, listed, seen.settings.report))
    for world, item in users(seen.worlds):
        if selected(seen.path(item)) and (told(item) or brings_charts(item)):
            table.add(item, world, seen.policy(item))
    return table.rows(seen.worlds, lambda item: selected(seen.path(item)))


def edits_by_path(seen: Tree, items: Iterable[Resource]) -> Mapping[str, list[Resource]]:
    """The objects that have edits, by the real paths of their files."""
    found: dict[str, list[Resource]] = {}
    for item in items:
        if item.edits:
            found.setdefault(seen.path(item), []).append(item)
    return found
