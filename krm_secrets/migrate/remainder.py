"""What of an ExternalSecret has nothing to do with values: policies, metadata, and its spec as the last resort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from krm_secrets.externalsecrets import duration
from krm_secrets.externalsecrets.words import DELETION
from krm_secrets.migrate.fetched import NO_KIND
from krm_secrets.migrate.meaning import interval
from krm_secrets.migrate.original import Reading
from krm_secrets.migrate.sources import short_duration
from krm_secrets.plain import as_map, filled
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.shorthand.rotation import CLUSTER_GENERATOR, RANDOM, called

Entry = dict[str, object]


def head(reading: Reading, config: Config) -> Entry:
    """What stands for itself."""
    target = as_map(reading.spec.get("target"))
    usual = duration.interval(config.refresh, f"{reading.namespace}/{reading.name}")
    says_refresh = interval(reading.spec) != interval({"refreshInterval": usual}) or _draws_again(reading.spec)
    kind = as_map(target.get("template")).get("type")
    policy = [
        word
        for word, default in (
            (target.get("creationPolicy"), "Owner"),
            (target.get("deletionPolicy"), "Retain"),
            (reading.spec.get("refreshPolicy"), "Periodic"),
        )
        if word not in (None, "", default) and (default != "Retain" or word in DELETION)
    ]
    entry: Entry = {
        "refresh": short_duration(str(reading.spec.get("refreshInterval") or "1h")) if says_refresh else "",
        # What is made anew is Opaque by itself.
        "type": kind if kind != "Opaque" or target.get("creationPolicy", "Owner") != "Owner" else "",
        "policy": _one_or_all(policy),
        "templates": _one_or_all(reading.templates or ()),
        "name": reading.name if reading.name != reading.target else "",
        "metadata": {key: reading.metadata[key] for key in ("labels", "annotations") if key in reading.metadata},
    }
    return filled(entry)


def _one_or_all(words: Sequence[object]) -> object:
    return words[0] if len(words) == 1 else list(words)


def _draws_again(spec: Mapping[str, object]) -> bool:
    """Whether a generator may draw a new value at every refresh, which a Secret must say of itself."""
    kinds = {kind for _, kind, _ in called(spec)}
    return spec.get("refreshPolicy", "Periodic") == "Periodic" and not kinds.isdisjoint((*RANDOM, CLUSTER_GENERATOR))


def store(store: StoreRef, config: Config) -> object:
    """The store of a Secret: its name, and its kind where nothing else says it."""
    return store.name if config.store_ref(store.name) == store else {"name": store.name, "kind": store.kind}


def default_store(reading: Reading) -> Entry:
    """The store of the spec with its kind, which an overlay would else leave to be filled in from elsewhere."""
    store = as_map(reading.spec.get("secretStoreRef"))
    return {"secretStoreRef": {"kind": NO_KIND, **store}} if store else {}


def verbatim(reading: Reading) -> Entry:
    """The whole spec, in which the grammar has no part."""
    spec = {key: value for key, value in reading.spec.items() if key not in ("refreshInterval", "refreshPolicy")}
    spec |= default_store(reading)
    given = as_map(spec.pop("target", {}))
    target = {key: value for key, value in given.items() if key not in ("name", "creationPolicy", "template")}
    if target.get("deletionPolicy") in DELETION:
        del target["deletionPolicy"]
    template = {key: value for key, value in as_map(given.get("template")).items() if key != "type"}
    metadata = {**as_map(template.get("metadata")), "labels": reading.labels, "annotations": reading.annotations}
    template |= filled({"metadata": filled(metadata)})
    return spec | filled({"target": target | filled({"template": template})})
