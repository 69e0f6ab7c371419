"""How Reloader was started, as its own installation says: its chart's values, or the flags of its Deployment."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from krm_secrets.errors import failure
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.reloader_installation import Installation, installation
from krm_secrets.settings.restarts import Keys, Reloader


def nothing(path: str, holder: str) -> bytes:
    raise failure("is not there")


def learnt(*objects: dict[str, Any]) -> Installation | None:
    return installation([Resource.new(each) for each in objects], nothing)


def fields(*objects: dict[str, Any]) -> dict[str, object]:
    found = learnt(*objects)
    assert found is not None
    return dict(found.fields)


def release(values: Any, name: str = "reloader", chart: str = "reloader", **spec: Any) -> dict[str, Any]:
    spec = {"chart": {"spec": {"chart": chart}}, "values": {"reloader": values}, **spec}
    metadata = {"name": name, "namespace": "tools"}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec}


def application(helm: Any, **source: Any) -> dict[str, Any]:
    source = {"chart": "reloader", "repoURL": "https://example.com/charts", "helm": helm, **source}
    spec = {"source": source, "destination": {"namespace": "tools"}}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "r"}, "spec": spec}


def helm_chart(kind: str = "HelmChart", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "reloader", "namespace": "kube-system"}
    return {"apiVersion": "helm.cattle.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def deployment(*args: Any, image: str = "ghcr.io/example/reloader:v1.4.21", **container: Any) -> dict[str, Any]:
    container = {"name": "r", "image": image, "args": list(args), **container}
    spec = {"template": {"spec": {"containers": [container]}}}
    metadata = {"name": "r", "namespace": "tools"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


VALUES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"autoReloadAll": True, "isArgoRollouts": False}, {"autoReloadAll": True}),
    ({"autoReloadAll": "true"}, {}),
    ({"reloadOnCreate": True, "syncAfterRestart": True}, {"reloadOnCreate": True, "syncAfterRestart": True}),
    ({"ignoreNamespaces": "a,b, c"}, {"namespacesToIgnore": ["a", "b"]}),
    ({"watchGlobally": False}, {"namespaces": ["tools"]}),
    ({"watchGlobally": False, "ignoreNamespaces": "a", "namespaceSelector": "a=b"}, {"namespaces": ["tools"]}),
    ({"watchGlobally": False, "namespaces": ["b", "a"]}, {"namespaces": ["a", "b", "tools"]}),
    ({"namespaces": "b, a"}, {"namespaces": ["a", "b", "tools"]}),
    ({"namespaceSelector": "a=b", "resourceLabelSelector": "c"},
     {"namespaceSelector": "a=b", "resourceLabelSelector": "c"}),
    ({"ignoreSecrets": True, "ignoreJobs": True}, {"resourcesToIgnore": ["secrets"], "ignoredWorkloadTypes": ["jobs"]}),
    ({"ignoreJobs": True, "ignoreCronJobs": True}, {"ignoredWorkloadTypes": ["jobs", "cronjobs"]}),
    ({"webhookUrl": "https://example.com"}, {}),  # which the chart passes on beside annotations of one's own only
    ({"webhookUrl": "https://example.com", "custom_annotations": {"search": "x/s"}},
     {"webhook": True, "autoSearchAnnotation": "x/s"}),
    ({"custom_annotations": {"secret_auto": "x/sa", "auto": "", "match": None, "ignore": "x/i"}},
     {"secretAutoAnnotation": "x/sa", "ignoreAnnotation": "x/i"}),
    ({"ignoreNamespaces": "${IGNORED}", "resourceLabelSelector": "a b"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), VALUES)
def test_values_of_the_chart(values: Any, expected: Any) -> None:
    assert fields(release(values)) == expected
    assert fields(application({"valuesObject": {"reloader": values}})) == expected
    assert fields(application({"values": yaml.safe_dump({"reloader": values})})) == expected
    content = yaml.safe_dump({"reloader": values})
    assert fields(helm_chart(chart="stakater/reloader", targetNamespace="tools", valuesContent=content)) == expected


ARGUMENTS: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["--auto-reload-all"], {"autoReloadAll": True}),
    (["--auto-reload-all=true", "--is-Argo-Rollouts=false"], {"autoReloadAll": True, "isArgoRollouts": False}),
    (["--is-Argo-Rollouts", "true"], {"isArgoRollouts": True}),
    (["--log-level", "info", "--enable-ha", "--namespaces=a,b"], {"namespaces": ["a", "b"]}),
    (["--namespaces-to-ignore", "a", "--namespaces-to-ignore=b,a"], {"namespacesToIgnore": ["a", "b"]}),
    (['--namespace-selector="a=b"', "--resource-label-selector=c:d"],
     {"namespaceSelector": "a=b", "resourceLabelSelector": "c:d"}),
    (["--resources-to-ignore=secrets", "--ignored-workload-types=jobs,cronjobs"],
     {"resourcesToIgnore": ["secrets"], "ignoredWorkloadTypes": ["jobs", "cronjobs"]}),
    (["--webhook-url", "https://example.com"], {"webhook": True}),
    (["--auto-annotation", "x/a", "--secret-annotation=x/s"], {"autoAnnotation": "x/a", "secretAnnotation": "x/s"}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS)
def test_flags_of_the_deployment(arguments: list[str], expected: Any) -> None:
    assert fields(deployment(*arguments)) == expected
    assert (
        fields(deployment(image="registry.local:5000/reloader@sha256:0", command=["/manager", *arguments])) == expected
    )


def test_the_namespace_of_the_deployment() -> None:
    own: Any = {"name": "KUBERNETES_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    assert fields(deployment(env=[own])) == {"namespaces": ["tools"]}
    assert fields(deployment("--namespaces=a", env=[own])) == {"namespaces": ["a"]}
    assert fields(deployment(env=[{"name": "KUBERNETES_NAMESPACE", "value": "b"}])) == {"namespaces": ["b"]}


def test_what_argo_cd_and_k3s_set_one_by_one() -> None:
    helm = {
        "values": "reloader: {autoReloadAll: false, ignoreNamespaces: a}",
        "parameters": [{"name": "reloader.autoReloadAll", "value": "true"}],
    }
    expected = {"autoReloadAll": True, "namespacesToIgnore": ["a"]}
    assert fields(application(helm)) == expected
    several = application(None)
    several["spec"] = {"sources": [{"repoURL": "x", "path": "reloader"}, {"chart": "reloader", "helm": helm}]}
    assert fields(several) == expected
    chart = helm_chart(chart="reloader", set={"reloader.autoReloadAll": True})
    more = helm_chart("HelmChartConfig", valuesContent="reloader: {ignoreNamespaces: a}")
    assert fields(more, chart) == expected


def test_a_chart_is_known_by_its_source_too() -> None:
    by_ref = release({"autoReloadAll": True})
    by_ref["spec"].pop("chart")
    by_ref["spec"]["chartRef"] = {"kind": "OCIRepository", "name": "charts"}
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": {"name": "charts", "namespace": "tools"},
        "spec": {"url": "oci://ghcr.io/stakater/charts/reloader"},
    }
    assert fields(by_ref, source) == {"autoReloadAll": True}


@pytest.mark.parametrize(
    "obj",
    [
        release({"autoReloadAll": True}, chart="other"),
        application({"valuesObject": {"reloader": {"autoReloadAll": True}}}, chart="other"),
        helm_chart(chart="config-reloader"),
        deployment("--auto-reload-all", image="ghcr.io/example/config-reloader:1"),
        {**release({}), "apiVersion": "example.com/v1"},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"annotations": {"reloader.stakater.com/auto": "x"}},
        },
    ],
)
def test_what_is_no_reloader(obj: dict[str, Any]) -> None:
    assert learnt(obj) is None


def test_of_several_only_that_counts_in_which_all_agree() -> None:
    first = release({"autoReloadAll": True, "ignoreNamespaces": "a", "isArgoRollouts": True})
    second = release({"autoReloadAll": True, "ignoreNamespaces": "b"})
    found = learnt(first, second)
    assert found is not None
    assert found.fields == {"autoReloadAll": True}
    assert found.flags.rollouts is None


def test_the_flags_with_the_defaults_of_the_program() -> None:
    found = learnt(release({"custom_annotations": {"secret": "x/s"}}))
    assert found is not None
    assert found.flags == Reloader(Keys(named="x/s"), rollouts=False, source=found.file)
    incomplete = learnt(release({}, valuesFrom=[{"kind": "Secret", "name": "x"}]))
    assert incomplete is not None
    assert incomplete.flags.rollouts is None


@pytest.mark.parametrize(
    "values", [None, "x", [], {"custom_annotations": "x", "namespaces": {}, "ignoreNamespaces": 1}]
)
def test_odd_values_say_nothing(values: Any) -> None:
    assert fields(release(values)) == {}


@pytest.mark.parametrize("text", ["a: [", "", "x", "- a", "&a {b: *a}"])
def test_odd_texts_say_nothing(text: str) -> None:
    for obj in (application({"values": text}), helm_chart(chart="reloader", valuesContent=text)):
        found = learnt(obj)
        assert found is None or found.fields == {}
