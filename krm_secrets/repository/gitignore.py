"""What Git leaves out of a work tree: by `.gitignore` of every folder and `.git/info/exclude`, unless it is tracked.

Source: gitignore(5). What a user's own Git settings ignore on one machine is not asked, since others would commit it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TypeAlias

from krm_secrets.errors import Failure
from krm_secrets.krm.files import read_bytes
from krm_secrets.krm.folders import nearest
from krm_secrets.repository.gitindex import tracked

TYPE_CHECKING = False


if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    Rules: TypeAlias = tuple[tuple[str, GitIgnoreSpec], ...]

_NAME = ".gitignore"
_LONGEST = 1000


class Ignored:
    """Says of paths below a folder whether Git leaves them out; each `.gitignore` is read once.

    Who walks a tree asks for folders first, and does not enter those that are left out. The folder itself counts even
    where rules from above leave it out: somebody asked for it.
    """

    __slots__ = ("_above", "_counting", "_exclude", "_git", "_root", "_tracked")

    def __init__(self, folder: str) -> None:
        self._tracked: frozenset[bytes] | None = None
        self._above: dict[str, Rules] = {}
        self._counting: dict[str, bool] = {}
        start = os.path.abspath(folder)
        self._git = nearest(".git", start)
        self._root = os.path.dirname(self._git) if self._git else start
        self._exclude = _read(os.path.join(self._git, "info", "exclude")) if self._git else None
        if self._hides_any(start):
            self._git, self._root, self._exclude, self._above = "", start, None, {}

    def hides(self, path: str, is_folder: bool = False) -> bool:
        """Whether Git leaves out the path, whose folder is known not to be left out."""
        if not self.counts(os.path.dirname(path)):
            return False
        absolute = os.path.abspath(path)
        return self._rule_hides(absolute, is_folder) and not self._is_tracked(absolute)

    def counts(self, folder: str) -> bool:
        """Whether any rule counts in a folder."""
        if folder not in self._counting:
            self._counting[folder] = bool(self._rules(os.path.abspath(folder)))
        return self._counting[folder]

    def _is_tracked(self, absolute: str) -> bool:
        if self._tracked is None:
            self._tracked = tracked(self._git) if self._git else frozenset()
        return os.fsencode(os.path.relpath(absolute, self._root)) in self._tracked

    def _rule_hides(self, absolute: str, is_folder: bool) -> bool:
        said = (_said(rules, absolute, base, is_folder) for base, rules in self._rules(os.path.dirname(absolute)))
        return next((found for found in said if found is not None), False)

    def _rules(self, folder: str) -> Rules:
        """The rules that count in a folder, with the folders that they stand in, the nearest first."""
        if folder not in self._above:
            own, parent = _read(os.path.join(folder, _NAME)), os.path.dirname(folder)
            above: Rules = ((self._root, self._exclude),) if self._exclude is not None else ()
            if folder not in (self._root, parent):
                above = self._rules(parent)
            self._above[folder] = ((folder, own), *above) if own is not None else above
        return self._above[folder]

    def _hides_any(self, path: str) -> bool:
        """Whether the path or a folder on the way to it is left out."""
        while path != self._root:
            if self._rule_hides(path, True):
                return True
            path = os.path.dirname(path)
        return False


def _said(rules: GitIgnoreSpec, path: str, base: str, is_folder: bool) -> bool | None:
    """What rules that stand in a folder say of an absolute path in it; None for nothing."""
    text = path.removeprefix(os.path.join(base, "")).encode(errors="surrogateescape").decode(errors="replace")
    return rules.check_file(f"{text}/" if is_folder else text).include


def _read(path: str) -> GitIgnoreSpec | None:
    """The rules of a file; a line that Git cannot use says nothing."""
    if not os.path.isfile(path):
        return None
    try:
        lines = read_bytes(path).decode(errors="replace").splitlines()
    except Failure:  # it is told as a file of the tree
        return None
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    patterns = []
    for line in lines:
        if len(line) <= _LONGEST:
            with suppress(ValueError):
                patterns.append(GitIgnoreSpecPattern(line))
    # RE2 takes linear time, whatever a contributor's pattern is.
    return GitIgnoreSpec(patterns, backend="re2") if patterns else None
