"""Entries of a SecretMapping that may mean what an ExternalSecret means, the best first. `proof` decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.template import Ref, Template, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError
from krm_secrets.migrate.fetched import Field, as_map
from krm_secrets.migrate.original import Reading, overlay
from krm_secrets.migrate.remainder import default_store, head, store, verbatim
from krm_secrets.migrate.sources import Stores, aliases, possible_stores, written
from krm_secrets.migrate.wording import Naming, composite, path, worded
from krm_secrets.settings.config import Config
from krm_secrets.shorthand.items import Item

Entry = dict[str, object]


class _Impossible(Exception):
    """This form cannot say it."""


def candidates(reading: Reading, config: Config, items: Mapping[str, str]) -> Iterator[Entry]:
    """All forms worth a try; those with `spec` come last."""
    extra = overlay(reading)
    found = sorted(_by_grammar(reading, config, items), key=_size)
    yield from ({**entry, **({"spec": extra} if extra else {})} for entry in found)
    fetches = {key: reading.spec[key] for key in ("data", "dataFrom") if key in reading.spec} | default_store(reading)
    try:
        entry = {**_values(reading, lambda ref: ref.segments), **_metadata(reading, lambda ref: ref.segments)}
        yield {**head(reading, config), **entry, "spec": {**fetches, **extra}}
    except (TemplateError, _Impossible):
        pass
    yield {**head(reading, config), "spec": verbatim(reading)}


def _by_grammar(reading: Reading, config: Config, items: Mapping[str, str]) -> Iterator[Entry]:
    used = _used(reading)
    stores = [field.store for field in used] + [whole.store for whole in reading.fetched.wholes]
    for choice in possible_stores(stores, config):
        for form in (_whole_item, _of_parsed_values, _of_fields, _of_any_item):
            try:
                source, below = form(reading, choice, items, used)
            except (_Impossible, TemplateError):
                continue
            entry = {"from": source} | ({"store": store(choice.own, config)} if choice.own else {})
            yield {**entry, **head(reading, config), **below}


# The forms of `from`.


def _whole_item(reading: Reading, stores: Stores, items: Mapping[str, str], used: list[Field]) -> tuple[object, Entry]:
    """Without `data`: all fields of items, or single values under the names of their keys."""
    wholes, entries = reading.fetched.wholes, reading.fetched.entries
    if as_map(as_map(reading.spec.get("target")).get("template")).get("data") or (wholes and entries):
        raise _Impossible
    below = _metadata(reading, lambda ref: ref.segments)
    sources: dict[str, Item | None] = {whole.prefix.removesuffix("_"): stores.whole(whole) for whole in wholes}
    if wholes and all(not whole.prefix for whole in wholes):
        return _list([stores.whole(whole) for whole in wholes], stores, items), below
    if wholes and any(not whole.prefix.endswith("_") for whole in wholes):
        raise _Impossible
    if wholes:
        return _map(sources, stores, items), below
    singles = {name: stores.source(field) for name, field in entries.items()}
    if len(entries) == 1:
        ((name, field),) = entries.items()
        source = singles[name]
        if source is not None and field.property == name:
            return _list([source._replace(property=name)], stores, items), below
    if any(
        field.property or field.store is None or stores.config.served(field.store).fetch != "value" for field in used
    ):
        raise _Impossible
    return _map(singles, stores, items), below


def _of_fields(
    reading: Reading, stores: Stores, items: Mapping[str, str], used: list[Field], parsed: bool = False
) -> tuple[object, Entry]:
    """Each value names its field, and the item by an alias where there are several."""
    sources: dict[Item, list[str]] = {}
    owner: dict[Field, Item] = {}
    for field in used:
        source = stores.source(field)
        if source is None:
            raise _Impossible
        owner[field] = source
        sources.setdefault(source, []).extend(_fetched_as(reading, field))
    if not sources or _may_be_renamed(reading):
        raise _Impossible
    called = dict(zip(sources, aliases(sources, _prefixes(reading, stores), items), strict=True))
    bare = len(sources) == 1 and all(field.property for field in used)
    fields = {field: _called("" if bare else called[owner[field]], field) for field in used}

    def naming(ref: Ref) -> tuple[str, ...]:
        origin = reading.fetched.origin(ref.segments[0])
        if len(origin) != 1 or not isinstance(origin[0], Field) or len(ref.segments) > 1:
            raise _Impossible
        return fields[origin[0]]

    below = {**_values(reading, naming, parsed), **_variables(reading, fields), **_metadata(reading, naming)}
    if bare:
        return _list(list(sources), stores, items), below
    return _map({called[source]: source for source in sources}, stores, items), below


def _of_parsed_values(
    reading: Reading, stores: Stores, items: Mapping[str, str], used: list[Field]
) -> tuple[object, Entry]:
    """The same where templates look into values that are JSON or YAML: the shorthand names what is in them."""
    if not any(field.store and stores.config.served(field.store).fetch == "value" for field in used):
        raise _Impossible
    return _of_fields(reading, stores, items, used, parsed=True)


def _of_any_item(reading: Reading, stores: Stores, items: Mapping[str, str], used: list[Field]) -> tuple[object, Entry]:
    """A list: a field is of whichever item has it, and what was fetched alone is named by its property."""
    listed = [stores.whole(whole) for whole in reading.fetched.wholes]
    if not listed or any(whole.prefix for whole in reading.fetched.wholes):
        raise _Impossible
    for field in used:
        source = stores.source(field)
        if source is None or not field.property or field.inside:
            raise _Impossible
        fetched_alone = field in reading.fetched.entries.values() and source not in listed
        if fetched_alone or not names.is_identifier(field.property):
            listed.append(source._replace(property=field.property))

    def naming(ref: Ref) -> tuple[str, ...]:
        field = reading.fetched.entries.get(ref.segments[0])
        return (field.property,) if field else ref.segments

    below = {**_values(reading, naming), **_metadata(reading, naming)}
    return _list(listed, stores, items), below


def _called(alias: str, field: Field) -> tuple[str, ...]:
    name = field.inside or field.property
    return tuple(filter(None, (alias, name)))


def _list(sources: Iterable[Item | None], stores: Stores, items: Mapping[str, str]) -> object:
    """One item by itself, several as a list."""
    listed = [_written(source, stores, items) for source in sources]
    return listed[0] if len(listed) == 1 else listed


def _map(sources: Mapping[str, Item | None], stores: Stores, items: Mapping[str, str]) -> object:
    if any(alias in names.RESERVED_ALIASES or not names.is_identifier(alias) for alias in sources):
        raise _Impossible
    return {alias: _written(source, stores, items) for alias, source in sources.items()}


def _written(source: Item | None, stores: Stores, items: Mapping[str, str]) -> object:
    if source is None:
        raise _Impossible
    given = (stores.config.store, stores.own)
    declared = {*stores.config.stores, *stores.config.route.values()} | {store.name for store in given if store}
    return written(source, items, declared)


# What is used.


def _used(reading: Reading) -> list[Field]:
    """The fields that the values name, each once, in the order of their use."""
    found: dict[Field, None] = {}
    for ref in _refs(reading):
        found |= {part: None for part in reading.fetched.origin(ref.segments[0]) if isinstance(part, Field)}
    if reading.is_open:
        found |= dict.fromkeys(reading.fetched.entries.values())
    return list(found)


def _refs(reading: Reading) -> Iterator[Ref]:
    for value in reading.data:
        yield from _parsed(value.text, value.template)
    for text in (*reading.labels.values(), *reading.annotations.values()):
        yield from _parsed(text, None)


def _parsed(text: str, template: Template | None) -> Iterator[Ref]:
    try:
        yield from (template or parse_template(text)).refs
    except TemplateError:
        return


def _fetched_as(reading: Reading, field: Field) -> list[str]:
    names_ = [name for name, other in reading.fetched.entries.items() if other == field]
    return names_ or [field.inside or field.property]


def _may_be_renamed(reading: Reading) -> bool:
    """Whether a field of a whole item may have another name in the store: `a_b` may stand for `a b`.

    It comes with the item, but cannot be asked for, which the shorthand does where another field needs it.
    """
    by_item: dict[Field, list[str]] = {}
    for name in (ref.segments[0] for ref in _refs(reading)):
        for part in reading.fetched.origin(name) if name not in reading.fetched.entries else ():
            if isinstance(part, Field):
                by_item.setdefault(part._replace(property="", inside=""), []).append(part.inside or part.property)
    return any(
        any("_" in name and names.is_identifier(name) for name in found) and not all(map(names.is_identifier, found))
        for found in by_item.values()
    )


def _prefixes(reading: Reading, stores: Stores) -> dict[Item, str]:
    pairs = ((stores.whole(whole), whole.prefix) for whole in reading.fetched.wholes if whole.prefix)
    return {source: prefix for source, prefix in pairs if source is not None}


# The other fields.


def _values(reading: Reading, naming: Naming, parsed: bool = False) -> Entry:
    if not reading.data:
        return {}
    data = {value.key: worded(value.text, value.template, naming, parsed) for value in reading.data}
    if all(value == path((key,)) for key, value in data.items()):
        return {"data": list(data)}
    return {"data": data}


def _variables(reading: Reading, fields: Mapping[Field, tuple[str, ...]]) -> Entry:
    """The names by which templates elsewhere know what is fetched."""
    if not reading.templates or reading.fetched.wholes:
        return {}
    variables = {name: path(fields[field]) for name, field in reading.fetched.entries.items()}
    if all(value == path((name,)) for name, value in variables.items()):
        return {"variables": list(variables)}
    return {"variables": variables}


def _metadata(reading: Reading, naming: Naming) -> Entry:
    entry: Entry = {}
    for name, texts in (("labels", reading.labels), ("annotations", reading.annotations)):
        if texts:
            entry[name] = {key: composite(text, None, naming) for key, text in texts.items()}
    return entry


def _size(entry: Entry) -> int:
    return len(repr(entry))
