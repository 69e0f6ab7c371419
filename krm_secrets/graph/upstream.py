"""What an ExternalSecret fetches, and from where, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.generators import described, whole
from krm_secrets.yamltext.nodes import YamlError

GROUP = "external-secrets.io"
GENERATORS = "generators.external-secrets.io"
STORE_KIND, CLUSTER_STORE_KIND = "SecretStore", "ClusterSecretStore"
STORES = (STORE_KIND, CLUSTER_STORE_KIND)
GENERATOR = "generator"
"""In place of a provider: what makes a value and keeps none."""

_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+(?=@)")


class Fetch(NamedTuple):
    """One thing that is fetched: an item of a store, or what a generator makes, where `item` is empty."""

    kind: str
    """Of the store or generator."""
    store: str
    item: str
    key: str
    """What is taken of the item; empty for all of it."""
    at: Path
    """Where it stands in the object."""


def is_external(item: Resource) -> bool:
    """Whether an object fetches from stores."""
    return item.kind in (KIND, CLUSTER_KIND) and group_of(item.api_version) == GROUP


def is_store(item: Resource) -> bool:
    """Whether an object is a store of External Secrets, or one of its generators."""
    group = group_of(item.api_version)
    return group == GENERATORS or (item.kind in STORES and group == GROUP)


def provider(item: Resource) -> str:
    """Where a store keeps its items; empty where it does not say."""
    if item.kind not in STORES:
        return GENERATOR
    return next(iter(as_map(as_map(item.data.get("spec")).get("provider"))), "")


def fetches(item: Resource) -> Iterator[Fetch]:
    """All that an ExternalSecret or ClusterExternalSecret fetches; YamlError where it cannot be read."""
    at: Path = ("spec",)
    spec = as_map(item.data.get("spec"))
    if item.kind == CLUSTER_KIND:
        at, spec = (*at, "externalSecretSpec"), as_map(spec.get("externalSecretSpec"))
    default = as_map(spec.get("secretStoreRef"))
    for field in ("data", "dataFrom"):
        for number, entry in enumerate(map(as_map, as_list(spec.get(field)))):
            yield from _of_entry(entry, default, (*at, field, number))


def described_files(item: Resource) -> list[str]:
    """The files of which a generator makes Secrets, as it names them; none where it cannot be read."""
    try:
        return [name for each in described(item.data) for name in each.files]
    except YamlError:
        return []


def handed_files(item: Resource) -> list[str]:
    """The files whose objects a generator hands on as they are; none where it cannot be read."""
    try:
        return whole(item.data)
    except YamlError:
        return []


def _of_entry(entry: Mapping[str, object], default: Mapping[str, object], at: Path) -> Iterator[Fetch]:
    source = as_map(entry.get("sourceRef"))
    generator = as_map(source.get("generatorRef"))
    if generator:
        yield Fetch(
            as_text(generator.get("kind")),
            as_text(generator.get("name")),
            "",
            "",
            (*at, "sourceRef", "generatorRef", "name"),
        )
        return
    store = as_map(source.get("storeRef")) or default
    kind, name = as_text(store.get("kind")) or STORE_KIND, as_text(store.get("name"))
    for field in ("remoteRef", "extract"):
        ref = as_map(entry.get(field))
        if key := as_text(ref.get("key")):
            yield Fetch(kind, name, without_credentials(key), as_text(ref.get("property")), (*at, field, "key"))
    if found := as_map(entry.get("find")):
        yield Fetch(kind, name, _sought(found), "", (*at, "find"))


def _sought(find: Mapping[str, object]) -> str:
    """What `find` looks for, as a name."""
    path, expression = as_text(find.get("path")), as_text(as_map(find.get("name")).get("regexp"))
    tags = ", ".join(f"{key}={as_text(value)}" for key, value in as_map(find.get("tags")).items())
    return without_credentials(" ".join(part for part in (path, f"~ {expression}" if expression else "", tags) if part))


def without_credentials(text: str) -> str:
    """A name that may be an address, without the user and password in it."""
    return _CREDENTIALS.sub("…", text) if "//" in text else text
