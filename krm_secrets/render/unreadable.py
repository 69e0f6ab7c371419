"""Files that cannot be read and concern a run, because of what is in them or because a kustomization lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from krm_secrets.errors import Failure, Result
from krm_secrets.repository.survey import Survey
from krm_secrets.stages.repeated import kustomize_takes


def unreadable(seen: Survey, selected: Callable[[str], bool]) -> Iterator[Result]:
    """What is wrong with them; a notice is enough for other files."""
    listed = seen.listed(selected)
    unread = dict(seen.tree.unread)
    for path, error in seen.unread.items():
        if path not in seen.tree.odd or path in listed:
            unread[path] = error
    for path in sorted(listed & seen.parsed.keys()):  # kustomize refuses a key that stands twice
        for item in seen.parsed[path].items:
            read = item.latest()
            keys = [key for key in read.repeated if not kustomize_takes(read, key)]
            if found := [each for key in keys for each in item.unreadable(key).results]:
                unread[path] = Failure(*found)
    for path, error in unread.items():
        if selected(path):
            yield from error.results
