"""The objects of a tree as its builds see them: each build is a world of its own, with the namespaces that it gives.

What no build takes is a world by its folder, so that equal names in two apps stay two Secrets.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from krm_secrets._startup.records import NO_ENTRIES
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.builds import Build as Files, Way
from krm_secrets.repository.patches import own
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.views import renamed, view
from krm_secrets.secrets.world import Build, World, worlds
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.repository.selectors import Selector
    from krm_secrets.settings.restarts import MakerRule

Rules: TypeAlias = "Sequence[MakerRule]"


def worlds_of(
    objects: Iterable[tuple[str, Resource]],
    builds: Iterable[Files],
    listing: Collection[str],
    touched: Touched,
    rules: Rules = (),
    opened: Mapping[int, Resource] = NO_ENTRIES,
) -> list[World]:
    """The objects as the builds see them; `rules` and `opened` as for each World.

    `listing` are the folders with a kustomization file: what that leaves out is switched off, in no build. So is a
    patch, wherever it lies.
    A kustomization file is an object of the builds that it stands in, whose charts it may install.
    """
    by_path: dict[str, list[Resource]] = {}
    for path, item in objects:
        by_path.setdefault(path, []).append(item)
    listings = {os.path.dirname(path): by_path.pop(path) for path in list(by_path) if os.path.basename(path) in NAMES}
    order = {path: number for number, path in enumerate(by_path)}
    found, taken = [], set[str]()
    patching: dict[str, list[tuple[str, Selector | None]]] = {}
    for path in (path for path in by_path if path in touched.targets):
        for folder, target in touched.targets[path]:
            patching.setdefault(folder, []).append((path, target))
    for build in builds:
        members = sorted(build.members.keys() & order.keys(), key=order.__getitem__)
        taken.update(members)
        items = [
            (item, way)
            for path in members
            for item in by_path[path]
            if not touched.deleted(build, path, item)
            for way in sorted(build.members[path])
        ]
        listed = [
            (item, way)
            for folder in sorted(build.folders.keys() & listings.keys())
            for item in listings[folder]
            for way in sorted(set(map(_of_listing, build.folders[folder])))
        ]
        renames = renamed([*items, *listed])
        held = [(path, item) for path in members for item in by_path[path]]
        held += [(folder, item) for folder in build.folders.keys() & listings.keys() for item in listings[folder]]
        doubtful = (id(item.slot) for path, item in held if touched.doubtful(build, path, item))
        put = [view(item, way, build.variables, renames) for item, way in items]
        put += (view(item, way, build.variables, {}) for item, way in listed)
        patches = list(_patches(build, put, by_path, patching))
        found.append(Build(put, frozenset((*doubtful, *(id(each.slot) for each in patches))), patches))
    folders_left: dict[str, list[Resource]] = {}
    alone = []
    for path in (path for path in by_path if path not in taken):
        folder = os.path.dirname(path)
        if folder in listing or path in touched.patches:
            alone.append(Build(by_path[path]))
        else:
            folders_left.setdefault(folder, []).extend(by_path[path])
    found += map(Build, folders_left.values())
    return [*worlds(found, rules, opened), *(World(build, rules, opened=opened) for build in alone)]


def _patches(
    build: Files,
    items: Iterable[Resource],
    by_path: Mapping[str, Sequence[Resource]],
    patching: Mapping[str, Sequence[tuple[str, Selector | None]]],
) -> Iterator[Resource]:
    """The objects of the files with patches that a build reads, each once for every object that it patches there.

    `patching` are these files by the folders of the kustomizations that read them.
    """
    entries = [
        (patch, target)
        for folder in sorted(patching.keys() & build.folders.keys())
        for path, target in patching[folder]
        if path not in build.members
        for patch in by_path[path]
    ]
    by_kind: dict[str, list[Resource]] = {}
    for item in items if entries else ():
        by_kind.setdefault(item.kind, []).append(item)
    for patch, target in entries:
        meant = target or own(_read(patch))
        for item in by_kind.get(patch.kind, ()):
            if meant.means(item):
                yield patch.within(item.namespace).called(item.ref)


def _read(patch: Resource) -> Mapping[str, object]:
    try:
        return patch.data
    except YamlError:  # which others say
        return NO_ENTRIES


def _of_listing(way: Way) -> Way:
    """What a build gives to what a kustomization makes, whatever else it gives to the objects that this lists."""
    return Way(way.namespace, way.prefix, way.suffix, default=way.default)
