"""Restarts wired over a whole tree: who uses which Secret is decided by the namespaces that builds give.

A namespace that a build gives is one place for the whole tree. An object whose namespace nobody here knows has its own
build as its place, or its folder if it is in none, so that equal names in two apps stay two Secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.render.settings import Settings
from krm_secrets.repository.builds import Build
from krm_secrets.stages.producers import ANYWHERE, Producers, producers
from krm_secrets.stages.reload import Wiring

if TYPE_CHECKING:
    from krm_secrets.stages.explanation import Explained

_SEP = " | "
"""No namespace has a space: what has one stands for several places."""


class Placed(NamedTuple):
    """An object of a file, with the places where builds put it."""

    path: str
    item: Resource
    places: tuple[str, ...]


def placed(objects: Iterable[tuple[str, Resource]], builds: Iterable[Build], listing: Collection[str]) -> list[Placed]:
    """The objects, given with the real paths of their files, as the builds see them.

    `listing` are the folders with a kustomization file: what that leaves out is a patch or switched off, in no place.
    """
    given: dict[str, list[tuple[str, str]]] = {}
    for n, build in enumerate(builds):
        for path, namespaces in build.members.items():
            given.setdefault(path, []).extend((f"build {n}", namespace) for namespace in namespaces)
    found = []
    for path, item in objects:
        own, folder = item.ref.namespace, os.path.dirname(path)
        if path in given:
            places = {namespace or own or build for build, namespace in given[path]}
        else:
            places = {f"left out {path}" if folder in listing else own or f"folder {folder}"}
        ordered = tuple(sorted(places))
        found.append(Placed(path, item.within(_SEP.join(ordered)), ordered))
    return found


def wire(objects: list[Placed], settings: Settings, selected: Callable[[str], bool]) -> list[Resource]:
    """The objects, those of selected files with what restarts them and with the labels that others need."""
    known = _everywhere(producers(each.item for each in objects), objects)
    items = [each.item for each in objects]
    visible = _Visible(known)
    for folder, indexes in _by_config(objects, settings, selected):
        context = settings.context(folder)
        mode = context.config.reload
        if mode == "off" or (not known.items and mode != "all"):
            continue
        wiring = Wiring(items, known, context)
        for index in indexes:
            names = visible.names(items[index])
            if names or mode == "all":
                wiring.wire(index, names if mode != "all" else frozenset(), names)
        wiring.label()
        items = wiring.items
    return [item if selected(each.path) else each.item for item, each in zip(items, objects, strict=True)]


class _Visible:
    """The names of the Secrets that an object may mean, which is quicker to ask than what it names."""

    __slots__ = ("all", "at")

    def __init__(self, known: Producers) -> None:
        names: dict[str, set[str]] = {}
        for name, place in known.items:
            names.setdefault(place, set()).add(name)
        everywhere = names.pop(ANYWHERE, set())
        self.all = frozenset(name for name, _ in known.items)
        self.at = {place: frozenset(each | everywhere) for place, each in names.items()}
        self.at[ANYWHERE] = frozenset(everywhere)

    def names(self, item: Resource) -> frozenset[str]:
        text = item.slot.source.text
        if item.kind == "HelmRelease" and "targetNamespace" in text[item.node.start : item.node.end]:
            return self.all
        return self.at.get(item.namespace, self.at[ANYWHERE])


def explain(
    objects: list[Placed], settings: Settings, selected: Callable[[str], bool], told: Callable[[Resource], bool]
) -> list[Explained]:
    """Who uses which Secret, as far as objects of selected files make or use it; `told` says which objects count."""
    from krm_secrets.stages.explanation import explained

    known = _everywhere(producers(each.item for each in objects), objects)
    items = [each.item for each in objects]
    own = {id(each.item) for each in objects if selected(each.path)}
    groups: dict[int, tuple[str, set[int]]] = {}
    for each in objects:
        if id(each.item) in own and told(each.item):
            folder = os.path.dirname(each.path)
            groups.setdefault(id(settings.of(folder)), (folder, set()))[1].add(id(each.item))
    table: dict[tuple[str, str], Explained] = {}
    for folder, users in groups.values():
        for row in explained(items, settings.context(folder), lambda item, users=users: id(item) in users, known):  # type: ignore[misc]
            key = (row.name, row.namespace)
            table[key] = row if key not in table else row._replace(users=table[key].users + row.users)
    return _told(table.values(), own)


def _told(rows: Iterable[Explained], own: set[int]) -> list[Explained]:
    """The rows for people: each use of a Secret in several places once, and only namespaces that are some."""
    found = [row for row in rows if row.users or any(id(item) in own for item in row.makers)]
    used = {(row.name, row.makers) for row in found if row.users}
    kept: dict[object, Explained] = {}
    for row in found:
        if row.users:
            kept[row.name, row.namespace] = row
        elif (row.name, row.makers) not in used:
            kept.setdefault((row.name, row.makers), row)
    shown = [row._replace(namespace=_namespaces(row.namespace)) for row in kept.values()]
    return sorted(shown, key=lambda row: (row.namespace, row.name))


def _namespaces(place: str) -> str:
    return ", ".join(each for each in place.split(_SEP) if " " not in each)


def _everywhere(known: Producers, objects: list[Placed]) -> Producers:
    """The producers, found also from and for objects that stand in several places."""
    several = {_SEP.join(each.places): each.places for each in objects if len(each.places) > 1}
    if not several:
        return known
    at: dict[tuple[str, str], list[int]] = {}
    for (name, place), indexes in known.items.items():
        for each in several.get(place, (place,)):
            at.setdefault((name, each), []).extend(indexes)
    names: dict[str, list[str]] = {}
    for name, place in at:
        names.setdefault(place, []).append(name)
    for together, places in several.items():
        for place in places:
            for name in names.get(place, ()):
                found = at.setdefault((name, together), [])
                found.extend(index for index in at[name, place] if index not in found)
    return known._replace(items=at)


def _by_config(
    objects: list[Placed], settings: Settings, selected: Callable[[str], bool]
) -> Iterator[tuple[str, list[int]]]:
    """The selected objects, grouped by the configuration of their folders, of which one stands for all."""
    groups: dict[int, tuple[str, list[int]]] = {}
    for index, each in enumerate(objects):
        if selected(each.path):
            folder = os.path.dirname(each.path)
            groups.setdefault(id(settings.of(folder)), (folder, []))[1].append(index)
    return iter(groups.values())


def edits_by_path(objects: list[Placed], items: list[Resource]) -> Mapping[str, list[Resource]]:
    """The objects that have edits, by the real paths of their files."""
    found: dict[str, list[Resource]] = {}
    for each, item in zip(objects, items, strict=True):
        if item.edits:
            found.setdefault(each.path, []).append(item)
    return found
