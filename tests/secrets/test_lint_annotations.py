"""Annotations of Reloader that do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import WARNING, Problem
from krm_secrets.secrets.lint_annotations import harmful, mistakes, on_secrets
from krm_secrets.secrets.refused_annotations import refused
from krm_secrets.settings.restarts import Reloader

AUTO = "reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
EXCLUDE = "secrets.exclude.reloader.stakater.com/reload"
SEARCH, MATCH = "reloader.stakater.com/search", "reloader.stakater.com/match"
CONTROLLERS = "move it to controllers.<name>.annotations"
ON_RELEASE = "on a HelmRelease itself Reloader sees nothing"
KEY_RULE = "the key of an annotation has at most one slash, and at most 63 letters, digits, -, _ and . after it"
SWITCH = 'is neither true nor false, and Reloader takes it for false; write "true" or "false"'


def deployment(annotations: Any, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"annotations": annotations, **metadata}}


def release(values: Any, chart: str = "app-template", **metadata: Any) -> dict[str, Any]:
    spec = {"chart": {"spec": {"chart": chart}}, "values": values}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec}


def messages(obj: dict[str, Any]) -> list[str]:
    found = mistakes(obj)
    assert {problem.severity for problem in found} <= {WARNING}
    return [problem.message for problem in found]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("reloader.stakater.com/secret", f'; did you mean "{NAMED}"?'),
        ("secret.reloader.stakater.com/reloads", f'; did you mean "{NAMED}"?'),
        ("reloader.stakater.com/configmap", '; did you mean "configmap.reloader.stakater.com/reload"?'),
        ("xyzxyzxyzxyzxyzxyzxyzxyz.reloader.stakater.com/0", ""),
    ],
)
def test_an_unknown_key(key: str, hint: str) -> None:
    assert messages(deployment({key: "a"})) == [f"Reloader has no such annotation{hint}"]


@pytest.mark.parametrize("value", ["yes", "on", "TRue", "", None, [], {}, "2", 2])
def test_a_switch_that_is_neither_true_nor_false(value: Any) -> None:
    assert messages(deployment({AUTO: value})) == [SWITCH]


@pytest.mark.parametrize("value", ["True", "TRUE", "1", "t", 1])
def test_search_wants_the_word_true(value: Any) -> None:
    assert messages(deployment({SEARCH: value})) == ['is not "true", the only word that Reloader takes here']
    assert messages(release({"configMaps": {"a": {"annotations": {MATCH: value}}}})) == messages(
        deployment({SEARCH: value})
    )


@pytest.mark.parametrize("value", ["true", "false", "0", "F", True, False])
def test_search_that_is_set(value: Any) -> None:
    assert messages(deployment({SEARCH: value})) == []


@pytest.mark.parametrize("key", [MATCH, "reloader.stakater.com/ignore"])
def test_a_mark_of_secrets_on_a_workload(key: str) -> None:
    assert messages(deployment({key: "true"})) == ["Reloader reads this on Secrets and ConfigMaps only"]


@pytest.mark.parametrize("value", ["a[", "a, b(", "a**b", r"\x"])
def test_a_list_with_what_is_no_expression(value: str) -> None:
    entry = value.rpartition(",")[2].strip()
    assert messages(deployment({NAMED: value})) == [
        f'"{entry}" is no regular expression: releases 1.4.0 to 1.4.21 of Reloader fall over it, and others'
        " leave it out of the list"
    ]


@pytest.mark.parametrize(
    "value", ["a,b", "", ".*", "*-secret", "a-.*, b[0-9]+", "(?i)a|b", "${APP}-secret", 3, None, "a_b"]
)
def test_a_list_of_expressions(value: Any) -> None:
    assert messages(deployment({NAMED: value})) == []


@pytest.mark.parametrize("value", ["true", "false", "True", "0", "F", True, False, 1])
def test_a_switch_that_is_set(value: Any) -> None:
    assert messages(deployment({AUTO: value})) == []


@pytest.mark.parametrize("key", ["labels", "extraLabels", "podLabels"])
def test_a_label(key: str) -> None:
    assert messages(release({"server": {key: {AUTO: "true"}}})) == ["Reloader reads annotations, and this is a label"]


def test_a_list_of_names_may_hold_anything() -> None:
    assert messages(deployment({NAMED: "yes"})) == []


@pytest.mark.parametrize("key", [AUTO, NAMED, EXCLUDE])
def test_on_the_release_itself(key: str) -> None:
    annotations = {key: "true"}
    assert messages(release({}, annotations=annotations)) == [
        f"{ON_RELEASE}: move it to spec.values.{CONTROLLERS[11:]}"
    ]
    other = messages(release({}, "forgejo", annotations=annotations))
    assert other == [f"{ON_RELEASE}: its chart's workloads need the annotation"]


@pytest.mark.parametrize("path", ["podAnnotations", "annotations", "controllers.web", "controllers.web.podAnnotations"])
def test_where_app_template_does_not_look(path: str) -> None:
    node: Any = {AUTO: "true"}
    for part in reversed(path.split(".")):
        node = {part: node}
    assert messages(release(node)) == [f"the chart does not look here: {CONTROLLERS}"]
    assert messages(release(node, "other")) == []


@pytest.mark.parametrize(
    "values",
    [
        {"controllers": {"web": {"annotations": {AUTO: "true"}}}},
        {"controllers": {"web": {"pod": {"annotations": {AUTO: "true"}}}}},
        {"defaultPodOptions": {"annotations": {AUTO: "true"}}},
        {"global": {"annotations": {AUTO: "true"}}},
        {"secrets": {"x": {"annotations": {"reloader.stakater.com/match": "true"}}}},
    ],
)
def test_where_it_does(values: Any) -> None:
    assert messages(release(values)) == []


def test_an_exclusion_on_the_pod() -> None:
    text = "Reloader reads this on the workload only: move it to "
    pod = {"template": {"metadata": {"annotations": {EXCLUDE: "a"}}}}
    assert messages({**deployment({}), "spec": pod}) == [text + "metadata.annotations"]
    assert messages(deployment({EXCLUDE: "a"})) == []
    values: Any = {"controllers": {"web": {"pod": {"annotations": {EXCLUDE: "a"}}}}}
    assert messages(release(values)) == [text + "controllers.<name>.annotations"]
    values = {"defaultPodOptions": {"annotations": {EXCLUDE: "a"}}}
    assert messages(release(values)) == [text + "controllers.<name>.annotations"]


def test_mistakes_come_in_the_order_in_which_they_stand() -> None:
    obj = deployment({f"{AUTO}1": "", f"{AUTO}2": ""}, labels={AUTO: "true"})
    assert [problem.path[-1] for problem in mistakes(obj)] == [f"{AUTO}1", f"{AUTO}2", AUTO]


def test_a_star_alone_stands_for_every_secret() -> None:
    text = '"*" stands for every one of the namespace, used here or not; name those that are meant'
    assert messages(deployment({NAMED: "a, *"})) == [text]
    assert messages(deployment({"configmap.reloader.stakater.com/reload": "*"})) == [text]
    assert messages(deployment({NAMED: ".*, *-tls"})) == []


def test_an_exclusion_is_no_expression() -> None:
    text = '"a.*" excludes nothing: Reloader reads plain names here, and no regular expressions'
    assert messages(deployment({EXCLUDE: "b, a.*"})) == [text]
    assert messages(deployment({EXCLUDE: "b, a.b, ${APP}-secret, {{ .Release.Name }}"})) == []


PAUSE = "deployment.reloader.stakater.com/pause-period"


@pytest.mark.parametrize("value", ["1d", "5", "5 minutes", "", "1h 5m", "h", "-", 5, None])
def test_a_pause_at_which_reloader_fails(value: Any) -> None:
    shown = value if isinstance(value, str) else "5" if value else ""
    text = (
        f'"{shown}" is no duration such as 24h or 5m30s: Reloader fails here, and restarts neither this nor any later'
        " Deployment, DaemonSet or StatefulSet of the namespace"
    )
    assert messages(deployment({PAUSE: value})) == [text]
    assert [problem.message for problem in harmful(deployment({PAUSE: value, AUTO: "maybe"}))] == [text]


@pytest.mark.parametrize("value", ["24h", "5m30s", "1.5h", ".5s", "0", "-1h", "1h1h", "3µs", "${PAUSE}"])
def test_a_pause_that_go_takes(value: str) -> None:
    assert messages(deployment({PAUSE: value})) == []


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "CronJob", "Rollout"])
def test_only_deployments_pause(kind: str) -> None:
    text = "Reloader pauses Deployments only, and reads nothing of this here"
    assert messages({**deployment({PAUSE: "5m"}), "kind": kind}) == [text]


def test_an_empty_auto_is_none_where_all_restart() -> None:
    everything = Reloader(reloads_all=True)
    assert mistakes(deployment({AUTO: "", SEARCH: ""}), everything)[0].path[-1] == SEARCH
    assert len(mistakes(deployment({AUTO: "", SEARCH: ""}), everything)) == 1


def test_what_keeps_reloader_from_its_work_for_others() -> None:
    obj = deployment({NAMED: "[", AUTO: "maybe"}, labels={NAMED: "["})
    assert [problem.path for problem in harmful(obj)] == [("metadata", "annotations", NAMED)]


def test_annotations_for_workloads_on_a_secret() -> None:
    template = {"metadata": {"annotations": {NAMED: "a", MATCH: "true", "x": "y"}, "labels": {AUTO: "true"}}}
    obj = {"kind": "ExternalSecret", "spec": {"target": {"template": template}}}
    message = (
        "Reloader reads this on workloads, and nothing of it on a Secret, which can have reloader.stakater.com/match"
        " or reloader.stakater.com/ignore"
    )
    path = ("spec", "target", "template", "metadata", "annotations", NAMED)
    assert on_secrets(obj) == [Problem(path, message, WARNING, "reloader-misplaced")]


REFUSED = "the API server refuses this object: "


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({AUTO: True}, "an annotation is a string, and this is a boolean; write it in quotes"),
        ({"x": 1}, "an annotation is a string, and this is a number; write it in quotes"),
        ({"x": ["a"]}, "an annotation is a string, and this is a list; write it in quotes"),
        (["x"], "annotations are a map, and this is a list"),
        ({"a/b/c": ""}, KEY_RULE),
        ({"x" * 64: ""}, KEY_RULE),
        ({"-x": ""}, KEY_RULE),
    ],
)
def test_what_the_api_server_refuses(annotations: Any, message: str) -> None:
    for place in ("metadata", "pod", "job"):
        pod = {"template": {"metadata": {"annotations": annotations}}}
        obj = deployment(annotations if place == "metadata" else None)
        obj["spec"] = {} if place == "metadata" else pod if place == "pod" else {"jobTemplate": {"spec": pod}}
        assert [problem.message for problem in refused(obj)] == [REFUSED + message]


def test_what_it_takes() -> None:
    assert refused(deployment({AUTO: "true", "x": None, "A.b/c_d": "", "${X}/y": "", "Example.com/x": "1"})) == []
    assert refused(deployment(None)) == refused({"metadata": "x", "spec": []}) == []
