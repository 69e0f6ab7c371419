"""Restarts wired over a whole tree: who uses which Secret is decided by the namespaces that builds give.

A namespace that a build gives is one place for the whole tree. An object whose namespace nobody here knows has its own
build as its place, or its folder if it is in none, so that equal names in two apps stay two Secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from krm_secrets.krm.resource import Resource
from krm_secrets.render.settings import Settings
from krm_secrets.repository.builds import Build
from krm_secrets.stages.producers import Producers, producers
from krm_secrets.stages.reload import Wiring, may_name
from krm_secrets.yamltext.nodes import YamlError

_SEP = " | "
"""No namespace has a space: what has one stands for several places."""


class Placed(NamedTuple):
    """An object of a file, with the places where builds put it."""

    path: str
    item: Resource
    places: tuple[str, ...]


def placed(objects: Iterable[tuple[str, Resource]], builds: Iterable[Build]) -> list[Placed]:
    """The objects, given with the real paths of their files, as the builds see them."""
    given: dict[str, list[tuple[str, str]]] = {}
    for n, build in enumerate(builds):
        for path, namespaces in build.members.items():
            given.setdefault(path, []).extend((f"build {n}", namespace) for namespace in namespaces)
    found = []
    for path, item in objects:
        own = item.ref.namespace
        alone = [(f"folder {os.path.dirname(path)}", "")]
        places = {namespace or own or build for build, namespace in given.get(path, alone)}
        ordered = tuple(sorted(places))
        found.append(Placed(path, item.within(_SEP.join(ordered)), ordered))
    return found


def wire(objects: list[Placed], settings: Settings, selected: Callable[[str], bool]) -> list[Resource]:
    """The objects, those of selected files with what restarts them and with the labels that others need."""
    known = _everywhere(producers(each.item for each in objects), objects)
    items = [each.item for each in objects]
    visible: dict[str, frozenset[str]] = {}
    for name, place in known.items:
        visible[place] = visible.get(place, frozenset()) | {name}
    for folder_config, indexes in _by_config(objects, settings, selected):
        context = settings.context(folder_config)
        if context.config.reload == "off" or (not known.items and context.config.reload != "all"):
            continue
        wiring = Wiring(items, known, context)
        for index in indexes:
            item = items[index]
            names = frozenset() if context.config.reload == "all" else visible.get(item.namespace, frozenset())
            if context.config.reload != "all" and not names:
                continue
            if may_name(item, names):
                _act(wiring, index)
        wiring.label()
        items = wiring.items
    return [item if selected(each.path) else each.item for item, each in zip(items, objects, strict=True)]


def _act(wiring: Wiring, index: int) -> None:
    item = wiring.items[index]
    try:
        wiring.items[index] = wiring.acted(item, wiring.decided(wiring.found(item)))
    except YamlError as error:
        wiring.report(item.unreadable(error).results[0])


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
    """The selected consumers, grouped by the configuration of their folders, of which one stands for all."""
    from krm_secrets.reload.action import looks_relevant

    groups: dict[int, tuple[str, list[int]]] = {}
    for index, each in enumerate(objects):
        if looks_relevant(each.item.kind, each.item.api_version) and selected(each.path):
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
