"""Edits of a text: spans replaced, and aliases kept meaning what they meant."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.yamltext.copies import Copier
from krm_secrets.yamltext.nodes import Document, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


class Edit(QuietTuple):
    """Replace `text[start:end]`; edits at one place apply in the order in which they were made."""

    start: int
    end: int
    text: str
    everywhere: bool = False
    """Whether all aliases of what it changes are to mean what it makes of it."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new, _ in sorted(edits, key=lambda e: e[:2]):
        if start < at:
            raise ValueError("edits overlap")
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def unshare(document: Document, edits: list[Edit]) -> list[Edit]:
    """Further edits that keep every alias meaning what it meant, where an edit reaches the value that it stands for."""
    if not document.aliases or not edits:
        return []
    from bisect import bisect_left, bisect_right  # few documents have aliases

    ordered = sorted((e for e in edits if not e.everywhere), key=lambda e: e[:2])
    shared = sorted(e.start for e in edits if e.everywhere)
    starts, ends = [e.start for e in ordered], [e.end for e in ordered]
    copier = Copier()
    found = []
    for alias in document.aliases:
        target = alias.target
        last = bisect_left(starts, target.end) - 1
        if last < 0 or ends[last] <= target.start:
            continue
        around = bisect_right(starts, alias.start) - 1
        if around < 0 or ends[around] < alias.end:
            if bisect_left(shared, target.start) < bisect_right(shared, target.end):
                raise YamlError("what the alias names is changed in two ways; write it out", alias.start)
            found.append(Edit(alias.start, alias.end, copier.copy(target, {})))
    return found
