"""What a Secret cannot hold is an error in every mode; what sops made of a value without quotes is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
MODES: dict[str, dict[str, str]] = {
    "sops": {},
    "keep": {"KRM_SECRETS_DECRYPT": "keep"},
    "placeholder": {"KRM_SECRETS_DECRYPT": "placeholder"},
}
BESIDE = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "e"},
    "spec": {"target": {"name": "other"}},
}
QUOTE = "must be a string: put quotes around it"
NUMBER = f"{QUOTE} (a number may already have changed: 0644 is read as 420)"
NO_BASE64 = "is no base64, which data holds: encode it, or move it to stringData"
KEY_RULE = "the key must have letters, digits, -, _ and . only, at most 253 of them, and not be . or begin with .."
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"stringData": {"a": 5}}, f"stringData.a: {NUMBER}"),
    ({"stringData": {"a": 1.5}}, f"stringData.a: {NUMBER}"),
    ({"stringData": {"a": True}}, f"stringData.a: {QUOTE} (without them it is a boolean)"),
    ({"stringData": {"a": {"CANARY": "b"}}}, "stringData.a: must be a string, not a map"),
    ({"stringData": {"a": ["CANARY"]}}, "stringData.a: must be a string, not a list"),
    ({"stringData": ["CANARY"]}, "stringData: must be a map of strings, not a list"),
    ({"stringData": "CANARY"}, "stringData: must be a map of strings, not a string"),
    ({"data": {"a": 5}}, f"data.a: {NUMBER}"),
    ({"data": {"a": False}}, f"data.a: {QUOTE} (without them it is a boolean)"),
    ({"data": {"a": {}}}, "data.a: must be a string, not a map"),
    ({"data": {"a": []}}, "data.a: must be a string, not a list"),
    ({"data": {"a": "CANARY!"}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": "YQ"}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": "YQ==YQ=="}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": " YQ=="}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": "_-=="}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": "pa$$CANARY"}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a": "https://CANARY"}}, f"data.a: {NO_BASE64}"),
    ({"data": {"a/b": "YQ=="}}, f'data["a/b"]: {KEY_RULE}'.replace('["a/b"]', ".a/b")),
    ({"data": {"a b": "YQ=="}}, f'data["a b"]: {KEY_RULE}'),
    ({"stringData": {"..": "x"}}, f'stringData[".."]: {KEY_RULE}'),
    ({"stringData": {"..a": "x"}}, f'stringData["..a"]: {KEY_RULE}'),
    ({"stringData": {".": "x"}}, f'stringData["."]: {KEY_RULE}'),
    ({"stringData": {"a:b": "x"}}, f'stringData["a:b"]: {KEY_RULE}'),
    ({"stringData": {"": "x"}}, f'stringData[""]: {KEY_RULE}'),
    ({"stringData": {"a" * 254: "x"}}, f"stringData.{'a' * 254}: {KEY_RULE}"),
]
RIGHT: list[dict[str, Any]] = [
    {"data": None},
    {"data": {}, "stringData": None},
    {"data": {"a": None, "b": "", "c": "YQ==", "d": "Y\r\nQ==\n", "e": "YR=="}},
    {"data": {"a": "${VAR}", "b": "${VAR:=YQ==}", "c": "<path:kv/app#key>", "d": "vault:kv/app#key"}},
    {"data": {"a": "ref+vault://kv/app#/key", "b": "{{ .Values.b }}", "c": "$TOKEN", "d": "op://v/i/f"}},
    {"stringData": {"a": None, "b": "", "c": "5", "d": "${PORT}", ".a": "x", "a..b": "x", "a" * 253: "x"}},
    {"stringData": {"${NAME}": "x"}},
    {"data": {"a": "**SOPS**"}},
]


def errors(done: Done) -> list[str]:
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err.replace("a.CANARY", "")
    return [line.removeprefix("krm-secrets: error: Secret s, line 2: ") for line in done.err.splitlines()]


@pytest.mark.parametrize(("sections", "message"), WRONG)
@pytest.mark.parametrize("mode", MODES)
def test_what_a_plain_secret_cannot_hold(mode: str, sections: dict[str, Any], message: str) -> None:
    assert errors(run(stream(secret(**sections), BESIDE), env=MODES[mode])) == [message]


@pytest.mark.parametrize(("sections", "message"), WRONG)
def test_guard_refuses_it(sections: dict[str, Any], message: str) -> None:
    assert errors(run(stream(secret(**sections)), "guard")) == [message]


@pytest.mark.parametrize("sections", RIGHT)
def test_what_a_secret_can_hold(sections: dict[str, Any]) -> None:
    text = stream(secret(**sections), BESIDE)
    for env in MODES.values():
        assert run(text, env=env) == Done(0, text.encode(), "")
    if "**SOPS**" not in text:
        assert run(text, "guard") == Done(0, text.encode(), "")


def test_what_passes_through_unread_is_not_looked_at() -> None:
    text = stream(secret(stringData={"a": 5}))
    assert run(text) == Done(0, text.encode(), "")


def test_values_that_come_by_alias_merge_key_and_tag() -> None:
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, labels: &l {n: 5}}\nstringData: {<<: *l, t: !!str 5}\n"
        "data: {b: !!binary WVE9PQ==}\n---\n"
    )
    assert run(text + stream(BESIDE)).err == f"krm-secrets: error: Secret s, line 4: stringData.n: {NUMBER}\n"


@pytest.mark.parametrize("item", ["List", "SecretList"])
def test_secrets_in_a_list(item: str) -> None:
    done = run(stream({"apiVersion": "v1", "kind": item, "items": [secret(stringData={"a": 5})]}), "guard")
    assert errors(done) == [f"stringData.a: {NUMBER}"]


# Encrypted


def test_numbers_in_encrypted_string_data_are_quoted_and_told_of_once() -> None:
    items = [encrypted_secret(name=name, string_data={"PORT": 5432, "ON": True, "x": "y"}) for name in "ab"]
    told = (
        "krm-secrets: warning: numbers, booleans and times were encrypted without quotes, and are quoted now, since a"
        " Secret holds strings: Secret a (stringData.PORT, stringData.ON), Secret b (stringData.PORT, stringData.ON);"
        " sops may have changed them (0644 is 420, 1.10 is 1.1): put quotes around them with sops edit"
        " [sops-typed-value]\n"
    )
    done = run(stream(*items), env=ENV)
    assert (done.code, done.err) == (0, told)
    assert b'"5432"' in done.out
    assert run(stream(*items), "--placeholder") == Done(0, run(stream(*items), "--placeholder").out, told)


def test_many_secrets_with_numbers_are_counted() -> None:
    items = [encrypted_secret(name=f"s{n}", string_data={"PORT": 5432}) for n in range(13)]
    done = run(stream(*items), "--placeholder")
    assert "Secret s9 (stringData.PORT) and 3 more; sops may" in done.err


def test_a_number_that_flux_would_decrypt_is_an_error() -> None:
    message = (
        "stringData.PORT: is a number or a boolean to sops, which the API server refuses in a Secret once it is"
        " decrypted; put quotes around it with sops edit [sops-typed-value]"
    )
    text = stream(encrypted_secret(string_data={"PORT": 5432}))
    assert errors(run(text, env=MODES["keep"])) == [message]
    assert errors(run(text, "guard", "--keep")) == [message]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("value", "kind"), [(5, "a number"), (1.5, "a number"), (True, "a boolean")])
def test_a_number_under_data(mode: str, value: object, kind: str) -> None:
    text = stream(encrypted_secret(data={"a": value}))
    assert errors(run(text, env={**ENV, **MODES[mode]})) == [
        f"data.a: is {kind} to sops, which the API server refuses in a Secret once it is decrypted; put quotes around"
        " it with sops edit [sops-typed-value]"
    ]


@pytest.mark.parametrize("mode", MODES)
def test_structure_and_keys_show_without_a_key(mode: str) -> None:
    text = stream(encrypted_secret(string_data={"a": ["CANARY"], "b c": "x"}))
    assert errors(run(text, env={**ENV, **MODES[mode]})) == [
        "stringData.a: must be a string, not a list",
        f'stringData["b c"]: {KEY_RULE}',
    ]


def test_text_that_was_encrypted_under_data() -> None:
    done = run(stream(encrypted_secret(data={"a": "CANARY!"})), env=ENV)
    assert errors(done) == [
        "data.a: is no base64 once decrypted, which data holds: encode it before sops encrypts it, or move it to"
        " stringData"
    ]
    assert run(stream(encrypted_secret(data={"a": "${B64}", "b": "Y\nQ==\n"})), env=ENV).code == 0


def test_a_secret_of_which_even_the_kind_is_encrypted() -> None:
    done = run(json.dumps(encrypt(secret(stringData={"a": ["CANARY"], "n": 7}))[0]), env=ENV)
    assert done.code == 1
    assert "stringData.a: must be a string, not a list" in done.err


def test_an_object_that_stays_encrypted_is_judged_by_nobody() -> None:
    item = encrypted_secret(data={"a": "x"}, string_data={"n": 7})
    item["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/decrypt": "disabled"}
    assert run(stream(item)) == Done(0, stream(item).encode(), "")
