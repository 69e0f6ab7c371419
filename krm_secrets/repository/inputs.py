"""The builds among the objects of a run over folders: what kustomize, Flux or Argo CD put together, as far as the run
reads it, and for all else the folders.

An object that the run makes belongs where its document is, or, if no build takes that, where `render` would list it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NO_ENTRIES
from krm_secrets.errors import Failure
from krm_secrets.krm import kustomization
from krm_secrets.krm.files import read_text
from krm_secrets.krm.kustomization import RESOURCES, Kustomization
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.repository.survey import Listed, Parsed, Survey, listing
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worktree import File, Worktree
from krm_secrets.repository.worlds import Rules, worlds_of
from krm_secrets.secrets.world import World
from krm_secrets.settings.kinds import is_generator, is_ours
from krm_secrets.yamltext.encoding import Encoded


class Builds:
    """The builds of the files of a run."""

    def __init__(self, root: str, sources: Iterable[Source], items: Iterable[Resource]) -> None:
        seen = self._seen = _survey(root, sources, items)
        contents = _with_documents(seen)
        self._builds = seen.builds(contents, seen.parsed)
        self._touched = Touched(seen.saying(contents))
        kinds = {os.path.realpath(item.slot.source.file) for item in items if item.kind}
        self.listings = [
            item
            for one in seen.kustomizations.values()
            if one.file.path not in kinds
            for item in listing(one.file, one.file.text)
        ]
        """The kustomization files that do not say what they are, and are none of the items."""
        self._taking: dict[str, set[int]] = {}
        for number, build in enumerate(self._builds):
            for path in build.members:
                self._taking.setdefault(path, set()).add(number)

    def worlds(
        self, items: Iterable[Resource], rules: Rules = (), opened: Mapping[int, Resource] = NO_ENTRIES
    ) -> list[World]:
        """The worlds of the items."""
        objects = [(_file(item), item) for item in (*items, *self.listings)]
        return worlds_of(objects, self._builds, self._seen.kustomizations, self._touched, rules, opened)

    def apart(self, one: Resource, other: Resource) -> bool:
        """Whether no build takes both."""
        first, second = _file(one), _file(other)
        if first in self._taking and second in self._taking:
            return self._taking[first].isdisjoint(self._taking[second])
        return first in self._taking or second in self._taking or os.path.dirname(first) != os.path.dirname(second)


def _with_documents(seen: Survey) -> dict[str, Kustomization]:
    """The kustomizations, as if those that run our documents, or would list what these make, listed the documents."""
    contents = {folder: one.content for folder, one in seen.kustomizations.items()}
    entries = seen.entries().keys()
    listed = {path for _, path in entries}
    running = {seen.tree.find(folder, entry): folder for folder, content in contents.items() for entry in content.run}
    for path, one in seen.parsed.items():
        if path not in listed and any(is_ours(item) or is_generator(item) for item in one.items):
            folder = running.get(path) or seen.home(path, entries)
            if folder:
                lists = contents[folder].lists
                more = (*lists.get(RESOURCES, ()), os.path.relpath(path, folder))
                contents[folder] = contents[folder]._replace(lists={**lists, RESOURCES: more})
    return contents


def _file(item: Resource) -> str:
    """The real path of the file that an object comes from, be it by way of a document of ours."""
    source = item.slot.source
    return os.path.realpath(source.made_of or source.file)


def _survey(root: str, sources: Iterable[Source], items: Iterable[Resource]) -> Survey:
    """What was read, as a look over its tree, with the kustomization files around it."""
    files: dict[str, File] = {}
    parsed: dict[str, tuple[Source, list[Resource]]] = {}
    kustomizations: dict[str, Listed] = {}
    folders: set[str] = {root}
    for source in sources:
        path = os.path.realpath(source.file)
        files[path] = File(path, source.file, Encoded(source.text), (path,))
        parsed[path] = (source, [])
        folder = os.path.dirname(path)
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder) if folder.startswith(root) else folder
    for item in items:
        parsed[os.path.realpath(item.slot.source.file)][1].append(item)
    for folder in sorted(folders):
        for path in (os.path.join(folder, name) for name in kustomization.NAMES):
            try:
                file = files.get(path) or File(path, path, Encoded(read_text(path)), (path,))
                kustomizations[folder] = Listed(file, kustomization.read(file.text))
            except Failure:  # it is not there, or cannot be read, which kustomize will say
                continue
            files[path] = file
            parsed.pop(path, None)
    found = {path: Parsed(files[path], source, tuple(items)) for path, (source, items) in parsed.items()}
    return Survey(Worktree(root, files, folders, {}, {}, {}), found, kustomizations, {}, [])
