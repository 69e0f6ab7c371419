"""What holds for every ExternalSecret: it comes back as it was, or it is said why it cannot."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings, strategies as st
from jsonschema import Draft202012Validator

from krm_secrets.errors import Problem
from krm_secrets.migrate.learning import learn
from krm_secrets.migrate.mappings import expanded, odd_ids, shorten
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.notes import Notes
from krm_secrets.migrate.original import NotShort, Reading, read_external_secret
from krm_secrets.migrate.texts import Head, Part, mapping_text
from krm_secrets.settings.config import Config
from krm_secrets.settings.config_document import parse_config
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION
from tests.shorthand.support import substituted
from tests.tools import shared

from .externalsecrets import EXTERNAL_SECRETS
from .simulated import secret_of

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def oracle() -> Draft202012Validator:
    """Not a fixture: Hypothesis would print all of it."""
    return Draft202012Validator(json.loads(shared("crds/externalsecret_v1.strict.schema.json").read_text()))


def learnt(readings: list[Reading]) -> Config:
    problems: list[Problem] = []
    config = parse_config(learn(readings).document, problems)
    assert problems == []
    return config


@often
@given(st.lists(EXTERNAL_SECRETS, min_size=1, max_size=3), st.booleans())
def test_what_is_shortened_makes_the_same_secret(documents: list[dict[str, Any]], explicit: bool) -> None:
    before = copy.deepcopy(documents)
    readings: list[tuple[dict[str, Any], Reading]] = []
    reasons: list[tuple[str, tuple[str, ...]]] = []
    for data in documents:
        assert oracle().is_valid(substituted({**data, "apiVersion": "external-secrets.io/v1"}))
        try:
            readings.append((data, read_external_secret(data)))
        except NotShort as error:
            reasons.append((str(error), REFUSED))
    config = learnt([reading for _, reading in readings])
    if explicit:  # then a mapping expands to everything that the API server would add
        config = config._replace(defaults="explicit", eso_version=(2, 8))
    for data, reading in readings:
        try:
            entry = shorten(reading, config)
        except NotShort as error:
            reasons.append((str(error), BROKEN))
            continue
        event("with spec" if Part("", entry, Notes()).has_spec else "in the grammar")
        problems: list[Problem] = []
        items = odd_ids([reading], config)
        (made,) = expanded({reading.target: entry}, reading.namespace, config, problems, items)
        assert [problem for problem in problems if problem.severity == "error"] == []
        assert meaning(made) == meaning(data)
        mapping_text(Head("m", reading.namespace), [Part(reading.target, entry, Notes())])
        secret = secret_of(data)
        if secret is not None:
            event("compared")
            assert secret_of(made) == secret
    assert [reason for reason, known in reasons if not any(word in reason for word in known)] == []
    assert documents == before


REFUSED = ("fetches nothing", "no store is named", "cannot go with creation policy", "is fetched twice")
BROKEN = ("refers to something that is not fetched", "the template breaks", "must be the value of a label")

QUEUED = [{"regexp": {"source": "(.*)", "target": "Q_$1"}}]
PREFIXED = [{"regexp": {"source": "(.*)", "target": "P_$1"}}]
ORIGINAL: dict[str, Any] = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "es", "namespace": "ns"},
    "spec": {
        "refreshInterval": "12h",
        "secretStoreRef": {"name": "op", "kind": "ClusterSecretStore"},
        "target": {"name": "t", "template": {"data": {"A": "{{ .a }}", "B": "x{{ .b }}", "C": "{{ .P_c }}"}}},
        "data": [
            {"secretKey": "a", "remoteRef": {"key": "k", "property": "p"}},
            {"secretKey": "b", "remoteRef": {"key": "l"}},
        ],
        "dataFrom": [{"extract": {"key": "m"}, "rewrite": [{"regexp": {"source": "(.*)", "target": "P_$1"}}]}],
    },
}
SAME: dict[str, tuple[str, Any]] = {
    "the version": ("apiVersion", "external-secrets.io/v1beta1"),
    "the mark": ("metadata.annotations", {MAPPING_ANNOTATION: "ns/m"}),
    "what the server adds": ("metadata.creationTimestamp", "2026-01-01T00:00:00Z"),
    "the status": ("status", {"conditions": []}),
    "an interval": ("spec.refreshInterval", "12h0m0s"),
    "policies": ("spec.target.creationPolicy", "Owner"),
    "what is kept": ("spec.target.deletionPolicy", "Retain"),
    "the engine": ("spec.target.template.engineVersion", "v2"),
    "the merge": ("spec.target.template.mergePolicy", "Replace"),
    "the type": ("spec.target.template.type", "Opaque"),
    "how it is refreshed": ("spec.refreshPolicy", "Periodic"),
    "decoding": ("spec.data.0.remoteRef.decodingStrategy", "None"),
    "spaces": ("spec.target.template.data.A", "{{.a}}"),
    "a dollar": ("spec.target.template.data.B", "x{{ $.b }}"),
    "an index": ("spec.target.template.data.A", '{{ index . "a" }}'),
    "a constant": ("spec.target.template.data.B", '{{ "x" }}{{ .b }}'),
    "a step that only sanitises": (
        "spec.dataFrom.0.rewrite",
        [
            {"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}},
            {"regexp": {"source": "(.*)", "target": "P_$1"}},
        ],
    ),
}
OTHER: dict[str, tuple[str, Any]] = {
    "the name": ("metadata.name", "other"),
    "the namespace": ("metadata.namespace", "other"),
    "a label": ("metadata.labels", {"a": "b"}),
    "an annotation": ("metadata.annotations", {"a": "b"}),
    "the target": ("spec.target.name", "other"),
    "an interval": ("spec.refreshInterval", "1h"),
    "an interval that Flux fills in": ("spec.refreshInterval", "${R}"),
    "how it is refreshed": ("spec.refreshPolicy", "OnChange"),
    "who owns": ("spec.target.creationPolicy", "Orphan"),
    "what is kept": ("spec.target.deletionPolicy", "Delete"),
    "whether it may change": ("spec.target.immutable", True),
    "the type": ("spec.target.template.type", "x/y"),
    "a label of the Secret": ("spec.target.template.metadata", {"labels": {"a": "b"}}),
    "a finalizer": ("spec.target.template.metadata", {"finalizers": ["a/b"]}),
    "the merge": ("spec.target.template.mergePolicy", "Merge"),
    "templates elsewhere": ("spec.target.template.templateFrom", [{"literal": "x"}]),
    "windows": ("spec.syncWindows", {"kind": "deny", "windows": []}),
    "a store": ("spec.secretStoreRef.name", "other"),
    "a kind of store": ("spec.secretStoreRef.kind", "SecretStore"),
    "one store": ("spec.data.0.sourceRef", {"storeRef": {"name": "other", "kind": "ClusterSecretStore"}}),
    "a key": ("spec.data.0.remoteRef.key", "other"),
    "a property": ("spec.data.0.remoteRef.property", "other"),
    "a version": ("spec.data.0.remoteRef.version", "2"),
    "a decoding": ("spec.data.1.remoteRef.decodingStrategy", "Base64"),
    "a whole item": ("spec.dataFrom.0.extract.key", "other"),
    "a prefix": ("spec.dataFrom.0.rewrite.0.regexp.target", "Q_$1"),
    "a name that Go reads otherwise": ("spec.dataFrom.0.rewrite.0.regexp.target", "$1_P"),
    "a second item that may have it": ("spec.dataFrom.1", {"extract": {"key": "n"}}),
    "a pipeline": ("spec.target.template.data.A", "{{ .a | b64dec }}"),
    "text": ("spec.target.template.data.B", "y{{ .b }}"),
    "a name in a string": ("spec.target.template.data.A", '{{ "{{ .a }}" }}'),
    "a name in a raw string": ("spec.target.template.data.A", "{{ `{{ .a }}` }}"),
    "a name where the dot is another": ("spec.target.template.data.A", "{{ with .b }}{{ .a }}{{ end }}"),
    "a key of the Secret": ("spec.target.template.data.D", ""),
    "a field that nobody knows": ("spec.target.template.surprise", 1),
    "something unused": ("spec.data.2", {"secretKey": "z", "remoteRef": {"key": "z"}}),
    "the same twice": ("spec.data.2", {"secretKey": "z", "remoteRef": {"key": "l"}}),
    "an item twice": ("spec.dataFrom.1", {"extract": {"key": "m"}, "rewrite": PREFIXED}),
    "an index that may find nothing": ("spec.target.template.data.C", '{{ index . "P_c" }}'),
}


def changed(path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(ORIGINAL)
    at: Any = result
    parts: list[Any] = [int(part) if part.isdigit() else part for part in path.split(".")]
    *way, last = parts
    for part in way:
        at = at[part] if isinstance(at, list) else at.setdefault(part, {})
    if isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return result


@pytest.mark.parametrize("case", SAME)
def test_what_does_not_count(case: str) -> None:
    assert meaning(changed(*SAME[case])) == meaning(ORIGINAL)


@pytest.mark.parametrize("case", OTHER)
def test_what_counts(case: str) -> None:
    assert meaning(changed(*OTHER[case])) != meaning(ORIGINAL)


def test_a_property_is_never_taken_for_a_field_of_a_whole_item() -> None:
    one = changed(
        "spec.data", [{"secretKey": "P_c", "remoteRef": {"key": "m", "property": "c"}}, *ORIGINAL["spec"]["data"]]
    )
    both = copy.deepcopy(one)
    del one["spec"]["dataFrom"]
    other = copy.deepcopy(both)
    other["spec"]["target"]["template"]["data"]["C"] = "{{ .P_d }}"
    assert len({json.dumps(each["spec"]) for each in (ORIGINAL, one, both, other)}) == 4
    meant = [meaning(each) for each in (ORIGINAL, one, both, other)]
    assert all(meant[i] != meant[j] for i in range(4) for j in range(i))


@pytest.mark.parametrize(
    ("policy", "same"), [({}, True), ({"deletionPolicy": "Delete"}, False), ({"deletionPolicy": "Merge"}, False)]
)
def test_a_copied_key_is_a_template_only_where_it_cannot_be_missing(policy: dict[str, str], same: bool) -> None:
    copied = changed("spec.target", {"name": "t", **policy, "template": {"type": "Opaque"}})
    del copied["spec"]["dataFrom"]
    written = copy.deepcopy(copied)
    written["spec"]["target"]["template"]["data"] = {"a": "{{ .a }}", "b": "{{ .b }}"}
    indexed = copy.deepcopy(written)
    indexed["spec"]["target"]["template"]["data"]["a"] = '{{ index . "a" }}'
    assert (meaning(copied) == meaning(written)) is same
    assert (meaning(indexed) == meaning(written)) is same


@pytest.mark.parametrize(("policy", "same"), [("Owner", True), ("Merge", False), ("Orphan", False)])
def test_opaque_is_said_where_a_secret_of_another_type_may_be_there(policy: str, same: bool) -> None:
    plain = changed("spec.target.creationPolicy", policy)
    said = copy.deepcopy(plain)
    said["spec"]["target"]["template"]["type"] = "Opaque"
    assert (meaning(plain) == meaning(said)) is same
    reading = read_external_secret(said)
    entry = shorten(reading, learnt([reading]))
    assert isinstance(entry, dict)
    assert entry.get("type") == (None if same else "Opaque")


def test_two_leases_of_one_generator_stay_two() -> None:
    lease = {"sourceRef": {"generatorRef": {"kind": "VaultDynamicSecret", "name": "g"}}}
    two = changed("spec.dataFrom", [{**lease, "rewrite": PREFIXED}, {**lease, "rewrite": QUEUED}])
    two["spec"]["target"]["template"]["data"] = {"A": "{{ .P_user }}", "B": "{{ .Q_user }}"}
    one = copy.deepcopy(two)
    del two["spec"]["data"], one["spec"]["data"]
    one["spec"]["dataFrom"] = [lease]
    one["spec"]["target"]["template"]["data"] = {"A": "{{ .user }}", "B": "{{ .user }}"}
    assert meaning(one) != meaning(two)
    for data, fetched in ((one, 1), (two, 2)):
        reading = read_external_secret(data)
        entry = shorten(reading, learnt([reading]))
        assert isinstance(entry, dict)
        assert "spec" not in entry
        (made,) = expanded({"t": entry}, "ns", learnt([reading]), [])
        assert len(read_external_secret(made).fetched.wholes) == fetched


def test_a_property_of_a_store_that_gives_whole_items_is_asked_for_alone() -> None:
    """The store is learnt from both: one ExternalSecret takes all of an item, the other two properties of it."""
    target = {"name": "t", "template": {"data": {"A": "{{ .a }}", "B": "x{{ .b }}"}}}
    whole, single = changed("spec.target", target), changed("spec.target", target)
    del whole["spec"]["data"], single["spec"]["dataFrom"]
    whole["spec"]["dataFrom"] = [{"extract": {"key": "k"}}]
    single["spec"]["data"][1]["remoteRef"] = {"key": "k", "property": "q"}
    readings = [read_external_secret(data) for data in (whole, single)]
    config = learnt(readings)
    entries = [shorten(reading, config) for reading in readings]
    assert entries == [
        {"from": "k", "name": "es", "data": {"A": ".a", "B": "x{{ .b }}"}},
        {"from": ["k#p", "k#q"], "name": "es", "data": {"A": ".p", "B": "x{{ .q }}"}},
    ]


def test_labels_that_are_copied_without_a_template_count_as_the_secrets_own() -> None:
    copied = changed("metadata.labels", {"a": "{{"})
    del copied["spec"]["target"]["template"]
    written = copy.deepcopy(copied)
    written["spec"]["target"]["template"] = {"metadata": {"labels": {"a": '{{ "{{" }}'}}}
    assert meaning(copied) == meaning(written)
    written["spec"]["target"]["template"] = {}
    assert meaning(copied) != meaning(written)
