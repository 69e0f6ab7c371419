"""The `from` of a Secret: which items its fields come from, how each is written, and what each field is then called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.duration import canonical
from krm_secrets.migrate.fetched import Field, Whole
from krm_secrets.settings.config import Config, ItemTable, StoreRef
from krm_secrets.shorthand.items import Item

_GENERIC = ("api", "id", "key", "pass", "password", "secret", "token", "url", "user", "username")


Fetch = tuple[Item, int]
"""An entry of `from`, and which one it is where the same is fetched whole several times."""


class Stores(NamedTuple):
    """The stores of one Secret: its own `store`, or else what routes and defaults choose.

    With `alone` a field that was fetched by itself is named with its item, where the store would else give all of it.
    """

    config: Config
    own: StoreRef | None = None
    alone: bool = False

    def source(self, field: Field) -> Item | None:
        """The entry of `from` that gives the field; None when none can."""
        if field.generator:
            return None if field.options else Item(field.key, generator=field.generator)
        if field.store is None or any(name != "decodingStrategy" for name, _ in field.options):
            return None
        fetch = self.config.served(field.store).fetch
        if (field.property and fetch == "value") or (field.bulk and fetch != "extract"):
            return None
        chosen = self.chosen(field.property)
        store = "" if chosen == field.store else field.store.name
        if store and (self.own if self.own and self.own.name == store else self.config.store_ref(store)) != field.store:
            return None
        decoding = field.options[0][1] if field.options else ""
        named = field.inside or (self.alone and fetch == "extract" and not field.bulk)
        return Item(field.key, field.property if named else "", store, decoding)

    def whole(self, whole: Whole) -> Item | None:
        """The entry of `from` for all fields of an item."""
        if whole.other:
            return None
        source = self.source(Field(whole.store, whole.key, whole.property, "", whole.options, whole.generator, 1))
        return source._replace(property=whole.property) if source else None

    def chosen(self, field: str) -> StoreRef | None:
        """The store that a field has when its item names none."""
        if self.own is not None:
            return self.own
        routed = self.config.routed(field, self.config.store)
        return self.config.store_ref(routed) if routed else self.config.store


def possible_stores(used: Iterable[StoreRef | None], config: Config) -> Iterator[Stores]:
    """The choices for `store` of the Secret, the shortest first."""
    stores = [store for store in dict.fromkeys(used) if store is not None]
    plain = Stores(config)
    declared = {*config.stores, *config.route.values()} | ({config.store.name} if config.store else set())
    if len(stores) == 1 and (stores[0].name not in declared or config.store_ref(stores[0].name) != stores[0]):
        yield Stores(config, stores[0])
    else:
        yield plain
        yield from (Stores(config, store) for store in stores)


def written(source: Item, items: ItemTable, declared: Iterable[str]) -> object:
    """The entry as `from` holds it: text, or the long form where text would be read as something else."""
    if source.generator:
        return f"gen:{source.generator}/{source.key}"
    key = items.name_of(source.key)
    text = (f"{source.store}:" if source.store else "") + key + (f"#{source.property}" if source.property else "")
    bare = re.sub(names.VARIABLE, "", f"{key}{source.property}")
    odd = "#" in bare or not key or (not source.store and any(key.startswith(f"{name}:") for name in declared))
    if not (odd or source.decoding or text.startswith("gen:")):
        return text
    given = {"key": key, "property": source.property, "store": source.store, "decoding": source.decoding}
    return {name: value for name, value in given.items() if value or name == "key"}


def aliases(sources: Mapping[Fetch, list[str]], prefixes: Mapping[Fetch, str], items: ItemTable) -> list[str]:
    """A name for each source, from the prefix it had, its name in `items`, or the names under which it was fetched."""
    taken: dict[str, Fetch] = {}
    most = max(sources, key=lambda source: len(sources[source]), default=None)
    for source, fetched in sources.items():
        key = source[0].key
        known = items.name_of(key)
        wishes = [prefixes.get(source, "").rstrip("_")]
        wishes += [known] if known != key else []
        wishes += ["app"] if source == most and len(fetched) > 1 else []
        wishes += [common_words(fetched), "app", "item"]
        taken[_free((names.identifier(wish) for wish in wishes if wish), taken)] = source
    return list(taken)


def _free(wishes: Iterator[str], taken: Mapping[str, Fetch]) -> str:
    last = ""
    for last in wishes:
        if _is_free(last, taken):
            return last
    count = 2
    while not _is_free(f"{last}{count}", taken):
        count += 1
    return f"{last}{count}"


def _is_free(alias: str, taken: Mapping[str, Fetch]) -> bool:
    """Not taken, and no prefix of another: `app_db_x` could be `db_x` of `app` or `x` of `app_db`."""
    if alias in names.RESERVED_ALIASES or not re.match(names.ALIAS, alias) or not alias.strip("_"):
        return False
    return not any(f"{alias}_".startswith(f"{other}_") or f"{other}_".startswith(f"{alias}_") for other in taken)


def common_start(split: Iterable[Sequence[str]]) -> list[str]:
    """The words with which all of these begin."""
    return [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*split, strict=False))]


def common_words(texts: list[str]) -> str:
    """The words that all names begin with, in lower case: `postgres` of POSTGRES_USER and POSTGRES_PASSWORD."""
    found = (re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", text) for text in texts)
    common = common_start([[word.lower() for word in words] for words in found])
    while len(common) > 1 and common[-1] in _GENERIC:
        common.pop()
    return "_".join(common)


def short_duration(text: str) -> str:
    """A duration as people write it: 12h for 12h0m0s."""
    full = canonical(text)
    if full.endswith("m0s"):
        full = full.removesuffix("0s")
    if full.endswith("h0m"):
        full = full.removesuffix("0m")
    return "0" if full == "0s" else full
