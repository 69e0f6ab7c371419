"""The comma-separated list in `secret.reloader.stakater.com/reload`, each entry of which Reloader reads as `^entry$`.

Entries are Go regular expressions, which RE2 decides in linear time. An entry in which Flux or Helm have yet to fill
something in can become any name, so it counts as matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from krm_secrets._startup.records import NamedTuple

_UNFILLED = ("${", "{{")
_NAME = re.compile(r"(?:[-A-Za-z0-9_.]|\[\.\])*")
"""What needs no RE2: names, with their dots as people and we write them."""


class NameList(NamedTuple):
    """A list as an author wrote it."""

    entries: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether something has yet to be filled in."""
        return any(sign in entry for entry in self.entries for sign in _UNFILLED)

    def matches(self, name: str) -> bool:
        """Whether a change of the Secret would be noticed, as far as can be told."""
        return self.is_open or any(_matches(entry, name) for entry in self.entries)


def parse(text: str) -> NameList:
    """The list behind an annotation's value."""
    return NameList(tuple(entry.strip() for entry in text.split(",")))


def write(names: Iterable[str]) -> str:
    """The list that matches exactly these names, sorted."""
    # [.] and not \\.: no layer between here and Reloader (Helm's tpl, Flux substitution, quotes) changes brackets.
    return ",".join(sorted({name.replace(".", "[.]") for name in names}))


def writable(names: Collection[str]) -> frozenset[str]:
    """Those of the names that can stand in a list; templates that nobody resolved cannot, nor what is no name."""
    return frozenset(name for name in names if not any(c.isspace() or c == "," for c in name) and "{{" not in name)


def plain(text: str) -> frozenset[str]:
    """Those entries of a list that are names and nothing else."""
    return frozenset(entry for entry in parse(text).entries if entry and is_plain(entry) and "[" not in entry)


def is_plain(entry: str) -> bool:
    """Whether an entry is a name, whose dots stand for any character."""
    return _NAME.fullmatch(entry) is not None


def refused(text: str) -> str | None:
    """The first entry of a list that is no regular expression; None where all are."""
    for entry in parse(text).entries:
        if not is_plain(entry) and not any(sign in entry for sign in _UNFILLED) and _compiled(entry) is None:
            return entry
    return None


def _matches(entry: str, name: str) -> bool:
    if entry == name:
        return True
    if not is_plain(entry):
        search = _compiled(entry)
        return search is not None and search(_bytes(name)) is not None
    units = entry.replace("[.]", "[")
    return len(units) == len(name) and all(
        unit in (".", char) or (unit == "[" and char == ".") for unit, char in zip(units, name, strict=True)
    )


@lru_cache(256)
def _compiled(entry: str) -> Callable[[bytes], object] | None:
    """The search for an expression, or None where it is none."""
    import re2  # only lists with more than names pay for it

    options = re2.Options()
    options.log_errors = False  # RE2 would write the expression to stderr
    try:
        # Go puts the anchors at its ends and nothing around it: `a|b` is `^a` or `b$`, and `*` repeats the first.
        return re2.compile(_bytes(f"^{entry}$"), options).search  # type: ignore[no-any-return]
    except re2.error:
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
