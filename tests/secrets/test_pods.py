"""Which fields of core workloads name a Secret, and what Reloader sees of them."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.uses.reference import Reference
from krm_secrets.secrets.uses.workloads import references


def deployment(**pod: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": pod}},
    }


def mounted(volume: dict[str, Any], group: str = "containers") -> dict[str, Any]:
    return deployment(**{group: [{"name": "c", "volumeMounts": [{"name": "v"}]}], "volumes": [{"name": "v", **volume}]})


def only(obj: dict[str, Any]) -> tuple[str, str, tuple[str, ...], bool, bool]:
    (ref,) = references(obj)
    assert isinstance(ref, Reference)
    return ref.name, field(ref.path).removeprefix("spec.template.spec."), ref.keys, ref.auto, ref.restart


@pytest.mark.parametrize("group", ["containers", "initContainers"])
def test_a_container_names_a_secret_for_one_variable(group: str) -> None:
    env = [{"name": "A", "value": "x"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]
    place = f"{group}[0].env[1].valueFrom.secretKeyRef.name"
    assert only(deployment(**{group: [{"env": env}]})) == ("s", place, ("k",), True, True)


@pytest.mark.parametrize("group", ["containers", "initContainers"])
def test_a_container_takes_all_variables_of_a_secret(group: str) -> None:
    env_from = [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}, "prefix": "P_"}]
    obj = deployment(**{group: [{"envFrom": env_from}]})
    assert only(obj) == ("s", f"{group}[0].envFrom[1].secretRef.name", (), True, True)


def test_auto_does_not_look_into_ephemeral_containers() -> None:
    obj = deployment(ephemeralContainers=[{"envFrom": [{"secretRef": {"name": "s"}}]}])
    assert only(obj) == ("s", "ephemeralContainers[0].envFrom[0].secretRef.name", (), False, True)


def test_a_variable_without_a_key_counts_as_the_whole_secret() -> None:
    obj = deployment(containers=[{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}])
    assert only(obj)[2] == ()


@pytest.mark.parametrize(
    ("volume", "place", "keys", "auto"),
    [
        pytest.param({"secret": {"secretName": "s"}}, "secret.secretName", (), True, id="secret"),
        pytest.param(
            {"secret": {"secretName": "s", "items": [{"key": "a"}, {"key": "b"}, 3]}},
            "secret.secretName",
            ("a", "b"),
            True,
            id="items",
        ),
        pytest.param(
            {"projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s", "items": []}}]}},
            "projected.sources[1].secret.name",
            (),
            True,
            id="projected",
        ),
        pytest.param(
            {"csi": {"nodePublishSecretRef": {"name": "s"}}}, "csi.nodePublishSecretRef.name", (), False, id="csi"
        ),
        pytest.param({"azureFile": {"secretName": "s"}}, "azureFile.secretName", (), False, id="azureFile"),
        *(
            pytest.param({kind: {"secretRef": {"name": "s"}}}, f"{kind}.secretRef.name", (), False, id=kind)
            for kind in ("cephfs", "rbd", "iscsi", "flexVolume", "scaleIO", "storageos", "cinder")
        ),
    ],
)
def test_a_mounted_volume_needs_a_restart(volume: Any, place: str, keys: tuple[str, ...], auto: bool) -> None:
    assert only(mounted(volume)) == ("s", f"volumes[0].{place}", keys, auto, True)
    assert only(mounted(volume, "initContainers"))[3:] == (auto, True)


@pytest.mark.parametrize("volume", [{"secret": {"secretName": "s"}}, {"csi": {"nodePublishSecretRef": {"name": "s"}}}])
def test_a_volume_that_nobody_mounts_needs_no_restart(volume: Any) -> None:
    assert only(deployment(volumes=[{"name": "v", **volume}]))[3:] == (False, False)


def test_auto_sees_a_secret_of_several_volumes_only_when_the_first_is_mounted() -> None:
    volumes = [{"name": name, "secret": {"secretName": "s"}} for name in ("v", "w")]
    for mounts, auto in (("v", True), ("w", False)):
        container = {"name": "app", "volumeMounts": [{"name": mounts}]}
        found = references(deployment(containers=[container], volumes=volumes))
        assert [ref.auto for ref in found if ref.restart] == [auto]


def test_auto_does_not_see_a_volume_of_an_ephemeral_container() -> None:
    assert only(mounted({"secret": {"secretName": "s"}}, "ephemeralContainers"))[3:] == (False, True)


def test_pulling_an_image_needs_no_restart() -> None:
    obj = deployment(imagePullSecrets=[{"name": "s"}])
    assert only(obj) == ("s", "imagePullSecrets[0].name", (), False, False)


@pytest.mark.parametrize(
    ("api_version", "kind", "template"),
    [
        ("apps/v1", "Deployment", ("spec", "template")),
        ("extensions/v1beta1", "Deployment", ("spec", "template")),
        ("apps/v1beta2", "StatefulSet", ("spec", "template")),
        ("apps/v1", "DaemonSet", ("spec", "template")),
        ("apps/v1", "ReplicaSet", ("spec", "template")),
        ("v1", "ReplicationController", ("spec", "template")),
        ("batch/v1", "Job", ("spec", "template")),
        ("batch/v1beta1", "CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("v1", "PodTemplate", ("template",)),
        ("v1", "Pod", ()),
    ],
)
def test_every_core_kind_that_makes_pods_is_read(api_version: str, kind: str, template: tuple[str, ...]) -> None:
    obj: dict[str, Any] = {"spec": {"imagePullSecrets": [{"name": "s"}]}}
    for key in reversed(template):
        obj = {key: obj}
    obj |= {"apiVersion": api_version, "kind": kind}
    (ref,) = references(obj)
    assert ref.path == (*template, "spec", "imagePullSecrets", 0, "name")


@pytest.mark.parametrize(
    ("api_version", "kind"), [("serving.knative.dev/v1", "Deployment"), ("apps/v1", "Pod"), ("", "")]
)
def test_a_kind_of_another_group_is_not_ours(api_version: str, kind: str) -> None:
    obj = deployment(imagePullSecrets=[{"name": "s"}]) | {"apiVersion": api_version, "kind": kind}
    assert references(obj) == []


@pytest.mark.parametrize("odd", [None, 1, True, "text", [], {}, [None], [[]], {"a": 1}, [{"name": 3}], [{"name": {}}]])
@pytest.mark.parametrize("where", ["containers", "volumes", "imagePullSecrets", "initContainers"])
def test_a_node_of_an_unexpected_type_names_nothing(where: str, odd: Any) -> None:
    assert references(deployment(**{where: odd})) == []


@pytest.mark.parametrize("name", [None, 12, True, "", [], {}])
def test_a_name_that_is_no_text_names_nothing(name: Any) -> None:
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}]
    container = {"env": env, "envFrom": [{"secretRef": {"name": name}}]}
    assert references(deployment(containers=[container], volumes=[{"secret": {"secretName": name}}])) == []


FILE = {"name": "v", "subPath": "a.yaml"}
WHOLE = {"name": "v"}


@pytest.mark.parametrize(
    ("mounts", "volume", "keys", "frozen"),
    [
        ([FILE], {"secret": {"secretName": "s"}}, ("a.yaml",), True),
        ([FILE, {"name": "v", "subPath": "b"}, FILE], {"secret": {"secretName": "s"}}, ("a.yaml", "b"), True),
        ([FILE, WHOLE], {"secret": {"secretName": "s"}}, (), True),
        ([WHOLE], {"secret": {"secretName": "s"}}, (), False),
        ([FILE], {"secret": {"secretName": "s", "items": [{"key": "k", "path": "a.yaml"}]}}, ("k",), True),
        ([FILE], {"projected": {"sources": [{"secret": {"name": "s"}}]}}, (), True),
        ([{"name": "v", "subPathExpr": "$(HOST)"}], {"secret": {"secretName": "s"}}, ("{HOST)",), True),
    ],
)
def test_a_file_by_sub_path_is_a_key_that_never_changes(mounts: Any, volume: Any, keys: Any, frozen: bool) -> None:
    (ref,) = references(deployment(containers=[{"volumeMounts": mounts}], volumes=[{"name": "v", **volume}]))
    assert (ref.keys, ref.frozen) == (keys, frozen)
