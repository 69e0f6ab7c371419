"""What the values of an app-template release say: which controllers use which Secrets."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.uses.workloads import references, workloads
from tests.secrets.support import KnownSecret, actions

IMAGE = {"repository": "ghcr.io/example/app", "tag": "1"}


def helmrelease(values: dict[str, Any], name: str = "app", chart: str = "app-template", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name},
        "spec": {"chartRef": {"kind": "OCIRepository", "name": chart}, "values": values, **spec},
    }


def container(**options: Any) -> dict[str, Any]:
    return {"containers": {"main": {"image": IMAGE, **options}}}


def consumers(obj: dict[str, Any], name: str = "app-secret") -> list[str]:
    """The controllers that are annotated for a Secret of this name."""
    found = actions(obj, {KnownSecret(name)}, "auto", [])
    assert all(a.path[:3] == ("spec", "values", "controllers") and a.path[4:] == ("annotations",) for a in found)
    assert all((a.key, a.value) == ("reloader.stakater.com/auto", "true") for a in found)
    return [str(a.path[3]) for a in found]


FROM_SECRET = {"envFrom": [{"secretRef": {"name": "app-secret"}}]}
KEY_REF = {"secretKeyRef": {"name": "app-secret", "key": "token"}}
MOUNT = [{"path": "/secret"}]
BOTH = {"web": container(), "worker": container()}

SHAPES = [
    pytest.param(container(**FROM_SECRET), {}, "containers.main.envFrom[0].secretRef.name", id="envFrom secretRef"),
    pytest.param(
        {"initContainers": {"init": {"image": IMAGE, **FROM_SECRET}}, **container()},
        {},
        "initContainers.init.envFrom[0].secretRef.name",
        id="envFrom of an init container",
    ),
    pytest.param(
        container(envFrom=[{"configMap": "c"}, {"secret": "app-secret"}]),
        {},
        "containers.main.envFrom[1].secret",
        id="envFrom secret as text",
    ),
    pytest.param(
        container(envFrom={"one": {"secretRef": {"name": "app-secret"}}}),
        {},
        "containers.main.envFrom.one.secretRef.name",
        id="envFrom as a map",
    ),
    pytest.param(
        container(env={"TZ": "UTC", "TOKEN": {"valueFrom": KEY_REF}}),
        {},
        "containers.main.env.TOKEN.valueFrom.secretKeyRef.name",
        id="env as a map with valueFrom",
    ),
    pytest.param(
        container(env={"TOKEN": KEY_REF}), {}, "containers.main.env.TOKEN.secretKeyRef.name", id="env as a map, short"
    ),
    pytest.param(
        container(env=[{"name": "TOKEN", "valueFrom": KEY_REF}]),
        {},
        "containers.main.env[0].valueFrom.secretKeyRef.name",
        id="env as a list",
    ),
    pytest.param(
        container(env=[{"name": "TOKEN", **KEY_REF}]),
        {},
        "containers.main.env[0].secretKeyRef.name",
        id="env as a list, short",
    ),
    pytest.param(
        {"defaultContainerOptions": FROM_SECRET, **container()},
        {},
        "defaultContainerOptions.envFrom[0].secretRef.name",
        id="default options of the controller",
    ),
    pytest.param(
        container(),
        {"persistence": {"config": {"type": "secret", "name": "app-secret"}}},
        "persistence.config.name",
        id="persistence of type secret",
    ),
    pytest.param(
        container(),
        {"persistence": {"config": {"type": "custom", "volumeSpec": {"secret": {"secretName": "app-secret"}}}}},
        "persistence.config.volumeSpec.secret.secretName",
        id="persistence of type custom",
    ),
    pytest.param(
        container(),
        {"defaultContainerOptions": FROM_SECRET},
        "spec.values.defaultContainerOptions.envFrom[0].secretRef.name",
        id="default options of the release",
    ),
]


@pytest.mark.parametrize(("controller", "values", "place"), SHAPES)
def test_each_way_to_name_a_secret_is_found_where_it_stands(controller: Any, values: Any, place: str) -> None:
    obj = helmrelease({"controllers": {"web": controller}, **values})
    (ref,) = references(obj)
    prefix = "spec.values." if place.startswith("persistence") else "spec.values.controllers.web."
    assert field(ref.path) == (place if place.startswith("spec.") else prefix + place)
    assert (ref.name, ref.auto, ref.restart) == ("app-secret", True, True)
    assert ref.keys == (("token",) if "secretKeyRef" in place else ())
    assert consumers(obj) == ["web"]
    assert consumers(obj, "app") == []


@pytest.mark.parametrize(
    "chart",
    [
        {"chartRef": {"kind": "OCIRepository", "name": "app-template"}},
        {"chartRef": {"kind": "OCIRepository", "name": "app"}},
        {"chart": {"spec": {"chart": "app-template", "version": "3.7.3"}}, "chartRef": None},
        {"chart": None, "chartRef": "odd"},
    ],
)
def test_the_shape_of_the_values_says_more_than_the_charts_name(chart: dict[str, Any]) -> None:
    assert consumers(helmrelease({"controllers": {"main": container(**FROM_SECRET)}}, **chart)) == ["main"]


def test_a_chart_of_another_make_is_left_alone() -> None:
    values = {"controllers": {"manager": {"envFrom": [{"secretRef": {"name": "app-secret"}}]}}, "envFrom": "app-secret"}
    assert workloads(helmrelease(values, chart="other")) == []


def test_app_template_may_take_its_containers_from_elsewhere() -> None:
    values = {"controllers": {"main": {"replicas": 1}}, "persistence": {"s": {"type": "secret", "name": "app-secret"}}}
    assert consumers(helmrelease(values)) == ["main"]
    assert consumers(helmrelease(values, chart="other")) == []


@pytest.mark.parametrize("kind", ["deployment", "statefulset", "daemonset", None, ""])
def test_a_controller_that_runs_for_long_restarts(kind: str | None) -> None:
    assert consumers(helmrelease({"controllers": {"main": container(**FROM_SECRET) | {"type": kind}}})) == ["main"]


@pytest.mark.parametrize("kind", ["cronjob", "job", "Deployment", 3, ["deployment"], True])
def test_a_job_is_left_alone_but_its_references_are_known(kind: Any) -> None:
    obj = helmrelease({"controllers": {"main": container(**FROM_SECRET) | {"type": kind}}})
    assert consumers(obj) == []
    assert [ref.name for ref in references(obj)] == ["app-secret"]


def test_a_chart_made_from_app_template_may_have_jobs_by_default() -> None:
    values = {"controllers": {"fsck": container(**FROM_SECRET) | {"cronjob": {"schedule": "@daily"}}}}
    assert consumers(helmrelease(values, chart="memini")) == []
    assert consumers(helmrelease(values)) == ["fsck"]


@pytest.mark.parametrize(
    "values",
    [
        {"controllers": {"main": container(**FROM_SECRET) | {"enabled": False}}},
        {"controllers": {"main": container(**FROM_SECRET, enabled=False)}},
        {
            "controllers": {"main": container()},
            "persistence": {"s": {"type": "secret", "name": "app-secret", "enabled": False}},
        },
    ],
)
def test_what_is_not_enabled_uses_nothing(values: Any) -> None:
    assert references(helmrelease(values)) == []


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({}, ["web", "worker"]),
        ({"globalMounts": MOUNT}, ["web", "worker"]),
        ({"globalMounts": [], "advancedMounts": {}}, ["web", "worker"]),
        ({"advancedMounts": {"worker": {"main": MOUNT}}}, ["worker"]),
        ({"globalMounts": MOUNT, "advancedMounts": {"worker": {"main": MOUNT}}}, ["web", "worker"]),
        ({"advancedMounts": {"worker": {"main": []}}}, []),
        ({"advancedMounts": {"worker": {"absent": MOUNT}}}, []),
        ({"advancedMounts": {"absent": {"main": MOUNT}}}, []),
        ({"advancedMounts": [{"worker": {"main": MOUNT}}]}, []),
        ({"type": "configMap"}, []),
        ({"identifier": "own", "name": None}, []),
        ({"enabled": True, "name": 3}, []),
    ],
)
def test_a_volume_belongs_to_the_controllers_that_mount_it(volume: Any, expected: list[str]) -> None:
    persistence = {"s": {"type": "secret", "name": "app-secret", **volume}}
    assert consumers(helmrelease({"controllers": BOTH, "persistence": persistence})) == expected


def test_a_mount_in_a_container_from_the_charts_defaults_counts() -> None:
    persistence = {"s": {"type": "secret", "name": "app-secret", "advancedMounts": {"main": {"app": MOUNT}}}}
    assert consumers(helmrelease({"controllers": {"main": {}}, "persistence": persistence})) == ["main"]


def test_the_items_of_a_volume_are_its_keys() -> None:
    volume = {"type": "secret", "name": "s", "items": [{"key": "tls.crt", "path": "crt"}]}
    (ref,) = references(helmrelease({"controllers": BOTH, "persistence": {"s": volume}}))
    assert ref.keys == ("tls.crt",)


@pytest.mark.parametrize(
    "values",
    [
        {"controllers": {"main": container(envFrom=[{"secretRef": {"identifier": "app-secret"}}])}},
        {"controllers": {"main": container(envFrom=[{"secretRef": {"identifier": "x", "name": "app-secret"}}])}},
        {"controllers": {"main": container(envFrom=[{"secret": "app-secret"}])}, "secrets": {"app-secret": {}}},
        {"controllers": {"main": container(envFrom=[{"externalSecretRef": {"identifier": "app-secret"}}])}},
        {"controllers": {"main": container(env={"A": {"secretKeyRef": {"identifier": "x", "name": "app-secret"}}})}},
        {
            "controllers": {"main": container()},
            "persistence": {"s": {"type": "secret", "identifier": "app-secret"}},
        },
    ],
)
def test_an_identifier_means_a_secret_of_the_chart_itself(values: Any) -> None:
    assert references(helmrelease(values)) == []


def test_a_variable_with_a_value_reads_no_secret() -> None:
    assert references(helmrelease({"controllers": {"main": container(env={"A": {"value": "x", **KEY_REF}})}})) == []


@pytest.mark.parametrize(
    ("controller", "values", "expected"),
    [
        pytest.param(container(envFrom=[{"secret": "o"}]), {}, ["o"], id="options of a container replace defaults"),
        pytest.param(container(), {}, ["c"], id="a controller's defaults replace those of the release"),
        pytest.param(
            container(env={"A": KEY_REF}) | {"defaultContainerOptions": {"env": {"B": KEY_REF}}},
            {},
            ["app-secret", "g"],
            id="each field by itself",
        ),
        pytest.param(
            container(env={"A": "x"})
            | {"defaultContainerOptions": {"env": {"B": KEY_REF}}, "defaultContainerOptionsStrategy": "merge"},
            {},
            ["app-secret", "g"],
            id="maps can be merged",
        ),
        pytest.param(
            container(envFrom=[{"secret": "o"}])
            | {"initContainers": {"i": {}}, "applyDefaultContainerOptionsToInitContainers": False},
            {},
            ["o"],
            id="init containers without defaults",
        ),
        pytest.param(
            container(envFrom=[{"secret": "o"}]) | {"initContainers": {"i": {}}},
            {},
            ["o", "c"],
            id="init containers with defaults",
        ),
    ],
)
def test_default_options_apply_where_a_container_has_none(controller: Any, values: Any, expected: list[str]) -> None:
    controller = {"defaultContainerOptions": {"envFrom": [{"secret": "c"}]}, **controller}
    obj = helmrelease({"controllers": {"main": controller}, "defaultContainerOptions": {"envFrom": [{"secret": "g"}]}})
    assert [ref.name for ref in references(obj)] == expected


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"defaultPodOptions": {"imagePullSecrets": [{"name": "app-secret"}]}}, "spec.values.defaultPodOptions"),
        (
            {"controllers": {"main": container() | {"pod": {"imagePullSecrets": [{"name": "app-secret"}]}}}},
            "spec.values.controllers.main.pod",
        ),
    ],
)
def test_pulling_images_restarts_nothing(values: Any, place: str) -> None:
    obj = helmrelease({"controllers": {"main": container()}, **values})
    (ref,) = references(obj)
    assert field(ref.path) == f"{place}.imagePullSecrets[0].name"
    assert consumers(obj) == []


@pytest.mark.parametrize(
    ("name", "spec", "secret"),
    [
        ("{{ .Release.Name }}-secret", {}, "app-secret"),
        ("{{.Release.Name}}-secret", {}, "app-secret"),
        ("{{- .Release.Name -}}-secret", {}, "app-secret"),
        ("{{ .Release.Name }}-secret", {"releaseName": "other"}, "other-secret"),
    ],
)
def test_the_releases_name_is_filled_in(name: str, spec: dict[str, Any], secret: str) -> None:
    values = {
        "controllers": {"a": container(envFrom=[{"secretRef": {"name": name}}]), "b": container(env={"T": {}})},
        "persistence": {"s": {"type": "secret", "name": name, "advancedMounts": {"b": {"main": MOUNT}}}},
    }
    assert consumers(helmrelease(values, **spec), secret) == ["a", "b"]


def test_a_name_with_another_template_matches_nothing() -> None:
    obj = helmrelease({"controllers": {"main": container(envFrom=[{"secret": "{{ .Values.global.name }}-secret"}])}})
    assert consumers(obj) == []
    assert [ref.name for ref in references(obj)] == ["{{ .Values.global.name }}-secret"]


def test_a_flux_variable_is_compared_as_it_stands() -> None:
    obj = helmrelease({"controllers": {"main": container(envFrom=[{"secret": "{{ .Release.Name }}-x"}])}}, "${APP}")
    assert consumers(obj, "${APP}-x") == ["main"]


def test_workloads_live_in_the_target_namespace() -> None:
    values = {"controllers": {"main": container(envFrom=[{"secret": "{{ .Release.Namespace }}-s"}])}}
    obj = helmrelease(values, targetNamespace="media")
    obj["metadata"]["namespace"] = "flux-system"
    assert [a.value for a in actions(obj, {KnownSecret("media-s", "media")}, "auto", [])] == ["true"]
    assert actions(obj, {KnownSecret("media-s", "flux-system")}, "auto", []) == []


def test_what_controllers_share_is_reported_once() -> None:
    values = {"controllers": BOTH, "persistence": {"s": {"type": "secret", "name": "app-secret"}}}
    assert len(references(helmrelease(values))) == 1


@pytest.mark.parametrize("odd", [None, 1, True, "text", [], {}, [None], {"a": None}, {"a": 1}, {1: {}}, {"main": []}])
@pytest.mark.parametrize("where", ["controllers", "persistence", "global", "defaultPodOptions", "secrets"])
def test_values_of_an_unexpected_type_name_nothing(where: str, odd: Any) -> None:
    values = {"controllers": {"main": container()}, where: odd}
    assert references(helmrelease(values)) == []
    assert consumers(helmrelease(values)) == []


@pytest.mark.parametrize("odd", [None, 1, "text", [], [None], {"a": 1}])
@pytest.mark.parametrize(
    "where", ["containers", "initContainers", "defaultContainerOptions", "pod", "env", "envFrom", "annotations"]
)
def test_a_controller_of_an_unexpected_type_names_nothing(where: str, odd: Any) -> None:
    for controller in ({**container(), where: odd}, container(**{where: odd})):
        assert references(helmrelease({"controllers": {"main": controller}})) == []


@pytest.mark.parametrize(
    ("volume", "keys", "frozen"),
    [
        ({"globalMounts": [{"path": "/x", "subPath": "a"}]}, ("a",), True),
        ({"advancedMounts": {"main": {"main": [{"path": "/x", "subPath": "a"}, {"path": "/y"}]}}}, (), True),
        ({"advancedMounts": {"main": {"main": [{"subPath": "a"}, {"subPath": "b"}]}}}, ("a", "b"), True),
        ({"globalMounts": [{"subPath": "x"}], "items": [{"key": "k", "path": "x"}]}, ("k",), True),
        ({}, (), False),
    ],
)
def test_a_file_by_sub_path_is_a_key(volume: Any, keys: Any, frozen: bool) -> None:
    values = {"controllers": {"main": container()}, "persistence": {"s": {"type": "secret", "name": "s", **volume}}}
    (ref,) = references(helmrelease(values))
    assert (ref.keys, ref.frozen) == (keys, frozen)


def test_a_secret_whose_first_volume_nobody_mounts_is_named() -> None:
    """Reloader's `auto` looks at the first of several volumes with one Secret; the chart sorts them by their names."""
    custom = {"type": "custom", "volumeSpec": {"secret": {"secretName": "app-secret"}}}
    unmounted = {"advancedMounts": {"main": {"nobody": [{"path": "/x"}]}, "other": {"main": [{"path": "/x"}]}}}
    controllers = {"main": container(), "other": container()}
    values = {"controllers": controllers, "persistence": {"b": custom, "a": {**custom, **unmounted}}}
    added = actions(helmrelease(values), [KnownSecret("app-secret")], "auto", [])
    assert {(each.path[3], each.key) for each in added} == {
        ("main", "secret.reloader.stakater.com/reload"),
        ("other", "reloader.stakater.com/auto"),
    }
    values = {"controllers": controllers, "persistence": {"a": custom, "b": {**custom, **unmounted}}}
    added = actions(helmrelease(values), [KnownSecret("app-secret")], "auto", [])
    assert {each.key for each in added} == {"reloader.stakater.com/auto"}
