"""The files whose objects a kustomization, or what starts at a folder, takes."""

from __future__ import annotations

import os
from bisect import bisect_left

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.survey import Survey


class Scopes:
    """Those of the kustomizations of a tree."""

    __slots__ = ("_above", "_files", "_folders", "_seen")

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
        found: set[str] = set()
        waiting, done = [folder], {folder}
        while waiting:
            here = waiting.pop()
            found |= self._below(here)
            listing = [each for each in self._above.get(here, ()) if each not in done]
            waiting += listing
            done.update(listing)
        return frozenset(found)

    def started(self, folder: str) -> frozenset[str]:
        """The files of what starts at a folder: all below it, and what the kustomizations there list elsewhere."""
        found = set(_under(self._files, folder))
        inner = () if folder in self._seen.kustomizations else _under(self._folders, folder)
        return frozenset(found.union(*map(self._below, (folder, *inner))))

    def _below(self, folder: str) -> set[str]:
        """The files that a kustomization lists, and those that what it lists lists."""
        found: set[str] = set()
        waiting, done = [folder], {folder}
        while waiting:
            here = waiting.pop()
            one = self._seen.kustomizations.get(here)
            entries = (*one.content.resources, *one.content.components) if one else ()
            for path in (self._seen.tree.find(here, entry) for entry in entries):
                if path in self._seen.kustomizations and path not in done:
                    done.add(path)
                    waiting.append(path)
                elif path:
                    found.add(path)
        return found


def _under(paths: list[str], folder: str) -> list[str]:
    """Those of sorted paths that lie below a folder."""
    start = folder.rstrip(os.sep) + os.sep
    return paths[bisect_left(paths, start) : bisect_left(paths, start + "\U0010ffff")]
