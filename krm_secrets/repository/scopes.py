"""The files whose objects a kustomization, or what starts at a folder, takes."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.survey import Survey

T = TypeVar("T")


def reached(start: T, further: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """What one comes to from a start, itself included, each once, also where ways go round in circles."""
    waiting, done = [start], set[T]()
    while waiting:
        here = waiting.pop()
        if here not in done:
            done.add(here)
            yield here
            waiting += further(here)


class Scopes:
    """Those of the kustomizations of a tree."""

    def __init__(self, seen: Survey) -> None:
        self._seen = seen
        self._files = sorted(seen.tree.files)
        self._folders = sorted(seen.kustomizations)
        self._above: dict[str, list[str]] = {}
        for folder, one in seen.kustomizations.items():
            for entry in one.content.components:
                self._above.setdefault(seen.tree.find(folder, entry), []).append(folder)

    def of(self, folder: str) -> frozenset[str]:
        """The files of a kustomization; a Component has those of all that list it."""
        listing = reached(folder, lambda here: self._above.get(here, ()))
        return frozenset[str]().union(*map(self._below, listing))

    def started(self, folder: str) -> frozenset[str]:
        """The files of what starts at a folder: all below it, and what the kustomizations there list elsewhere."""
        found = set(under(self._files, folder))
        inner = () if folder in self._seen.kustomizations else under(self._folders, folder)
        return frozenset(found.union(*map(self._below, (folder, *inner))))

    def _below(self, folder: str) -> set[str]:
        """The files that a kustomization lists, and those that what it lists lists."""
        listed = reached(folder, self._listed)
        return {path for path in listed if path and path != folder and path not in self._seen.kustomizations}

    def _listed(self, folder: str) -> list[str]:
        one = self._seen.kustomizations.get(folder)
        entries = (*one.content.resources, *one.content.components) if one else ()
        return [self._seen.tree.find(folder, entry) for entry in entries]


def under(paths: list[str], folder: str) -> list[str]:
    """Those of sorted paths that lie below a folder."""
    start = folder.rstrip(os.sep) + os.sep
    return paths[bisect_left(paths, start) : bisect_left(paths, start + "\U0010ffff")]
