"""Charts that Argo CD, k3s and kustomize install: which values count, and where an annotation goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import field
from krm_secrets.secrets.uses.finder import Found, find, guessed
from krm_secrets.secrets.uses.installs import installs
from krm_secrets.secrets.uses.workloads import INSTALLING as KINDS
from krm_secrets.settings.restarts import DEFAULT, ChartRule
from tests.secrets.support import KnownSecret, judged

WEB: dict[str, Any] = {"controllers": {"web": {"containers": {"app": {"envFrom": [{"secretRef": {"name": "s"}}]}}}}}
CHART = {"chart": "app-template", "repoURL": "https://charts.example.com", "targetRevision": "4.0.0"}


def application(*sources: Any, kind: str = "Application", **spec: Any) -> dict[str, Any]:
    inner = {"destination": {"namespace": "media"}, "sources": list(sources), **spec}
    metadata = {"name": "app", "namespace": "argocd"}
    whole = {"template": {"spec": inner}} if kind == "ApplicationSet" else inner
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": whole}


def chart(kind: str = "HelmChart", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "app-template", "namespace": "kube-system"}
    return {"apiVersion": "helm.cattle.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def kustomization(*charts: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "Kustomization", "helmCharts": list(charts), **fields}


def places(found: Found) -> list[tuple[str, str]]:
    """Where annotations go, and the namespaces of the workloads."""
    return [(field(each.place or ()), each.namespace) for each in found.workloads]


TEXT = "controllers: {web: {containers: {app: {envFrom: [{secretRef: {name: s}}]}}}}"


@pytest.mark.parametrize(
    ("obj", "place", "namespace"),
    [
        (application({**CHART, "helm": {"valuesObject": WEB}}), "spec.sources[0].helm.valuesObject", "media"),
        (application({**CHART, "helm": {"values": TEXT}}), "spec.sources[0].helm.values", "media"),
        (application(source={**CHART, "helm": {"values": TEXT}}), "spec.source.helm.values", "media"),
        (application({**CHART, "helm": {"values": TEXT, "valuesObject": WEB}}), "spec.sources[0].helm.valuesObject",
         "media"),
        (application({**CHART, "helm": {"namespace": "own", "values": TEXT}}), "spec.sources[0].helm.values", "own"),
        (application({"ref": "v"}, {**CHART, "helm": {"values": TEXT}}), "spec.sources[1].helm.values", "media"),
        (application({"path": "app-template", "helm": {"values": TEXT}}), "spec.sources[0].helm.values", "media"),
        (application({**CHART, "helm": {"values": TEXT}}, kind="ApplicationSet"),
         "spec.template.spec.sources[0].helm.values", "media"),
        (chart(valuesContent=TEXT), "spec.valuesContent", "kube-system"),
        (chart(valuesContent=TEXT, targetNamespace="media"), "spec.valuesContent", "media"),
        (chart("HelmChartConfig", valuesContent=TEXT), "spec.valuesContent", "kube-system"),
        (kustomization({"name": "app-template", "valuesInline": WEB}, namespace="media"), "helmCharts[0].valuesInline",
         "media"),
        (kustomization({"name": "other"}, {"name": "app-template", "namespace": "own", "valuesInline": WEB}),
         "helmCharts[1].valuesInline", "own"),
    ],
)  # fmt: skip
def test_where_an_annotation_goes(obj: Any, place: str, namespace: str) -> None:
    found = find(obj)
    assert places(found) == [(f"{place}.controllers.web.annotations", namespace)]
    ((ref,), *_) = found.workloads[0].references
    assert (ref.name, field(ref.path)) == ("s", f"{place}.controllers.web.containers.app.envFrom[0].secretRef.name")


FILES = {"values.yaml": WEB, "more.yaml": {"controllers": {"web": {"annotations": {"x": "y"}}}}}


def from_file(name: str, folder: str) -> object:
    assert folder in ("", ".", "charts/app")
    return FILES.get(name)


@pytest.mark.parametrize(
    ("obj", "place"),
    [
        (application({**CHART, "helm": {"valueFiles": ["$v/values.yaml"]}}), "spec.sources[0].helm.valuesObject"),
        (application({**CHART, "helm": {"valueFiles": ["$v/values.yaml", "$v/more.yaml"], "values": "a: b"}}),
         "spec.sources[0].helm.values"),
        (application({"path": "charts/app", "helm": {"valueFiles": ["values.yaml"]}}),
         "spec.sources[0].helm.valuesObject"),
        (kustomization({"name": "app-template", "valuesFile": "values.yaml"}), "helmCharts[0].valuesInline"),
        (kustomization({"name": "app-template", "additionalValuesFiles": ["values.yaml"], "valuesMerge": "merge"}),
         "helmCharts[0].valuesInline"),
    ],
)  # fmt: skip
def test_values_in_files(obj: Any, place: str) -> None:
    assert [path for path, _ in places(find(obj, DEFAULT, from_file))] == [f"{place}.controllers.web.annotations"]
    assert find(obj).workloads == ()


@pytest.mark.parametrize(
    "obj",
    [
        application({**CHART, "helm": {"values": "a: [", "valueFiles": ["x"]}}),
        application({**CHART, "helm": {"valuesObject": WEB}}, destination={"namespace": "{{ .path.basename }}"}),
        application({**CHART, "helm": {"valuesObject": WEB, "parameters": [{"name": "controllers.web.enabled",
                                                                           "value": "false"}]}}),
        application({"path": "x"}),
        chart(valuesContent=TEXT, set={"controllers.web.enabled": "false"}),
        kustomization({"name": "app-template", "valuesInline": {"a": 1}, "valuesFile": "values.yaml",
                       "valuesMerge": "replace"}),
        {**application({**CHART, "helm": {"valuesObject": WEB}}), "apiVersion": "app.k8s.io/v1beta1"},
        {**chart(valuesContent=TEXT), "apiVersion": "source.toolkit.fluxcd.io/v1"},
        {**kustomization({"name": "app-template", "valuesInline": WEB}),
         "apiVersion": "kustomize.toolkit.fluxcd.io/v1"},
    ],
)  # fmt: skip
def test_where_none_goes(obj: Any) -> None:
    assert find(obj, DEFAULT, from_file).workloads == ()


def test_a_text_that_a_parameter_forces_is_no_switch() -> None:
    parameters = [{"name": "controllers.web.enabled", "value": "false", "forceString": True}]
    assert len(find(application({**CHART, "helm": {"valuesObject": WEB, "parameters": parameters}})).workloads) == 1


def test_charts_of_another_make_are_told() -> None:
    obj = chart(chart="postgresql", valuesContent="auth: {existingSecret: s}")
    found = judged(obj, [KnownSecret("s", "kube-system")], DEFAULT)
    (use,) = found.uses()
    assert field(use.reference.path) == "spec.valuesContent.auth.existingSecret"
    assert use.effect.how == "nobody knows where the chart takes annotations: `charts` in the SecretsConfig can say so"
    assert (found.annotations, found.patch) == ([], None)
    assert [problem.message for problem in found.problems()] == [
        'nothing restarts what this chart makes when the Secret "s" changes: say under `charts` in the SecretsConfig'
        " where it takes annotations"
    ]
    chosen = chart(
        chart="pg", valuesContent="{auth: {existingSecret: s}, annotations: {reloader.stakater.com/auto: 'true'}}"
    )
    found = judged(chosen, [KnownSecret("s", "kube-system")], DEFAULT)
    assert [use.effect.by for use in found.uses()] == ["Reloader"]
    assert found.problems() == []


def test_a_chart_of_which_the_user_knows_the_place() -> None:
    rule = ChartRule("postgresql", "", (("auth", "secret"),), (("primary", "annotations"),))
    obj = chart(chart="postgresql", valuesContent="auth: {secret: s}")
    found = judged(obj, [KnownSecret("s", "kube-system")], DEFAULT._replace(charts=(rule,)))
    ((path, key, _),) = found.annotations
    assert (field(path), key) == ("spec.valuesContent.primary.annotations", "reloader.stakater.com/auto")


def test_what_controllers_share_is_looked_at_once() -> None:
    values = {"controllers": {name: {"containers": {"a": {}}} for name in "ab"},
              "persistence": {"x": {"type": "secret", "name": "s"}}}  # fmt: skip
    first, second = find(application({**CHART, "helm": {"valuesObject": values}})).workloads
    shared = {id(group) for group in first.references} & {id(group) for group in second.references}
    assert any(group and id(group) in shared for group in first.references)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"auth": {"secretKeySecretKey": "s"}}, ["auth.secretKeySecretKey"]),
        ({"ingress": {"tls": [{"secretName": "s"}]}}, ["ingress.tls[0].secretName"]),
        ({"sso": {"clientSecret": {"name": "{{ .Release.Name }}"}}}, ["sso.clientSecret.name"]),
        ({"defaultSettings": {"backupTargetCredentialSecret": "s"}}, ["defaultSettings.backupTargetCredentialSecret"]),
        ({"name": "s", "image": {"tag": "s"}}, []),
        ({"existingSecret": "s"}, []),
    ],
)
def test_what_values_may_name(values: Any, expected: list[str]) -> None:
    metadata = {"name": "s", "namespace": "n"}
    obj: dict[str, Any] = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata}
    obj["spec"] = {"values": values}
    found = list(guessed(find(obj)))
    assert [field(ref.path) for ref in found] == [f"spec.values.{each}" for each in expected]
    assert {(ref.name, ref.namespace, ref.restart) for ref in found} <= {("s", "n", False)}
    of_argo = list(guessed(find(application({"chart": "x", "helm": {"valuesObject": values}}))))
    assert [field(ref.path) for ref in of_argo] == [f"spec.sources[0].helm.valuesObject.{each}" for each in expected]


NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just(TEXT),
    lambda nodes: (
        st.lists(nodes, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["source", "sources", "helm", "values", "valuesObject", "valueFiles", "parameters", "name", "value",
                 "chart", "path", "set", "valuesContent", "valuesInline", "valuesFile", "destination", "template",
                 "spec"]
            ),
            nodes,
            max_size=4,
        )
    ),
    max_leaves=15,
)  # fmt: skip


@given(NODES, st.sampled_from(sorted(KINDS)))
def test_no_object_raises(node: Any, kind: str) -> None:
    obj = {"apiVersion": f"{KINDS[kind][0]}/v1", "kind": kind, "metadata": node, "spec": node, "helmCharts": node}
    installs(obj, kind, lambda name, folder: node)
    found = find(obj, DEFAULT, lambda name, folder: node)
    list(guessed(found))
