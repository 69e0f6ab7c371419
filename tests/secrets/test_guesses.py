"""Kinds that nobody told us of: where they seem to name Secrets, and that nothing is done about it."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.uses.finder import find, guessed
from krm_secrets.settings.restarts import DEFAULT, KindRule
from tests.secrets.support import Decision, KnownSecret, decision


def thing(spec: Any, kind: str = "Thing") -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"auth": {"passwordSecretRef": {"name": "s", "key": "k"}}}, "spec.auth.passwordSecretRef.name"),
        ({"a": [{"secretKeyRef": {"name": "s"}}]}, "spec.a[0].secretKeyRef.name"),
        ({"tls": {"secretName": "s"}}, "spec.tls.secretName"),
        ({"certSecretName": "s"}, "spec.certSecretName"),
        ({"sources": [{"kind": "Secret", "name": "s"}]}, "spec.sources[0].name"),
        ({"secretRefs": [{"name": "s"}]}, "spec.secretRefs[0].name"),
        ({"outputs": [{"secret": {"name": "s"}}]}, "spec.outputs[0].secret.name"),
        ({"secretRef": {"accessKeyId": {"name": "s", "key": "k"}}}, "spec.secretRef.accessKeyId.name"),
    ],
)
def test_it_seems_to_name_a_secret(spec: Any, place: str) -> None:
    found = find(thing(spec))
    assert [field(ref.path) for ref in guessed(found)] == [place]
    assert decision(found.obj, {KnownSecret("s")}) == Decision()


@pytest.mark.parametrize(
    "spec",
    [
        None,
        "x",
        [],
        {"secret": "s"},
        {"secretRef": "s"},
        {"secretName": 1},
        {"kind": "Secret"},
        {"a": {"kind": "Other", "name": "s"}},
    ],
)
def test_it_seems_to_name_none(spec: Any) -> None:
    assert list(guessed(find(thing(spec)))) == []


def test_values_of_a_release_whose_namespace_nobody_gives() -> None:
    release = {**thing({"chart": {"spec": {"chart": "c"}}, "values": {"tokenSecret": "s"}}, "HelmRelease")}
    release["apiVersion"] = "helm.toolkit.fluxcd.io/v2"
    assert [field(ref.path) for ref in guessed(find(release))] == ["spec.values.tokenSecret"]


def test_what_is_known_is_not_guessed() -> None:
    ingress = {**thing({"tls": [{"secretName": "s"}]}, "Ingress"), "apiVersion": "networking.k8s.io/v1"}
    assert list(guessed(find(ingress))) == []
    assert len(list(guessed(find({**ingress, "apiVersion": "example.com/v1"})))) == 1
    policy = DEFAULT._replace(kinds=(KindRule("Thing", None, (("spec", "a"),)),))
    assert list(guessed(find(thing({"a": "s", "secretName": "t"}), policy))) == []
