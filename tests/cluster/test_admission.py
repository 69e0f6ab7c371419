"""Everything that we print is taken by the API server and the operators' webhooks."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from krm_secrets.externalsecrets.api import merge
from tests.cluster.build import of_kind, stream
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.dryrun import refused
from tests.cluster.harness.standins import add_unknown_kinds
from tests.cluster.table import measured
from tests.hosts.support import CLUSTER, EXAMPLES, PROGRAM, build, documents, environment, output, pipe
from tests.running import run
from tests.shorthand.storedocuments import FITTING
from tests.shorthand.support import (
    CONFIG,
    DURATIONS,
    GOOD_ITEMS,
    GOOD_MAPPINGS,
    KEYS,
    MAPPINGS,
    METADATA,
    config_document,
    fields,
    substituted,
)
from tests.test_cases import CASES

NO_YAML = ("a-duplicate-key-where-nothing-is-read",)
"""Golden cases that kubectl cannot read, before and after."""
Identity = tuple[str, str, str, str]
NOT_SERVED = ("helm.toolkit.fluxcd.io/v2beta1", "helm.toolkit.fluxcd.io/v2beta2", "external-secrets.io/v1beta1")
"""What Flux and External Secrets once served."""
OURS = ("krm-secrets.dev/", "kustomize.config.k8s.io/", "kpt.dev/")


def applicable(data: bytes) -> list[Object]:
    """The objects that a person would apply, with Flux's variables filled in."""
    found: list[Object] = []
    read = documents(data.replace(b"${REFRESH}", b"1h")) if b"items:" in data or b"ResourceList" not in data else []
    for value in read:
        inner = value["items"] if value.get("kind") == "List" else [value]
        found += [substituted(each) for each in inner if not str(each.get("apiVersion")).startswith(OURS)]  # type: ignore[misc]
    return [_placed(each) for each in found if each.get("kind") and each.get("apiVersion")]


def _placed(value: Object) -> Object:
    """Nothing says which namespace a build without one goes to; here it is `default`."""
    metadata = {key: v for key, v in value["metadata"].items() if key != "creationTimestamp"}
    return {**value, "metadata": metadata}


def prepare(cluster: Cluster, objects: list[Object]) -> None:
    """Make the namespaces and kinds that the objects need."""
    cluster.namespaces(*{value["metadata"].get("namespace") or "default" for value in objects})
    add_unknown_kinds(cluster, objects)


def check(cluster: Cluster, what: str, objects: list[Object]) -> None:
    """All of them are admitted."""
    prepare(cluster, objects)
    start = time.monotonic()
    assert refused(cluster, objects) == []
    measured(what, len(objects), time.monotonic() - start)


def test_the_examples(cluster: Cluster) -> None:
    whole = applicable(pipe(build(CLUSTER)))
    kept = applicable(output(PROGRAM, "run", EXAMPLES / "kpt" / "bookmarks" / "secrets.yaml", env=environment()))
    assert len(of_kind("ExternalSecret", stream(whole + kept))) >= 4
    check(cluster, "objects of the examples admitted", whole + kept)


def test_the_golden_cases(cluster: Cluster) -> None:
    """What a case leaves out because it does not matter there, the API server wants: images, selectors, charts."""
    cases: list[tuple[str, list[Object], dict[Identity, Object]]] = []
    for folder in sorted(CASES.iterdir()):
        expected = folder / "expected.yaml"
        if not expected.exists() or b"results:" in expected.read_bytes() or folder.name in NO_YAML:
            continue
        before = applicable((folder / "input.yaml").read_bytes())
        made = [value for value in applicable(expected.read_bytes()) if value["apiVersion"] not in NOT_SERVED]
        own = [value for value in made if value not in before]
        cases.append((folder.name, own, {_identity(value): value for value in before}))
    outputs = [value for _, own, _ in cases for value in own]
    prepare(cluster, outputs)
    if refused(cluster, map(completed, outputs)):
        outputs = [value for name, own, given in cases for value in own if _is_admitted(cluster, name, value, given)]
    kinds = Counter(value["kind"] for value in outputs)
    assert kinds["ExternalSecret"] >= 12, kinds
    assert kinds["Deployment"] >= 8, kinds
    assert kinds["HelmRelease"] >= 5, kinds
    check(cluster, "objects of the golden cases admitted", [completed(value) for value in outputs])


def _is_admitted(cluster: Cluster, case: str, value: Object, given: dict[Identity, Object]) -> bool:
    """What an author wrote, and was refused before we touched it, may be refused after; what we made may not."""
    mine = refused(cluster, [completed(value)])
    if mine:
        assert _identity(value) in given, (case, mine)
        assert refused(cluster, [completed(given[_identity(value)])]), (case, mine)
    return not mine


LABELS = {"app": "x"}
WORKLOAD: Object = {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}}}
FETCHES: Object = {"dataFrom": [{"extract": {"key": "x"}}]}
REQUIRED: dict[str, Object] = {
    "Deployment": WORKLOAD,
    "StatefulSet": {**WORKLOAD, "serviceName": "x"},
    "DaemonSet": WORKLOAD,
    "HelmRelease": {"interval": "1h", "chartRef": {"kind": "OCIRepository", "name": "x"}},
    "ExternalSecret": FETCHES,
    "ClusterExternalSecret": {"externalSecretSpec": FETCHES},
    "Certificate": {"issuerRef": {"name": "x"}, "dnsNames": ["x"]},
}
"""For each kind the fields without which it is never taken."""


def completed(value: Object) -> Object:
    """The object with what the case left out, below what it says itself."""
    kind, own = value["kind"], value.get("spec")
    if own is None or kind not in REQUIRED:
        return value
    spec = merge(REQUIRED[kind], own)
    assert isinstance(spec, dict)
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        for container in spec["template"].get("spec", {}).get("containers", []):
            container.setdefault("image", "registry.example.org/x:1")
    if kind == "ExternalSecret" and "data" in own and "dataFrom" not in own:
        del spec["dataFrom"]
    if kind == "HelmRelease" and "chart" in own:
        del spec["chartRef"]
        spec["chart"] = merge({"spec": {"sourceRef": {"kind": "HelmRepository", "name": "x"}}}, own["chart"])
    return {**value, "spec": spec}


def _identity(value: Object) -> Identity:
    metadata = value["metadata"]
    return value["apiVersion"], value["kind"], metadata.get("namespace", ""), metadata.get("name", "")


def examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The same examples in every run."""
    found: list[Any] = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


SPECS: list[Object] = [
    {"refreshPolicy": "OnChange"},
    {"target": {"immutable": True}},
    {"target": {"template": {"templateFrom": [{"literal": "{{ .app_x }}"}], "mergePolicy": "Merge"}}},
    {"target": {"template": {"templateFrom": [{"configMap": {"name": "c", "items": [{"key": "k"}]}}]}}},
    {
        "target": {
            "template": {"templateFrom": [{"secret": {"name": "s", "items": [{"key": "k"}]}, "target": "Labels"}]}
        }
    },
    {"target": {"template": {"metadata": {"finalizers": ["example.org/x"]}}}},
    {"target": {"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}}},
    {"dataFrom": [{"find": {"path": "a", "name": {"regexp": ".*"}, "tags": {"a": "b"}}}]},
    {
        "dataFrom": [
            {"extract": {"key": "x", "version": "2"}, "rewrite": [{"merge": {"into": "all", "strategy": "JSON"}}]}
        ]
    },
    {"syncWindows": {"kind": "deny", "windows": [{"schedule": "0 3 * * *", "duration": "8h"}]}},
]
"""Overlays that make sense, each with another part of the API."""
REFERENCE = st.sampled_from(
    [".app.x", ".pg.y", '."app"."tls.crt"', ".app.username", "{{ .app.x }}:{{ .pg.y }}", "text"]
)
TEXTS = st.dictionaries(
    st.sampled_from(["l", "app.kubernetes.io/name"]), st.sampled_from(["v", "{{ .app.x }}"]), max_size=2
)
PLAIN = st.dictionaries(st.sampled_from(["l", "example.org/name"]), st.sampled_from(["v", "${VAR}"]), max_size=2)
EVERY_FIELD = fields(
    {"from": st.fixed_dictionaries({"app": GOOD_ITEMS, "pg": GOOD_ITEMS})},
    {
        "data": st.dictionaries(KEYS, REFERENCE, min_size=1, max_size=4),
        "store": st.sampled_from(["op", "vault", {"name": "x", "kind": "SecretStore"}]),
        "name": st.sampled_from(["other", "${APP}-x", "a.b"]),
        "type": st.sampled_from(["Opaque", "kubernetes.io/tls", "kubernetes.io/service-account-token"]),
        "labels": TEXTS,
        "annotations": TEXTS,
        "policy": st.sampled_from(["Merge", "None", "CreateOrMerge", ["Owner", "Delete"], ["Orphan", "CreatedOnce"]]),
        "metadata": fields({}, {"labels": PLAIN, "annotations": PLAIN}),
        "spec": st.sampled_from(SPECS),
        "refresh": DURATIONS,
    },
)
DOCUMENTS = fields(
    {
        "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
        "kind": st.just("SecretMapping"),
        "metadata": METADATA,
        "secrets": st.dictionaries(st.sampled_from(["a", "${APP}-b"]), EVERY_FIELD, min_size=1, max_size=2),
    },
    {"store": st.sampled_from(["op", "vault"]), "refresh": DURATIONS, "output": st.just("x.yml")},
)
SETTINGS = st.builds(
    lambda defaults, refresh: {**config_document(CONFIG), "defaults": defaults, "refresh": refresh},
    st.sampled_from(["minimal", "explicit"]),
    DURATIONS,
)


@pytest.fixture(scope="module")
def generated() -> list[tuple[Any, list[Object]]]:
    """Mappings that our own checks take, and what they expand to."""
    found = []
    for settings_, mapping in examples(st.tuples(SETTINGS, st.one_of(DOCUMENTS, GOOD_MAPPINGS, MAPPINGS)), 600):
        done = run(stream([settings_, mapping]))
        if done.code == 0 and (objects := applicable(done.out)):
            found.append((mapping, objects))
    return found


FIELDS = ("from", "data", "store", "name", "type", "labels", "annotations", "policy", "metadata", "spec", "refresh")


def test_a_generated_sample(cluster: Cluster, generated: list[tuple[Any, list[Object]]]) -> None:
    assert len(generated) >= 300
    secrets = [secret for mapping, _ in generated for secret in mapping["secrets"].values()]
    used = Counter(field for secret in secrets if isinstance(secret, dict) for field in secret)
    assert min(used[field] for field in FIELDS) >= 20, used
    distinct = {repr(value): value for _, objects in generated for value in objects}
    check(cluster, f"objects of {len(generated)} generated mappings admitted", list(distinct.values()))


def test_generated_stores(cluster: Cluster) -> None:
    objects: dict[str, Object] = {}
    for document in examples(FITTING, 60):
        done = run(stream([document]))
        assert done.code == 0, done.err
        objects |= {repr(value): value for value in applicable(done.out)}
    assert {value["kind"] for value in objects.values()} == {
        "Issuer",
        "Certificate",
        "SecretStore",
        "ClusterSecretStore",
    }
    check(cluster, "objects of 60 generated BitwardenStores admitted", list(objects.values()))
