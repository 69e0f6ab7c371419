"""`guard --keep` looks into encrypted objects: what Flux decrypts later must be ciphertext now."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.sops.encrypter import encrypt, encrypted_secret, secret, stream
from tests.sopsfiles.files import dotenv_file, json_file
from tests.test_guard import ENCRYPTED, KEEP, OPT_OUT, VALUE, config_map, findings, guarded

UNRULED = "is plaintext where the file's rule wants ciphertext: set the value with sops edit"
RULELESS = "is plaintext, since the file's rule selects no value of the Secret: encrypt the file by another rule"
PLAIN = "is plaintext in what is to be stored: encrypt the file with sops, and build with `decrypt: keep`"
OUTSIDE = "is ciphertext where the file's rule wants plaintext, so that Flux leaves it: encrypt the plain file again"


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


@pytest.mark.parametrize("value", ["CANARY", 7, True, 1.5, ["CANARY"], {"k": "CANARY"}])
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_plaintext_in_an_encrypted_secret(section: str, value: Any) -> None:
    item = encrypted_secret(data={"x": "CANARY"}, string_data={"y": "CANARY"})
    item[section]["a"] = value
    place = ".a[0]" if isinstance(value, list) else ".a.k" if isinstance(value, dict) else ".a"
    assert f"Secret s, line 2: {section}{place}: {UNRULED}" in findings(item, words=KEEP)


def test_the_rule_of_the_file_decides() -> None:
    item = secret(stringData={"user": "u", "password": "CANARY", "empty": "", "none": None})
    assert guarded(encrypt(item, encrypted_regex="^password$")[0], words=KEEP).code == 0
    (nothing,) = encrypt(item, encrypted_regex="^other$")
    assert findings(nothing, words=KEEP) == [f"Secret s, line 2: stringData.user: {RULELESS}"]
    assert guarded(encrypt({**item, "kind": "X"}, encrypted_regex="^other$")[0], words=KEEP).code == 0
    (by_comment,) = encrypt(item, encrypted_regex="^password$")
    by_comment["sops"]["encrypted_comment_regex"] = by_comment["sops"].pop("encrypted_regex")
    assert guarded(by_comment, words=KEEP).code == 0
    by_comment["stringData"].pop("password")
    assert findings(by_comment, words=KEEP) == [f"Secret s, line 2: stringData.user: {RULELESS}"]


def test_an_encrypted_object_of_another_kind() -> None:
    (item,) = encrypt(config_map(a="CANARY", b="CANARY"), encrypted_regex="^data$")
    item["data"]["b"] = "CANARY"
    assert findings(item, words=KEEP) == [f"ConfigMap c, line 2: data.b: {UNRULED}"]


def test_what_hosts_add_to_metadata_is_not_judged() -> None:
    (item,) = encrypt({**secret(stringData={"a": "CANARY"})}, unencrypted_regex="^(apiVersion|kind|name)$")
    item["metadata"]["namespace"] = "n"
    assert guarded(item, words=KEEP).code == 0


def test_ciphertext_that_the_rule_does_not_select() -> None:
    item = encrypted_secret(string_data={"a": "CANARY"})
    item["metadata"]["annotations"] = {"a": VALUE, "b": f"x:{VALUE}"}
    assert findings(item, words=KEEP) == [
        f"Secret s, line 2: metadata.annotations.a: {OUTSIDE}",
        "Secret s, line 2: metadata.annotations.b: holds ciphertext, which no function decrypted; if it is there on"
        " purpose, say so by the annotation kustomize.toolkit.fluxcd.io/decrypt: disabled",
    ]


def test_a_block_that_cannot_be_read() -> None:
    item = {**ENCRYPTED, "sops": {**ENCRYPTED["sops"], "lastmodified": "CANARY"}}
    assert findings(item, words=KEEP) == [
        "Secret s, line 2: sops.lastmodified: must be a time as sops writes it, in quotes"
    ]


def test_what_is_left_encrypted_on_purpose_is_not_plain() -> None:
    metadata = {"name": "s", **OPT_OUT}
    quoted = f"a:\n  b: {VALUE}\n"
    item = {**secret(stringData={"a": VALUE, "b": "CANARY", "c": quoted, "d": 7}), "metadata": metadata}
    assert [line for line in findings(item, words=KEEP) if "must be" not in line] == [
        f"Secret s, line 2: stringData.{key}: {PLAIN}" for key in "bcd"
    ]
    sealed = {**ENCRYPTED, "metadata": metadata}
    assert guarded(sealed, words=KEEP).code == 0
    plain = {**sealed, "stringData": {**sealed["stringData"], "b": "CANARY"}}
    assert findings(plain, words=KEEP) == [f"Secret s, line 2: stringData.b: {UNRULED}"]


def sops_secret(**values: Any) -> dict[str, Any]:
    return {
        "apiVersion": "isindir.github.com/v1alpha3",
        "kind": "SopsSecret",
        "metadata": {"name": "s"},
        "spec": {"secretTemplates": [{"name": "x", "labels": {"l": "l"}, "stringData": values, "data": {}}]},
    }


def test_a_sops_secret() -> None:
    plain = sops_secret(a="CANARY", b=VALUE)
    place = "SopsSecret s, line 2: spec.secretTemplates[0].stringData"
    assert findings(plain, words=KEEP) == [
        f"{place}.a: {PLAIN}",
        f"{place}.b: is ciphertext, and the object has no sops block to decrypt it with: take the whole encrypted file",
    ]
    (sealed,) = encrypt(sops_secret(a="CANARY"), encrypted_suffix="Templates")
    assert guarded(sealed, words=KEEP).code == 0
    sealed["spec"]["secretTemplates"][0]["stringData"]["c"] = "CANARY"
    assert findings(sealed, words=KEEP) == [f"{place}.c: {UNRULED}"]
    assert findings(sealed) == [f"{place}.c: {UNRULED}"]  # the cluster gets it as it is


def test_a_file_that_flux_decrypts() -> None:
    good = json_file({"a": "CANARY"})
    assert guarded(secret(data={"x.json": encoded(good)}), words=KEEP).code == 0
    assert guarded(secret(data={"x.env": encoded(dotenv_file({"a": "CANARY"}))}), words=KEEP).code == 0
    place = 'Secret s, line 2: data["x.json"]: holds a SOPS file'
    plain = good.replace(b'"sops"', b'"b": "CANARY",\n "sops"')
    assert findings(secret(data={"x.json": encoded(plain)}), words=KEEP) == [
        f"{place}: b: is plaintext where the file's rule wants ciphertext; set the value with sops edit"
    ]
    assert findings(secret(data={"x.json": encoded(good[:-3])}), words=KEEP) == [
        f"{place} that cannot be read: restore what sops wrote"
    ]
    broken = good.replace(b"lastmodified", b"lastchanged")
    assert findings(secret(data={"x.json": encoded(broken)}), words=KEEP) == [
        f"{place}: sops.lastmodified: must be a time as sops writes it, in quotes"
    ]
    two = stream(*encrypt({"a": "CANARY"})) + "---\n{}\n"
    assert findings(secret(data={"x.yaml": encoded(two.encode())}), words=KEEP) == [
        'Secret s, line 2: data["x.yaml"]: holds a SOPS file with a document that has no sops block: encrypt the file'
        " again"
    ]


def test_a_file_in_base64_twice_is_none_to_flux() -> None:
    item = secret(data={"x": encoded(encoded(json_file({"a": "CANARY"})).encode())})
    assert findings(item, words=KEEP) == [
        "Secret s, line 2: data.x: holds a file that is encrypted with sops, which Flux decrypts in a Secret's data"
        " only: move it there"
    ]


def test_values_that_are_put_in_later_are_no_plaintext() -> None:
    values = {"a": "op://vault/item/field", "b": "${TOKEN}", "c": "pg://u:${PASSWORD}@db\n", "d": "vault:a/b#c"}
    data = {key: encoded(value.encode()) for key, value in values.items()}
    assert guarded(secret(stringData=values, data=data), words=KEEP).code == 0
    beside = {"a": "pg://u:CANARY@${HOST}/db", "b": "CANARY"}
    data = {key: encoded(value.encode()) for key, value in beside.items()}
    assert findings(secret(stringData=beside, data=data), words=KEEP) == [
        f"Secret s, line 2: {section}.{key}: {PLAIN}" for section in ("stringData", "data") for key in "ab"
    ]
