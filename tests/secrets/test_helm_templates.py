"""Names of Secrets as people write them for Helm's `tpl`, and what Helm makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.secrets.uses.helm_templates import FULLNAME, Scope, render
from krm_secrets.secrets.uses.release import Chart, Release

VALUES = {"secret": {"name": "mine", "number": 3, "other": "{{ .Release.Name }}"}, "empty": ""}
SCOPE = Scope("app", "ns", VALUES, "full")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ printf "%s-secret" .Release.Name }}', "app-secret"),
        ('{{ printf "%s-%s" .Release.Name .Release.Namespace }}', "app-ns"),
        ('{{ printf "%s-secret" (.Release.Name) }}', "app-secret"),
        ("{{ .Values.secret.name }}", "mine"),
        ("{{ $.Values.secret.name }}-x", "mine-x"),
        ('{{ default "other" .Values.secret.name }}', "mine"),
        ('{{ default "other" .Values.secret.missing }}', "other"),
        ('{{ .Values.empty | default "other" }}', "other"),
        ('{{ .Release.Name | trunc 2 | trimSuffix "p" }}-x', "a-x"),
        ('{{ printf "%s-" .Release.Name | trimSuffix "-" }}', "app"),
        ('{{ .Release.Name | trimPrefix "a" | lower | trim | toString }}', "pp"),
        ("{{ `a b` }}", "a b"),
        (f'{{{{ include "{FULLNAME}" . }}}}-secret', "full-secret"),
        (f'{{{{- include "{FULLNAME}" $ -}}}}', "full"),
    ],
)
def test_what_is_understood(text: str, expected: str) -> None:
    assert render(text, SCOPE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ .Values.missing }}",
        "{{ .Values.secret }}",
        "{{ .Values.secret.number }}",
        "{{ .Values.secret.other }}",
        "{{ .Chart.Name }}",
        "{{ .Release.Name | quote }}",
        "{{ upper .Release.Name }}",
        '{{ printf "%d" .Release.Name }}',
        '{{ printf "%s" }}',
        '{{ printf "%s" .Values.missing }}',
        '{{ include "other.fullname" . }}',
        f'{{{{ include "{FULLNAME}" }}}}',
        "{{ .Release.Name .Release.Name }}",
        "{{ (.Release.Name }}",
        "{{ .Release.Name) }}",
        "{{ | lower }}",
        "{{ .Release.Name | }}",
        '{{ "a }}',
        "{{ if .Values.a }}x{{ end }}",
        "{{ .Release.Name | trunc x }}",
        "{{ ( ( ( ( ( }}",
        "{{ " + "( " * 41 + "}}",
    ],
)
def test_what_is_not_understood_stays(text: str) -> None:
    assert render(text, SCOPE) == text


def test_an_unknown_fullname_stays() -> None:
    text = f'{{{{ include "{FULLNAME}" . }}}}'
    assert render(text, SCOPE._replace(fullname="")) == text


@given(st.text(alphabet='{}()|"`. \\%sa1', max_size=60))
def test_any_text_ends(text: str) -> None:
    assert isinstance(render(text, SCOPE), str)


@pytest.mark.parametrize(
    ("everywhere", "expected"),
    [
        ({}, "web"),
        ({"fullnameOverride": "all"}, "all"),
        ({"fullnameOverride": "{{ .Release.Name }}-x"}, ""),
        ({"nameOverride": "eb"}, "web"),
        ({"nameOverride": "db"}, "web-db"),
        ({"nameOverride": "{{ x }}"}, ""),
    ],
)
def test_the_fullname_of_app_template(everywhere: Any, expected: str) -> None:
    release = Release.of({"metadata": {"name": "web"}, "spec": {"values": {"global": everywhere}}})
    assert release.fullname() == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *((version, True) for version in ("1.5.1", "v1.5.1", "0.19.2", "^1.2", "1.x", "1", "2.0.9")),
        *((version, False) for version in ("2.1.0", "2.x", "", "3", ">=1.0.0", "*")),
    ],
)
def test_a_version_before_another(version: str, expected: bool) -> None:
    assert Chart("x", version).is_before(2, 1) is expected


def test_a_chart_is_the_last_part_of_an_address() -> None:
    spec = {"chart": {"spec": {"chart": "oci://ghcr.io/bjw-s-labs/helm/app-template", "version": "4.1.1"}}}
    assert Chart.of(spec) == Chart("app-template", "4.1.1")
