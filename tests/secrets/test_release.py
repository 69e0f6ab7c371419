"""How Flux names a Helm release, and how that name gets into other names."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.secrets.uses.release import Release


def release(spec: dict[str, Any], **metadata: Any) -> Release:
    return Release.of({"metadata": metadata, "spec": spec})


def test_a_release_is_named_after_its_object() -> None:
    assert release({}, name="app", namespace="media") == Release("app", "media")


def test_a_target_namespace_stands_before_the_name() -> None:
    assert release({"targetNamespace": "media"}, name="app", namespace="flux") == Release("media-app", "media")


def test_a_release_name_is_taken_as_it_is() -> None:
    spec = {"targetNamespace": "media", "releaseName": "other"}
    assert release(spec, name="app", namespace="flux") == Release("other", "media")


def test_a_release_without_a_name_is_unknown() -> None:
    assert release({"targetNamespace": "media"}, name=3) == Release("", "media")


def test_a_name_beyond_helms_limit_is_cut_as_helm_controller_does() -> None:
    # printf '%s' "$(printf 'a%.0s' {1..60})" | sha256sum
    assert release({}, name="a" * 60).name == "a" * 40 + "-" + "11ee391211c6"
    assert release({}, name="a" * 53).name == "a" * 53


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ .Release.Name }}", "app"),
        ("{{.Release.Name}}-secret", "app-secret"),
        ("{{- .Release.Name -}}", "app"),
        ("{{-  .Release.Name  -}}-x", "app-x"),
        ("{{ $.Release.Name }}", "app"),
        ("{{ .Release.Namespace }}-{{ .Release.Name }}", "ns-app"),
        ("{{ .Values.name }}", "{{ .Values.name }}"),
        ("{{ .Values.name }}-{{ .Release.Name }}", "{{ .Values.name }}-app"),
        ("{{ .Release.Name | upper }}", "{{ .Release.Name | upper }}"),
        ("{{ .Release.Name", "{{ .Release.Name"),
        ("{{", "{{"),
        ("}}", "}}"),
        ("{{}}", "{{}}"),
    ],
)
def test_only_the_releases_own_names_are_filled_in(text: str, expected: str) -> None:
    assert Release("app", "ns").render(text) == expected


def test_an_unknown_namespace_stays_a_template() -> None:
    assert Release("app", "").render("{{ .Release.Namespace }}") == "{{ .Release.Namespace }}"
