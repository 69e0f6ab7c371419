"""The comma-separated list in `secret.reloader.stakater.com/reload`, each entry of which Reloader reads as `^entry$`.

Entries are Go regular expressions, which RE2 decides in linear time. An entry in which Flux or Helm have yet to fill
something in can become any name, so it counts as matching.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_UNFILLED = ("${", "{{")
_NAME = pattern(r"(?:[-A-Za-z0-9_.]|\[\.\])*")
"""What needs no RE2: names, with their dots as people and we write them."""


class NameList(NamedTuple):
    """A list as an author wrote it."""

    entries: tuple[str, ...]
    searches: tuple[Callable[[bytes], object], ...] = ()
    """Those entries that are expressions and no names, ready to look for."""

    @property
    def is_open(self) -> bool:
        """Whether something has yet to be filled in."""
        return any(map(_is_unfilled, self.entries))

    def matches(self, name: str) -> bool:
        """Whether a change of the Secret would be noticed, as far as can be told."""
        if name in self.entries or self.is_open or any(_fits(entry, name) for entry in self.entries):
            return True
        return bool(self.searches) and any(search(_bytes(name)) is not None for search in self.searches)


def parse(text: str) -> NameList:
    """The list behind an annotation's value."""
    entries = tuple(entry.strip() for entry in text.split(","))
    found = (_search(entry) for entry in entries if not is_plain(entry) and not _is_unfilled(entry))
    return NameList(entries, tuple(search for search in found if search is not None))


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
    for entry in (entry.strip() for entry in text.split(",")):
        if not is_plain(entry) and not _is_unfilled(entry) and _search(entry) is None:
            return entry
    return None


def _is_unfilled(entry: str) -> bool:
    return any(sign in entry for sign in _UNFILLED)


def _fits(entry: str, name: str) -> bool:
    """Whether a name is one that a plain entry stands for, whose dots stand for any character."""
    units = entry.replace("[.]", "[")
    return (
        len(units) == len(name)
        and is_plain(entry)
        and all(unit in (".", char) or (unit == "[" and char == ".") for unit, char in zip(units, name, strict=True))
    )


def _search(entry: str) -> Callable[[bytes], object] | None:
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
