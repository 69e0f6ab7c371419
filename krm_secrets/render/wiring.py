"""Restarts wired over a whole tree: each build is a world of its own, with the namespaces that it gives.

What no build takes is a world by its folder, so that equal names in two apps stay two Secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.render.settings import Settings, listed
from krm_secrets.repository.builds import Build as Files
from krm_secrets.secrets.world import Build, World, worlds
from krm_secrets.stages.reload import Wiring

if TYPE_CHECKING:
    from krm_secrets.settings.restarts import MakerRule, Policy
    from krm_secrets.stages.explanation import Explained

Select = Callable[[str], bool]
Rules = Sequence["MakerRule"]


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
        return self.settings.restarts(os.path.dirname(self.path(item)))


def tree(objects: list[tuple[str, Resource]], found: list[World], settings: Settings) -> Tree:
    """The objects, given with the real paths of their files, and the worlds that they are in."""
    return Tree([item for _, item in objects], {id(item.slot): path for path, item in objects}, found, settings)


def worlds_of(
    objects: Iterable[tuple[str, Resource]],
    builds: Iterable[Files],
    listing: Collection[str],
    deleted: Callable[[Files, str, Resource], bool],
    rules: Rules = (),
) -> list[World]:
    """The objects as the builds see them.

    `listing` are the folders with a kustomization file: what that leaves out is a patch or switched off, in no build.
    `deleted` says whether a build takes an object of a file and deletes it again.
    """
    by_path: dict[str, list[Resource]] = {}
    for path, item in objects:
        by_path.setdefault(path, []).append(item)
    order = {path: number for number, path in enumerate(by_path)}
    found, taken = [], set[str]()
    for build in builds:
        members = sorted(build.members.keys() & order.keys(), key=order.__getitem__)
        taken.update(members)
        items = [(path, item) for path in members for item in by_path[path] if not deleted(build, path, item)]
        found.append(
            Build([_seen(item, namespace) for path, item in items for namespace in sorted(build.members[path])])
        )
    folders_left: dict[str, list[Resource]] = {}
    alone = []
    for path in (path for path in by_path if path not in taken):
        folder = os.path.dirname(path)
        if folder in listing:
            alone.append(Build(by_path[path]))
        else:
            folders_left.setdefault(folder, []).extend(by_path[path])
    found += map(Build, folders_left.values())
    return [*worlds(found, rules), *(World(build, rules) for build in alone)]


def _seen(item: Resource, namespace: str) -> Resource:
    """An object as a build sees it."""
    return item.within(namespace) if namespace else item


def wire(seen: Tree, selected: Select) -> list[Resource]:
    """The objects, those of selected files with what restarts them and with the labels that others need."""
    wiring = Wiring(seen.items, listed, seen.settings.report)
    for world in seen.worlds:
        for item in world.build.items:
            if selected(seen.path(item)) and (policy := seen.policy(item)).mode != "off":
                wiring.look(item, world, policy)
    done = zip(seen.items, wiring.done(), strict=True)
    return [wired if selected(seen.path(item)) else item for item, wired in done]


def explain(seen: Tree, selected: Select, told: Callable[[Resource], bool]) -> list[Explained]:
    """Who uses which Secret, as far as objects of selected files make or use it; `told` says which objects count."""
    from krm_secrets.stages.explanation import Table

    table = Table(Wiring(seen.items, listed, seen.settings.report))
    for world in seen.worlds:
        for item in world.build.items:
            if selected(seen.path(item)) and told(item):
                table.add(item, world, seen.policy(item))
    return table.rows(seen.worlds, lambda item: selected(seen.path(item)))


def edits_by_path(seen: Tree, items: Iterable[Resource]) -> Mapping[str, list[Resource]]:
    """The objects that have edits, by the real paths of their files."""
    found: dict[str, list[Resource]] = {}
    for item in items:
        if item.edits:
            found.setdefault(seen.path(item), []).append(item)
    return found
