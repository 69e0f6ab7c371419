"""Age files: opened as other implementations open them, and refused for one fault each."""

from __future__ import annotations

import os
from collections.abc import Callable

import pyrage
import pytest
from hypothesis import given, settings, strategies as st
from pyrage import x25519 as reference

from krm_secrets.age.agefile import MAX_STANZAS, Damaged, dearmored, parse
from krm_secrets.age.x25519 import X25519Identity
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.identities import data_key_file
from tests.sops.agefiles import BEGIN, END, age_file, armor, body, stanza

SECRET = reference.Identity.generate()
OURS = X25519Identity(str(SECRET))


def sealed(data: bytes = bytes(range(32))) -> str:
    text: str = pyrage.encrypt(data, [SECRET.to_public()], armored=True).decode()
    return text


FILE = sealed()  # age adds a stanza of random length, and Hypothesis wants its data the same each time


def opened(armored: str) -> bytes | None:
    return OURS.open(parse(dearmored(armored)))


@pytest.mark.parametrize("size", [0, 1, 32, 48, 65535, 65536, 65537, 131072, 200_000])
def test_files_of_every_size(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data)) == data


@given(st.data())
@settings(max_examples=300)
def test_no_changed_file_opens(data: st.DataObject) -> None:
    raw = bytearray(body(FILE))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert opened(armor(bytes(raw))) is None
    except Damaged:
        return


def test_space_around_the_armor_and_crlf() -> None:
    assert opened("\n \t\n" + FILE.replace("\n", "\r\n") + "\n\n") == bytes(range(32))


def in_body(old: bytes, new: bytes) -> Callable[[str], str]:
    return lambda text: armor(body(text).replace(old, new, 1))


def resized(size: int) -> Callable[[str], str]:
    """The payload cut to this size, nonce and tags included."""
    return lambda text: armor(body(text)[: body(text).index(b"\n", body(text).index(b"\n--- ") + 1) + 1 + size])


FAULTS: dict[str, Callable[[str], str]] = {
    "another first line of armor": lambda text: text.replace("BEGIN AGE", "BEGIN PGP"),
    "another last line of armor": lambda text: text.replace("END AGE", "END PGP"),
    "a space before the last line": lambda text: text.replace(END, f" {END}"),
    "a short line": lambda text: text[:100] + "\n" + text[100:],
    "a long line": lambda text: text.replace("\n", "").replace(BEGIN.strip(), BEGIN).replace(END.strip(), f"\n{END}"),
    "an empty line": lambda text: text.replace(BEGIN, BEGIN + "\n"),
    "a letter that is none": lambda text: text[:80] + "!" + text[81:],
    "a letter beyond ASCII": lambda text: text[:80] + "é" + text[81:],
    "padding too much": lambda text: armor(body(text) + b"x" * (-len(body(text)) % 3)).replace(END, "=" + END),
    "no padding": lambda text: armor(body(text) + b"x" * (1 + -len(body(text)) % 3)).replace("=", ""),
    "no armor": lambda text: "",
    "another version": in_body(b"age-encryption.org/v1", b"age-encryption.org/v2"),
    "no stanza": lambda text: armor(b"age-encryption.org/v1\n---" + body(text).partition(b"\n---")[2]),
    "no end of the header": in_body(b"\n--- ", b"\n-- "),
    "a MAC cut short": lambda text: armor(body(text).partition(b"\n--- ")[0] + b"\n--- AAAA\n" + bytes(64)),
    "nothing after the MAC": lambda text: armor(body(text).partition(b"\n--- ")[0] + b"\n--- AAAA"),
    "another MAC": lambda text: armor(body(text).partition(b"\n--- ")[0] + b"\n--- " + b"A" * 43 + b"\n" + bytes(64)),
    "a MAC beyond ASCII": in_body(b"\n--- ", b"\n--- \xff"),
    "a stanza beyond ASCII": in_body(b"-> X25519 ", b"-> X25519\xff "),
    "two spaces": in_body(b"-> X25519 ", b"-> X25519  "),
    "a control character": in_body(b"-> X25519 ", b"-> X25519\x7f "),
    "a stanza without a body": in_body(b"-> X25519 ", b"-> x\n-> X25519 "),
    "a body that does not end": in_body(b"-> X25519 ", b"-> x\n" + b"A" * 64 + b"\n-> X25519 "),
    "a body in short lines": in_body(b"-> X25519 ", b"-> x\nAAAA\nAAAA\n-> X25519 "),
    "a padded body": in_body(b"-> X25519 ", b"-> x\nAA==\n-> X25519 "),
    "a body that is not canonical": in_body(b"-> X25519 ", b"-> x\nAB\n-> X25519 "),
    "no payload": resized(0),
    "half a nonce": resized(8),
    "a nonce alone": resized(16),
    "less than a tag": resized(20),
    "a payload cut short": resized(40),
    "a payload with more behind": lambda text: armor(body(text) + bytes(32)),
    "a first chunk that is not the last": lambda text: armor(body(text) + bytes(70_000)),
    "an empty last chunk": lambda _: armor(body(sealed(bytes(65536))) + bytes(16)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_with_a_fault(name: str) -> None:
    text = FAULTS[name](FILE)
    assert text != FILE
    with pytest.raises(Damaged):
        opened(text)


def test_stanzas_that_nobody_knows_do_no_harm() -> None:
    file = age_file(bytes(16), [stanza("joint", "a", "!~", wrapped=b"x" * n) for n in (0, 1, 47, 48, 96)], b"x")
    assert [len(each.body) for each in parse(file).stanzas] == [0, 1, 47, 48, 96]
    assert parse(file).stanzas[0][:2] == ("joint", ["a", "!~"])
    assert OURS.open(parse(file)) is None


def test_a_data_key_may_have_so_many_stanzas_and_no_more() -> None:
    def of(count: int) -> str:
        return armor(age_file(bytes(16), [stanza("x", wrapped=b"")] * count, bytes(32)))

    assert len(data_key_file(of(MAX_STANZAS)).stanzas) == MAX_STANZAS
    with pytest.raises(SopsError, match=r"^the encrypted data key has more than 16 stanzas$"):
        data_key_file(of(MAX_STANZAS + 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BEGIN + "A" * 8192 + END, "the encrypted data key is larger than 8 KiB"),
        ("CANARY", "the encrypted data key is no armored age file"),
        (BEGIN + "CANARY!\n" + END, "the encrypted data key is a damaged age file"),
        (armor(b"CANARY"), "the encrypted data key is a damaged age file"),
    ],
)
def test_what_is_no_data_key(text: str, message: str) -> None:
    with pytest.raises(SopsError) as caught:
        data_key_file(text)
    assert caught.value.message == message
