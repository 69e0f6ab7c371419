"""The names under which values are fetched: which are taken, and which could mean two things."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Taken:
    """Names that are taken; a further one of the same kind gets a number."""

    __slots__ = ("_counts", "_mark", "_names")

    def __init__(self, names: Iterable[str], mark: str = "_") -> None:
        self._names = set(names)
        self._mark = mark
        self._counts: dict[str, int] = {}

    def free(self, base: str, other: str = "") -> str:
        """The name, else the other, or the first with a number behind the mark that nobody has; it is taken from here
        on."""
        name, count = base, self._counts.get(base, 1)
        if other and name in self._names:
            name = other
        while name in self._names:
            count += 1
            name = f"{base}{self._mark}{count}"
        self._counts[base] = count
        self._names.add(name)
        return name


def begun_by(prefix: str, ordered: list[str]) -> Iterator[str]:
    """Those of the prefixes, which are sorted, that begin with this one and are longer: they stand right behind it."""
    from bisect import bisect_right  # few mappings fetch two items whole

    at = bisect_right(ordered, prefix)
    while at < len(ordered) and ordered[at].startswith(prefix):
        yield ordered[at]
        at += 1
