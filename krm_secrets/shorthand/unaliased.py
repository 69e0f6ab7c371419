"""Which of the items without aliases has a field: asked for each reference, so that the items are looked at once."""

from __future__ import annotations

from krm_secrets.shorthand.access import Router
from krm_secrets.shorthand.items import Item, Source

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANY = -1
"""Any of several items may have it."""


class Unaliased:
    """The items of one Secret."""

    __slots__ = ("_by_property", "_plain", "_plain_ways", "_router", "_sources", "_ways")

    def __init__(self, sources: Sequence[Source], router: Router) -> None:
        self._router = router
        self._sources = sources
        self._by_property: dict[str, list[int]] = {}
        for index, source in enumerate(sources):
            self._by_property.setdefault(source.item.property, []).append(index)
        self._plain = self._by_property.pop("", [])
        self._ways = _ways(source.item for source in sources)
        self._plain_ways = _ways(sources[index].item for index in self._plain)

    def is_value(self, field: str) -> bool:
        """Whether the field may be a value that is read as a map."""
        return any(self._router.fetch(item, field) == "value" for item in self._ways)

    def source(self, field: str) -> int | None:
        """The index of the item that has the field, ANY, or None where that is not clear."""
        exact = self._by_property.get(field, [])
        if len(self._sources) == 1:
            return 0
        if not exact and len(self._plain) > 1 and all(self._router.in_bulk(item, field) for item in self._plain_ways):
            return ANY
        found = exact or self._plain
        return found[0] if len(found) == 1 else None


def _ways(items: Iterable[Item]) -> list[Item]:
    """One item of each way in which fields are reached, which its store decides, and whether it has a property."""
    return list({(item.store, bool(item.generator), bool(item.property)): item for item in items}.values())
