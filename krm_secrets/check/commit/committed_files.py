"""The files that a commit could take: those that are named, and all of named folders, hidden ones too.

Left out of folders are `.git`, what package managers put there, and what Git ignores.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from krm_secrets.errors import Location, Result, failure
from krm_secrets.krm.folders import too_deep
from krm_secrets.repository.gitignore import Ignored

FOREIGN = frozenset((".git", ".venv", "node_modules"))
"""Folders that are never looked into, unless they are named."""


def committed_files(paths: Iterable[str], results: list[Result]) -> Iterator[str]:
    """The files; `results` gets what cannot be listed. A link in a folder is left out: Git keeps the link alone."""
    for path in paths:
        if os.path.isdir(path):
            yield from _below(path, results)
        else:
            yield path


def _below(path: str, results: list[Result]) -> Iterator[str]:
    def unlisted(error: OSError) -> None:
        file = os.path.normpath(str(error.filename))
        results.extend(failure(f"cannot be listed: {error.strerror}", Location(file=file)).results)

    ignored = Ignored(path)
    for folder, folders, files in os.walk(path, onerror=unlisted):
        if (deep := too_deep(path, folder)) is not None:
            results.extend(deep.results)
            folders.clear()
            continue
        here = os.path.normpath(folder)
        above = "" if here == os.curdir else os.path.join(here, "")
        rules = ignored.counts(here)
        folders[:] = sorted(
            name for name in folders if name not in FOREIGN and not (rules and ignored.hides(above + name, True))
        )
        for name in sorted(files):
            file = above + name
            try:
                found = os.lstat(file)
            except FileNotFoundError:  # it went meanwhile
                continue
            except OSError as error:
                results.extend(failure(f"cannot be read: {error.strerror}", Location(file=file)).results)
                continue
            if stat.S_ISREG(found.st_mode) and not (rules and ignored.hides(file)):  # no pipe, and no link
                yield file
