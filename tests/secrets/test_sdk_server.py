"""Bitwarden's SDK server restarts when its certificate changes."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.secrets.chart_patch import Patch
from krm_secrets.secrets.effect import Annotate
from tests.secrets.support import KnownSecret, decision

PLACE = ("spec", "values", "bitwarden-sdk-server", "deploymentAnnotations")
AUTO, TYPED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"
ADDED = (Annotate(PLACE, AUTO, "true"),)


def release(server: Any, version: str = "2.0.1", chart: str = "external-secrets", **values: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "external-secrets", "namespace": "eso"},
        "spec": {
            "chart": {"spec": {"chart": chart, "version": version}},
            "values": {"bitwarden-sdk-server": server, **values},
        },
    }


def found(obj: dict[str, Any], *names: str, namespace: str = "eso") -> tuple[tuple[Annotate, ...], Patch | None]:
    secrets = {KnownSecret(name, namespace) for name in names or ("bitwarden-tls-certs",)}
    made = decision(obj, secrets)
    assert made.problems == ()
    return made.annotations, made.patch


@pytest.mark.parametrize("version", ["2.0.1", "0.20.0", "", "2.x"])
def test_the_certificate_that_the_chart_names_by_default(version: str) -> None:
    assert found(release({"enabled": True}, version)) == (ADDED, None)


def test_another_certificate_and_another_namespace() -> None:
    server = {"enabled": True, "image": {"tls": {"secretName": "mine"}}}
    assert found(release(server), "mine") == (ADDED, None)
    assert found(release({**server, "namespaceOverride": "bw"}), "mine", namespace="bw") == (ADDED, None)
    assert found(release(server)) == ((), None)


def test_an_older_chart_is_patched() -> None:
    assert found(release({"enabled": True}, "0.19.2")) == ((), Patch(TYPED, "true"))


@pytest.mark.parametrize(
    "server", [None, {}, {"enabled": False}, {"enabled": True, "image": {"tls": {"enabled": False}}}]
)
def test_no_server(server: Any) -> None:
    assert found(release(server)) == ((), None)
    assert found(release({"enabled": True}, chart="other")) == ((), None)


def test_what_the_author_set_stays() -> None:
    assert found(release({"enabled": True, "deploymentAnnotations": {AUTO: "false"}})) == ((), None)


def test_other_parts_of_the_chart_have_their_own_restart() -> None:
    obj = release({"enabled": True}, extraEnv=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}}])
    assert found(obj, "a", "bitwarden-tls-certs") == (ADDED, Patch(TYPED, "true"))
    obj["spec"]["values"]["bitwarden-sdk-server"]["deploymentAnnotations"] = {AUTO: "true"}
    assert found(obj, "a", "bitwarden-tls-certs") == ((), Patch(TYPED, "true"))
