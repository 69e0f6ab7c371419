"""Ciphertext that nothing decrypts where it stands is an error of the stages."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.running import Done, run, start
from tests.sops.encrypter import KEY, encrypted_secret, seal, secret, stream

VALUE = seal(bytes(32), "CANARY", "x:")
ENV = {"SOPS_AGE_KEY": KEY.identity}
LEAVE = "leave it encrypted by the annotation kustomize.toolkit.fluxcd.io/decrypt: disabled"
COPIED = (
    "ciphertext, which nothing decrypts here: a replacement, a patch or a tool copied it before it was decrypted; copy"
    f" the plaintext, behind krm-secrets, or {LEAVE}"
)
LOST = (
    "is ciphertext, and the object has no sops block to decrypt it with: a patch or a tool dropped the block, or copied"
    " the value; take the whole encrypted file"
)


LINE = (
    "is ciphertext in base64, which nothing decrypts here: kustomize's secretGenerator took a line of an encrypted file"
    f" for a value; list the file in a SopsGenerator, or {LEAVE}"
)


def deployment(**env: Any) -> dict[str, Any]:
    containers = [{"name": "c", "env": [{"name": name, "value": value} for name, value in env.items()]}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n"},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def errors(*items: Any, words: tuple[str, ...] = (), env: dict[str, str] = ENV) -> list[str]:
    done = run(stream(*items), *words, env=env)
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    return [line.removeprefix("krm-secrets: error: ") for line in done.err.splitlines()]


@pytest.mark.parametrize("words", [(), ("--placeholder",)])
def test_what_a_replacement_copied(words: tuple[str, ...]) -> None:
    item = deployment(A=VALUE, B=f"postgres://u:{VALUE}@db/x", C=b64encode(VALUE.encode()).decode())
    place = "Deployment n/d, line 4: spec.template.spec.containers[0].env"
    assert errors(encrypted_secret(string_data={"a": "b"}), item, words=words) == [
        f"{place}[0].value: is {COPIED}",
        f"{place}[1].value: holds {COPIED}",
        f"{place}[2].value: is {COPIED}",
    ]


def test_with_keep_too() -> None:
    keep = {"KRM_SECRETS_DECRYPT": "keep"}
    assert errors(deployment(A=VALUE), secret(stringData={"a": VALUE}), env=keep) == [
        f"Deployment n/d, line 2: spec.template.spec.containers[0].env[0].value: is {COPIED}",
        f"Secret s, line 4: stringData.a: {LOST}",
    ]


def test_all_places_of_a_secret() -> None:
    item = secret(data={"a": b64encode(VALUE.encode()).decode()}, stringData={"b": VALUE, f"K{VALUE}": "x"})
    item["metadata"]["annotations"] = {"note": VALUE}
    assert errors(item) == [
        f"Secret s, line 2: metadata.annotations.note: is {COPIED}",
        f"Secret s, line 2: data.a: {LINE}",
        f'Secret s, line 2: stringData["(encrypted)"]: holds {COPIED}',
    ]


@pytest.mark.parametrize(
    "item",
    [
        deployment(A=f"it was {VALUE}, once", B=f"a: 1\nb: {VALUE}\n"),
        {**deployment(A=VALUE), "kind": "SopsSecret"},
        {**deployment(A=VALUE), "metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/decrypt": "Disabled"}}},
    ],
)
def test_what_passes(item: Any) -> None:
    assert run(stream(item), env=ENV) == Done(0, stream(item).encode(), "")


@pytest.mark.parametrize(
    "text",
    [
        f'a: "\\u0045NC[{VALUE[4:]}"',
        f'a: "EN\\\n  C[{VALUE[4:]}"',
        f"b: &x '{VALUE}'\na: *x",
        "a: !!binary " + b64encode(VALUE.encode()).decode(),
        "a: |\n  " + "\n  ".join(b64encode(VALUE.encode()).decode()[n : n + 70] for n in range(0, 300, 70)),
    ],
)
def test_however_it_is_written(text: str) -> None:
    done = run(f"apiVersion: v1\nkind: X\nmetadata: {{name: x}}\n{text}\n", env=ENV)
    assert done.code == 1
    assert ": a: is ciphertext, which nothing decrypts here" in done.err


def test_input_that_names_nothing_else_is_looked_at() -> None:
    text = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: {b64encode(VALUE.encode()).decode()}}}\n"
    )
    done = start(text)
    assert (done.code, done.out) == (1, b"")
    assert done.err == f"krm-secrets: error: ConfigMap x, line 4: data.a: is {COPIED}\n"
