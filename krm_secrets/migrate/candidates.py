"""Entries of a SecretMapping that may mean what an ExternalSecret means, the best first. `mappings` decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.template import Ref, Template, parse_template, refs_of
from krm_secrets.externalsecrets.tokens import NAME, PATH, TemplateError
from krm_secrets.migrate.fetched import Field
from krm_secrets.migrate.meaning import alone, constant
from krm_secrets.migrate.original import Reading, overlay
from krm_secrets.migrate.remainder import default_store, head, store, verbatim
from krm_secrets.migrate.sources import Fetch, Stores, aliases, possible_stores, written
from krm_secrets.plain import as_map, filled
from krm_secrets.settings.config import Config, ItemTable
from krm_secrets.shorthand.items import Item

Entry = dict[str, object]


class _Impossible(Exception):
    """This form cannot say it."""


def candidates(reading: Reading, config: Config, items: ItemTable) -> Iterator[Entry]:
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


def _by_grammar(reading: Reading, config: Config, items: ItemTable) -> Iterator[Entry]:
    used = _used(reading)
    stores = [field.store for field in used] + [whole.store for whole in reading.fetched.wholes]
    choices = list(possible_stores(stores, config))
    if any(field.store and not field.bulk and config.served(field.store).fetch == "extract" for field in used):
        choices += [choice._replace(alone=True) for choice in choices]
    for choice in choices:
        for form in (_whole_item, _of_parsed_values, _of_fields, _of_any_item):
            try:
                source, below = form(reading, choice, items, used)
            except (_Impossible, TemplateError):
                continue
            entry = {"from": source} | ({"store": store(choice.own, config)} if choice.own else {})
            yield {**entry, **head(reading, config), **below}


# The forms of `from`.


def _whole_item(reading: Reading, stores: Stores, items: ItemTable, used: list[Field]) -> tuple[object, Entry]:
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
    singles: dict[str, Item | None] = {}
    for name, field in entries.items():
        source = stores.source(field)
        singles[name] = source._replace(property=field.property) if source else None
        if len(entries) == 1 and field.property == name:
            return _list([singles[name]], stores, items), below
    for field in used:
        fetch = stores.config.served(field.store).fetch if field.store else ""
        # Where no property can be missing, `data` says it shorter.
        if fetch != ("value" if not field.property else "" if reading.fetched.complete else "property"):
            raise _Impossible
    return _map(singles, stores, items), below


def _of_fields(
    reading: Reading, stores: Stores, items: ItemTable, used: list[Field], parsed: bool = False
) -> tuple[object, Entry]:
    """Each value names its field, and the item by an alias where there are several."""
    sources: dict[Fetch, list[str]] = {}
    owner: dict[Field, Fetch] = {}
    for field in used:
        source = stores.source(field)
        if source is None:
            raise _Impossible
        owner[field] = source, max(field.bulk, 1)
        sources.setdefault(owner[field], []).extend(_fetched_as(reading, field))
    if not sources:
        raise _Impossible
    called = dict(zip(sources, aliases(sources, _prefixes(reading, stores), items), strict=True))
    bare = len(sources) == 1 and all(field.property for field in used)
    fields = {field: _called("" if bare else called[owner[field]], field, owner[field][0]) for field in used}

    def naming(ref: Ref) -> tuple[str, ...]:
        origin = reading.fetched.origin(ref.segments[0])
        if len(origin) != 1 or not isinstance(origin[0], Field) or len(ref.segments) > 1:
            raise _Impossible
        return fields[origin[0]]

    below = {**_values(reading, naming, parsed), **_variables(reading, fields), **_metadata(reading, naming)}
    if bare:
        return _list([source for source, _ in sources], stores, items), below
    return _map({called[fetch]: fetch[0] for fetch in sources}, stores, items), below


def _of_parsed_values(reading: Reading, stores: Stores, items: ItemTable, used: list[Field]) -> tuple[object, Entry]:
    """The same where templates look into values that are JSON or YAML: the shorthand names what is in them."""
    if not any(field.store and stores.config.served(field.store).fetch == "value" for field in used):
        raise _Impossible
    return _of_fields(reading, stores, items, used, parsed=True)


def _of_any_item(reading: Reading, stores: Stores, items: ItemTable, used: list[Field]) -> tuple[object, Entry]:
    """A list: a field is of whichever item has it, and what was fetched alone is named by its property."""
    listed = [stores.whole(whole) for whole in reading.fetched.wholes]
    if any(whole.prefix for whole in reading.fetched.wholes):
        raise _Impossible
    for field in used:
        source = stores.source(field)
        if source is None or not field.property or field.inside:
            raise _Impossible
        if not field.bulk:
            listed.append(source._replace(property=field.property))
    if not (reading.fetched.wholes or (listed and stores.alone)):
        raise _Impossible

    def naming(ref: Ref) -> tuple[str, ...]:
        field = reading.fetched.entries.get(ref.segments[0])
        return (field.property,) if field else ref.segments

    below = {**_values(reading, naming), **_metadata(reading, naming)}
    return _list(listed, stores, items), below


def _called(alias: str, field: Field, source: Item) -> tuple[str, ...]:
    """How the shorthand calls a field: an alias of an item that names its one property says all."""
    name = field.inside or ("" if alias and source.property else field.property)
    return tuple(filter(None, (alias, name)))


def _list(sources: Iterable[Item | None], stores: Stores, items: ItemTable) -> object:
    """One item by itself, several as a list."""
    listed = [_written(source, stores, items) for source in sources]
    return listed[0] if len(listed) == 1 else listed


def _map(sources: Mapping[str, Item | None], stores: Stores, items: ItemTable) -> object:
    if any(alias in names.RESERVED_ALIASES or not names.is_identifier(alias) for alias in sources):
        raise _Impossible
    return {alias: _written(source, stores, items) for alias, source in sources.items()}


def _written(source: Item | None, stores: Stores, items: ItemTable) -> object:
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
        yield from value.refs
    for text in (*reading.labels.values(), *reading.annotations.values()):
        yield from refs_of(text)


def _fetched_as(reading: Reading, field: Field) -> list[str]:
    names_ = [name for name, other in reading.fetched.entries.items() if other == field]
    return names_ or [field.inside or field.property]


def _prefixes(reading: Reading, stores: Stores) -> dict[Fetch, str]:
    found: dict[Fetch, str] = {}
    sources = [stores.whole(whole) for whole in reading.fetched.wholes]
    for at, (source, whole) in enumerate(zip(sources, reading.fetched.wholes, strict=True)):
        if source is not None and whole.prefix:
            found[source, sources[: at + 1].count(source)] = whole.prefix
    return found


# The other fields.


def _values(reading: Reading, naming: Naming, parsed: bool = False) -> Entry:
    if not reading.data:
        return {}
    return {"data": _listed({value.key: worded(value.text, value.template, naming, parsed) for value in reading.data})}


def _listed(values: dict[str, object]) -> object:
    """A list where each is the field of its own name."""
    return list(values) if all(value == path((key,)) for key, value in values.items()) else values


def _variables(reading: Reading, fields: Mapping[Field, tuple[str, ...]]) -> Entry:
    """The names by which templates elsewhere know what is fetched."""
    if not reading.templates or reading.fetched.wholes:
        return {}
    return {"variables": _listed({name: path(fields[field]) for name, field in reading.fetched.entries.items()})}


def _metadata(reading: Reading, naming: Naming) -> Entry:
    given = (("labels", reading.labels), ("annotations", reading.annotations))
    return filled({n: {key: composite(text, None, naming) for key, text in texts.items()} for n, texts in given})


def _size(entry: Entry) -> int:
    return len(repr(entry))


Naming: TypeAlias = "Callable[[Ref], tuple[str, ...]]"
"""The names by which the shorthand calls what a reference of the template stands for."""

_REFERENCE = re.compile(rf"({PATH})(?:\s*\|.*\S)?", re.DOTALL)
_PARSED = re.compile(rf"\(\s*({PATH})\s*\|\s*(?:mustFromJson|fromYaml)\s*\)((?:\.[A-Za-z_]\w*)+)")


def worded(text: str, template: Template | None, naming: Naming, parsed: bool = False) -> object:
    """What stands under `data` for this template; raises TemplateError when it cannot be read.

    With `parsed`, places in values that a template reads as JSON or YAML are named as fields of the values.
    """
    if template is None:
        plain = constant(text)
        if plain is not None:
            return {"literal": plain} if plain.startswith(".") or "{{" in plain else plain
    result = composite(alone(text), template, naming)
    if parsed:
        result = _PARSED.sub(r"\1\2", result)
    if result.startswith("{{ .") and result.endswith(" }}"):
        inner = result[3:-3]
        if _REFERENCE.fullmatch(inner) and "{{" not in inner and "}}" not in inner:
            return inner
    # A dot at the start would make a reference of the text.
    return '{{ "." }}' + result[1:] if result.startswith(".") else result


def composite(text: str, template: Template | None, naming: Naming) -> str:
    """The template with its references in the words of the shorthand, and every other byte as it was."""
    parts = (template or parse_template(text)).parts
    return "".join(part if isinstance(part, str) else part.root[:-1] + path(naming(part)) for part in parts)


def path(names: tuple[str, ...]) -> str:
    """A reference: `.name`, or `."any name"` where it must be quoted."""
    return "".join(f".{name}" if re.fullmatch(NAME, name) else f".{_quoted(name)}" for name in names)


def _quoted(name: str) -> str:
    if not name or not name.isprintable():
        raise TemplateError("no quoted name can hold this", 0)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
