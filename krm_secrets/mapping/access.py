"""How one field of one item is reached: which store has it, and by what kind of fetch."""

from __future__ import annotations

from typing import NamedTuple

from krm_secrets.errors import Path, Problem, clean
from krm_secrets.mapping.config import Config, StoreRef
from krm_secrets.mapping.grammar import Secret
from krm_secrets.mapping.items import Item, Source, Usage
from krm_secrets.mapping.names import is_identifier
from krm_secrets.mapping.template import quoted

BULK, ENTRY, EITHER = "bulk", "entry", "either"


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

    mode: str
    entry: Entry | None = None
    steps: tuple[str, ...] = ()  # into the JSON that the entry fetches


class Router:
    """Finds the way to fields of one Secret, and notes every use of a store."""

    def __init__(self, secret: Secret, default: StoreRef | None, config: Config, problems: list[Problem]) -> None:
        self.secret = secret
        self.default = secret.store or default
        self.config = config
        self.problems = problems
        self.usages: list[Usage] = []

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

    def fetch(self, item: Item, field: str = "") -> str:
        """How the store of a field serves it; generators always give all their fields."""
        store, _ = self.store(item, field)
        return self.config.fetch(store) if store and not item.generator else "extract"

    def in_bulk(self, item: Item, field: str = "") -> bool:
        """Whether the field comes along when all fields of the item are fetched at once."""
        return self.fetch(item, field) == "extract" and (bool(item.generator) or not self.store(item, field)[1])

    def used(self, source: Source, field: str) -> tuple[StoreRef | None, bool]:
        """The store of a field that will be fetched."""
        store, routed = self.store(source.item, field)
        if store is None:
            missing = Problem(source.path, "no store is named: set store here, in the mapping or in a SecretsConfig")
            if missing not in self.problems:
                self.problems.append(missing)
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
        fetch = self.config.fetch(store)
        inside = () if not name or name == item.property else (name,)
        if fetch == "value":
            steps = (*((item.property,) if item.property else ()), *inside, *rest)
            return Access(ENTRY, Entry(store, item.key, "", item.decoding), steps)
        if not inside:
            return self._flat(Access(ENTRY, Entry(store, item.key, item.property, item.decoding)), rest, path)
        if item.property and (fetch == "property" or routed):
            self.wrong(path, f'the item already names its one property, "{clean(item.property)}"')
            return None
        if item.property:
            return self._flat(Access(BULK), rest, path)
        only = fetch == "property" or routed
        entry = Entry(store, item.key, name, item.decoding)
        return self._flat(Access(ENTRY if only else EITHER, entry), rest, path)

    def _flat(self, access: Access, rest: tuple[str, ...], path: Path) -> Access | None:
        if not rest:
            return access
        self.wrong(path, "names something below a field, but only stores with fetch: value have anything there")
        return None


def into_json(value: str, steps: tuple[str, ...]) -> str:
    """The expression for a place inside a value that is JSON; fails, as it should, when the value is none."""
    parsed = f"({value} | mustFromJson)"
    if all(map(is_identifier, steps)):
        return parsed + "".join(f".{step}" for step in steps)
    return f"(index {parsed} {' '.join(map(quoted, steps))})"
