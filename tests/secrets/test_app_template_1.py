"""app-template 1.x: one workload, of values without `controllers`."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.effect import Annotate
from krm_secrets.secrets.lint_annotations import mistakes
from tests.secrets.support import KnownSecret, decision

PLACE = ("spec", "values", "controller", "annotations")
AUTO = "reloader.stakater.com/auto"
REF = {"secretKeyRef": {"name": "app-secret", "key": "k"}}


def release(values: Any, version: str = "1.5.1", chart: str = "app-template") -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2beta1",
        "kind": "HelmRelease",
        "metadata": {"name": "app"},
        "spec": {"chart": {"spec": {"chart": chart, "version": version}}, "values": values},
    }


def added(values: Any, **options: Any) -> list[Annotate]:
    found = decision(release(values, **options), {KnownSecret("app-secret")})
    assert (found.problems, found.patch) == ((), None)
    return list(found.annotations)


SHAPES: list[dict[str, Any]] = [
    {"image": {}, "envFrom": [{"secretRef": {"name": "app-secret"}}]},
    {"image": {}, "envFrom": [{"secretRef": {"name": "{{ .Release.Name }}-secret"}}]},
    {"env": {"A": {"valueFrom": REF}}},
    {"env": {"A": REF}},
    {"env": [{"name": "A", "valueFrom": REF}]},
    {"persistence": {"s": {"enabled": True, "type": "secret", "name": "app-secret"}}},
    {"persistence": {"s": {"type": "custom", "volumeSpec": {"secret": {"secretName": "app-secret"}}}}},
    {"image": {}, "initContainers": {"init": {"envFrom": [{"secretRef": {"name": "app-secret"}}]}}},
    {"image": {}, "sidecars": {"s": {"env": [{"name": "A", "valueFrom": REF}]}}},
    {"controller": {"type": "statefulset"}, "env": {"A": REF}},
]


@pytest.mark.parametrize("values", SHAPES)
def test_the_workload_is_annotated(values: Any) -> None:
    assert added(values) == [Annotate(PLACE, AUTO, "true")]
    assert added(values, version="") == [Annotate(PLACE, AUTO, "true")]


LEFT_ALONE: list[dict[str, Any]] = [
    {"controller": {"enabled": False}, "env": {"A": REF}},
    {"controller": {"type": "cronjob"}, "env": {"A": REF}},
    {"controller": {"annotations": {AUTO: "true"}}, "env": {"A": REF}},
    {"controller": {"annotations": "x"}, "env": {"A": REF}},
    {"global": {"annotations": {AUTO: "true"}}, "env": {"A": REF}},
    {"podAnnotations": {AUTO: "false"}, "env": {"A": REF}},
    {"image": {}, "imagePullSecrets": [{"name": "app-secret"}]},
    {"persistence": {"s": {"enabled": False, "type": "secret", "name": "app-secret"}}},
    {"image": {}, "env": {"A": "app-secret"}},
]


@pytest.mark.parametrize("values", LEFT_ALONE)
def test_it_is_left_alone(values: Any) -> None:
    assert added(values) == []


def test_another_version_or_form_is_none() -> None:
    assert added({"env": {"A": REF}}, version="3.7.3") == []
    assert added({"controllers": {}, "env": {"A": REF}}) == []


def test_pod_annotations_are_a_place_of_this_version() -> None:
    values = {"podAnnotations": {AUTO: "true"}, "env": {"A": REF}}
    assert mistakes(release(values)) == []
    (wrong,) = mistakes(release({**values, "controllers": {}}, version="3.0.0"))
    assert field(wrong.path) == f'spec.values.podAnnotations["{AUTO}"]'
