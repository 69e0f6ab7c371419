"""What of an ExternalSecret has nothing to do with values: policies, metadata, and its spec as the last resort."""

from __future__ import annotations

from collections.abc import Mapping

from krm_secrets.externalsecrets import duration
from krm_secrets.externalsecrets.words import DELETION
from krm_secrets.migrate.fetched import NO_KIND
from krm_secrets.migrate.meaning import interval
from krm_secrets.migrate.original import Reading
from krm_secrets.migrate.sources import short_duration
from krm_secrets.plain import as_map
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.shorthand.rotation import CLUSTER_GENERATOR, RANDOM, called

Entry = dict[str, object]


def head(reading: Reading, config: Config) -> Entry:
    """What stands for itself."""
    target = as_map(reading.spec.get("target"))
    entry: Entry = {}
    usual = duration.interval(config.refresh, f"{reading.namespace}/{reading.name}")
    if interval(reading.spec) != interval({"refreshInterval": usual}) or _draws_again(reading.spec):
        entry["refresh"] = short_duration(str(reading.spec.get("refreshInterval") or "1h"))
    kind = as_map(target.get("template")).get("type")
    if kind not in (None, "", "Opaque") or (kind and target.get("creationPolicy", "Owner") != "Owner"):
        entry["type"] = kind
    policy = [
        word
        for word, default in (
            (target.get("creationPolicy"), "Owner"),
            (target.get("deletionPolicy"), "Retain"),
            (reading.spec.get("refreshPolicy"), "Periodic"),
        )
        if word not in (None, "", default) and (default != "Retain" or word in DELETION)
    ]
    if policy:
        entry["policy"] = policy[0] if len(policy) == 1 else policy
    if reading.templates:
        entry["templates"] = reading.templates[0] if len(reading.templates) == 1 else list(reading.templates)
    if reading.name != reading.target:
        entry["name"] = reading.name
    metadata = {key: reading.metadata[key] for key in ("labels", "annotations") if key in reading.metadata}
    if metadata:
        entry["metadata"] = metadata
    return entry


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
    target = {key: value for key, value in as_map(spec.get("target")).items() if key not in ("name", "creationPolicy")}
    if target.get("deletionPolicy") in DELETION:
        del target["deletionPolicy"]
    template = {key: value for key, value in as_map(target.get("template")).items() if key != "type"}
    metadata = {**as_map(template.get("metadata")), "labels": reading.labels, "annotations": reading.annotations}
    metadata = {key: value for key, value in metadata.items() if value}
    template = {**template, **({"metadata": metadata} if metadata else {})}
    target = {**target, **({"template": template} if template else {})}
    if not target.get("template"):
        target.pop("template", None)
    return {**{key: value for key, value in spec.items() if key != "target"}, **({"target": target} if target else {})}
