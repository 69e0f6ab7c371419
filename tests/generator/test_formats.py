"""Files whose names hide their format: the message names both, and there is a way to use each."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import run
from tests.sops.encrypter import KEY, encrypt
from tests.sopsfiles.files import dotenv_file, ini_file, json_file

ENV = {"SOPS_AGE_KEY": KEY.identity}
CONTENTS = {
    "json": json_file({"A": "CANARY"}),
    "dotenv": dotenv_file({"A": "CANARY"}),
    "ini": ini_file({"s": {"k": "CANARY"}}),
    "binary": json.dumps(encrypt({"data": "CANARY"})[0], indent=1).encode(),
}  # fmt: skip
PLAIN = {
    "yaml": b"A: CANARY\n",
    "json": b'{\n\t"A": "CANARY"\n}\n',
    "dotenv": b"A=CANARY\n",
    "ini": b"[s]\nk = CANARY\n",
    "binary": b"CANARY",
}


def yaml_file() -> bytes:
    (item,) = encrypt({"A": "CANARY"})
    block = "".join(f"  {key}: {value if key == 'mac' else json.dumps(value)}\n" for key, value in item["sops"].items())
    return f"A: {item['A']}\nsops:\n{block}".encode()


CONTENTS["yaml"] = yaml_file()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generated(here: Path, **lists: Any) -> Any:
    (here / "gen.yaml").write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: g}\nsecrets:\n- "
        + json.dumps({"name": "s", **lists})
        + "\n"
    )
    done = run("", "run", "gen.yaml", env=ENV)
    if done.code:
        assert "CANARY" not in done.err
        return done.err.partition("SopsGenerator g: ")[2].rstrip("\n")
    found: Any = load(parse(done.out.decode())[0].root)
    return {key: b64decode(value) for key, value in found["data"].items()}


@pytest.mark.parametrize("form", CONTENTS)
@pytest.mark.parametrize("name", ["x.enc", "x.env", "x.json"])
def test_a_format_that_is_given_counts(here: Path, form: str, name: str) -> None:
    (here / name).write_bytes(CONTENTS[form])
    assert generated(here, files=[{"path": name, "key": "k", "format": form}]) == {"k": PLAIN[form]}
    if form not in ("ini", "binary"):
        assert generated(here, envs=[{"path": name, "format": form}]) == {"A": b"CANARY"}


@pytest.mark.parametrize(
    ("key", "form"), [("config.yaml", "yaml"), ("sa.json", "json"), (".dockerconfigjson", "json"), ("a.env", "dotenv"),
                      ("a.ini", "ini")],
)  # fmt: skip
def test_the_key_says_it_as_for_flux(here: Path, key: str, form: str) -> None:
    (here / "x.enc").write_bytes(CONTENTS[form])
    assert generated(here, files=[f"{key}=x.enc"]) == {key: PLAIN[form]}
    assert generated(here, files=[{"path": "x.enc", "key": key}]) == {key: PLAIN[form]}


def test_a_binary_file_keeps_its_bytes_whatever_its_key_is_called(here: Path) -> None:
    (here / "x.enc").write_bytes(CONTENTS["binary"])
    for key in ("config.yaml", "sa.json", "k"):
        assert generated(here, files=[f"{key}=x.enc"]) == {key: b"CANARY"}


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("config.enc", "yaml", "nothing of a format"),
        ("sa.enc", "json", "nothing of a format"),
        ("sa.json", "dotenv", "json"),
        ("secrets.env", "json", "dotenv"),
        ("secrets.env", "yaml", "dotenv"),
        ("secrets.yaml", "dotenv", "yaml"),
        ("secrets.ini", "json", "ini"),
        ("secrets.env", "binary", "dotenv"),
    ],
)
def test_both_formats_are_named(here: Path, name: str, form: str, said: str) -> None:
    (here / name).write_bytes(CONTENTS[form])
    message = f"its name says {said}, and it looks like {form}"
    assert generated(here, files=[f"k={name}"]) == (
        f"secrets[0].files[0]: {name}: {message}: give it as {{path: …, format: {form}}}"
    )
    done = run("", "sops", "decrypt", name, env=ENV)
    assert (done.code, done.out, done.err) == (
        1, b"", f"krm-secrets: error: {name}: {message}: give --input-type {form}\n",
    )  # fmt: skip
    assert run("", "sops", "decrypt", "--input-type", form, name, env=ENV).out == PLAIN[form]


def test_a_format_that_is_given_and_wrong(here: Path) -> None:
    (here / "x.enc").write_bytes(CONTENTS["json"])
    assert generated(here, files=[{"path": "x.enc", "key": "k", "format": "dotenv"}]) == (
        "secrets[0].files[0]: x.enc: `format` says dotenv, and it looks like json: give it as {path: …, format: json}"
    )


def test_env_files_of_other_names(here: Path) -> None:
    for name in (".env", ".env.production.enc", "drone.env.sops"):
        (here / name).write_bytes(CONTENTS["dotenv"])
        assert generated(here, envs=[name]) == {"A": b"CANARY"}


def test_whole_manifests_have_no_format(here: Path) -> None:
    (here / "gen.yaml").write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: g}\n"
        "files: [{path: a.yaml, format: yaml}]\n"
    )
    assert "files[0].format: unknown field" in run("", "run", "gen.yaml", env=ENV).err


def test_an_unknown_format(here: Path) -> None:
    assert generated(here, files=[{"path": "x", "format": "toml"}]) == (
        "secrets[0].files[0].format: must be one of yaml, json, dotenv, ini, binary"
    )
