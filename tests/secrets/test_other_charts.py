"""Releases of charts that are not made from app-template."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import Problem
from krm_secrets.secrets.chart_patch import Patch
from krm_secrets.secrets.makers.maker import ANYWHERE
from krm_secrets.secrets.uses.workloads import references
from krm_secrets.settings.config import RELOAD as MODES
from tests.secrets.support import KnownSecret, render

AUTO, TYPED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
KNOWN = frozenset({KnownSecret("a"), KnownSecret("b"), KnownSecret("web-db"), KnownSecret("c", ANYWHERE)})


def release(values: Any, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web"},
        "spec": {"values": values, **spec},
    }


def run(obj: dict[str, Any], mode: str = "auto") -> Patch | None:
    problems: list[Problem] = []
    found = render(obj, KNOWN, mode, problems)
    assert problems == []
    return found


NAMING: list[Any] = [
    {"existingSecret": "a"},
    {"existingSecret": {"name": "a"}},
    {"auth": {"existingSecretName": "a"}},
    {"oidc": {"externalSecret": {"enabled": True, "name": "a"}}},
    {"smtpExistingSecret": "a"},
    {"nextcloud": {"existingSecret": {"enabled": True, "secretName": "a", "usernameKey": "u"}}},
    {"existingSecretAdminPassword": "a", "existingSecretAdminPasswordKey": "k"},
    {"existingEncryptionKeySecret": "a"},
    {"externalDatabase": {"existingSecretPasswordKey": "k", "existingSecret": "a"}},
    {"global": {"psql": {"password": {"useSecret": True, "secret": "a", "key": "psql-password"}}}},
    {"grafana": {"envValueFrom": {"A": {"secretKeyRef": {"name": "a", "key": "k"}}}}},
    {"extraSecretMounts": [{"name": "m", "mountPath": "/m", "secretName": "a", "optional": False}]},
    {"envFromSecret": "a"},
    {"envFromSecrets": [{"name": "x"}, {"name": "a"}]},
    {"extraEnvVarsSecret": "a"},
    {"extraSecretMounts": [{"name": "m", "secretName": "a"}]},
    {"server": {"envFrom": [{"secretRef": {"name": "a"}}]}},
    {"extraEnvFrom": [{"secretRef": {"name": "a"}}]},
    {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}}]},
    {"extraVolumes": [{"name": "v", "secret": {"secretName": "a"}}]},
    {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "a"}}]}}]},
    {"tls": {"enabled": True, "existingSecret": "a"}},
    {"image": {"tls": {"secretName": "a"}}},
    {"bitwarden-sdk-server": {"enabled": True, "image": {"tls": {"enabled": True, "secretName": "a"}}}},
    {"existingSecret": "{{ .Release.Name }}-db"},
    {"existingSecret": "c"},
]


@pytest.mark.parametrize("values", NAMING)
def test_a_release_that_names_a_known_secret_is_patched(values: Any) -> None:
    assert run(release(values)) == Patch(TYPED, "true")
    assert references(release(values))


@pytest.mark.parametrize(
    "values",
    [
        {},
        None,
        [],
        "a",
        {"existingSecret": "other"},
        {"existingSecretPasswordKey": "a"},
        {"existingSecretKeys": "a", "existingSecretKeyName": "a"},
        {"existingClaim": "a", "preexistingSecretive": "a"},
        {"smtp": {"secret": "a", "port": 25}, "key": "a"},
        {"secretName": "a"},
        {"name": "a"},
        {"smtp": {"secret": "a"}},
        {"secretRef": {"name": "a"}},
        {"imagePullSecrets": [{"name": "a"}], "ingress": {"existingSecret": "a"}},
        {
            "ingress": {"tls": [{"secretName": "a"}]},
            "route": {"tls": [{"existingSecret": "a"}]},
            "tls": {"secretName": "a"},
        },
        {"redis": {"enabled": False, "existingSecret": "a"}},
        {"envFrom": [{"configMapRef": {"name": "a"}}], "extraSecretMounts": [{"name": "a"}]},
    ],
)
def test_any_other_release_stays(values: Any) -> None:
    assert run(release(values)) is None


CHOSEN = [AUTO, TYPED, NAMED, "reloader.stakater.com/search"]


@pytest.mark.parametrize("key", CHOSEN)
@pytest.mark.parametrize("value", ["true", "false", "a"])
@pytest.mark.parametrize(
    "path",
    [
        "deploymentAnnotations",
        "global.podAnnotations",
        "prometheus.prometheusSpec.podMetadata.annotations",
        "annotations",
        "worker.0.annotations",
    ],
)
def test_a_choice_anywhere_in_the_values_stands(key: str, value: str, path: str) -> None:
    if key == NAMED:
        value = "a,b"
    node: Any = {key: value}
    for part in reversed(path.split(".")):
        node = [node] if part.isdigit() else {part: node}
    assert run(release({"existingSecret": "a", **node})) is None


def test_a_label_is_no_choice() -> None:
    assert run(release({"existingSecret": "a", "extraLabels": {AUTO: "true"}})) is not None


def test_what_flux_adds_is_a_choice() -> None:
    assert run(release({"existingSecret": "a"}, commonMetadata={"annotations": {AUTO: "true"}})) is None
    patch = {"kustomize": {"patches": [{"patch": f"metadata: {{annotations: {{{AUTO}: 'true'}}}}"}]}}
    assert run(release({"existingSecret": "a"}, postRenderers=[patch])) is None
    assert run(release({"existingSecret": "a"}, postRenderers=[{"kustomize": {"images": []}}])) is not None
    assert run(release({"existingSecret": "a"}, postRenderers=None)) is not None


@pytest.mark.parametrize("renderers", ["text", {}, 3])
def test_renderers_of_another_form_are_left_alone(renderers: Any) -> None:
    assert run(release({"existingSecret": "a"}, postRenderers=renderers)) is None


def test_lists_that_leave_a_secret_out_are_reported_once() -> None:
    problems: list[Problem] = []
    values = {"existingSecret": "a", "envFromSecret": "b", "x": {NAMED: "b"}, "y": {NAMED: "other"}}
    assert render(release(values), KNOWN, "auto", problems) is None
    assert [p.message for p in problems] == ['the list leaves out the Secret "a", which the values name; add the name']


def test_a_chart_gets_no_list_of_names_which_would_restart_all_of_it() -> None:
    """Reloader takes a list for a wish, whether or not the workload uses the Secret."""
    values = {"existingSecret": "a", "envFromSecret": "b", "extraEnvVarsSecret": "other"}
    for mode in ("named", "auto", "all"):
        assert run(release(values), mode) == Patch(TYPED, "true")
    assert run(release(values), "off") is None


def test_an_app_template_is_not_patched() -> None:
    values = {"existingSecret": "a", "controllers": {"web": {"containers": {"main": {}}}}}
    assert run(release(values)) is None
    assert references(release(values)) == []
    assert run(release({"existingSecret": "a"}, chart={"spec": {"chart": "app-template"}})) is None


def test_only_flux_releases_are_patched() -> None:
    assert run({**release({"existingSecret": "a"}), "apiVersion": "example.com/v1"}) is None
    assert run({**release({"existingSecret": "a"}), "kind": "Deployment"}) is None


def test_the_namespace_is_the_one_into_which_flux_installs() -> None:
    obj = release({"existingSecret": "a"}, targetNamespace="other")
    assert run(obj) is None
    assert render(obj, {KnownSecret("a", "other")}, "auto", []) is not None


WORDS = [
    "existingSecret",
    "name",
    "a",
    "envFrom",
    "secretRef",
    "secret",
    "secretName",
    "projected",
    "sources",
    "enabled",
    "annotations",
]
NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([*WORDS, "{{ .Release.Name }}", "{{"]),
    lambda nodes: (
        st.lists(nodes, max_size=3)
        | st.dictionaries(st.sampled_from([*WORDS, *CHOSEN]) | st.integers(), nodes, max_size=4)
    ),
    max_leaves=15,
)


@given(NODES, NODES, st.sampled_from(MODES))
def test_no_release_raises_and_twice_is_once(values: Any, renderers: Any, mode: str) -> None:
    obj = release(values, postRenderers=renderers)
    references(obj)
    found = render(obj, KNOWN, mode, [])
    if found is not None:
        obj["spec"]["postRenderers"] = [found.renderer(), *(renderers or [])]
        assert render(obj, KNOWN, mode, []) is None
