"""Types of Secrets and their keys; `.dockerconfigjson` made of a login, rendered by External Secrets' own engine."""
# ruff: noqa: E501

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from .engine import Engine, engine
from .support import config, messages, run, spec

__all__ = ["engine"]

DOCKER = "kubernetes.io/dockerconfigjson"
CASES = {
    "both keys of a certificate": (
        "x: {from: a, type: kubernetes.io/tls, data: [ca.crt]}",
        ['secrets.x.type: a Secret of type kubernetes.io/tls needs the keys "tls.crt" and "tls.key"'],
    ),
    "a key under another name": (
        "x: {from: a, type: kubernetes.io/tls, data: {tls.crt: .crt, tls_key: .key, ca.crt: .ca}}",
        ['secrets.x.type: a Secret of type kubernetes.io/tls needs the key "tls.key"; "tls_key" is not the same'],
    ),
    "an SSH key": (
        "x: {from: a, type: kubernetes.io/ssh-auth, data: [identity]}",
        ['secrets.x.type: a Secret of type kubernetes.io/ssh-auth needs the key "ssh-privatekey"'],
    ),
    "neither name nor password": (
        "x: {from: a, type: kubernetes.io/basic-auth, data: [user, pass]}",
        ['secrets.x.type: a Secret of type kubernetes.io/basic-auth needs the key "username" or "password", or both'],
    ),
    "an old docker config": (
        "x: {from: a, type: kubernetes.io/dockercfg, data: [a]}",
        ['secrets.x.type: a Secret of type kubernetes.io/dockercfg needs the key ".dockercfg"'],
    ),
    "no docker config": (
        f"x: {{from: a, type: {DOCKER}, data: [config.json]}}",
        [
            f'secrets.x.type: a Secret of type {DOCKER} needs the key ".dockerconfigjson", or "registry", "username" and "password", from which it is made'
        ],
    ),
    "half a login": (
        f"x: {{from: a, type: {DOCKER}, data: {{registry: ghcr.io, username: .u}}}}",
        ['secrets.x.data: .dockerconfigjson is made of "registry", "username" and "password": "password" missing'],
    ),
    "a block in a login": (
        f"x: {{from: a, type: {DOCKER}, data: {{registry: ghcr.io, username: .u, password: '{{{{ if .p }}}}a{{{{ end }}}}'}}}}",
        ["secrets.x.data.password: can hold references, but no blocks and variables: .dockerconfigjson is made of it"],
    ),
    "a mistake in a login": (
        f"x: {{from: a, type: {DOCKER}, data: {{registry: ghcr.io, username: .u, password: '{{{{ .p | xyzzyx }}}}'}}}}",
        [
            "secrets.x.data.password: the template breaks at line 1, column 9: External Secrets knows no such function; fetched data starts with a dot, text stands in quotes"
        ],
    ),
    "an account's token": (
        "x: {from: a, type: kubernetes.io/service-account-token, data: [token]}",
        [
            "secrets.x.type: Kubernetes demands an account's name of a Secret of type kubernetes.io/service-account-token, and External Secrets refuses it with one"
        ],
    ),
    "a misspelt type": (
        "x: {from: a, type: kubernetes.io/basicauth, data: [a]}",
        [
            'warning: secrets.x.type: Kubernetes has no type "kubernetes.io/basicauth" of its own; did you mean "kubernetes.io/basic-auth"?'
        ],
    ),
    "a type in small letters": (
        "x: {from: a, type: opaque, data: [a]}",
        ['warning: secrets.x.type: Kubernetes has no type "opaque" of its own; did you mean "Opaque"?'],
    ),
    "a type by overlay": (
        "x: {from: a, data: [a], spec: {target: {template: {type: kubernetes.io/tls}}}}",
        ['secrets.x.type: a Secret of type kubernetes.io/tls needs the keys "tls.crt" and "tls.key"'],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake(case: str) -> None:
    secrets, expected = CASES[case]
    assert messages(secrets) == expected


@pytest.mark.parametrize(
    "secret",
    [
        "{from: a, type: kubernetes.io/tls, data: [tls.crt, tls.key, ca.crt]}",
        "{from: a, type: kubernetes.io/tls, data: {tls.crt: .a}, spec: {target: {template: {data: {tls.key: b}}}}}",
        "{from: a, type: kubernetes.io/tls}",
        "{from: a, type: kubernetes.io/tls, policy: Merge, data: [tls.crt]}",
        "{from: a, type: kubernetes.io/tls, data: [a], templates: configMap/c#k}",
        "{from: a, type: kubernetes.io/basic-auth, data: [password]}",
        "{from: a, type: kubernetes.io/ssh-auth, data: [ssh-privatekey]}",
        "{from: a, type: kubernetes.io/dockercfg, data: [.dockercfg]}",
        f"{{from: a, type: {DOCKER}, data: {{.dockerconfigjson: .config}}}}",
        "{from: a, type: example.com/own, data: [a]}",
    ],
)
def test_what_a_type_may_have(secret: str) -> None:
    assert messages(f"x: {secret}") == []


def test_a_login_becomes_the_one_key() -> None:
    secret = (
        f"x: {{from: reg, type: {DOCKER}, data: {{registry: ghcr.io, username: .user, password: .token, other: a}}}}"
    )
    assert spec(secret)["target"]["template"] == {
        "type": DOCKER,
        "data": {
            "other": "a",
            ".dockerconfigjson": '{{ dict "auths" (dict "ghcr.io" (dict "username" .user "password" .token "auth" (printf "%s:%s" .user .token | b64enc))) | mustToJson }}',
        },
    }


def made(engine: Engine, secret: dict[str, Any], values: dict[str, str]) -> Any:
    objects, said = run(json.dumps({"x": {"type": DOCKER, **secret}}), config())
    assert said == []
    rendered = engine.render(objects[0]["spec"]["target"]["template"], values)
    assert "error" not in rendered
    assert set(rendered["data"]) == {".dockerconfigjson"}
    return json.loads(rendered["data"][".dockerconfigjson"])


def docker(registry: str, username: str, password: str, **more: str) -> dict[str, Any]:
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"auths": {registry: {"username": username, "password": password, **more, "auth": auth}}}


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", "{{ .x }}", "a\nb", "<&>", "%s%%", "ü", "}}", "\x00\x1f\u2028", "'", "`", "${V}"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, min_size=4, max_size=4), st.booleans())
def test_whatever_is_fetched_the_result_is_json(engine: Engine, words: list[str], listed: bool) -> None:
    fields = ["registry", "username", "password", "email"]
    data = fields if listed else {field: f".{field}" for field in fields}
    expected = docker(*words[:3], email=words[3])
    assert made(engine, {"from": "reg", "data": data}, dict(zip(fields, words, strict=True))) == expected


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORDS, WORDS, WORDS)
@example("r", "{", "t")
def test_whatever_is_written_the_result_is_json(engine: Engine, registry: str, before: str, token: str) -> None:
    text = before.replace("{", '{{ "{" }}')  # also where the next thing is the start of an action
    data = {
        "registry": {"literal": registry},
        "username": f"u{text}{{{{ .user }}}}%{{{{- /* c */ -}}}} \n {{{{ .n | len -}}}} ",
        "password": '."the token" | trimPrefix "x" | trimSuffix "y"',
    }
    objects, said = run(json.dumps({"x": {"type": DOCKER, "from": "fields:reg", "data": data}}), config())
    assert said == []
    names = {entry["remoteRef"]["property"]: entry["secretKey"] for entry in objects[0]["spec"]["data"]}
    fetched = {names["user"]: "me", names["n"]: "four", names["the token"]: f"x{token}y"}
    rendered = engine.render(objects[0]["spec"]["target"]["template"], fetched)
    assert json.loads(rendered["data"][".dockerconfigjson"]) == docker(registry, f"u{before}me%4", token)
