"""Workloads that an operator makes: wired where its object takes annotations for their Pods, or told."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.secrets.chart_patch import Patch
from krm_secrets.secrets.effect import Annotate, Effect
from krm_secrets.secrets.uses.reference import ANEW, KEEPS, RELOADS
from krm_secrets.settings.restarts import Policy, Reloader
from tests.secrets.support import KnownSecret, decision, judged

NAMED, TYPED = "secret.reloader.stakater.com/reload", "secret.reloader.stakater.com/auto"
SECRETS = frozenset(map(KnownSecret, "abc"))


def release(chart: str, values: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "r"},
        "spec": {"chart": {"spec": {"chart": chart}}, "values": values},
    }


def containers(*names: str) -> list[dict[str, Any]]:
    return [{"name": "c", "envFrom": [{"secretRef": {"name": name}} for name in names]}]


def below(path: str, node: Any) -> Any:
    for part in reversed(path.split(".")):
        node = {part: node}
    return node


STACK = ["prometheus.prometheusSpec", "alertmanager.alertmanagerSpec", "thanosRuler.thanosRulerSpec"]


@pytest.mark.parametrize("path", STACK)
def test_a_part_of_the_prometheus_stack_names_its_secrets(path: str) -> None:
    """`auto` would restart for the configuration that the operator writes into a Secret itself."""
    obj = release("kube-prometheus-stack", below(path, {"containers": containers("b", "a")}))
    place = ("spec", "values", *path.split("."), "podMetadata", "annotations")
    for mode in ("auto", "named"):
        found = decision(obj, SECRETS, mode)
        assert (found.annotations, found.patch, found.problems) == ((Annotate(place, NAMED, "a,b"),), None, ())
    assert {use.effect for use in judged(obj, SECRETS).uses()} == {Effect("Reloader", NAMED, added=True)}


def test_the_rest_of_the_stack_is_patched_and_the_author_is_asked_first() -> None:
    spec: dict[str, Any] = {"containers": containers("a"), "podMetadata": {"annotations": {NAMED: "a"}}}
    values = {"prometheus": {"prometheusSpec": spec}, "grafana": {"envFromSecret": "b"}}
    found = decision(release("kube-prometheus-stack", values), SECRETS)
    assert (found.annotations, found.patch, found.problems) == ((), Patch(TYPED, "true"), ())
    uses = {use.reference.name: use.effect for use in judged(release("kube-prometheus-stack", values), SECRETS).uses()}
    assert uses == {
        "a": Effect("Reloader", NAMED),
        "b": Effect("Reloader", f"{TYPED} by a patch", added=True),
    }


def test_nothing_is_needed_where_all_restart() -> None:
    obj = release("kube-prometheus-stack", below(STACK[0], {"containers": containers("a")}))
    found = judged(obj, SECRETS, Policy("auto", Reloader(reloads_all=True)))
    assert found.annotations == []
    assert [use.effect for use in found.uses()] == [Effect("Reloader", "--auto-reload-all")]


TOLD = [
    ("victoria-metrics-k8s-stack", "vmagent.spec", KEEPS, True),
    ("gha-runner-scale-set", "listenerTemplate.spec", KEEPS, True),
    ("gha-runner-scale-set", "template.spec", ANEW, False),
]


@pytest.mark.parametrize(("chart", "path", "how", "needed"), TOLD)
def test_what_takes_no_annotation_is_told(chart: str, path: str, how: str, needed: bool) -> None:
    obj = release(chart, below(path, {"containers": containers("a")}))
    for mode in ("auto", "named", "all"):
        found = decision(obj, SECRETS, mode)
        assert (found.annotations, found.patch) == ((), None)
        notice = f'nothing restarts this when the Secret "a" changes: {how}'
        assert [problem.message for problem in found.problems] == ([notice] if needed else [])
    assert [use.effect for use in judged(obj, SECRETS).uses()] == [Effect("", how, needed=needed)]


@pytest.mark.parametrize("path", ["hubble.tls.server", "hubble.relay.tls.client", "clustermesh.apiserver.tls.admin"])
def test_cilium_reads_its_certificates_again(path: str) -> None:
    obj = release("cilium", below(path, {"existingSecret": "a"}))
    assert decision(obj, SECRETS).patch is None
    assert [use.effect for use in judged(obj, SECRETS).uses()] == [Effect("", RELOADS, needed=False)]
    both = release("cilium", {**below(path, {"existingSecret": "a"}), "operator": {"existingSecret": "b"}})
    assert decision(both, SECRETS).patch == Patch(TYPED, "true")


def test_charts_of_other_hosts_too() -> None:
    helm = {"valuesObject": below(STACK[0], {"containers": containers("a")})}
    source = {"chart": "kube-prometheus-stack", "repoURL": "https://example.com", "helm": helm}
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "r"},
        "spec": {"source": source, "destination": {"namespace": "x"}},
    }
    (added,) = decision(application, frozenset({KnownSecret("a", "x")})).annotations
    place = ("spec", "source", "helm", "valuesObject", "prometheus", "prometheusSpec", "podMetadata", "annotations")
    assert added == Annotate(place, NAMED, "a")


@pytest.mark.parametrize("kind", ["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"])
def test_objects_of_the_prometheus_operator(kind: str) -> None:
    spec: dict[str, Any] = {"containers": containers("a"), "secrets": ["b"], "additionalScrapeConfigs": {"name": "c"}}
    obj = {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": {"name": "k"}, "spec": spec}
    assert decision(obj, SECRETS).annotations == (Annotate(("spec", "podMetadata", "annotations"), NAMED, "a"),)
    uses = {use.reference.name: use.effect for use in judged(obj, SECRETS).uses()}
    assert uses["a"] == Effect("Reloader", NAMED, added=True)
    assert NAMED not in uses["b"].how + uses["c"].how
    assert decision({**obj, "spec": {"secrets": ["b"]}}, SECRETS).annotations == ()
    assert decision({**obj, "apiVersion": "example.com/v1"}, SECRETS).annotations == ()
