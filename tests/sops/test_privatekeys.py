"""Identities are seen in whatever they hide, and nothing else is taken for one."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest

from krm_secrets.age.privatekeys import holds_identity, holds_private_key, spans

LETTERS = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"
NATIVE = f"AGE-SECRET-KEY-1{LETTERS}"
IDENTITIES = {
    "native": NATIVE,
    "post-quantum": f"AGE-SECRET-KEY-PQ-1{LETTERS}",
    "lower case": NATIVE.lower(),
    "plugin": "AGE-PLUGIN-SNTRUP-1QPZRY9X8GF2",
    "plugin with a dash": "AGE-PLUGIN-MY-OWN-1QPZRY9X8GF2",
}


def _text(data: bytes) -> str:
    return b64encode(data).decode()


HIDDEN = {
    "plain": lambda key: key,
    "in a line": lambda key: f'{{"key": "{key}"}}',
    "in base64": lambda key: _text(key.encode()),
    "in base64 behind one byte": lambda key: _text(b"#" + key.encode()),
    "in base64 behind two bytes": lambda key: _text(b"#\n" + key.encode() + b"\n"),
    "in base64 of a key file": lambda key: _text(f"# created: 2026\n# public key: age1x\n{key}\n".encode()),
    "in base64 twice": lambda key: _text(_text(key.encode()).encode()),
    "in lines of base64": lambda key: "\n    ".join(
        _text(f"# a\n{key}".encode())[n : n + 70] for n in range(0, 400, 70)
    ),
    "in base64 for URLs": lambda key: urlsafe_b64encode(b"\xff\xfe\xff" + key.encode()).decode(),
    "in base64 of UTF-16": lambda key: _text(key.encode("utf-16")),
    "in base64 within text": lambda key: f"a: 1\nb: {_text(f'# {key}'.encode())}\nc: x\n",
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("key", IDENTITIES.values(), ids=IDENTITIES)
def test_an_identity_is_seen(key: str, hide) -> None:  # type: ignore[no-untyped-def]
    assert holds_identity(hide(key))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AGE-SECRET-KEY-1…",
        "AGE-SECRET-KEY-1 is how one begins, and it has 58 letters more",
        NATIVE[:-1],
        NATIVE.replace("X", "B"),
        "AGE-PLUGIN-",
        "AGE-PLUGIN-X-1",
        "age1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn54khce",
        _text(NATIVE[:40].encode()),
        _text(b"QUdFLVNFQ1JFVC1LRVkt"),
        "QUdFLVNFQ1JFVC1LRVkt=QUdFLVNFQ1JFVC1LRVkt" * 9,
        "A" * 100,
        "A" * 64 + "=a",
        "A" * 66,
    ],
)
def test_what_is_none(text: str) -> None:
    assert not holds_identity(text)


def test_a_handle_is_an_identity_and_opens_nothing_alone() -> None:
    handle = "AGE-PLUGIN-YUBIKEY-1QPZRY9X8GF2"
    assert (holds_identity(handle), holds_identity(handle, handles=False)) == (True, False)
    assert holds_identity(f"{handle} {NATIVE}", handles=False)
    assert holds_identity(IDENTITIES["plugin"], handles=False)


def test_files() -> None:
    assert holds_private_key(NATIVE.encode("utf-16"))
    assert holds_private_key(b"\xff" + NATIVE.encode())
    assert holds_private_key(b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n")
    assert not holds_private_key(b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n")  # a server's key, too


def test_places() -> None:
    assert list(spans(f"a\n{NATIVE} b")) == [(2, 2 + len(NATIVE))]
