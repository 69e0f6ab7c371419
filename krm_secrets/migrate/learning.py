"""A SecretsConfig learnt from the ExternalSecrets of a repository, with the reason for each of its fields."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.configuration import CONFIG_FILE
from krm_secrets.externalsecrets.duration import canonical
from krm_secrets.externalsecrets.names import VARIABLE, has_variable, is_placeholder, is_uuid
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.migrate.fetched import Field
from krm_secrets.migrate.original import Reading
from krm_secrets.migrate.sources import common_start, common_words, short_duration
from krm_secrets.plain import as_map
from krm_secrets.repository.argocd import HOOK, SKIP
from krm_secrets.settings.config import FETCHES, STORE_KINDS, Config, StoreRef
from krm_secrets.settings.config_document import parse_config
from krm_secrets.shape import API_VERSION
from krm_secrets.shorthand.fetchnames import Taken

UNWIRED = "render would wire restarts: take this line away, run it and look at its diff"
_GENERIC = ("secret", "secrets", "credentials", "creds", "config", "externalsecret")
_SECRETS = "in how many"
_LATER = "not there yet: put the id here"


class Learnt(NamedTuple):
    """A SecretsConfig, and for each of its fields why it is there; a path of two names an entry of a table."""

    document: dict[str, object]
    reasons: Mapping[tuple[str, ...], str]
    folder: str = ""
    """Where it is to be written."""

    @property
    def path(self) -> str:
        return os.path.join(self.folder, CONFIG_FILE)

    @property
    def planned(self) -> dict[str, Config]:
        """What it says, by its path."""
        return {self.path: parse_config(self.document, [])}

    def unwired(self) -> Learnt:
        """The same without restarts."""
        return self._replace(
            document={**self.document, "reload": "off"}, reasons={**self.reasons, ("reload",): UNWIRED}
        )

    def skipped(self) -> Learnt:
        """The same for a folder of which Argo CD applies every file."""
        metadata = as_map(self.document["metadata"])
        marked = {**metadata, "annotations": {**as_map(metadata["annotations"]), HOOK: SKIP}}
        return self._replace(document={**self.document, "metadata": marked})


def learn(readings: Sequence[Reading], folder: str = "") -> Learnt:
    """The SecretsConfig for a folder that makes the mappings of these ExternalSecrets shortest."""
    document = head()
    reasons: dict[tuple[str, ...], str] = {}
    uses = _uses(readings)
    default = min(uses, key=lambda store: (-uses[store][_SECRETS], store), default=None)
    if default is not None:
        document["store"] = default.name
        reasons["store",] = f"the store of {_of(uses[default][_SECRETS], len(readings))}"
        routes = _routes(readings, default, uses)
        _stores(uses, default, document, reasons)
        if routes:
            document["route"] = {field: store for field, (store, _) in routes.items()}
            reasons |= {("route", field): reason for field, (_, reason) in routes.items()}
    refresh = Counter(canonical(str(r.spec.get("refreshInterval") or "1h")) for r in readings if not _odd_refresh(r))
    if refresh:
        usual = min(refresh, key=lambda text: (-refresh[text], text))
        document["refresh"] = short_duration(usual)
        reasons["refresh",] = f"the interval of {_of(refresh[usual], len(readings))}"
    items = item_names(list(_items(readings)))
    if items:
        document["items"] = items
        reasons["items",] = "names for ids that several ExternalSecrets use"
        reasons |= {("items", name): _LATER for name, key in items.items() if is_placeholder(key)}
    return Learnt(document, reasons, folder)


def head() -> dict[str, object]:
    """A SecretsConfig that says nothing yet, and that no build takes for an object of the cluster."""
    metadata = {"name": "secrets", "annotations": {LOCAL_CONFIG: "true"}}
    return {"apiVersion": API_VERSION, "kind": "SecretsConfig", "metadata": metadata}


def fields_of(reading: Reading) -> list[tuple[str, Field]]:
    """Every field that is fetched, with the name under which it is; for an item that is fetched whole one without."""
    wholes = (
        ("", Field(whole.store, whole.key, whole.property, "", whole.options, whole.generator))
        for whole in reading.fetched.wholes
    )
    return [*reading.fetched.entries.items(), *wholes]


def _uses(readings: Sequence[Reading]) -> dict[StoreRef, Counter[str]]:
    """How often each store is used in each way, and in how many ExternalSecrets."""
    found: dict[StoreRef, Counter[str]] = {}
    for reading in readings:
        seen = set()
        for name, field in fields_of(reading):
            if field.store is not None:
                way = "extract" if not name else "property" if field.property else "value"
                found.setdefault(field.store, Counter())[way] += 1
                seen.add(field.store)
        for store in seen:
            found[store][_SECRETS] += 1
    return found


def _fetch(uses: Counter[str]) -> str:
    """How a store that is used so must serve its items."""
    return next((fetch for fetch in FETCHES if uses[fetch]), FETCHES[0])


def _stores(
    uses: Mapping[StoreRef, Counter[str]],
    default: StoreRef,
    document: dict[str, object],
    reasons: dict[tuple[str, ...], str],
) -> None:
    stores: dict[str, object] = {}
    for store in sorted(uses, key=lambda store: (store != default, store)):
        if store.name in stores:  # of the other kind: named in full where it is used
            continue
        fetch, entry = _fetch(uses[store]), dict[str, object]()
        if fetch != "extract" or (store != default and store.kind == STORE_KINDS[0]):
            entry["fetch"] = fetch
        if store.kind != STORE_KINDS[0]:
            entry["kind"] = store.kind
        if entry:
            stores[store.name] = entry
            reasons["stores", store.name] = _how(uses[store])
    if stores:
        document["stores"] = stores


def _how(uses: Counter[str]) -> str:
    words = (
        (uses["extract"], "whole item", "whole items"),
        (uses["property"], "single property", "single properties"),
        (uses["value"], "whole value", "whole values"),
    )
    return "fetched here: " + ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in words if n)


def _routes(
    readings: Sequence[Reading], default: StoreRef, uses: Mapping[StoreRef, Counter[str]]
) -> dict[str, tuple[str, str]]:
    """Properties that come from another store than the default one more often than not.

    Only among sisters, which serve parts of the same items: elsewhere an equal name is a coincidence.
    """
    counts: dict[str, Counter[StoreRef]] = {}
    keys: dict[StoreRef, set[str]] = {}
    for reading in readings:
        for name, field in fields_of(reading):
            if name and field.store is not None and _fetch(uses[field.store]) == "property":
                keys.setdefault(field.store, set()).add(field.key)
                if field.property:
                    counts.setdefault(field.property, Counter())[field.store] += 1
    sisters = {store for store in keys if store.kind == default.kind and keys[store] & keys.get(default, set())}
    routes = {}
    for field_name, stores in sorted(counts.items()):
        store = min(stores, key=lambda store: (-stores[store], store != default, store))
        if store != default and store in sisters:
            routes[field_name] = (store.name, f"{stores[store]} of {sum(stores.values())} uses")
    return routes


def _items(readings: Iterable[Reading]) -> Iterator[Use]:
    """The uses of ids that say nothing to a reader."""
    for reading in readings:
        for name, field in fields_of(reading):
            if field.store is not None and (is_uuid(field.key) or is_placeholder(field.key)):
                yield Use(field.key, reading.target, name, field.property)


def _odd_refresh(reading: Reading) -> bool:
    return has_variable(str(reading.spec.get("refreshInterval", ""))) or bool(as_map(reading.spec).get("syncWindows"))


def _of(count: int, total: int) -> str:
    return f"{count} of {total} ExternalSecrets"


# Names of items.


class Use(NamedTuple):
    """That a Secret fetches this property of an item under this name."""

    key: str
    secret: str
    fetched_as: str
    property: str


def item_names(uses: Sequence[Use]) -> dict[str, str]:
    """Names for ids that several Secrets use, and for placeholders, with the ids.

    They depend on the set of uses only, never on the order of files.
    """
    by_key: dict[str, list[Use]] = {}
    for use in uses:
        by_key.setdefault(use.key, []).append(use)
    shared = {key: used for key, used in by_key.items() if is_placeholder(key) or len({u.secret for u in used}) > 1}
    taken = Taken(by_key, "-")
    found = {}
    # The most used first, so that it gets the shortest name.
    for key in sorted(shared, key=lambda key: (-len({u.secret for u in shared[key]}), key)):
        wish = _wish(shared[key])
        found[taken.free("item" if is_placeholder(wish) else wish)] = key
    return dict(sorted(found.items()))


def app_words(secret: str) -> list[str]:
    """The words of a Secret's name that say whose it is: `paperless` of `paperless-secret`."""
    words = [word for word in re.split(r"[-.]", re.sub(VARIABLE, "", secret)) if word]
    while len(words) > 1 and words[-1] in _GENERIC:
        words.pop()
    return words


def _wish(uses: list[Use]) -> str:
    """What all users have in common, or else the one that takes most of the item."""
    split = [app_words(secret) for secret in sorted({use.secret for use in uses})]
    common = common_start(split)
    if len("".join(common)) > 2:
        return "-".join(common)
    words_of_fetches = common_words(sorted({use.fetched_as for use in uses if use.fetched_as}))
    if len(words_of_fetches) > 2:
        return words_of_fetches.replace("_", "-")
    by_secret: dict[str, list[str]] = {}
    for use in uses:
        by_secret.setdefault(use.secret, []).append(use.fetched_as)
    usual, count = Counter(map(common_words, by_secret.values())).most_common(1)[0]
    if 3 * count > 2 * len(by_secret) > 4 and len(usual) > 2:
        return usual.replace("_", "-")
    taken = Counter(secret for secret, _ in {(use.secret, use.property) for use in uses})
    most = min(taken, key=lambda secret: (-taken[secret], secret))
    return "-".join(app_words(most)) or "item"
