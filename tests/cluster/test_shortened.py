"""What `shorten` makes of a real repository's ExternalSecrets gives the same Secrets as the originals."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from krm_secrets.krm.files import read_source
from krm_secrets.krm.folders import find
from krm_secrets.krm.reading import read_files
from krm_secrets.migrate.mappings import expanded as expand, shorten
from krm_secrets.migrate.original import is_external_secret
from tests.cluster.build import expanded, stream
from tests.cluster.harness.api import Object, content
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.vault import Item
from tests.cluster.stores import document
from tests.cluster.table import timed
from tests.migrate.test_whole_corpus import corpus
from tests.shorthand.support import substituted
from tests.tools import shared

BEFORE, AFTER = "original", "shortened"
OPERATOR = "reconcile.external-secrets.io/"
FIXED = {"token": "of a generator {{ }}"}


class Pair:
    """An ExternalSecret and what its shorthand expands to, under one name that no other has."""

    def __init__(self, number: int, original: Object, again: Object) -> None:
        self.name = f"s-{number:03}"
        self.original, self.again = (self._placed(each, where) for each, where in ((original, BEFORE), (again, AFTER)))

    def _placed(self, value: Object, namespace: str) -> Object:
        placed: Any = substituted(copy.deepcopy(value))
        placed["metadata"] |= {"name": self.name, "namespace": namespace}
        placed["spec"].setdefault("target", {})["name"] = self.name
        for entry in placed["spec"].get("dataFrom") or []:
            # What asks GitHub is replaced by what gives a fixed answer.
            if reference := (entry.get("sourceRef") or {}).get("generatorRef"):
                reference |= {"kind": "Fake", "name": "fixed"}
        return dict(placed)


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Every ExternalSecret of the repository."""
    readings, config = corpus()
    sources = [read_source(path) for path in find([str(shared("corpus/home-ops"))])]
    originals = [item.data for item in read_files(sources).items if item.kind == "ExternalSecret"]
    originals = [data for data in originals if is_external_secret(data)]
    assert len(originals) == len(readings) > 100
    found = []
    for number, (original, reading) in enumerate(zip(originals, readings, strict=True)):
        entry = shorten(reading, config)
        (again,) = expand({reading.target: entry}, reading.namespace, config, [])
        found.append(Pair(number, original, again))
    return found


def fetches(value: Object) -> Iterator[tuple[str, str, str]]:
    """Store, key and property of everything that an ExternalSecret fetches by itself."""
    spec = value["spec"]
    for entry in spec.get("data") or []:
        store = (entry.get("sourceRef") or {}).get("storeRef") or spec["secretStoreRef"]
        yield store["name"], entry["remoteRef"]["key"], entry["remoteRef"].get("property", "")


def put(cluster: Cluster, pairs: list[Pair]) -> None:
    """Let the provider have all that the originals ask for, each value another one."""
    parts: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for pair in pairs:
        for store, key, name in fetches(pair.original):
            parts[key][store.removeprefix("bitwarden-")][name] = f'{{{{ {key} }}}}\n"{name}" \u00e9\\'
    for key, found in parts.items():
        assert found.keys() <= {"login", "fields", "notes", "ssh"}, found.keys()
        notes = next(iter(found["notes"].values()), "")
        cluster.vault.items[key] = Item(found["fields"], found["login"], notes, found["ssh"])


def config_maps(pairs: list[Pair]) -> list[Object]:
    """The ConfigMaps with templates that the originals name: each renders all that it is given."""
    text = "{{ range $name, $value := . }}{{ $name }}={{ $value }};{{ end }}"
    wanted: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        for source in ((pair.original["spec"]["target"].get("template") or {}).get("templateFrom")) or []:
            if reference := source.get("configMap"):
                wanted[reference["name"]] |= {item["key"] for item in reference["items"]}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
         "data": dict.fromkeys(keys, text)}
        for name, keys in wanted.items() for namespace in (BEFORE, AFTER)
    ]  # fmt: skip


def test_the_original_and_ours_give_equal_secrets(cluster: Cluster, pairs: list[Pair]) -> None:
    cluster.namespaces(BEFORE, AFTER)
    put(cluster, pairs)
    fakes = [
        {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Fake",
         "metadata": {"name": "fixed", "namespace": namespace}, "spec": {"data": FIXED}}
        for namespace in (BEFORE, AFTER)
    ]  # fmt: skip
    stores = expanded([document("bitwarden", vault=cluster.vault.url)])
    cluster.apply(stores + stream([*fakes, *config_maps(pairs)]))
    cluster.wait_for_stores("bitwarden-login", "bitwarden-fields", "bitwarden-notes", "bitwarden-ssh")
    with timed("real ExternalSecrets and their shorthand, equal Secrets", len(pairs)):
        cluster.apply(stream([each for pair in pairs for each in (pair.original, pair.again)]), "--server-side")
        for namespace in (BEFORE, AFTER):
            cluster.wait_synced(namespace, [pair.name for pair in pairs])
        before, after = cluster.secrets(BEFORE), cluster.secrets(AFTER)
        different = {pair.name: (pair.original["spec"], pair.again["spec"]) for pair in pairs
                     if facts(before[pair.name]) != facts(after[pair.name])}  # fmt: skip
    assert different == {}
    assert sum(len(content(before[pair.name])) for pair in pairs) > 300


def facts(secret: Object) -> object:
    """All of a Secret but its place and what the operator notes on it."""
    metadata = secret["metadata"]
    marks = [
        {key: text for key, text in (metadata.get(part) or {}).items() if not key.startswith(OPERATOR)}
        for part in ("labels", "annotations")
    ]
    return content(secret), secret["type"], marks, bool(metadata.get("ownerReferences"))
