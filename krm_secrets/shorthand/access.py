"""How one field of one item is reached: which item and store has it, and by what kind of fetch."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path, Problem, clean
from krm_secrets.externalsecrets.names import is_identifier
from krm_secrets.externalsecrets.template import quoted
from krm_secrets.settings.config import SECRETS_MANAGER, Config, StoreConfig, StoreRef
from krm_secrets.shorthand.grammar import Secret
from krm_secrets.shorthand.items import Item, Source, Usage

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Final, Literal, TypeAlias

    from krm_secrets.settings.config import Fetch

    Mode: TypeAlias = Literal["bulk", "entry", "either"]
    from collections.abc import Iterable, Sequence


BULK: Final = "bulk"
ENTRY: Final = "entry"
EITHER: Final = "either"


class Entry(NamedTuple):
    """One value fetched by itself: an entry of `spec.data`."""

    store: StoreRef
    key: str
    property: str = ""
    decoding: str = ""


class Bulk(NamedTuple):
    """All fields of an item at once, or a generator's: an entry of `spec.dataFrom`. The fields get the prefix."""

    item: Item
    store: StoreRef | None = None
    prefix: str = ""


class Access(NamedTuple):
    """The way to a field: BULK under its own name, ENTRY by a fetch of its own, EITHER as the other fields allow."""

    mode: Mode
    entry: Entry | None = None
    steps: tuple[str, ...] = ()  # into the map that the entry fetches as text
    reader: str = ""  # the template function that reads this text


class Router:
    """Finds the way to fields of one Secret, and notes every use of a store."""

    def __init__(self, secret: Secret, default: StoreRef | None, config: Config, problems: list[Problem]) -> None:
        self.secret = secret
        self.default = secret.store or default
        self.config = config
        self.problems = problems
        self.usages: list[Usage] = []
        self._told: set[Path] = set()

    def wrong(self, path: Path, message: str) -> None:
        """Note a mistake."""
        self.problems.append(Problem(path, message))

    def store(self, item: Item, field: str) -> tuple[StoreRef | None, bool]:
        """The store of a field, and whether the field's name alone chose it."""
        if item.store:
            own = self.secret.store
            return (own if own and own.name == item.store else self.config.store_ref(item.store)), False
        routed = self.config.routed(field, self.default) if self.secret.store is None else ""
        if routed:
            return self.config.store_ref(routed), True
        return self.default, False

    def fetch(self, item: Item, field: str = "") -> Fetch:
        """How the store of a field serves it; generators always give all their fields."""
        store, _ = self.store(item, field)
        return _fetch(self.config.served(store), item) if store and not item.generator else "extract"

    def in_bulk(self, item: Item, field: str = "") -> bool:
        """Whether the field comes along when all fields of the item are fetched at once."""
        return self.fetch(item, field) == "extract" and (bool(item.generator) or not self.store(item, field)[1])

    def used(self, source: Source, field: str) -> tuple[StoreRef | None, bool]:
        """The store of a field that will be fetched."""
        store, routed = self.store(source.item, field)
        if store is None:
            if source.path not in self._told and not self.config.doubtful:
                self._told.add(source.path)
                self.wrong(source.path, "no store is named: set store here, in the mapping or in a SecretsConfig")
        else:
            self.usages.append(Usage(store.name, source.item.key, source.path))
        return store, routed

    def access(self, source: Source, name: str, rest: tuple[str, ...], path: Path) -> Access | None:
        """The way to a field, or to the whole value when the name is empty; None when there is none."""
        item = source.item
        if item.generator:
            if not name:
                self.wrong(path, "a generator gives several fields: name one, as in .alias.field")
            return self._flat(Access(BULK), rest, path) if name else None
        store, routed = self.used(source, name or item.property)
        if store is None:
            return None
        served = self.config.served(store)
        fetch = _fetch(served, item)
        inside = () if not name or name == item.property else (name,)
        if fetch == "value":
            steps = (*((item.property,) if item.property else ()), *inside)
            # A field whose name leads to a store of values, as `notes` may, is the whole value.
            own = steps[:1] if steps and self.config.routed(steps[0], store) == store.name else ()
            entry = Entry(store, item.key, "", item.decoding)
            return Access(ENTRY, entry, (*steps[len(own) :], *rest), _reader(served))
        if not inside:
            return self._flat(Access(ENTRY, Entry(store, item.key, item.property, item.decoding)), rest, path)
        if item.property and (fetch == "property" or routed):
            self.wrong(path, f'the item already names its one property, "{clean(item.property)}"')
            return None
        if item.property:
            return self._flat(Access(BULK), rest, path)
        mode: Mode = ENTRY if fetch == "property" or routed else EITHER
        if served.provider == SECRETS_MANAGER:
            whole = Entry(store, item.key, "", item.decoding)
            return self._flat(Access(mode, whole, inside, _reader(served)), rest, path)
        return self._flat(Access(mode, Entry(store, item.key, name, item.decoding)), rest, path)

    def _flat(self, access: Access, rest: tuple[str, ...], path: Path) -> Access | None:
        if not rest:
            return access
        self.wrong(path, "names something below a field, but only stores with fetch: value have anything there")
        return None


def into_map(value: str, steps: tuple[str, ...], reader: str) -> str:
    """The expression for a place inside a value that is a map as text; fails, as it should, where there is none."""
    found = f"({value} | {reader})"
    if all(map(is_identifier, steps)):
        return found + "".join(f".{step}" for step in steps)
    for step in steps:
        # `index` of a missing name, and `get`, would be "<no value>" or nothing; of an empty list it fails.
        found = f"(index (pluck {quoted(step)} {found}) 0)"
    return found


def _fetch(served: StoreConfig, item: Item) -> Fetch:
    # The provider reads no property, so what has one is a value, of which a template takes the property.
    return "value" if item.property and served.provider == SECRETS_MANAGER else served.fetch


def _reader(served: StoreConfig) -> str:
    # What External Secrets extracts it reads as YAML, so a single field of the same item is read as YAML too.
    return "fromYaml" if served.format == "yaml" or served.fetch == "extract" else "mustFromJson"


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
