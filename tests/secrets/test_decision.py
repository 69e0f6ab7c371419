"""The rules of Reloader that the model states, one test each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.secrets.decision import (
    AUTO,
    DECIDING,
    EXCLUDE,
    IGNORE,
    MATCH,
    NAMED,
    SEARCH,
    TEMPLATES,
    TYPED,
    Changed,
    decides,
    reloads,
    sees,
)

USED = {"containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "used"}}]}]}


def deployment(pod: Mapping[str, Any] = USED, annotations: Any = None, of_pod: Any = None) -> dict[str, Any]:
    template = {"metadata": {"annotations": of_pod or {}}, "spec": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"annotations": annotations or {}}} | {
        "spec": {"template": template}
    }


def test_without_annotations_nothing_restarts() -> None:
    assert not reloads(Changed("used"), deployment())


def test_auto_restarts_what_uses_the_secret_and_nothing_else() -> None:
    assert reloads(Changed("used"), deployment(annotations={AUTO: "true"}))
    assert not reloads(Changed("other"), deployment(annotations={AUTO: "true"}))


@pytest.mark.parametrize("key", [AUTO, TYPED])
@pytest.mark.parametrize("value", ["1", "t", "T", "TRUE", "true", "True"])
def test_auto_is_what_go_takes_for_true(key: str, value: str) -> None:
    assert reloads(Changed("used"), deployment(annotations={key: value}))


@pytest.mark.parametrize("key", [AUTO, TYPED])
@pytest.mark.parametrize("value", ["", "0", "f", "false", "False", "yes", "on", "tRUE", " true"])
def test_auto_is_nothing_else(key: str, value: str) -> None:
    assert not reloads(Changed("used"), deployment(annotations={key: value}))


def test_one_auto_is_enough_though_the_other_says_no() -> None:
    assert decides(Changed("used"), {AUTO: "false", TYPED: "true"}, {}) == "auto"


def test_a_list_needs_no_reference() -> None:
    assert reloads(Changed("other"), deployment(annotations={NAMED: "other"}))


def test_a_list_wins_over_auto_that_says_no() -> None:
    assert decides(Changed("used"), {AUTO: "false", NAMED: "used"}, {}) == "named"


@pytest.mark.parametrize(
    "value", ["a,used", " used , a", "use.", "u.*d", "used|x", "[u]sed", "(?i)USED", "x|.*sed", "*", "*sed"]
)
def test_entries_of_a_list_are_trimmed_expressions_with_anchors(value: str) -> None:
    assert decides(Changed("used"), {NAMED: value}, {}) == "named"


@pytest.mark.parametrize("value", ["", "use", "sed", "a", "used a", "used[", "USED", "x|y"])
def test_what_does_not_match_or_is_no_expression_counts_for_nothing(value: str) -> None:
    assert decides(Changed("used"), {NAMED: value}, {}) == ""


def test_anchors_do_not_hold_alternatives_together() -> None:
    assert decides(Changed("used-more"), {NAMED: "used|x"}, {}) == "named"


@pytest.mark.parametrize("key", DECIDING)
def test_the_pod_template_counts_only_when_the_workload_has_no_such_annotation(key: str) -> None:
    assert decides(Changed("used"), {}, {AUTO: "true"}) == "auto"
    assert decides(Changed("used"), {"example.com/other": "x"}, {AUTO: "true"}) == "auto"
    assert decides(Changed("used"), {key: ""}, {AUTO: "true"}) == ""


def test_annotations_of_other_types_do_not_hide_the_pod_template() -> None:
    assert decides(Changed("used"), {"configmap.reloader.stakater.com/auto": "true"}, {AUTO: "true"}) == "auto"


def test_an_exclusion_beats_everything_by_its_exact_name() -> None:
    everything = {AUTO: "true", TYPED: "true", NAMED: "used", SEARCH: "true"}
    assert decides(Changed("used", {MATCH: "true"}), {**everything, EXCLUDE: "x, used"}, {}) == ""
    assert decides(Changed("used"), {**everything, EXCLUDE: "use."}, {}) == "named"


def test_an_exclusion_on_the_pod_template_is_not_read() -> None:
    assert decides(Changed("used"), {}, {AUTO: "true", EXCLUDE: "used"}) == "auto"
    assert decides(Changed("used"), {EXCLUDE: "used"}, {AUTO: "true"}) == ""


def test_search_wants_a_secret_that_says_match() -> None:
    assert decides(Changed("used", {MATCH: "true"}), {SEARCH: "true"}, {}) == "auto"
    assert decides(Changed("used"), {SEARCH: "true"}, {}) == ""


@pytest.mark.parametrize("value", ["True", "1", "TRUE", "t", ""])
def test_search_match_and_ignore_take_nothing_but_true(value: str) -> None:
    assert decides(Changed("used", {MATCH: "true"}), {SEARCH: value}, {}) == ""
    assert decides(Changed("used", {MATCH: value}), {SEARCH: "true"}, {}) == ""
    assert decides(Changed("used", {IGNORE: value}), {AUTO: "true"}, {}) == "auto"


def test_search_wants_a_reference_too() -> None:
    assert not reloads(Changed("other", {MATCH: "true"}), deployment(annotations={SEARCH: "true"}))


def test_a_secret_that_says_ignore_restarts_nothing() -> None:
    assert decides(Changed("used", {IGNORE: "true"}), {AUTO: "true", NAMED: "used"}, {}) == ""


@pytest.mark.parametrize("group", ["containers", "initContainers"])
@pytest.mark.parametrize(
    "use",
    [
        {"envFrom": [{"configMapRef": {"name": "x"}}, {"prefix": "P_", "secretRef": {"name": "used"}}]},
        {"env": [{"name": "A", "value": "x"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "used"}}}]},
        {"volumeMounts": [{"name": "plain", "subPath": "x"}]},
        {"volumeMounts": [{"name": "projected"}]},
    ],
)
def test_containers_and_init_containers_are_looked_at(group: str, use: Mapping[str, Any]) -> None:
    projected = {"sources": [{"configMap": {"name": "used"}}, {"secret": {"name": "used"}}]}
    volume: dict[str, Any] = {"name": "plain", "secret": {"secretName": "used"}}
    if "projected" in str(use):
        volume = {"name": "projected", "projected": projected}
    assert sees("used", {"containers": [{"name": "app"}], group: [{"name": "app", **use}], "volumes": [volume]})


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"name": "v", "secret": {"secretName": "used"}}]},
        {"imagePullSecrets": [{"name": "used"}]},
        {"ephemeralContainers": [USED["containers"][0]]},
        {"volumes": [{"name": "v", "csi": {"nodePublishSecretRef": {"name": "used"}}}]},
        {"volumes": [{"name": "v", "cephfs": {"secretRef": {"name": "used"}}}]},
    ],
)
def test_what_reloader_does_not_look_at(pod: Mapping[str, Any]) -> None:
    assert not sees(
        "used", {"containers": [{"name": "app", "volumeMounts": [{"name": "v"}] * ("csi" in str(pod))}], **pod}
    )


def test_of_two_volumes_with_the_secret_only_the_first_is_looked_for() -> None:
    volumes = [{"name": name, "secret": {"secretName": "used"}} for name in ("first", "second")]
    for name, seen in (("first", True), ("second", False)):
        container = {"name": "app", "volumeMounts": [{"name": name}]}
        assert sees("used", {"containers": [container], "volumes": volumes}) is seen


def test_a_cron_job_is_started_and_a_job_replaced() -> None:
    template = {"metadata": {}, "spec": USED}
    job = {"kind": "Job", "metadata": {"annotations": {AUTO: "true"}}, "spec": {"template": template}}
    cron = {"kind": "CronJob", "metadata": job["metadata"], "spec": {"jobTemplate": {"spec": {"template": template}}}}
    assert reloads(Changed("used"), job)
    assert reloads(Changed("used"), cron)


@pytest.mark.parametrize("kind", ["Pod", "ReplicaSet", "Service", "DeploymentConfig", "CloneSet"])
def test_other_kinds_are_left_alone(kind: str) -> None:
    assert kind not in TEMPLATES
    assert not reloads(Changed("used"), deployment(annotations={AUTO: "true"}) | {"kind": kind})
