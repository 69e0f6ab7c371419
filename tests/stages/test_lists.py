"""An encrypted list is opened as the one document that it is to sops, and then taken apart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.yamltext import emit
from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run, run_with
from tests.sops.encrypter import KEY, SECRET_RULE, encrypt, secret, stream
from tests.sops.real import sops_decrypt, sops_encrypt
from tests.test_guard import KEEP, findings, guarded

from .test_decrypt import config

SKIPPED = " (kustomize skips functions in silence without --enable-exec)"

RULE = SECRET_RULE["encrypted_regex"]
ENV = {"SOPS_AGE_KEY": KEY.identity}
USER = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "u"},
    "spec": {"template": {"spec": {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]}}},
}
WIRED = {**USER, "metadata": {"name": "u", "annotations": {"reloader.stakater.com/auto": "true"}}}


def listed(*items: Any, kind: str = "List") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "items": list(items)}


def sealed(*items: Any, kind: str = "List") -> dict[str, Any]:
    return encrypt(listed(*items, kind=kind), encrypted_regex=RULE)[0]


def objects(done: Done) -> list[Any]:
    assert done.code == 0, done.err
    return [load(document.root) for document in parse(done.out.decode())]


def error(*items: Any, words: tuple[str, ...] = ()) -> str:
    done = run(stream(*items), *words, env=ENV)
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    return done.err.removeprefix("krm-secrets: error: ").rstrip("\n")


@pytest.mark.parametrize("kind", ["List", "SecretList"])
def test_an_encrypted_list(kind: str) -> None:
    inner = secret(name="s", stringData={"a": "x", "n": 7})
    nested = listed(secret(name="t", data={"b": "eA=="}), "no object")
    done = run(stream(sealed(inner, USER, nested, kind=kind)), env=ENV)
    assert objects(done) == [listed(secret(name="s", stringData={"a": "x", "n": "7"}), WIRED, nested, kind=kind)]
    assert "Secret s (stringData.n)" in done.err


def test_without_a_key_and_encoded() -> None:
    item = sealed(secret(stringData={"a": "x"}), {**USER, "metadata": {"name": "u", "annotations": {"a": "b"}}})
    (built,) = objects(run(stream(item), "--placeholder"))
    assert built["items"][0]["stringData"] == {"a": "..PLACEHOLDER_a.."}
    assert built["items"][0]["metadata"]["annotations"] == {"krm-secrets.dev/placeholder": "true"}
    assert "krm-secrets.dev/placeholder" not in built["items"][1]["metadata"]["annotations"]
    (encoded,) = objects(run(stream(item, config(stringData="encode")), env=ENV))
    assert encoded["items"][0]["data"] == {"a": "eA=="}


def test_what_is_consumed_in_it_goes() -> None:
    mapping = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretMapping",
        "metadata": {"name": "m", "namespace": "n"},
        "secrets": {"web": {"from": "web"}},
    }
    settings = {**config(), "store": "vault"}
    rest, made = objects(run(stream(sealed(mapping, secret(stringData={"a": "x"})), settings), env=ENV))
    assert rest == listed(secret(stringData={"a": "x"}))
    assert (made["kind"], made["metadata"]["name"]) == ("ExternalSecret", "web")


def test_comments_and_text_stay() -> None:
    (item,) = encrypt(listed({**secret(), "stringData": {"a": "CANARY"}}), encrypted_regex=RULE)
    value, block = item["items"][0]["stringData"]["a"], json.dumps(item["sops"])
    text = (
        "# head\napiVersion: v1\nkind: List\nitems:\n# one\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n"
        f"  stringData:\n    a: %s  # tail\nsops: {block}\n"
    )
    done = run(text % value, env=ENV)
    assert done.out.decode() == text.partition("sops:")[0] % '"CANARY"'


def test_a_value_that_moved_between_lists_of_objects() -> None:
    item = sealed(secret(stringData={"a": "CANARY", "b": "x"}))
    values = item["items"][0]["stringData"]
    values["a"], values["b"] = values["b"], values["a"]
    assert error(item).startswith("List, line 2: items[0].stringData.a: ")


def test_plaintext_in_it() -> None:
    item = sealed(secret(stringData={"a": "x"}))
    item["items"][0]["stringData"]["b"] = "CANARY"
    place = "List, line 2: items[0].stringData.b: is plaintext where the file's rule wants ciphertext"
    assert error(item).startswith(place)
    assert error(item, words=("--placeholder",)).startswith(place)
    assert findings(item, words=KEEP) == [f"{place}: set the value with sops edit"]


def test_guard_takes_it_as_what_sops_wrote() -> None:
    item = sealed(secret(stringData={"a": "x"}))
    assert guarded(item, words=KEEP).code == 0
    assert findings(item) == ["List, line 2: sops: is still encrypted with sops: no function decrypted it" + SKIPPED]
    (nothing,) = encrypt(listed(secret(stringData={"a": "CANARY"})), encrypted_regex="^other$")
    assert findings(nothing, words=KEEP) == [
        "List, line 2: items[0].stringData.a: is plaintext, since the file's rule selects no value of the Secret:"
        " encrypt the file by another rule"
    ]


@pytest.mark.parametrize("words", [(), ("--placeholder",)])
def test_another_kind_in_it(words: tuple[str, ...]) -> None:
    shown = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "CANARY"}}
    item = sealed(secret(stringData={"a": "x"}), shown)
    assert error(item, words=words) == (
        "List, line 2: items[1]: holds ciphertext, and only Secrets are decrypted; add its kind to decryptKinds"
    )
    assert objects(run_with(config(decryptKinds=["ConfigMap"]), stream(item), *words, env=ENV))


def test_a_sops_file_in_it() -> None:
    inner = secret(stringData={"x.json": json.dumps(encrypt({"a": "x"})[0])})
    assert objects(run(stream(sealed(inner)), env=ENV)) == [listed(secret(stringData={"x.json": '{\n\t"a": "x"\n}\n'}))]
    damaged = secret(stringData={"x.json": json.dumps(encrypt({"a_unencrypted": "x"})[0]).replace('"x"', '"CANARY"')})
    assert error(sealed(damaged)).startswith('List, line 2: items[0].stringData["x.json"]: holds a SOPS file: sops.mac')


@pytest.mark.parametrize(
    ("head", "items", "line"), [("metadata: &a {}\n", "[*a]", 3), ("metadata: {a: &a []}\n", "*a", 1)]
)
def test_an_alias_in_it(head: str, items: str, line: int) -> None:
    block = json.dumps(sealed(secret(stringData={"a": "x"}))["sops"])
    done = run(f"kind: List\n{head}items: {items}\nsops: {block}\n", env=ENV)
    assert done.err == (
        f"krm-secrets: error: List: line {line}: an alias stands for objects in a list; write them out\n"
    )


def test_a_list_whose_text_another_one_shares() -> None:
    """The aliases of values are copied where they stand."""
    item = sealed(secret(name="a", stringData={"v": "x"}))
    value = item["items"][0]["stringData"]["v"]
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        f"- {{apiVersion: v1, kind: Secret, metadata: {{name: a}}, stringData: {{v: &v '{value}'}}}}\n"
        "- {apiVersion: v1, kind: Secret, metadata: {name: b}, stringData: {v: *v}}\n"
        f"sops: {json.dumps(item['sops'])}\n"
    )
    (found,) = objects(run(text, env=ENV))
    assert [each["stringData"] for each in found["items"]] == [{"v": "x"}, {"v": "x"}]


def test_run_and_a_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    item = sealed(secret(stringData={"a": "x"}), USER)
    Path("list.yaml").write_text(stream(item))
    assert objects(run("", "run", "list.yaml", env=ENV)) == [listed(secret(stringData={"a": "x"}), WIRED)]
    generator = {**config(), "kind": "SopsGenerator", "metadata": {"name": "g"}, "files": ["list.yaml"]}
    Path("generator.yaml").write_text(stream(generator))
    assert objects(run("", "run", "generator.yaml", env=ENV)) == [secret(stringData={"a": "x"}), WIRED]
    changed = stream({**item, "items": [item["items"][0], {**USER, "spec": {"x": "CANARY"}}]})
    Path("list.yaml").write_text(changed)
    assert "List: sops.mac: does not fit the file" in run("", "run", "list.yaml", env=ENV).err


@pytest.mark.parametrize("rule", [SECRET_RULE, {"unencrypted_regex": "^(apiVersion|kind|metadata|spec)$"}])
def test_sops_reads_the_same(rule: dict[str, str], tmp_path: Path) -> None:
    inner = listed(secret(stringData={"a": "x", "b": ""}, data={"c": "eA=="}), USER)
    plain = emit.block(inner).replace("items:\n", "items:\n# above\n")
    plain = re.sub("( +)stringData:\n", r"\1stringData:\n\1  # within\n", plain)
    text = sops_encrypt(plain, tmp_path, rule)
    assert plain.count("# ") == 2
    (expected,) = sops_decrypt(text, tmp_path)
    assert expected == inner
    done = run(text, env=ENV)
    assert objects(done) == [{**expected, "items": [expected["items"][0], WIRED]}]
    assert b"# within" in done.out
    assert b"ENC[" not in done.out
    # Under a rule that encrypts comments, sops makes an element of one that stands in a list; those go.
    assert (b"# above" in done.out) is ("encrypted_regex" in rule)
    (tmp_path / "list.yaml").write_text(text)
    assert objects(run("", "run", str(tmp_path / "list.yaml"), env=ENV)) == objects(done)
