"""Which annotations are added, and which choices of an author are respected."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from krm_secrets.errors import WARNING, Problem
from krm_secrets.secrets.effect import Annotate
from krm_secrets.secrets.makers.maker import ANYWHERE
from krm_secrets.secrets.uses.finder import looks_relevant
from krm_secrets.secrets.uses.workloads import references
from krm_secrets.settings.config import RELOAD as MODES
from tests.secrets.support import KnownSecret, actions

AUTO = "reloader.stakater.com/auto"
TYPED = "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
SEARCH = "reloader.stakater.com/search"
EXCLUDE = "secrets.exclude.reloader.stakater.com/reload"
PLACE = ("metadata", "annotations")
MATCHED = (("reloader.stakater.com/match", "true"),)
KNOWN = frozenset(KnownSecret(name, "", MATCHED) for name in ("a", "b", "tls.crt", "disk"))


def workload(*names: str, kind: Any = "Deployment", pod: Any = None, **metadata: Any) -> dict[str, Any]:
    """A workload that takes its environment from these Secrets."""
    containers = [{"name": "c", "envFrom": [{"secretRef": {"name": name}} for name in names]}]
    return {
        "apiVersion": "batch/v1" if kind.endswith("Job") else "v1" if kind == "Pod" else "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", **metadata},
        "spec": {"template": {"metadata": {"annotations": pod}, "spec": {"containers": containers}}},
    }


def with_disk(obj: dict[str, Any]) -> dict[str, Any]:
    """The workload with a volume whose credentials Reloader's auto does not see."""
    spec = obj["spec"]["template"]["spec"]
    spec["containers"][0]["volumeMounts"] = [{"name": "v"}]
    spec["volumes"] = [{"name": "v", "azureFile": {"secretName": "disk"}}]
    return obj


def release(annotations: Any = None, pod: Any = None, **values: Any) -> dict[str, Any]:
    """A HelmRelease with one controller that uses Secret a."""
    controller: dict[str, Any] = {"containers": {"main": {"envFrom": [{"secretRef": {"name": "a"}}]}}}
    controller |= {"annotations": annotations, "pod": {"annotations": pod}}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "app"},
        "spec": {"values": {"controllers": {"main": controller}, **values}},
    }


def run(obj: dict[str, Any], mode: str = "auto", known: frozenset[KnownSecret] = KNOWN) -> list[Annotate]:
    """The actions, for objects about which there is nothing to say."""
    problems: list[Problem] = []
    found = actions(obj, known, mode, problems)
    assert [problem for problem in problems if "the API server refuses" not in problem.message] == []
    return found


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_consumer_gets_the_annotation_on_its_own_metadata(kind: str) -> None:
    assert run(workload("a", kind=kind)) == [Annotate(PLACE, AUTO, "true")]


@pytest.mark.parametrize("kind", ["Job", "CronJob", "Pod", "ReplicaSet"])
@pytest.mark.parametrize("mode", MODES)
def test_what_starts_anew_by_itself_is_left_alone(kind: str, mode: str) -> None:
    assert run(workload("a", kind=kind), mode) == []


def test_a_workload_that_uses_no_known_secret_is_left_alone() -> None:
    assert run(workload("other")) == []
    assert run(workload()) == []


@pytest.mark.parametrize(
    ("kind", "api_version", "expected"),
    [
        ("Deployment", "apps/v1", True),
        ("DaemonSet", "extensions/v1beta1", True),
        ("HelmRelease", "helm.toolkit.fluxcd.io/v2beta2", True),
        ("HelmRelease", "example.com/v1", False),
        ("Deployment", "v1", False),
        ("CronJob", "batch/v1", False),
        ("Secret", "v1", False),
        ("", "", False),
    ],
)
def test_only_kinds_that_can_be_annotated_are_worth_loading(kind: str, api_version: str, expected: bool) -> None:
    assert looks_relevant(kind, api_version) is expected


@pytest.mark.parametrize(
    ("secret", "consumer", "expected"),
    [("", "", 1), ("media", "media", 1), ("media", "", 0), ("", "media", 0), ("media", "other", 0)],
)
def test_namespaces_must_be_equal_or_both_unset(secret: str, consumer: str, expected: int) -> None:
    metadata = {"namespace": consumer} if consumer else {}
    assert len(run(workload("a", **metadata), known=frozenset({KnownSecret("a", secret)}))) == expected


def test_secrets_may_come_as_any_collection() -> None:
    assert actions(workload("a"), [KnownSecret("a")], "auto", []) == [Annotate(PLACE, AUTO, "true")]


def test_named_lists_the_known_secrets_sorted_and_literally() -> None:
    found = run(with_disk(workload("tls.crt", "b", "other", "a", "b")), "named")
    assert found == [Annotate(PLACE, NAMED, "a,b,disk,tls[.]crt")]


def test_all_watches_secrets_that_nobody_knows() -> None:
    assert run(workload("other"), "all") == [Annotate(PLACE, AUTO, "true")]
    assert run(workload("{{ .Values.x }}"), "all") == [Annotate(PLACE, AUTO, "true")]
    assert run(workload(), "all") == []


def test_off_adds_nothing() -> None:
    assert run(workload("a"), "off") == []


def test_what_auto_does_not_see_is_named() -> None:
    assert run(with_disk(workload())) == [Annotate(PLACE, NAMED, "disk")]


def test_what_auto_does_not_see_is_named_beside_it() -> None:
    assert run(with_disk(workload("a"))) == [Annotate(PLACE, AUTO, "true"), Annotate(PLACE, NAMED, "disk")]


def test_what_auto_sees_elsewhere_is_not_named() -> None:
    assert run(with_disk(workload("disk"))) == [Annotate(PLACE, AUTO, "true")]


def test_a_name_that_no_list_can_hold_is_not_written() -> None:
    known = frozenset({KnownSecret("a,b")})
    assert run(workload("a,b"), "named", known) == []
    assert run(workload("a,b"), "auto", known) == [Annotate(PLACE, AUTO, "true")]


@pytest.mark.parametrize("key", ["configmap.reloader.stakater.com/reload", "configmap.reloader.stakater.com/auto"])
@pytest.mark.parametrize("place", ["annotations", "pod"])
def test_config_maps_chosen_by_hand_stay_chosen_by_hand(key: str, place: str) -> None:
    assert run(workload("a", **{place: {key: "false"}})) == [Annotate(PLACE, TYPED, "true")]


VALUES = ["true", "false", "True", "False", "0", "1", "", "maybe", True, False, 0, 1, None, [], ["a"], {}]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", [AUTO, TYPED, SEARCH])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", ["annotations", "pod"])
def test_a_choice_of_the_author_stands(key: str, value: Any, mode: str, place: str) -> None:
    assert run(workload("a", **{place: {key: value}}), mode) == []
    assert run(release(**{place: {key: value}}), mode) == []


@pytest.mark.parametrize("value", ["a", " b , a", "a,b", ".*", "[ab]", "(a|b)"])
@pytest.mark.parametrize("place", ["annotations", "pod"])
def test_a_list_that_holds_every_secret_is_enough(value: str, place: str) -> None:
    assert run(workload("a", **{place: {NAMED: value}})) == []


@pytest.mark.parametrize("value", ["b", "", "a-secret", None, True, 3, [], ["a"], {"a": 1}])
def test_a_list_that_leaves_a_secret_out_stays_and_is_reported(value: Any) -> None:
    problems: list[Problem] = []
    assert actions(workload("a", annotations={NAMED: value}), KNOWN, "auto", problems) == []
    text = (
        'the list leaves out the Secret "a": this workload uses it and will not restart when it changes; add the name'
    )
    assert problems[-1] == Problem((*PLACE, NAMED), text, WARNING, "reloader-list-misses")


def test_each_secret_that_a_list_leaves_out_is_reported() -> None:
    problems: list[Problem] = []
    actions(with_disk(workload("b", "a", annotations={NAMED: "b"})), KNOWN, "auto", problems)
    assert [problem.message.split('"')[1] for problem in problems] == ["a", "disk"]


@pytest.mark.parametrize("key", [AUTO, TYPED, SEARCH])
def test_a_list_beside_another_choice_is_not_questioned(key: str) -> None:
    assert run(workload("a", annotations={NAMED: "b", key: "false"})) == []


def test_a_name_with_control_characters_is_escaped() -> None:
    problems: list[Problem] = []
    actions(workload("a\x1b[31m", annotations={NAMED: "b"}), {KnownSecret("a\x1b[31m")}, "auto", problems)
    assert 'Secret "a\\u001b[31m":' in problems[0].message


def test_a_list_on_the_pod_template_is_reported_there() -> None:
    problems: list[Problem] = []
    assert actions(release(pod={NAMED: "b"}), KNOWN, "auto", problems) == []
    assert problems[0].path == ("spec", "values", "controllers", "main", "pod", "annotations", NAMED)


def test_annotations_on_the_workload_hide_those_on_the_pod_template() -> None:
    problems: list[Problem] = []
    actions(workload("a", annotations={NAMED: "b"}, pod={AUTO: "true"}), KNOWN, "auto", problems)
    assert len(problems) == 1


@pytest.mark.parametrize("value", ["a", "b, a"])
def test_an_excluded_secret_is_left_alone(value: str) -> None:
    assert run(workload("a", annotations={EXCLUDE: value})) == []
    assert run(release({EXCLUDE: value})) == []


@pytest.mark.parametrize("value", ["b", ".*", "", None, ["a"]])
def test_only_the_excluded_secret_is_left_alone(value: Any) -> None:
    assert run(workload("a", annotations={EXCLUDE: value})) == [Annotate(PLACE, AUTO, "true")]


def test_exclusion_does_not_work_on_the_pod_template() -> None:
    assert len(run(workload("a", pod={EXCLUDE: "a"}))) == 1


def test_other_annotations_are_no_choice() -> None:
    assert len(run(workload("a", annotations={"reloader.stakater.com/secret": "a", "x": "y"}, pod={"x": "y"}))) == 1


def test_global_annotations_reach_every_controller() -> None:
    assert run(release(**{"global": {"annotations": {AUTO: "true"}}})) == []
    problems: list[Problem] = []
    actions(release({"x": "y"}, **{"global": {"annotations": {NAMED: "b"}}}), KNOWN, "auto", problems)
    assert [p.path for p in problems] == [("spec", "values", "global", "annotations", NAMED)]


def test_what_flux_puts_on_every_object_is_a_choice() -> None:
    obj = release()
    obj["spec"]["commonMetadata"] = {"annotations": {AUTO: "true"}}
    assert run(obj) == []
    obj["spec"]["commonMetadata"] = {"annotations": {"x": "y"}}
    assert len(run(obj)) == 1


def test_a_post_renderer_of_the_author_that_annotates_is_a_choice() -> None:
    obj = release()
    obj["spec"]["postRenderers"] = [{"kustomize": {"patches": [{"patch": f"... {NAMED} ..."}]}}]
    assert run(obj) == []
    obj["spec"]["postRenderers"] = [{"kustomize": {"patches": [{"patch": "..."}]}}]
    assert len(run(obj)) == 1


def test_a_secret_made_anywhere_is_known_in_every_namespace() -> None:
    known = frozenset({KnownSecret("a", ANYWHERE)})
    assert len(run(workload("a", namespace="media"), known=known)) == 1
    assert len(run(workload("a"), known=known)) == 1


def test_an_entry_that_comes_close_is_named() -> None:
    problems: list[Problem] = []
    known = frozenset({KnownSecret("external-dns-secret")})
    actions(workload("external-dns-secret", annotations={NAMED: "externaldns-secret"}), known, "auto", problems)
    assert problems[0].message.endswith('when it changes; "externaldns-secret" in it may be a slip')


def test_pod_annotations_of_all_controllers_count_unless_a_controller_has_its_own() -> None:
    default = {"defaultPodOptions": {"annotations": {AUTO: "true"}}}
    assert run(release(**default)) == []
    assert len(run(release(pod={"x": "y"}, **default))) == 1
    assert run(release(pod={"x": "y"}, defaultPodOptionsStrategy="merge", **default)) == []


@pytest.mark.parametrize("annotations", ["text", ["a"], 3, True])
def test_annotations_that_are_no_map_are_left_alone(annotations: Any) -> None:
    assert run(workload("a", annotations=annotations)) == []
    assert run(release(annotations)) == []


@pytest.mark.parametrize("metadata", [None, "text", []])
def test_an_object_without_metadata_is_left_alone(metadata: Any) -> None:
    assert run(workload("a") | {"metadata": metadata}) == []


def test_controllers_are_annotated_each_by_itself() -> None:
    obj = release()
    controllers = obj["spec"]["values"]["controllers"]
    controllers |= {"idle": {"containers": {"main": {}}}, "set": copy.deepcopy(controllers["main"])}
    controllers["set"]["annotations"] = {AUTO: "false"}
    assert run(obj) == [Annotate(("spec", "values", "controllers", "main", "annotations"), AUTO, "true")]


def test_what_controllers_share_and_own_is_named_together() -> None:
    shared = {"type": "custom", "volumeSpec": {"azureFile": {"secretName": "disk"}}}
    found = run(release(persistence={"d": shared}), "named")
    assert [a.value for a in found] == ["a,disk"]


# Laws. Objects are made of the words that the code looks for, so that the search goes deep, with anything below.

VOCABULARY = """
    a b disk containers initContainers env envFrom secret secretRef secretKeyRef valueFrom name key volumes
    volumeMounts secretName azureFile annotations metadata spec template values controllers main persistence type
    custom volumeSpec globalMounts advancedMounts pod enabled defaultPodOptions defaultContainerOptions global
"""
WORDS = st.sampled_from(VOCABULARY.split()) | st.sampled_from([AUTO, TYPED, NAMED, SEARCH, EXCLUDE])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | WORDS
    | st.sampled_from(["{{ .Release.Name }}", "secret", "a,b", "deployment", "app-template"])
)
NODES = st.recursive(
    SCALARS,
    lambda nodes: st.lists(nodes, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), nodes, max_size=4),
    max_leaves=12,
)
CONTAINERS = st.fixed_dictionaries(
    {},
    optional={
        "name": NODES,
        "env": NODES,
        "envFrom": st.lists(st.fixed_dictionaries({"secretRef": st.fixed_dictionaries({"name": SCALARS})})) | NODES,
        "volumeMounts": st.just([{"name": "v"}]) | NODES,
    },
)
ANNOTATIONS = st.dictionaries(WORDS, SCALARS, max_size=2) | NODES
POD_TEMPLATES = st.fixed_dictionaries(
    {"spec": st.fixed_dictionaries({"containers": st.lists(CONTAINERS, max_size=2)}, optional={"volumes": NODES})},
    optional={"metadata": st.fixed_dictionaries({"annotations": ANNOTATIONS})},
)
CONTROLLERS = st.fixed_dictionaries(
    {"containers": st.dictionaries(WORDS, CONTAINERS | NODES, max_size=2)},
    optional={"type": SCALARS, "annotations": ANNOTATIONS, "pod": NODES, "defaultContainerOptions": CONTAINERS},
)
SPECS = st.fixed_dictionaries({"template": POD_TEMPLATES}) | st.fixed_dictionaries(
    {
        "values": st.fixed_dictionaries(
            {"controllers": st.dictionaries(WORDS | st.integers(), CONTROLLERS | NODES, max_size=2)},
            optional={"persistence": NODES, "global": NODES, "defaultPodOptions": NODES},
        )
    },
    optional={"chartRef": NODES, "targetNamespace": SCALARS},
)
OBJECTS = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["apps/v1", "helm.toolkit.fluxcd.io/v2"]) | SCALARS,
        "kind": st.sampled_from(["Deployment", "HelmRelease", "HelmRelease"]) | SCALARS,
        "metadata": st.fixed_dictionaries({"name": SCALARS}, optional={"annotations": ANNOTATIONS}) | NODES,
        "spec": SPECS | NODES,
    }
)


def apply(obj: dict[str, Any], found: list[Annotate]) -> None:
    for path, key, value in found:
        node: Any = obj
        for part in path:
            assert isinstance(part, str)
            if node.get(part) is None:
                node[part] = {}
            node = node[part]
        assert key not in node, "an author's annotation would be overwritten"
        node[key] = value


@settings(max_examples=300, deadline=None)
@given(OBJECTS, st.sampled_from(MODES))
def test_any_object_can_be_read_and_twice_is_once(obj: dict[str, Any], mode: str) -> None:
    obj = copy.deepcopy(obj)
    references(obj)
    before = copy.deepcopy(obj)
    found = actions(obj, KNOWN, mode, [])
    assert obj == before
    apply(obj, found)
    assert actions(obj, KNOWN, mode, []) == []


@given(st.dictionaries(WORDS, NODES))
def test_no_object_raises(obj: dict[str, Any]) -> None:
    assert actions(obj, KNOWN, "auto", []) == []
    assert references(obj) == []
