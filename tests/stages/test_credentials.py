"""The access token of a BitwardenStore, wherever this run sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.running import run
from tests.sops.encrypter import KEY, encrypted_secret, stream
from tests.sopsfiles.files import dotenv_file

STORE = """apiVersion: krm-secrets.dev/v1alpha1
kind: BitwardenStore
metadata: {name: bitwarden}
organizationID: 6f2d8c15-3a4b-4e7d-9c01-b5e8a7d3f926
projectID: 47d0a8c3-6b1e-4f95-a2c7-1e8d5b9f0a62
credentials: access
"""
FAILS = (
    "ends in a line break, and ClusterSecretStore bitwarden logs in with the token as it stands, which fails: write it"
    " without one (in YAML: `|-` in place of `|`; in a file: without its last line end)"
)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"string_data": {"token": "CANARY\n"}}, 'stringData.token: '),
        ({"string_data": {"token": "CANARY\r\n"}}, 'stringData.token: '),
        ({"data": {"token": "Q0FOQVJZCg=="}}, "data.token: "),
        ({"string_data": {"token": "CANARY"}, "data": {"token": "Q0FOQVJZCg=="}}, ""),
        ({"string_data": {"token": "CANARY", "note": "x\n"}}, ""),
        ({"data": {"token": "Q0FOQVJZ"}}, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encode", [False, True])
def test_a_decrypted_token(values: dict[str, Any], said: str, encode: bool) -> None:
    item = encrypted_secret(name="access", **values)
    config = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nstringData: encode\n"
    done = run(
        f"{STORE}---\n{config if encode else '# nothing'}\n---\n{stream(item)}", env={"SOPS_AGE_KEY": KEY.identity}
    )
    assert "CANARY" not in done.err
    place = said.replace("stringData", "data") if encode else said
    assert (done.code, f"{place}{FAILS}" in done.err) == ((1, True) if said else (0, False))


def test_a_token_of_a_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token").write_text("CANARY\n")
    Path("a.env").write_bytes(dotenv_file({"token": "CANARY"}))
    for source, code in (("files: [{path: token, plain: true}]", 1), ("envs: [a.env]", 0)):
        generator = (
            "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: g}\n"
            f"secrets: [{{name: access, {source}}}]\n"
        )
        Path("g.yaml").write_text(f"{STORE}---\n{generator}")
        done = run("", "run", "g.yaml", env={"SOPS_AGE_KEY": KEY.identity})
        assert (done.code, FAILS in done.err, "CANARY" in done.err) == (code, bool(code), False)


def test_a_token_that_cannot_be_read_is_for_others_to_tell() -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: access, namespace: external-secrets}\n"
    for data in ("data: {token: '***'}\n", "data: []\n", "data: {token: 1, token: 2}\n"):
        assert FAILS not in run(STORE + secret + data).err
