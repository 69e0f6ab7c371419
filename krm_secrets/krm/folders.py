"""Folders: what lies in them, and what is the closest one above."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator

from krm_secrets._startup.patterns import pattern
from krm_secrets.errors import Failure, Location, failure
from krm_secrets.krm.files import SUFFIXES

_SHOWN = pattern(r"(?i)(?:^|/)[._]*(?:docs?|snippets|testdata|fixtures|_*snapshots?__|e2e)/")
_TRIED = pattern(r"(?i)(?:^|/)tests?/")


def is_shown(file: str) -> bool:
    """Whether a file lies among what is shown or compared with, and applied to no cluster that anybody counts on."""
    return _SHOWN.search(file) is not None


def is_tried(file: str) -> bool:
    """Whether a file lies there, or among tests, so that it says nothing of what runs in a cluster."""
    return is_shown(file) or _TRIED.search(file) is not None


def find(
    paths: Iterable[str], left_out: Callable[[str, list[str], list[str]], Container[str]] = lambda *_: ()
) -> Iterator[str]:
    """The files that are named, and those in the folders that are named: YAML and JSON, hidden ones left out.

    `left_out` tells which folders are not to be entered, from the one around them and all that it holds.
    """
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, files in os.walk(path, onerror=_unlisted):
                if (deep := too_deep(path, folder)) is not None:
                    raise deep
                without = left_out(folder, folders, files)
                folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in without)
                yield from (os.path.join(folder, f) for f in sorted(files) if f.endswith(SUFFIXES) and f[0] != ".")
        else:
            yield path


DEEPEST = 200
"""Folders in each other: Python before 3.12 walks no tree of a thousand, and nobody keeps a repository in one."""


def too_deep(top: str, folder: str) -> Failure | None:
    """The Failure for a folder too far below the one that a walk began in."""
    if folder.count(os.sep, len(top)) <= DEEPEST:
        return None
    message = f"lies more than {DEEPEST} folders below the one that was named: name one further down"
    return failure(message, Location(file=folder))


def _unlisted(error: OSError) -> None:
    raise failure(f"cannot be listed: {error.strerror}", Location(file=str(error.filename))) from None


def nearest(name: str, folder: str) -> str:
    """The entry of that name in the folder or the closest one above it; "" when there is none."""
    folder = os.path.abspath(folder)
    while True:
        candidate = os.path.join(folder, name)
        if os.path.lexists(candidate):
            return candidate
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def below_root(path: str) -> str:
    """The real path of a file named relative to the working folder, if it lies in the same repository; else "".

    The root is the Git work tree around the working folder, or the folder itself outside of one.
    """
    here = os.path.realpath(".")
    root = os.path.dirname(nearest(".git", here)) or here
    try:
        real = os.path.realpath(path)
    except ValueError:  # a NUL or half a character
        return ""
    return real if not os.path.isabs(path) and os.path.commonpath((root, real)) == root else ""
