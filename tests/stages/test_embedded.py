"""Whole SOPS files inside the values of a Secret, in every format and under every kind of key."""

from __future__ import annotations

import json
import textwrap
from base64 import b64decode, b64encode
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run, run_with
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, secret, stream
from tests.sopsfiles.files import dotenv_file, ini_file, json_file

from .test_decrypt import OPT_OUT, config

ENV = {"SOPS_AGE_KEY": KEY.identity}
PLACEHOLDER = {"KRM_SECRETS_DECRYPT": "placeholder"}


def yaml_file(document: dict[str, Any]) -> bytes:
    """Encrypted YAML as sops writes it, at least where it matters: `mac: ENC[…]`."""
    (item,) = encrypt(document)
    block = "".join(
        f"  {key}: {json.dumps(value) if key in ('age', 'lastmodified') else value}\n"
        for key, value in item.pop("sops").items()
    )
    return "".join(f"{key}: {value}\n" for key, value in item.items()).encode() + f"sops:\n{block}".encode()


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


def binary_file(content: bytes) -> bytes:
    return json.dumps(encrypt({"data": content})[0], indent=1).encode()


def decrypted(*items: Any, env: dict[str, str] = ENV, **settings: Any) -> list[Any]:
    done = run_with(config(**settings), stream(*items), env=env)
    assert (done.code, [line for line in done.err.splitlines() if "as decryptKinds says" not in line]) == (0, [])
    return [load(document.root) for document in parse(done.out.decode())]


def error(*items: Any) -> str:
    done = run(stream(*items), env=ENV)
    assert (done.code, done.out, done.err.count("\n")) == (1, b"", 1)
    assert "CANARY" not in done.err
    return done.err.removeprefix("krm-secrets: error: ").rstrip("\n")


FILES = {
    "yaml": yaml_file({"a": "1"}),
    "json": json_file({"a": "1"}),
    "compact json": json_file({"a": "1"}).replace(b'": "', b'":"'),
    "dotenv": dotenv_file({"a": "1"}),
}
TEXTS = {
    "x.yaml": 'a: "1"\n', "x.yml": 'a: "1"\n', "x.json": '{\n\t"a": "1"\n}\n',
    ".dockerconfigjson": '{\n\t"a": "1"\n}\n',
    "my.dockerconfigjson": '{\n\t"a": "1"\n}\n', "x.env": "a=1\n",
}  # fmt: skip


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_the_marks_say_what_it_is_and_the_key_what_it_becomes(name: str, key: str, section: str) -> None:
    content = FILES[name]
    value = encoded(content) if section == "data" else content.decode()
    (found,) = decrypted({**secret(), section: {"plain": "eA==", key: value}})
    text = found[section][key]
    assert (b64decode(text).decode() if section == "data" else text) == TEXTS[key]
    assert found == {**secret(), section: {"plain": "eA==", key: text}}


def test_ini_of_sections() -> None:
    (found,) = decrypted(secret(data={"a.ini": encoded(ini_file({"s": {"k": "v"}}))}))
    assert b64decode(found["data"]["a.ini"]) == b"[s]\nk = v\n"


@pytest.mark.parametrize("key", ["x.json", "x", ".dockerconfigjson", "x.yaml", "x.env"])
def test_a_binary_file_keeps_its_own_bytes_whatever_its_key_is_called(key: str) -> None:
    content = bytes(range(256))
    (found,) = decrypted(secret(data={key: encoded(binary_file(content))}))
    assert b64decode(found["data"][key]) == content
    (found,) = decrypted(secret(stringData={key: binary_file(b'{"a": "\xc3\xa4"}\n').decode()}))
    assert found["stringData"][key] == '{"a": "ä"}\n'


def test_a_key_without_a_suffix_takes_the_data_of_a_yaml_file_as_flux_does() -> None:
    (found,) = decrypted(secret(data={"x": encoded(yaml_file({"data": "1", "b": "2"}))}))
    assert b64decode(found["data"]["x"]) == b"1"


def test_base64_in_lines_as_kustomize_writes_it() -> None:
    """And nothing else in the stream names what would start this program up."""
    lines = textwrap.indent("\n".join(textwrap.wrap(encoded(FILES["dotenv"]), 70)), "    ")
    done = run(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  # keep\n  x.env: |\n{lines}\n", env=ENV)
    assert done == Done(
        0, b'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  # keep\n  x.env: "YT0xCg=="\n', ""
    )


@pytest.mark.parametrize("shift", range(3))
def test_base64_is_noticed_wherever_the_file_begins_in_it(shift: int) -> None:
    content = b"#" * shift + b"\n" + FILES["dotenv"]
    (found,) = decrypted(secret(data={"x.env": encoded(content)}))
    assert b64decode(found["data"]["x.env"]).endswith(b"a=1\n")


def test_a_value_that_many_share_by_an_alias_or_a_merge_key() -> None:
    value = encoded(FILES["yaml"])
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata: {{<<: {{m.yaml: &a {value}}}, x.yaml: *a}}\n"
    done = run(text, env=ENV)
    assert (done.code, done.err) == (0, "")
    found: Any = load(parse(done.out.decode())[0].root)
    plain = encoded(b'a: "1"\n')
    assert found["data"] == {"m.yaml": plain, "x.yaml": plain}


def test_stringdata_is_encoded_where_the_configuration_says_so() -> None:
    item = secret(data={"x.env": "b2xk", "b": "Yg=="}, stringData={"x.env": FILES["dotenv"].decode(), "c": "d"})
    (found,) = decrypted(item, stringData="encode")
    assert found == secret(data={"x.env": encoded(b"a=1\n"), "b": "Yg==", "c": "ZA=="})


# Secrets with a sops block of their own


def test_a_file_inside_of_an_encrypted_secret() -> None:
    item = encrypted_secret(
        data={"x.yaml": encoded(FILES["yaml"]), "b": "Yg=="}, string_data={"y.json": FILES["json"].decode(), "n": "7"}
    )
    (found,) = decrypted(item, mac="require")
    assert found == secret(
        data={"x.yaml": encoded(b'a: "1"\n'), "b": "Yg=="}, stringData={"y.json": '{\n\t"a": "1"\n}\n', "n": "7"}
    )


def test_a_file_that_the_rule_of_its_secret_leaves_plain() -> None:
    item = encrypted_secret(data={"x.yaml": encoded(FILES["yaml"])}, string_data={"a": "b"},
                            encrypted_regex="^stringData$")  # fmt: skip
    (found,) = decrypted(item, mac="require")
    assert found == secret(data={"x.yaml": encoded(b'a: "1"\n')}, stringData={"a": "b"})


LEAVE = "leave it encrypted by the annotation kustomize.toolkit.fluxcd.io/decrypt: disabled"
IN_A_CONFIG_MAP = (
    "holds a file that is encrypted with sops, and only those in Secrets are decrypted; add ConfigMap to decryptKinds,"
    f" make a Secret of it with a SopsGenerator, or {LEAVE}"
)
ELSEWHERE = (
    "holds a file that is encrypted with sops, which is decrypted as a value of a Secret only; move it there, or"
    f" {LEAVE}"
)
SHOWN = config(decryptKinds=["ConfigMap"])


def config_map(**sections: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, **sections}


@pytest.mark.parametrize("form", FILES)
def test_a_config_map_with_a_file(form: str) -> None:
    text = FILES[form].decode()
    assert error(config_map(data={"x": text})) == f"ConfigMap c, line 2: data.x: {IN_A_CONFIG_MAP}"
    item = config_map(binaryData={"x.y": encoded(FILES[form])})
    assert error(item) == f'ConfigMap c, line 2: binaryData["x.y"]: {IN_A_CONFIG_MAP}'


@pytest.mark.parametrize("words", [(), ("--placeholder",)])
def test_a_text_of_another_kind_with_a_file(words: tuple[str, ...]) -> None:
    chart = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "h"}}
    for value in (FILES["yaml"].decode(), encoded(FILES["json"]), f"data:;base64,{encoded(FILES['dotenv'])}"):
        done = run(stream({**chart, "spec": {"valuesContent": value}}), *words, env=ENV)
        assert (done.code, done.out) == (1, b"")
        assert done.err == f"krm-secrets: error: HelmChart h, line 2: spec.valuesContent: {ELSEWHERE}\n"


def test_files_in_a_config_map_that_may_show_them() -> None:
    item = config_map(data={"x.yaml": FILES["yaml"].decode()}, binaryData={"y.env": encoded(FILES["dotenv"])})
    done = run_with(SHOWN, stream(item), env=ENV)
    assert load(parse(done.out.decode())[0].root) == config_map(
        data={"x.yaml": 'a: "1"\n'}, binaryData={"y.env": encoded(b"a=1\n")}
    )
    assert "decrypted, as decryptKinds says: ConfigMap c" in done.err
    for built in (run_with(SHOWN, stream(item), "--placeholder"),):
        data: Any = load(parse(built.out.decode())[0].root)
        assert (data["data"], data["binaryData"]) == (
            {"x.yaml": "..PLACEHOLDER_x.yaml.."},
            {"y.env": encoded(b"..PLACEHOLDER_y.env..")},
        )
    (sealed,) = encrypt(item, encrypted_regex="^(data|binaryData)$")
    assert run_with(SHOWN, stream(sealed), env=ENV).out == done.out


def test_a_file_in_base64_under_data_of_a_config_map() -> None:
    done = run_with(SHOWN, stream(config_map(data={"x": encoded(FILES["yaml"])})), env=ENV)
    assert done.err == (
        "krm-secrets: error: ConfigMap c, line 2: data.x: holds in base64 a file that is encrypted with sops, which is"
        " decrypted under binaryData only; move it there\n"
    )


def test_with_keep_a_file_stays_where_flux_decrypts_it() -> None:
    keep = {"KRM_SECRETS_DECRYPT": "keep"}
    item = secret(data={"x.yaml": encoded(FILES["yaml"])})
    assert run(stream(item), env=keep) == Done(0, stream(item).encode(), "")
    done = run(stream(config_map(data={"x": FILES["yaml"].decode()})), env=keep)
    assert done.err == (
        "krm-secrets: error: ConfigMap c, line 2: data.x: holds a file that is encrypted with sops, which Flux decrypts"
        f" in a Secret's data only; move it there, or {LEAVE}\n"
    )


def test_a_file_that_stays_on_purpose() -> None:
    annotations = {"kustomize.toolkit.fluxcd.io/decrypt": "disabled"}
    item = {**config_map(data={"x": FILES["yaml"].decode()}), "metadata": {"name": "c", "annotations": annotations}}
    assert decrypted(item) == [item]


def test_a_value_that_quotes_a_file() -> None:
    quoted = "bundle:\n" + "".join(f"  {line}\n" for line in FILES["yaml"].decode().splitlines())
    for item in (
        secret(stringData={"x": quoted}),
        secret(data={"x": encoded(quoted.encode())}),
        config_map(data={"x": quoted}),
    ):
        assert decrypted(item) == [item]


# What stays


@pytest.mark.parametrize(
    "item",
    [
        secret(data={"x": "no base64: ENC[AES256_GCM," + "x" * 99}) | {"kind": "ConfigMap"},
        secret(data={"x": encoded(b"see ENC[AES256_GCM,data:x] and more" * 9), "y": None}, stringData={"z": "7"}),
    ],
)
def test_values_that_are_no_such_file(item: Any) -> None:
    assert decrypted(item) == [item]


def test_the_author_opts_out_and_keep_keeps() -> None:
    item = secret(data={"x.yaml": encoded(FILES["yaml"])})
    opted = {**item, "metadata": {"name": "s", "annotations": dict.fromkeys(OPT_OUT, "Disabled")}}
    assert decrypted(opted) == [opted]
    assert decrypted(item, decrypt="keep") == [item]


def test_placeholders_need_no_key() -> None:
    item = secret(data={"x.yaml": encoded(FILES["yaml"]), "b": "Yg=="}, stringData={"y": FILES["dotenv"].decode()})
    (found,) = decrypted(item, env=PLACEHOLDER)
    assert found["metadata"]["annotations"] == {"krm-secrets.dev/placeholder": "true"}
    assert found["data"] == {"x.yaml": encoded(b"..PLACEHOLDER_x.yaml.."), "b": "Yg=="}
    assert found["stringData"] == {"y": "..PLACEHOLDER_y.."}
    opened = encrypted_secret(data={"x.yaml": encoded(FILES["yaml"])}, string_data={"a": "b"},
                              encrypted_regex="^stringData$")  # fmt: skip
    (found,) = decrypted(opened, env=PLACEHOLDER)
    assert found["data"] == {"x.yaml": encoded(b"..PLACEHOLDER_x.yaml..")}


# Faults


def without_key() -> str:
    done = run(stream(secret(data={"x.yaml": encoded(FILES["yaml"])})), env={})
    return done.err


def test_without_a_key() -> None:
    assert without_key() == (
        'krm-secrets: error: Secret s, line 2: data["x.yaml"]: holds a SOPS file: sops: no age identity found to'
        f" decrypt it (encrypted for {KEY.recipient}); set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, or build without keys:"
        " KRM_SECRETS_DECRYPT=placeholder (the sops key file: nothing at ~/.config/sops/age/keys.txt)\n"
    )


MAC = (
    "sops.mac: the MAC does not fit: the file was changed or merged after sops wrote it; restore what sops wrote, or"
    " change it with sops"
)


@pytest.mark.parametrize(
    ("key", "content", "message"),
    [
        ("x.json", json_file({"a_unencrypted": "before"}).replace(b"before", b"CANARY"), MAC),
        ("x", yaml_file({"a": "CANARY"}), "the suffix of the key says how it is to be written (.yaml, .json, .env,"
         " .ini, .dockerconfigjson), and without one it must be a file that sops encrypted as binary"),
        ("x.env", json_file({"a": {"b": "CANARY"}}), "a: is a list or a mapping, which a dotenv file cannot hold"),
        ("x.ini", b"a=ENC[AES256_GCM,data:CANARY]\n[sops]\n# and more\n", "has no sops block; if it only looks like"
         " one, annotate the object with kustomize.toolkit.fluxcd.io/decrypt: disabled"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_a_file_that_cannot_be_decrypted(section: str, key: str, content: bytes, message: str) -> None:
    value = encoded(content) if section == "data" else content.decode()
    place = f'{section}["{key}"]' if "." in key else f"{section}.{key}"
    assert error({**secret(), section: {key: value}}) == f"Secret s, line 2: {place}: holds a SOPS file: {message}"


def test_the_mac_may_be_ignored_by_configuration() -> None:
    content = json_file({"a_unencrypted": "before"}).replace(b"before", b"after")
    (found,) = decrypted(secret(data={"x.env": encoded(content)}), mac="ignore")
    assert b64decode(found["data"]["x.env"]) == b"a_unencrypted=after\n"


def test_bytes_in_stringdata_are_an_error() -> None:
    assert error(secret(stringData={"x": binary_file(b"\xffCANARY").decode()})) == (
        "Secret s, line 2: stringData.x: is no UTF-8 text once decrypted; keep binary values as base64 under data"
    )


def test_kpt_would_write_the_plaintext_into_the_package() -> None:
    item = secret(data={"x.yaml": encoded(FILES["yaml"])})
    item["metadata"]["annotations"] = {"internal.config.kubernetes.io/path": "a.yaml"}
    done = run(json.dumps({"kind": "ResourceList", "items": [item]}), env=ENV)
    assert done.code == 1
    assert "kpt would write the decrypted values over the encrypted file:" in done.err
