"""What the real Reloader did, run against an API server: where its own documentation says less, or something else."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import INFO
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.effect import Effect, Effects, effects as decided
from krm_secrets.secrets.uses.finder import find
from krm_secrets.secrets.world import Build, World
from krm_secrets.settings.restarts import Policy, Reloader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from krm_secrets.settings.config import Reload

AUTO, NAMED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/reload"
SEARCH, PAUSE = "reloader.stakater.com/search", "deployment.reloader.stakater.com/pause-period"
LEFT_OUT = Effect("", f"the author's list in {NAMED} leaves it out")
ALL = Effect("Reloader", "--auto-reload-all")
VERSIONS = {
    "CronJob": "batch/v1",
    "Job": "batch/v1",
    "CloneSet": "apps.kruise.io/v1alpha1",
    "Service": "serving.knative.dev/v1",
    "DeploymentConfig": "apps.openshift.io/v1",
    "Pod": "v1",
    "Rollout": "argoproj.io/v1alpha1",
}


def workload(annotations: Any = None, kind: str = "Deployment", name: str = "web", pod: Any = None) -> dict[str, Any]:
    """An object that takes its environment from Secret a."""
    pod = pod or {"containers": [{"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "a"}}]}]}
    spec: dict[str, Any] = {"template": {"spec": pod}}
    spec = {"jobTemplate": {"spec": spec}} if kind == "CronJob" else pod if kind == "Pod" else spec
    metadata = {"name": name, "namespace": "x", "annotations": annotations}
    return {"apiVersion": VERSIONS.get(kind, "apps/v1"), "kind": kind, "metadata": metadata, "spec": spec}


def secret(labels: Any = None) -> dict[str, Any]:
    metadata = {"name": "a", "namespace": "x", "labels": labels or {}}
    return {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": {}}


def effects(obj: dict[str, Any], *others: dict[str, Any], mode: Reload = "auto", **flags: Any) -> Effects:
    policy = Policy(mode, Reloader(**flags))
    items = [Resource.new(each) for each in (obj, *(others or (secret(),)))]
    return decided(find(obj, policy), World(Build(items)), policy)


def effect(obj: dict[str, Any], *others: dict[str, Any], **flags: Any) -> Effect:
    (use,) = effects(obj, *others, **flags).uses()
    return use.effect


def messages(obj: dict[str, Any], *others: dict[str, Any], **flags: Any) -> list[str]:
    return [problem.message for problem in effects(obj, *others, **flags).problems() if problem.severity != INFO]


@pytest.mark.parametrize("listed", ["(b|c)", "^b$", r"\d+", "[c-d]", "b|c", "a{1,2}b", "["])
def test_a_list_that_does_not_fit_restarts_nothing(listed: str) -> None:
    assert effect(workload({NAMED: listed})) == LEFT_OUT


@pytest.mark.parametrize("listed", ["*", "a|b", "[a-c]", "${APP}-secret"])
def test_a_list_that_fits_or_may_fit(listed: str) -> None:
    assert effect(workload({NAMED: listed})) == Effect("Reloader", NAMED)


@pytest.mark.parametrize("kind", ["ReplicaSet", "CloneSet", "Service", "Pod", "DeploymentConfig"])
@pytest.mark.parametrize("annotations", [{AUTO: "true"}, {NAMED: "a"}, None])
def test_kinds_for_which_it_has_no_code(kind: str, annotations: Any) -> None:
    expected = Effect("", "Reloader does not know the kind")
    assert effect(workload(annotations, kind)) == effect(workload(annotations, kind), reloads_all=True) == expected


AT_ONCE = [
    ("CronJob", "cronjobs", "which starts it at once", "starts this CronJob at once"),
    ("Job", "jobs", "which deletes it and makes it again", "deletes this Job and makes it again"),
]


@pytest.mark.parametrize(("kind", "type_", "how", "what"), AT_ONCE)
def test_what_does_not_run_on_is_started_or_replaced(kind: str, type_: str, how: str, what: str) -> None:
    ends = f"or start Reloader with --ignored-workload-types={type_}"
    text = f'Reloader {what} when the Secret "a" changes, by '
    anew = "though each new Pod reads it anew: if nobody wants that"
    for key, value in ((AUTO, "true"), (NAMED, "a")):
        obj = workload({key: value}, kind)
        assert effect(obj) == Effect("Reloader", f"{key}, {how}", needed=False)
        assert messages(obj) == [f"{text}{key}, {anew}, remove the annotation, {ends}"]
    obj = workload(kind=kind)
    assert effect(obj, reloads_all=True) == Effect("Reloader", f"--auto-reload-all, {how}", needed=False)
    assert messages(obj, reloads_all=True) == [f'{text}--auto-reload-all, {anew}, write {AUTO}: "false" here, {ends}']


@pytest.mark.parametrize(("kind", "type_"), [case[:2] for case in AT_ONCE])
def test_what_is_left_alone_reads_the_secret_anew(kind: str, type_: str) -> None:
    anew = Effect("", "each new Pod reads it anew", needed=False)
    assert effect(workload(kind=kind)) == effect(workload({AUTO: "false"}, kind), reloads_all=True) == anew
    ignored = frozenset({type_})
    assert effect(workload({AUTO: "true"}, kind), workloads_ignored=ignored) == anew
    assert messages(workload({AUTO: "true"}, kind), secret(), workloads_ignored=ignored) == []
    assert effects(workload(kind=kind)).annotations == []


@pytest.mark.parametrize(
    "annotations", [{NAMED: "b"}, {SEARCH: "true"}, {AUTO: ""}, {"secret." + AUTO: ""}, {SEARCH: "false"}, {AUTO: None}]
)
def test_all_comes_before_what_the_author_chose_but_for_auto(annotations: Any) -> None:
    assert effect(workload(annotations), reloads_all=True) == ALL
    found = [text for text in messages(workload(annotations), reloads_all=True) if "nothing here makes" not in text]
    assert found == []
    assert effects(workload(annotations), reloads_all=True).annotations == []


@pytest.mark.parametrize("value", ["false", "no", "x"])
def test_an_auto_that_is_not_true_comes_before_all(value: str) -> None:
    assert effect(workload({AUTO: value}), reloads_all=True) == Effect("", f'the author set {AUTO}: "false"')


def test_a_list_needs_no_use() -> None:
    unmounted = {"containers": [{"name": "c"}], "volumes": [{"name": "v", "secret": {"secretName": "a"}}]}
    for pod in (unmounted, {"containers": [], "imagePullSecrets": [{"name": "a"}]}):
        assert effect(workload({NAMED: "a"}, pod=pod)) == Effect("Reloader", f"{NAMED}, used or not", needed=False)
        assert effect(workload({AUTO: "true"}, pod=pod)).by == ""
        assert effect(workload(pod=pod), reloads_all=True).by == ""


@pytest.mark.parametrize(
    "hidden",
    [
        {"csi": {"driver": "d", "nodePublishSecretRef": {"name": "a"}}},
        {"azureFile": {"secretName": "a", "shareName": "s"}},
        {"secret": {"secretName": "a"}},
    ],
)
def test_what_it_sees_at_one_place_restarts_all_of_them(hidden: dict[str, Any]) -> None:
    container = {"name": "c", "envFrom": [{"secretRef": {"name": "a"}}], "volumeMounts": [{"name": "v"}]}
    # Of two volumes with one Secret it looks at the first alone, which nothing mounts.
    volumes = [{"name": "u", "secret": {"secretName": "a"}}, {"name": "v", **hidden}]
    pod = {"containers": [container], "volumes": volumes}
    assert by(effects(workload(pod=pod))) == [(AUTO, True), (AUTO, True), ("no container mounts the volume", False)]
    chosen = [(AUTO, False), (AUTO, False), ("no container mounts the volume", False)]
    assert by(effects(workload({AUTO: "true"}, pod=pod))) == chosen
    everywhere = by(effects(workload(pod=pod), mode="off", reloads_all=True))
    assert everywhere == [(how.replace(AUTO, ALL.how), added) for how, added in chosen]
    del container["envFrom"]
    assert by(effects(workload({AUTO: "true"}, pod=pod)))[0] == (NAMED, True)


def by(effects: Effects) -> list[tuple[str, bool]]:
    """What is told of each use, the ones that restart first."""
    return sorted(((use.effect.how, use.effect.added) for use in effects.uses()), key=lambda told: told[0][0] == "n")


@pytest.mark.parametrize(
    ("kind", "spec", "how"),
    [
        (
            "StatefulSet",
            {"updateStrategy": {"type": "OnDelete"}},
            ", but OnDelete keeps its Pods until somebody deletes them",
        ),
        ("DaemonSet", {"updateStrategy": {"type": "RollingUpdate"}}, ""),
        ("Deployment", {"paused": True}, ", but it is paused"),
    ],
)
def test_a_template_that_does_not_reach_the_pods(kind: str, spec: dict[str, Any], how: str) -> None:
    for given, added in ((None, True), ({AUTO: "true"}, False)):
        obj = workload(given, kind)
        obj["spec"] |= spec
        assert effect(obj) == Effect("Reloader", AUTO + how, added)


def test_a_wrong_pause_stops_all_that_comes_later() -> None:
    bad = workload({AUTO: "true", PAUSE: "1d"}, name="m")
    fails = Effect("", f"Reloader fails at {PAUSE}, which is no duration")
    assert effect(bad) == effect(workload({PAUSE: "1d"}), reloads_all=True) == effect(workload({PAUSE: "1d"})) == fails
    assert effects(workload({PAUSE: "1d"})).annotations == []
    stopped = Effect("", f"Deployment x/m stops Reloader before it comes here: {PAUSE} is no duration")
    text = f'nothing restarts this when the Secret "a" changes: {stopped.how}'
    for later in (workload(name="n"), workload(kind="StatefulSet", name="a"), workload({AUTO: "true"}, "DaemonSet")):
        assert effect(later, bad, secret()) == stopped
        assert messages(later, bad, secret()) == [text]
    job = workload({AUTO: "true"}, "CronJob")
    assert effect(job, bad, secret()) == Effect("", "each new Pod reads it anew", needed=False)
    assert messages(job, bad, secret()) == []
    for other in (workload(name="l"), {**workload(name="n"), "metadata": {"name": "n", "namespace": "y"}}):
        assert "stops" not in effect(other, bad, secret()).how
    assert effect(workload(name="n"), workload({AUTO: "true", PAUSE: "5m"}, name="m"), secret()).by == "Reloader"
    elsewhere = {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "b"}}]}]}
    harmless = workload({AUTO: "true", PAUSE: "1d"}, name="m", pod=elsewhere)
    assert effect(workload(name="n"), harmless, secret()).by == "Reloader"
    by_list = workload({NAMED: "a", PAUSE: "1d"}, name="m", pod=elsewhere)
    assert effect(workload(name="n"), by_list, secret()) == stopped


NOWHERE: list[tuple[dict[str, Any], str]] = [
    ({"namespaces": frozenset("yz")}, "Reloader looks only at the namespaces y, z"),
    ({"namespaces": frozenset("y"), "ignored": frozenset("x")}, "Reloader looks only at the namespace y"),
    ({"ignored": frozenset("x")}, "Reloader ignores the namespace x"),
    ({"calls_webhook": True}, "Reloader only calls a webhook"),
    ({"resources_ignored": frozenset({"secrets"})}, "Reloader looks at no Secrets"),
]


@pytest.mark.parametrize(("flags", "how"), NOWHERE)
def test_where_it_does_not_look(flags: Any, how: str) -> None:
    assert effect(workload({AUTO: "true"}), **flags) == effect(workload(), **flags) == Effect("", how)
    assert effects(workload(), **flags).annotations == []
    learnt = effect(workload(), source="apps/reloader.yaml", **flags).how
    assert learnt == how.replace("Reloader", "this Reloader", 1) + " (by apps/reloader.yaml)"


def test_where_it_looks_though_that_is_ignored() -> None:
    assert effect(workload(), namespaces=frozenset("x"), ignored=frozenset("x"), namespace_selector="a").added
    assert effect(workload(), resources_ignored=frozenset({"configmaps"})).added


def test_labels_of_namespaces() -> None:
    flags = {"namespace_selector": "restart=yes"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "labels": {"restart": "yes"}}}
    assert effect(workload(), **flags) == Effect(
        "Reloader", f"{AUTO}, if the namespace has the labels restart=yes", True
    )
    assert effect(workload(), namespace, secret(), **flags) == Effect("Reloader", AUTO, True)
    namespace["metadata"] = {"name": "x"}
    how = "the namespace x has not the labels that Reloader looks for: restart=yes"
    assert effect(workload(), namespace, secret(), **flags) == Effect("", how)
    by_name = {"namespace_selector": "kubernetes.io/metadata.name in (x)"}
    assert effect(workload(), namespace, secret(), **by_name).how == AUTO


def test_labels_of_secrets() -> None:
    flags = {"resource_selector": "restart=yes"}
    how = "the Secret has not the labels that Reloader looks for: restart=yes"
    for obj in (workload(), workload({AUTO: "true"}), workload({NAMED: "a"})):
        assert effect(obj, **flags) == Effect("", how)
        assert messages(obj, **flags) == [f'nothing restarts this when the Secret "a" changes: {how}']
    labelled = secret({"restart": "yes"})
    assert effect(workload(), labelled, **flags) == Effect("Reloader", AUTO, True)
    assert messages(workload(), labelled, **flags) == []
    unknown = effect(workload(), workload(name="b"), mode="all", **flags)
    assert unknown == Effect("Reloader", f"{AUTO}, if the Secret has the labels restart=yes", True)


def test_rollouts_need_a_flag() -> None:
    unknown = Effect("Reloader", f"{AUTO}, if it was started with --is-Argo-Rollouts", True)
    assert effect(workload(kind="Rollout")) == unknown
    assert effect(workload(kind="Rollout"), rollouts=True) == unknown._replace(how=AUTO)
    assert effect(workload(kind="Rollout"), rollouts=False).how == "Reloader was started without --is-Argo-Rollouts"


def release(values: Any, chart: str = "app-template") -> dict[str, Any]:
    spec = {"chart": {"spec": {"chart": chart, "version": "4.1.1"}}, "values": values}
    metadata = {"name": "app", "namespace": "x"}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("{{ .Release.Name }}-secret", LEFT_OUT),
        ("{{ .Release.Name | trunc 1 }}", Effect("Reloader", NAMED)),
        ('{{ include "x" . }}', Effect("Reloader", NAMED)),
    ],
)
def test_a_template_in_a_list_is_filled_in_where_that_can_be_done(listed: str, expected: Effect) -> None:
    main = {"envFrom": [{"secretRef": {"name": "a"}}]}
    values = {"controllers": {"main": {"annotations": {NAMED: listed}, "containers": {"main": main}}}}
    assert effect(release(values)) == expected


def test_jobs_of_a_chart_are_started_too() -> None:
    main = {"envFrom": [{"secretRef": {"name": "a"}}]}
    values = {"controllers": {"main": {"type": "cronjob", "containers": {"main": main}}}}
    assert effect(release(values)).how == "each new Pod reads it anew"
    assert effect(release(values), reloads_all=True).how == "--auto-reload-all, which starts it at once"


@pytest.mark.parametrize(
    ("annotations", "by"), [({AUTO: "false"}, ""), ({AUTO: "true"}, "Reloader"), ({SEARCH: "true"}, "")]
)
def test_what_a_chart_is_told(annotations: Any, by: str) -> None:
    assert effect(release({"existingSecret": "a", "podAnnotations": annotations}, "web")).by == by


def test_all_comes_before_a_list_in_a_chart() -> None:
    obj = release({"existingSecret": "a", "podAnnotations": {NAMED: "b"}}, "web")
    assert effect(obj) == LEFT_OUT
    assert effect(obj, reloads_all=True) == ALL
    assert effects(obj, reloads_all=True).patch is None
