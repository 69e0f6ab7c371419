"""Files that sops encrypted and that are no objects, and documents without a kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, secret, stream
from tests.sopsfiles.files import dotenv_file, ini_file, json_file

ENV = {"SOPS_AGE_KEY": KEY.identity}
MODES: list[dict[str, str]] = [{}, {"KRM_SECRETS_DECRYPT": "keep"}, {"KRM_SECRETS_DECRYPT": "placeholder"}]


def block_style(item: dict[str, Any]) -> str:
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in item.items())


FILES: dict[str, tuple[str, str]] = {
    "dotenv": ("a dotenv file", dotenv_file({"A": "CANARY"}).decode()),
    "ini": ("an ini file", ini_file({"s": {"k": "CANARY"}}).decode()),
    "json": ("a JSON file", json_file({"a": "CANARY"}).decode()),
    "binary": ("a binary file", json.dumps(encrypt({"data": "CANARY"})[0])),
    "yaml": ("a YAML file", block_style(encrypt({"a": "CANARY"})[0])),
}


def told(form: str, options: str) -> str:
    return (
        f"is {FILES[form][0]} that sops encrypted, and no Kubernetes object: `krm-secrets sops decrypt {options}`"
        " prints it, and a SopsGenerator makes a Secret of it\n"
    )


@pytest.mark.parametrize("form", FILES)
def test_a_whole_file_on_standard_input(form: str) -> None:
    message = f"krm-secrets: error: the input {told(form, f'--input-type {form} -')}"
    for env in MODES:
        assert run(FILES[form][1], env={**ENV, **env}) == Done(1, b"", message)
    if form in ("dotenv", "ini"):
        assert run("# a comment\r\n" + FILES[form][1].replace("\n", "\r\n"), env=ENV) == Done(1, b"", message)


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("words", [(), ("--keep",)])
def test_guard_refuses_it(form: str, words: tuple[str, ...]) -> None:
    done = run(FILES[form][1], "guard", *words)
    assert (done.code, done.out) == (1, b"")
    assert done.err.endswith(told(form, f"--input-type {form} -"))


def test_several_documents_are_one_file() -> None:
    text = "---\n".join(map(block_style, encrypt({"a": "x"}, {"b": "y"})))
    assert run(text, env=ENV).err == f"krm-secrets: error: the input {told('yaml', '--input-type yaml -')}"


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sops}\ndata:\n  a: |\n    sops_mac=ENC[\n    [sops]\n",
        "apiVersion: v1\nkind: Custom\nmetadata: {name: sops}\nsops: {image: ours}\n",
        "sops: {version: 3.9}\nimage: sops\n",
        "# sops_mac=ENC[AES256_GCM,data:x]\n",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert run(text, env=ENV) == Done(0, text.encode(), "")


# Documents without a kind


def commented(text: str) -> str:
    """What sops makes of a document of comments in front of a Secret."""
    item = encrypted_secret(string_data={"a": "b"})
    return f"# words\nsops: {json.dumps(item['sops'])}\n---\n{text}" + stream(item)


@pytest.mark.parametrize("env", MODES[::2])
def test_a_document_of_comments_leaves_no_object(env: dict[str, str]) -> None:
    done = run(commented(""), env={**ENV, **env})
    assert done.code == 0
    (item,) = [load(each.root) for each in parse(done.out.decode()) if each.root.start < each.root.end]
    assert isinstance(item, dict)
    assert item["kind"] == "Secret"
    assert b"words" not in done.out


def test_documents_of_comments_of_others_stay() -> None:
    mapping = (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: s\nsecrets: {x: y}\n"
    )
    config = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\n"
    assert run(f"---\n# one\n---\n{config}---\n# two\n---\n") == Done(0, b"---\n# one\n---\n# two\n---\n", "")
    done = run(f"---\n{mapping}---\n# two\n---\n")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(b"---\n# two\n---\n---\napiVersion: external-secrets.io/v1\n")
    assert run(f"# head\n---\n{config}---\n") == Done(0, b"", "")


@pytest.mark.parametrize("text", ["{}\n", "a: b\n", "apiVersion: v1\nmetadata: {name: a}\n", "kind: ''\n"])
def test_guard_refuses_what_has_no_kind(text: str) -> None:
    message = "has no kind, so that it is no Kubernetes object: leave it out of what is applied\n"
    done = run(text, "guard")
    assert (done.code, done.out) == (1, b"")
    assert done.err.endswith(message)
    assert run(stream(secret()) + text, "guard").code == 1


def test_guard_lets_comments_and_empty_documents_pass() -> None:
    text = f"# a\n---\n---\n{stream(secret(stringData={'a': 'b'}))}---\n# b\n"
    assert run(text, "guard") == Done(0, text.encode(), "")
