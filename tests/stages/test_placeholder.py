"""Objects that build without a key."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from krm_secrets.yamltext.load import load, parse
from tests.running import run, run_with
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, seal, secret, stream

MARK = {"krm-secrets.dev/placeholder": "true"}
DATA_KEY = bytes(32)


def built(text: str, **env: str) -> list[Any]:
    done = run(text, "--placeholder", env=env)
    assert (done.code, done.err) == (0, "")
    return [load(document.root) for document in parse(done.out.decode())]


def marked(**sections: Any) -> dict[str, Any]:
    return {**secret(**sections), "metadata": {"name": "s", "annotations": MARK}}


def test_every_encrypted_value_becomes_a_placeholder() -> None:
    plain = {**secret(data={"tls.crt": "x", "n": None}, stringData={"a": "x", "e": ""}), "l": ["x", {"k": 7}]}
    (found,) = built(stream(*encrypt(plain, encrypted_regex="^(data|stringData|l)$")))
    assert b64decode(found["data"].pop("tls.crt")) == b"..PLACEHOLDER_tls.crt.."
    assert found == {
        **marked(data={"n": None}, stringData={"a": "..PLACEHOLDER_a..", "e": ""}),
        "l": ["..PLACEHOLDER_l..", {"k": "..PLACEHOLDER_k.."}],
    }


def test_plain_values_and_annotations_stay() -> None:
    item = encrypt(
        {**secret(stringData={"a": "x"}), "metadata": {"name": "s", "annotations": {"x": "y"}}}, encrypted_regex="^a$"
    )[0]
    item["stringData"]["b"] = "plain ENC[AES256_GCM,data:x]"
    (found,) = built(stream(item))
    assert found["metadata"]["annotations"] == {**MARK, "x": "y"}
    assert found["stringData"] == {"a": "..PLACEHOLDER_a..", "b": "plain ENC[AES256_GCM,data:x]"}


def test_no_key_is_looked_for_and_the_result_is_the_same_with_one() -> None:
    text = stream(encrypted_secret(string_data={"a": "x"}))
    assert built(text) == built(text, SOPS_AGE_KEY=KEY.identity) == built(text, SOPS_AGE_KEY="garbage")


def test_values_of_another_kind_are_no_base64() -> None:
    item = encrypt({**secret(data={"a": "x"}), "kind": "ConfigMap"}, encrypted_regex="^data$")[0]
    config = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    done = run_with({**config, "decryptKinds": ["ConfigMap"]}, stream(item), env={"KRM_SECRETS_DECRYPT": "placeholder"})
    found: Any = load(parse(done.out.decode())[0].root)
    assert found["data"] == {"a": "..PLACEHOLDER_a.."}


def test_comments_that_stand_as_list_elements_are_dropped() -> None:
    item = encrypt({**secret(), "l": ["x"]}, encrypted_regex="^l$")[0]
    item["l"].insert(0, seal(DATA_KEY, "words", "l:", "comment"))
    assert built(stream(item))[0]["l"] == ["..PLACEHOLDER_l.."]


def test_aliases_and_merge_keys_get_their_own() -> None:
    value = seal(DATA_KEY, "x", "x")
    text = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: &d\n  a: &v '{value}'\n  b: *v\n"
        f"data:\n  <<: *d\nsops: {json.dumps(encrypted_secret()['sops'])}\n"
    )
    (found,) = built(text)
    assert found["stringData"] == {"a": "..PLACEHOLDER_a..", "b": "..PLACEHOLDER_b.."}
    assert {key: b64decode(text) for key, text in found["data"].items()} == {
        "a": b"..PLACEHOLDER_a..", "b": b"..PLACEHOLDER_b..",
    }  # fmt: skip


@pytest.mark.parametrize("rule", [{}, {"encrypted_regex": "^(namespace|data)$"}])
def test_no_placeholder_can_stand_for_a_kind_or_a_name(rule: dict[str, Any]) -> None:
    item = encrypt({**secret(data={"a": "x"}), "metadata": {"name": "s", "namespace": "n"}}, **rule)[0]
    done = run(stream(item), "--placeholder")
    assert (done.code, done.out) == (1, b"")
    assert done.err.endswith(
        "line 2: has an encrypted kind or name, for which no placeholder can stand; encrypt its data only\n"
    )


def test_a_secret_that_lost_its_block_is_no_placeholder() -> None:
    done = run(stream(secret(stringData={"a": seal(DATA_KEY, "x", "x")})), "--placeholder")
    assert (done.code, done.out) == (1, b"")


def test_every_kind_is_built_since_nothing_is_shown() -> None:
    item = encrypt({**secret(data={"a": "x"}), "kind": "ConfigMap"}, encrypted_regex="^data$")[0]
    (found,) = built(stream(item))
    assert found == {**marked(data={"a": "..PLACEHOLDER_a.."}), "kind": "ConfigMap"}


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.text("abAB09.-_", min_size=1, max_size=9).filter(lambda key: key != "." and key[:2] != ".."),
        st.text(max_size=5),
        max_size=4,
    )
)
def test_a_placeholder_has_the_keys_of_the_values(values: dict[str, str]) -> None:
    text = stream(encrypted_secret(data=values, string_data=values))
    (found,) = built(text)
    assert found["stringData"].keys() == found["data"].keys() == values.keys()
    assert {key for key, value in found["stringData"].items() if value} == {key for key in values if values[key]}
    assert run(text, "--placeholder") == run(text, "--placeholder")


UNRULED = (
    "is plaintext where the file's rule wants ciphertext: a patch or an edit put it there; set the value with sops, or"
    " apply the patch after decryption"
)


def refused(*items: Any) -> str:
    done = run(stream(*items), "--placeholder")
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    return done.err.removeprefix("krm-secrets: error: ").rstrip("\n")


@pytest.mark.parametrize("value", ["CANARY", 7, ["CANARY"], "ENC[CANARY]"])
def test_plaintext_where_the_rule_wants_ciphertext(value: Any) -> None:
    item = encrypted_secret(string_data={"a": "x"})
    item["stringData"]["b"] = value
    place = "stringData.b[0]" if isinstance(value, list) else "stringData.b"
    message = "the encrypted value is damaged: sops writes no value of this form" if "ENC[" in str(value) else UNRULED
    assert (
        refused(item)
        == run(stream(item), env={"SOPS_AGE_KEY": KEY.identity}).err.removeprefix("krm-secrets: error: ").rstrip("\n")
        == f"Secret s, line 2: {place}: {message}"
    )


def test_ciphertext_where_the_rule_wants_plaintext() -> None:
    item = encrypted_secret(string_data={"a": "x"})
    item["x"] = seal(DATA_KEY, "CANARY", "x:")
    assert refused(item).startswith("Secret s, line 2: x: is ciphertext where the file's rule wants plaintext")


def test_what_hosts_add_is_plain() -> None:
    (item,) = encrypt(secret(stringData={"a": "x"}), unencrypted_regex="^(apiVersion|kind|name)$")
    item["metadata"]["annotations"] = {"a": "b", "kustomize.config.k8s.io/needs-hash": seal(DATA_KEY, "x", "x")}
    assert built(stream(item))[0]["stringData"] == {"a": "..PLACEHOLDER_a.."}


def test_a_block_that_cannot_be_read() -> None:
    item = encrypted_secret(string_data={"a": "x"})
    assert refused({**item, "sops": "CANARY"}) == "Secret s, line 2: sops: must be the mapping that sops writes"
    broken = {**item["sops"], "lastmodified": "CANARY"}
    assert refused({**item, "sops": broken}) == (
        "Secret s, line 2: sops.lastmodified: must be a time as sops writes it, in quotes"
    )


def test_a_file_in_a_value_with_plaintext_of_its_own() -> None:
    sealed = encrypt({"a": "x", "c": ["y"]})[0]
    text = json.dumps({**sealed, "b": "CANARY"})
    assert refused(secret(stringData={"x.json": text})) == (
        f'Secret s, line 2: stringData["x.json"]: holds a SOPS file: b: {UNRULED}'
    )
    assert refused(secret(stringData={"x.json": text[:-1]})).startswith(
        'Secret s, line 2: stringData["x.json"]: holds a SOPS file: not valid JSON: line 1:'
    )
    (found,) = built(stream(secret(stringData={"x.json": json.dumps(sealed)})))
    assert found["stringData"] == {"x.json": "..PLACEHOLDER_x.json.."}


def test_a_comment_in_a_file_is_no_value() -> None:
    sealed = encrypt({"a": "x"})[0]
    block = "".join(
        f"  {key}: {json.dumps(value) if key in ('age', 'lastmodified') else value}\n"
        for key, value in sealed["sops"].items()
    )
    text = f"#{seal(DATA_KEY, 'words', ':', 'comment')}\na: {sealed['a']}\nsops:\n{block}"
    (found,) = built(stream(secret(stringData={"x.yaml": text})))
    assert found["stringData"] == {"x.yaml": "..PLACEHOLDER_x.yaml.."}
