"""What our own checks refuse and what the webhook refuses: the same, but for the disagreements in the table."""

from __future__ import annotations

import re
import time
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from krm_secrets.errors import Problem
from krm_secrets.mapping.api import merge
from krm_secrets.mapping.config import DEFAULT
from krm_secrets.mapping.externalsecret import expand
from krm_secrets.mapping.grammar import parse_mapping
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.dryrun import verdict
from tests.cluster.table import measured
from tests.cluster.test_admission import examples
from tests.mapping.support import BAD_DURATIONS, DURATIONS, fields, mapping_document, substituted
from tests.mapping.support import said as texts


class Disagreement(NamedTuple):
    """What only we refuse, by our message, and the reason."""

    message: str
    reason: str


OURS_ONLY = (
    Disagreement(
        r"deletion policy Delete cannot go with creation policy CreateOrMerge",
        "the webhook of 2.8 and newer refuses it; 0.16.2 does not know the word",
    ),
    Disagreement(
        r"must be one of Data, Annotations, Labels|External Secrets refuses the type",
        "the webhook of 2.9 refuses it; 0.16.2 writes whatever the template says",
    ),
    Disagreement(r"no store is named", "admitted, and never synced: no store can be found"),
    Disagreement(
        r"must be a duration such as",
        "`-1h` is a duration of Go; a length of time that is negative is a mistake for `0`",
    ),
    Disagreement(
        r"must be a cron schedule|spec\.syncWindows",
        "the schedule is only read when External Secrets reconciles; 0.16.2 knows no windows",
    ),
    Disagreement(
        r"must be a Secret key",
        "`.` and `..` are no keys of a Secret: the ExternalSecret is admitted and cannot be synced",
    ),
)
"""The other direction has no table: nothing that we let pass may be refused."""

STORE = {"secretStoreRef": {"name": "s", "kind": "ClusterSecretStore"}}
ENTRY = {"secretKey": "a", "remoteRef": {"key": "k"}}
GENERATOR = {"generatorRef": {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password", "name": "p"}}
EXTRACT, FIND = {"extract": {"key": "k"}}, {"find": {"name": {"regexp": ".*"}}}


def target(**fields: Any) -> Object:
    return {**STORE, "data": [ENTRY], "target": fields}


AGAINST = (("Delete", "Merge"), ("Delete", "None"), ("Merge", "None"))
RULES: dict[str, tuple[Object, bool, bool]] = {
    # name: the spec, whether we refuse it, whether the webhook does
    "nothing wrong": ({**STORE, "data": [ENTRY]}, False, False),
    **{
        f"{deletion} with {creation}": (
            target(creationPolicy=creation, deletionPolicy=deletion),
            (deletion, creation) in (*AGAINST, ("Delete", "CreateOrMerge")),
            (deletion, creation) in AGAINST,
        )
        for deletion in ("Retain", "Delete", "Merge")
        for creation in ("Owner", "Orphan", "Merge", "None", "CreateOrMerge")
    },
    "nothing fetched": (STORE, True, True),
    "empty lists": ({**STORE, "data": [], "dataFrom": []}, True, True),
    "find and extract": ({**STORE, "dataFrom": [{**EXTRACT, **FIND}]}, True, True),
    "extract and generator": ({**STORE, "dataFrom": [{**EXTRACT, "sourceRef": GENERATOR}]}, True, True),
    "find and generator": ({**STORE, "dataFrom": [{**FIND, "sourceRef": GENERATOR}]}, True, True),
    "generator alone": ({"dataFrom": [{"sourceRef": GENERATOR}]}, False, False),
    "neither of them": ({**STORE, "dataFrom": [{"rewrite": [{"regexp": {"source": "a", "target": "b"}}]}]}, True, True),
    "an empty sourceRef": ({**STORE, "dataFrom": [{**EXTRACT, "sourceRef": {}}]}, True, True),
    "two sources": (
        {**STORE, "dataFrom": [{"sourceRef": {**GENERATOR, "storeRef": {"name": "s"}}}]}, True, True,
    ),
    "a key twice": ({**STORE, "data": [ENTRY, ENTRY]}, True, True),
    "a key twice, nothing retained": (
        {**STORE, "data": [ENTRY, ENTRY], "target": {"deletionPolicy": "Delete"}}, False, False,
    ),
    "a bootstrap token": (target(template={"type": "bootstrap.kubernetes.io/token"}), True, False),
    "an account's token": (
        target(
            template={
                "type": "kubernetes.io/service-account-token",
                "metadata": {"annotations": {"kubernetes.io/service-account.name": "a"}},
            }
        ),
        True, False,
    ),
    "a template into the spec": (
        target(template={"templateFrom": [{"literal": "a: b", "target": "Spec"}]}), True, False,
    ),
    "no store": ({"data": [ENTRY]}, True, False),
    "a negative refresh": ({**STORE, "data": [ENTRY], "refreshInterval": "-1h"}, True, False),
    "a key of dots": ({**STORE, "data": [{**ENTRY, "secretKey": ".."}]}, True, False),
    "an unknown field": ({**STORE, "data": [ENTRY], "stores": 1}, True, True),
    "an unknown word": (target(creationPolicy="Own"), True, True),
    "a name in capitals": (target(name="A"), True, True),
    "two rewrites in one": (
        {**STORE, "dataFrom": [{**EXTRACT, "rewrite": [{"transform": {"template": "x"}, "merge": {}}]}]}, True, True,
    ),
}  # fmt: skip


def said(spec: Object) -> list[str]:
    """What our own checks say of a whole spec."""
    problems: list[Problem] = []
    mapping = parse_mapping(mapping_document({"x": {"spec": spec}}), DEFAULT, problems)
    expand(mapping, DEFAULT, problems)
    return texts([problem for problem in problems if problem.severity == "error"])


def external_secret(spec: Object) -> Object:
    """What the shorthand would have made of the overlay, had it made anything."""
    base = {"target": {"name": "x", "template": {"engineVersion": "v2"}}}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "x", "namespace": "default"},
        "spec": substituted(merge(base, spec)),
    }


@pytest.mark.parametrize("name", RULES)
def test_a_rule(cluster: Cluster, name: str) -> None:
    spec, ours, theirs = RULES[name]
    assert (bool(said(spec)), bool(verdict(cluster, external_secret(spec)))) == (ours, theirs)
    assert theirs or not ours or only_ours(said(spec))


def only_ours(messages: list[str]) -> bool:
    """Whether each message is one of those on which we disagree."""
    return all(any(re.search(each.message, line) for each in OURS_ONLY) for line in messages)


WORDS = st.sampled_from
STORES = st.one_of(
    st.just({"name": "s", "kind": "ClusterSecretStore"}),
    fields({}, {"name": WORDS(["s", "a.b", "A", ""]), "kind": WORDS(["SecretStore", "Secret"])}),
)
REMOTE = fields(
    {"key": WORDS(["k", ""])},
    {
        "property": WORDS(["p", ""]),
        "version": st.just("1"),
        "decodingStrategy": WORDS(["Auto", "Base64", "base64"]),
        "conversionStrategy": WORDS(["Default", "Unicode", "None"]),
        "metadataPolicy": WORDS(["None", "Fetch"]),
        "nullBytePolicy": WORDS(["Ignore", "Fail", "Nope"]),
    },
)
SOURCES = st.one_of(
    st.builds(lambda store: {"storeRef": store}, STORES),
    st.just(GENERATOR),
    st.just({}),
    WORDS([{"generatorRef": {"kind": "Nope", "name": "x"}}, {"generatorRef": {"kind": "UUID"}}]),
)
DATA = fields({"secretKey": WORDS(["a", "a", "b", "a b", ".", ""]), "remoteRef": REMOTE}, {"sourceRef": SOURCES})
REWRITES = WORDS(
    [{"regexp": {"source": "a", "target": "b"}}, {"regexp": {"source": "a"}}, {"transform": {"template": "x"}},
     {"merge": {}}, {"merge": {"strategy": "Nope"}}, {"merge": {}, "transform": {"template": "x"}}, {}]
)  # fmt: skip
DATA_FROM = fields(
    {},
    {
        "extract": REMOTE,
        "find": WORDS([{}, {"path": "a"}, {"name": {"regexp": "x"}}, {"tags": {"a": "b"}}, {"names": {}}]),
        "sourceRef": SOURCES,
        "rewrite": st.lists(REWRITES, max_size=2),
    },
)
FROM = WORDS(
    [{"literal": "a: b"}, {"literal": "a", "target": "Labels"}, {"literal": "a", "target": "Spec"},
     {"configMap": {"name": "c"}},
     {"secret": {"name": "s", "items": [{"key": "k", "templateAs": "Keys"}]}},
     {"secret": {"name": "s", "items": [{"key": "k", "templateAs": "Values"}]}}]
)  # fmt: skip
TEMPLATES = fields(
    {},
    {
        "engineVersion": WORDS(["v2", "v1"]),
        "mergePolicy": WORDS(["Replace", "Merge", "Nope"]),
        "type": WORDS(["Opaque", "bootstrap.kubernetes.io/token", "kubernetes.io/service-account-token"]),
        "metadata": WORDS([{}, {"annotations": {"kubernetes.io/service-account.name": "a"}}, {"labels": {"a": "b"}}]),
        "data": WORDS([{}, {"A": "{{ .a }}"}]),
        "templateFrom": st.lists(FROM, max_size=2),
    },
)
TARGETS = fields(
    {},
    {
        "name": WORDS(["x", "a.b", "-a"]),
        "creationPolicy": WORDS(["Owner", "Orphan", "Merge", "None", "CreateOrMerge", "owner"]),
        "deletionPolicy": WORDS(["Retain", "Delete", "Merge", ""]),
        "immutable": WORDS([True, False]),
        "manifest": WORDS([{"apiVersion": "v1", "kind": "ConfigMap"}, {"apiVersion": "v1"}]),
        "template": TEMPLATES,
    },
)
WINDOWS = WORDS(
    [{"kind": "allow", "windows": [{"schedule": "0 3 * * *", "duration": "8h"}]}, {"kind": "deny", "windows": []},
     {"kind": "deny", "windows": [{"schedule": "3", "duration": "8h"}]}]
)  # fmt: skip
OVERLAYS = fields(
    {},
    {
        "refreshInterval": st.one_of(DURATIONS, BAD_DURATIONS),
        "refreshPolicy": WORDS(["OnChange", "Periodic", "Never"]),
        "secretStoreRef": STORES,
        "target": TARGETS,
        "data": st.lists(DATA, max_size=2),
        "dataFrom": st.lists(DATA_FROM, max_size=2),
        "syncWindows": WINDOWS,
    },
)


@st.composite
def mostly_right(draw: st.DrawFn) -> Object:
    """A spec with one or two parts that may be wrong, so that no mistake hides behind others."""
    spec: Object = {**STORE, "data": [ENTRY]}
    drawn = draw(OVERLAYS)
    for key in draw(st.lists(WORDS(sorted(drawn) or ["data"]), max_size=2, unique=True)):
        if key in drawn:
            spec[key] = drawn[key]
    return spec


def test_generated_specs(cluster: Cluster) -> None:
    specs = {repr(spec): spec for spec in examples(st.one_of(OVERLAYS, mostly_right(), mostly_right()), 900)}
    counts = {(ours, theirs): 0 for ours in (True, False) for theirs in (True, False)}
    start = time.monotonic()
    for spec in specs.values():
        messages, refusal = said(spec), verdict(cluster, external_secret(spec))
        assert messages or not refusal, (spec, refusal)
        assert refusal or only_ours(messages), (spec, messages)
        counts[bool(messages), bool(refusal)] += 1
    assert sum(counts.values()) >= 300
    assert min(counts[True, True], counts[False, False]) >= 100, counts
    measured("generated specs judged alike by us and the webhook", sum(counts.values()), time.monotonic() - start)
    measured("of these refused by us only, for a reason in the table", counts[True, False], 0)
