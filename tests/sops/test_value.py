"""One encrypted value: its form, its types, and what it adds to the MAC."""

from __future__ import annotations

import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, strategies as st

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import is_whole
from krm_secrets.sops.value import Comment, Sealed, float_text, mac_bytes, parse, typed, unseal
from krm_secrets.yamltext.scalars import timestamp
from tests.sops.encrypter import seal

KEY = os.urandom(32)
AEAD = AESGCM(KEY)
FORM = "ENC[AES256_GCM,data:YQ==,iv:Yg==,tag:Yw==,type:str]"


@pytest.mark.parametrize("tail", ["", "xyz", "\r", " ", "]", "\n"])
def test_what_follows_the_form_is_ignored_as_in_sops(tail: str) -> None:
    assert parse(FORM + tail) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ENC[",
        f" {FORM}",
        FORM[:-1],
        FORM.replace("YQ==", ""),
        FORM.replace(",type:str", ""),
        FORM.lower(),
        f"#{FORM}",
    ],
)
def test_what_has_no_form_is_no_value(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("part", ["YQ=", "Y", "Y Q==", "YQ==YQ==", "Y-==", "é", "===="])
@pytest.mark.parametrize("at", ["YQ==", "Yg==", "Yw=="])
def test_base64_that_is_broken(part: str, at: str) -> None:
    with pytest.raises(SopsError, match="its base64 is broken"):
        parse(FORM.replace(at, part))


@pytest.mark.parametrize("text", [FORM, f" {FORM}\n", FORM.replace("type:str", "type:int")])
def test_a_value_is_whole(text: str) -> None:
    assert is_whole(text)


@pytest.mark.parametrize(
    "text", ["ENC[...]", f"a {FORM}", f"{FORM} b", f"{FORM}{FORM}", "ENC[AES256_GCM,data:]", "ENC[PKCS7,data:x]"]
)
def test_prose_is_not(text: str) -> None:
    assert not is_whole(text)


@given(st.binary(max_size=40), st.text(max_size=10), st.integers(8, 128))
def test_what_was_sealed_opens_at_its_place_only(plaintext: bytes, aad: str, size: int) -> None:
    nonce = os.urandom(size)
    data = AEAD.encrypt(nonce, plaintext, aad.encode())
    sealed = Sealed(data[:-16], nonce, data[-16:], "str")
    assert unseal(AEAD, sealed, aad) == plaintext
    assert unseal(AEAD, sealed, aad + ":") is None
    assert unseal(AESGCM(os.urandom(32)), sealed, aad) is None


def test_what_is_no_mismatch_is_not_taken_for_one() -> None:
    class Broken:
        def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
            raise MemoryError

    sealed = parse(seal(KEY, "x", "a:"))
    assert sealed is not None
    with pytest.raises(MemoryError):
        unseal(Broken(), sealed, "a:")


TYPED: list[tuple[str, str, Any]] = [
    ("text", "str", "text"), ("", "str", ""), ("-7", "int", -7), ("+7", "int", 7), ("007", "int", 7),
    ("9223372036854775807", "int", 2**63 - 1), ("-9223372036854775808", "int", -(2**63)),
    ("1.5", "float", 1.5), ("5", "float", 5.0), ("1e3", "float", 1000.0), (".5", "float", 0.5),
    ("+Inf", "float", float("inf")),
    ("True", "bool", True), ("t", "bool", True), ("0", "bool", False), ("FALSE", "bool", False),
    ("2024-01-02T03:04:05Z", "time", "2024-01-02T03:04:05Z"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value"), TYPED)
def test_typed_values(text: str, kind: str, value: object) -> None:
    found = typed(text.encode(), kind)
    assert (found, found == value) == (value, True)
    assert isinstance(found, type(value))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9223372036854775808", "int"), ("1.0", "int"), ("", "int"), ("１", "int"), ("0x1", "int"), ("1" * 5000, "int"),
        ("", "float"), ("1,5", "float"), ("1_0", "float"), ("infinity", "float"),
        ("yes", "bool"), ("tRUE", "bool"), ("", "bool"), ("now", "time"), ("2024-13-01T00:00:00Z", "time"),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_type(text: str, kind: str) -> None:
    with pytest.raises(SopsError, match=f"the decrypted value is no {kind}, as its type says"):
        typed(text.encode(), kind)


@pytest.mark.parametrize("kind", ["", "string", "STR", "null"])
def test_a_type_that_does_not_exist(kind: str) -> None:
    with pytest.raises(SopsError, match="the encrypted value has a type that sops does not know"):
        typed(b"x", kind)


def test_bytes_and_comments() -> None:
    assert typed(b"\xff", "str") == b"\xff"
    assert isinstance(typed(b"words", "comment"), Comment)
    with pytest.raises(SopsError):
        typed(b"\xff", "int")
    with pytest.raises(SopsError, match="the encrypted value has the type bytes, at which sops crashes"):
        typed(b"x", "bytes")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é", "é".encode()), (b"\xff", b"\xff"), (True, b"True"), (False, b"False"), (7, b"7"), (-0.0, b"-0"),
        (5.0, b"5"), (1e21, b"1" + b"0" * 21), (1.5e-7, b"0.00000015"), (float("nan"), b"NaN"),
        (float("-inf"), b"-Inf"), (timestamp("2024-01-02"), b"2024-01-02T00:00:00Z"),
    ],
)  # fmt: skip
def test_what_a_value_adds_to_the_mac(value: object, text: bytes) -> None:
    assert mac_bytes(value) == text


def test_what_has_no_place_in_a_mac() -> None:
    with pytest.raises(TypeError, match="list"):
        mac_bytes([])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_and_has_no_exponent(value: float) -> None:
    text = float_text(value)
    assert float(text) == value
    assert "e" not in text.lower()
