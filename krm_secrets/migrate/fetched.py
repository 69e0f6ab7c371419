"""What an ExternalSecret fetches, and what a name in its templates therefore stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets import versions
from krm_secrets.externalsecrets.words import GENERATOR_API_VERSION
from krm_secrets.plain import as_list, as_map
from krm_secrets.settings.config import StoreRef

NO_KIND = "SecretStore"
"""The kind of a store reference that names none, as the controller takes it."""

_DEFAULTS = {**versions.FETCH, **versions.METADATA, **versions.NUL}
_PREFIX = re.compile(r"(?P<prefix>[A-Za-z0-9_.-]*)\$(?:1|\{1\})")
_ALL = ("(.*)", "^(.*)$", "^(.*)", "(.*)$", "(.+)", "^(.+)$", "(?s)(.*)")
_SANITISERS = ("[^-._a-zA-Z0-9]", "[^a-zA-Z0-9._-]", "[^-._A-Za-z0-9]", "[^A-Za-z0-9._-]", "[^a-zA-Z0-9_.-]")

Options = tuple[tuple[str, str], ...]
"""What is asked for besides key and property, where it is not the default, by name."""


class Field(NamedTuple):
    """One value of a remote item: a property (of all of it when empty), and perhaps a field inside that property.

    A generator's field has the generator's kind and no store. `bulk` is set where it comes with all fields of its item,
    which is another question to the store: by 1, or where the same is asked for several times by which of them it is.
    """

    store: StoreRef | None
    key: str
    property: str = ""
    inside: str = ""
    options: Options = ()
    generator: str = ""
    bulk: int = 0


class Whole(NamedTuple):
    """One entry of `dataFrom`: all fields of an item, each with the prefix. `other` holds what has no field here."""

    store: StoreRef | None
    key: str
    property: str = ""
    options: Options = ()
    generator: str = ""
    prefix: str = ""
    other: str = ""

    def request(self) -> Whole:
        """What is asked for, however the answer is called."""
        return self._replace(prefix="")

    def field(self, name: str, number: int) -> Field:
        """The field that comes with this name."""
        rest = name.removeprefix(self.prefix)
        if self.property:
            return Field(self.store, self.key, self.property, rest, self.options, self.generator, number)
        return Field(self.store, self.key, rest, "", self.options, self.generator, number)


Origin = tuple[Field | tuple[Whole, str], ...]
"""Where a name comes from: the one field, or each entry of `dataFrom` that may have it, the last one winning."""


class Fetched(NamedTuple):
    """All that an ExternalSecret fetches; `complete` where it fails unless each of the entries is there."""

    entries: Mapping[str, Field]
    wholes: tuple[Whole, ...]
    complete: bool = True

    @property
    def requests(self) -> tuple[str, ...]:
        """What is asked of stores and generators, each as often as it is: for a lease, twice is another thing."""
        asked = [*self.entries.values(), *(whole.request() for whole in self.wholes)]
        return tuple(sorted(map(repr, asked)))

    def origin(self, name: str) -> Origin:
        """What the name stands for in a template; nothing when it is not fetched."""
        if name in self.entries:
            return (self.entries[name],)
        possible = [at for at, whole in enumerate(self.wholes) if whole.other or name.startswith(whole.prefix)]
        wholes = [self.wholes[at] for at in possible]
        if len(wholes) == 1 and not wholes[0].other and name != wholes[0].prefix:
            same = [each.request() for each in self.wholes[: possible[0] + 1]].count(wholes[0].request())
            return (wholes[0].field(name, same),)
        return tuple((whole, name) for whole in wholes)


def read_fetched(spec: Mapping[str, object]) -> Fetched:
    """Read `data` and `dataFrom` of a spec whose form was checked."""
    default = _store(spec.get("secretStoreRef"))
    entries = {}
    for entry in map(as_map, as_list(spec.get("data"))):
        entries[str(entry.get("secretKey"))] = _field(entry, default)
    wholes = tuple(_whole(entry, default) for entry in map(as_map, as_list(spec.get("dataFrom"))))
    return Fetched(entries, wholes, as_map(spec.get("target")).get("deletionPolicy", "Retain") == "Retain")


def _field(entry: Mapping[str, object], default: StoreRef | None) -> Field:
    remote = as_map(entry.get("remoteRef"))
    store = _store(as_map(entry.get("sourceRef")).get("storeRef")) or default
    return Field(store, str(remote.get("key", "")), _text(remote, "property"), "", _options(remote))


def _whole(entry: Mapping[str, object], default: StoreRef | None) -> Whole:
    source = as_map(entry.get("sourceRef"))
    generator = as_map(source.get("generatorRef"))
    prefix = _prefix(entry.get("rewrite"))
    others = {key: value for key, value in entry.items() if key not in ("extract", "sourceRef", "rewrite")}
    if "find" in others:
        others["find"] = _without(_DEFAULTS, as_map(others["find"]))
    if prefix is None:
        others["rewrite"] = [_rewrite(step) for step in as_list(entry.get("rewrite"))]
    if generator:
        version = generator.get("apiVersion", GENERATOR_API_VERSION)
        if version != GENERATOR_API_VERSION:
            others["apiVersion"] = version
        name, kind = _text(generator, "name"), _text(generator, "kind")
        return Whole(None, name, "", (), kind, prefix or "", frozen(others))
    remote = as_map(entry.get("extract"))
    store = _store(source.get("storeRef")) or default
    if "extract" not in entry:
        others.setdefault("extract", None)
    key, property_ = _text(remote, "key"), _text(remote, "property")
    return Whole(store, key, property_, _options(remote), "", prefix or "", frozen(others))


def _rewrite(step: object) -> dict[str, object]:
    found = as_map(step)
    return {**found, "merge": _without(versions.MERGE, as_map(found["merge"]))} if "merge" in found else found


def _without(defaults: Mapping[str, str], data: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if value != defaults.get(key)}


def _prefix(rewrite: object) -> str | None:
    """The prefix that all fields get; None when they are renamed in any other way.

    `$1_X` is no prefix, whatever it looks like: Go takes `1_X` for the name of a group that is not there.
    """
    steps = [as_map(step) for step in as_list(rewrite)]
    regexps = [as_map(step.get("regexp")) for step in steps]
    if regexps and regexps[0].get("source") in _SANITISERS and regexps[0].get("target") == "_":
        regexps = regexps[1:]
    if not regexps:
        return ""
    match = _PREFIX.fullmatch(str(regexps[0].get("target")))
    return match["prefix"] if len(regexps) == 1 and match and regexps[0].get("source") in _ALL else None


def _options(remote: Mapping[str, object]) -> Options:
    given = ((key, value) for key, value in remote.items() if key not in ("key", "property"))
    return tuple(sorted((key, str(value)) for key, value in given if value not in ("", _DEFAULTS.get(key))))


def _store(reference: object) -> StoreRef | None:
    found = as_map(reference)
    return StoreRef(_text(found, "name"), str(found.get("kind") or NO_KIND)) if found.get("name") else None


def frozen(value: object) -> str:
    """Any data as text that is equal for equal data; empty for nothing."""
    import json  # only what the grammar has no word for pays for it

    return json.dumps(value, sort_keys=True) if value else ""


def _text(data: Mapping[str, object], key: str) -> str:
    return str(data.get(key) or "")
