"""What our own checks refuse and what the webhook refuses: the same, but for the disagreements in the table."""

from __future__ import annotations

import re
import time
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from krm_secrets.errors import Problem
from krm_secrets.externalsecrets.api import merge
from krm_secrets.settings.config import DEFAULT
from krm_secrets.shorthand.externalsecret import expand
from krm_secrets.shorthand.grammar import parse_mapping
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.dryrun import verdict
from tests.cluster.table import measured
from tests.cluster.test_admission import examples
from tests.shorthand.support import BAD_DURATIONS, DURATIONS, fields, mapping_document, said as texts, substituted


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
    Disagreement(
        r"gives another value at every refresh",
        "admitted and synced: a new password at each refresh, for which everything that uses it restarts",
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
    "generator alone": ({"dataFrom": [{"sourceRef": GENERATOR}], "refreshPolicy": "CreatedOnce"}, False, False),
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
    "a negative refresh": ({**STORE, "data": [ENTRY], "refreshInterval": "-1h"}, False, False),
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


def words(right: list[Any], wrong: list[Any]) -> st.SearchStrategy[Any]:
    """Mostly right, so that one mistake does not hide behind others."""
    return st.sampled_from(
        [*right, *right, *right, *right, *wrong] if len(wrong) >= len(right) else [*right * 3, *wrong]
    )


STORES = fields(
    {"name": words(["s", "a.b", "x-1"], ["A", ""])}, {"kind": words(["SecretStore", "ClusterSecretStore"], ["Secret"])}
)
REMOTE = fields(
    {"key": words(["k", "a b"], [""])},
    {
        "property": words(["p", "a.b"], [""]),
        "version": st.just("1"),
        "decodingStrategy": words(["Auto", "Base64", "None"], ["base64"]),
        "conversionStrategy": words(["Default", "Unicode"], ["None"]),
        "metadataPolicy": st.sampled_from(["None", "Fetch"]),
        "nullBytePolicy": words(["Ignore", "Fail"], ["Nope"]),
    },
)
OF_STORE = st.builds(lambda store: {"storeRef": store}, STORES)
SOURCES = st.one_of(
    OF_STORE,
    OF_STORE,
    words([GENERATOR], [{}, {"generatorRef": {"kind": "Nope", "name": "x"}}, {"generatorRef": {"kind": "UUID"}}]),
)
DATA = fields(
    {"secretKey": words(["a", "b", "c.d", "E_f"], ["a b", ".", ""]), "remoteRef": REMOTE},
    {"sourceRef": OF_STORE},
)
REGEXP = {"regexp": {"source": "a", "target": "b"}}
REWRITES = words(
    [REGEXP, {"transform": {"template": "x"}}, {"merge": {}}, {"merge": {"strategy": "JSON", "into": "x"}}],
    [{"regexp": {"source": "a"}}, {"merge": {"strategy": "Nope"}}, {"merge": {}, **REGEXP}, {}],
)
FINDS = words([{}, {"path": "a"}, {"name": {"regexp": "x"}}, {"tags": {"a": "b"}}], [{"names": {}}])
DATA_FROM = st.one_of(
    fields({"extract": REMOTE}, {"sourceRef": OF_STORE, "rewrite": st.lists(REWRITES, max_size=2)}),
    fields({"find": FINDS}, {"sourceRef": OF_STORE, "rewrite": st.lists(REWRITES, max_size=1)}),
    fields({"sourceRef": st.just(GENERATOR)}, {"rewrite": st.lists(REWRITES, max_size=1)}),
    fields({}, {"extract": REMOTE, "find": FINDS, "sourceRef": SOURCES}),
)
KEYS = {"name": "s", "items": [{"key": "k", "templateAs": "Values"}]}
FROM = words(
    [{"literal": "a: b"}, {"literal": "a", "target": "Labels"}, {"secret": KEYS}, {"configMap": KEYS}],
    [{"literal": "a", "target": "Spec"}, {"configMap": {"name": "c"}},
     {"secret": {"name": "s", "items": [{"key": "k", "templateAs": "Keys"}]}}],
)  # fmt: skip
ACCOUNT = {"annotations": {"kubernetes.io/service-account.name": "a"}}
TEMPLATES = fields(
    {},
    {
        "engineVersion": words(["v2"], ["v1"]),
        "mergePolicy": words(["Replace", "Merge"], ["Nope"]),
        "type": words(["Opaque", "kubernetes.io/service-account-token", "x"], ["bootstrap.kubernetes.io/token"]),
        "metadata": st.sampled_from([{}, ACCOUNT, {"labels": {"a": "b"}}, {"finalizers": ["a.b/c"]}]),
        "data": st.sampled_from([{}, {"A": "{{ .a }}"}]),
        "templateFrom": st.lists(FROM, max_size=2),
    },
)
TARGETS = fields(
    {},
    {
        "name": words(["x", "a.b"], ["-a"]),
        "creationPolicy": words(["Owner", "Orphan", "Merge", "None", "CreateOrMerge"], ["owner"]),
        "deletionPolicy": words(["Retain", "Delete", "Merge"], [""]),
        "immutable": st.booleans(),
        "manifest": words([{"apiVersion": "v1", "kind": "ConfigMap"}], [{"apiVersion": "v1"}]),
        "template": TEMPLATES,
    },
)
WINDOW = {"schedule": "0 3 * * *", "duration": "8h"}
WINDOWS = words(
    [{"kind": "allow", "windows": [WINDOW]}],
    [{"kind": "deny", "windows": []}, {"kind": "deny", "windows": [{**WINDOW, "schedule": "3"}]}],
)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "refreshInterval": st.one_of(DURATIONS, DURATIONS, BAD_DURATIONS).filter(lambda text: "$" not in text),
    "refreshPolicy": words(["OnChange", "Periodic", "CreatedOnce"], ["Never"]),
    "secretStoreRef": STORES,
    "target": TARGETS,
    "data": st.lists(DATA, max_size=2),
    "dataFrom": st.lists(DATA_FROM, max_size=2),
    "syncWindows": WINDOWS,
}
OVERLAYS = fields({}, PARTS)


@st.composite
def mostly_right(draw: st.DrawFn) -> Object:
    """A spec that is right but for one part, which may be wrong."""
    part = draw(st.sampled_from(["target", "target", "data", "dataFrom", "dataFrom", *PARTS]))
    return {**STORE, "data": [ENTRY], part: draw(PARTS[part])}


def test_generated_specs(cluster: Cluster) -> None:
    specs = {repr(spec): spec for spec in examples(st.one_of(OVERLAYS, mostly_right(), mostly_right()), 800)}
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
