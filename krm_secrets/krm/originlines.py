"""The files and lines of the user for mistakes in what a host made of them.

A host sorts keys, drops comments and hands all over in one list, whose lines tell nobody anything.
"""

from __future__ import annotations

import os

from krm_secrets.errors import Failure, Location, ResourceRef, Result
from krm_secrets.krm import kustomization
from krm_secrets.krm.annotations import file_of, package_of
from krm_secrets.krm.reading import KPT, Input, read_files
from krm_secrets.krm.resource import Resource, Source

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Read: TypeAlias = Callable[[str, str], str | None]
    """The text of a file by the folder that its path begins in, which is "" for the working folder, and the path."""


_MOST = 50
"""Files that are looked at, since a run with more mistakes is not waited for."""

_MOST_FOLDERS = 500
"""Folders in which the package of kpt is looked for."""

_LISTS = ("generators", "transformers", "validators")
"""What a kustomization lists functions in."""


def located(results: Iterable[Result], given: Input, read: Read) -> list[Result]:
    """The results, each once, which name lines where `read` has the file, and the file has the object."""
    return list(dict.fromkeys(_located(results, given, read)))


def _located(results: Iterable[Result], given: Input, read: Read) -> Iterator[Result]:
    files = _Files(given, read)
    config = given.function_config
    for result in results:
        place = result.location
        if place.resource is None or place.line:
            pass
        elif place.file:
            place = _found(place, place.resource, files.objects(place.file))
        elif config is not None and place.resource == config.ref:
            place = files.listed(place, config.ref)
        yield result._replace(location=place)


class _Files:
    """The objects of the files that mistakes are in; each file is read once."""

    __slots__ = ("_given", "_known", "_packages", "_read")

    def __init__(self, given: Input, read: Read) -> None:
        self._given = given
        self._read = read
        self._known: dict[str, Sequence[Resource]] = {}
        self._packages: dict[str, set[str]] = {}
        for item in given.items if given.host == KPT else ():
            file, package = file_of(item.annotations), package_of(item.annotations)
            self._packages.setdefault(file, set()).add(package)
        unnamed = [file for file, folders in self._packages.items() if file and "" in folders]
        folder = _holding(unnamed[:_MOST]) if unnamed else ""
        for file in unnamed if folder else ():
            self._packages[file] = {folder if package == "" else package for package in self._packages[file]}

    def objects(self, file: str) -> Sequence[Resource]:
        """Those of a file, by its path in every package that has one of that path."""
        if file not in self._known and len(self._known) < _MOST:
            folders = sorted(self._packages.get(file, {""}))
            self._known[file] = [item for folder in folders for item in _objects(file, self._read(folder, file))]
        return self._known.get(file, ())

    def listed(self, place: Location, ref: ResourceRef) -> Location:
        """The place in the file of a function's configuration, which hosts do not always name.

        kpt hands over the package, of which the file is mostly a part; kustomize has it in a list.
        """
        for item in self._given.items:
            if item.ref == ref and (file := item.location().file):
                return _found(place._replace(file=file), ref, self.objects(file))
        for name in kustomization.NAMES:
            for field, entry in self._functions(name):
                inline = "\n" in entry
                items = _objects(name, entry) if inline else self.objects(entry)
                if not any(item.ref == ref for item in items):
                    continue
                if inline:
                    line = kustomization.line_of_entry(self._read("", name) or "", entry, field)
                    return place._replace(file=name, line=line)
                return _found(place._replace(file=entry), ref, items)
        return place

    def _functions(self, name: str) -> list[tuple[str, str]]:
        text = self._read("", name)
        try:
            lists = {} if text is None else kustomization.read(text).lists
        except Failure:  # kustomize takes more than we read
            return []
        return [(field, entry) for field in _LISTS for entry in lists.get(field, ())]


def _holding(files: Sequence[str]) -> str:
    """The one folder below the working folder that has all the files: that of the package, where kpt was told one and
    does not say which. "" where it is the working folder itself, and where there is none or more than one."""
    found = ""
    for number, (folder, folders, _) in enumerate(os.walk(".")):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if all(os.path.isfile(os.path.join(folder, file)) for file in files):
            if number == 0 or found:
                return ""
            found = folder
        if number == _MOST_FOLDERS:
            return ""
    return found


def _objects(file: str, text: str | None) -> Sequence[Resource]:
    try:
        return () if text is None else read_files([Source(text, file)]).items
    except Failure:  # it was changed meanwhile, or is no YAML as we read it
        return ()


def _found(place: Location, ref: ResourceRef, items: Sequence[Resource]) -> Location:
    """The place in the one object of the file that a build may have renamed, or the place without a line."""
    same = [item for item in items if (item.kind, item.api_version) == (ref.kind, ref.api_version)]
    exact = [item for item in same if item.ref.name == ref.name]
    named = exact or [item for item in same if item.ref.name and item.ref.name in ref.name]
    if len(named) != 1:
        return place
    found = named[0].location(place.path)
    return place._replace(position=found.position, line=found.line)
