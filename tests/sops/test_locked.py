"""Identity files behind a passphrase: asked for once, and last."""

from __future__ import annotations

import os
from unittest import mock

import pyrage
import pytest

from krm_secrets.age.agefile import LOCKED, Identity, Unusable, parse
from krm_secrets.age.keyfile import parse as parse_keys
from krm_secrets.sops.identities import data_key_file
from tests.sops.agefiles import age_file, armor, hybrid_stanza, locked, new_hybrid, plain, stanza
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY, armored
from tests.sops.typist import Nobody, Typist

PHRASE = "CANARY phrase é"
TEXT = f"# mine\n{OTHER_KEY.identity}\n{KEY.identity}\n".encode()
FILE = data_key_file(armored(b"x" * 32, KEY.recipient))
NO_TERMINAL = "there is no terminal to type its passphrase: run this in one, or use an unprotected key"


def identity(data: bytes | str, terminal: Typist | None) -> Identity:
    (found,), notes = parse_keys(data, "KEYS", terminal)
    assert notes == []
    assert found.rank == LOCKED
    return found


@pytest.mark.parametrize("form", ["binary", "armored", "armored text"])
def test_a_locked_file_opens_once(form: str) -> None:
    data = locked(TEXT, PHRASE)
    typist = Typist(PHRASE)
    given: bytes | str = data if form == "binary" else armor(data) if form == "armored text" else armor(data).encode()
    found = identity(given, typist)
    assert found.shown == "a passphrase-protected key"
    assert found.open(FILE) == found.open(FILE) == b"x" * 32
    assert typist.seen == ["hidden: Passphrase for KEYS"]
    assert found.shown == f"{OTHER_KEY.recipient}, {KEY.recipient}"
    assert PHRASE not in repr(found)


def test_what_another_implementation_locks() -> None:
    data = pyrage.passphrase.encrypt(TEXT, PHRASE)
    assert identity(data, Typist(PHRASE)).open(FILE) == b"x" * 32


def test_a_file_for_none_of_its_keys() -> None:
    found = identity(locked(TEXT, PHRASE), Typist(PHRASE))
    assert found.open(data_key_file(armored(b"x" * 32, THIRD_KEY.recipient))) is None


@pytest.mark.parametrize(
    ("terminal", "message"),
    [
        (None, NO_TERMINAL),
        (Nobody(), NO_TERMINAL),
        (Typist(""), "no passphrase was given"),
        (Typist("wrong"), "the passphrase does not open it"),
    ],
)
def test_a_passphrase_that_does_not_come(terminal: Typist | None, message: str) -> None:
    found = identity(locked(TEXT, PHRASE), terminal)
    with pytest.raises(Unusable) as caught:
        found.open(FILE)
    assert str(caught.value) == message
    assert found.open(FILE) is None  # nobody is asked twice
    assert terminal is None or terminal.seen == ["hidden: Passphrase for KEYS"]


def test_what_is_locked_is_no_key_file() -> None:
    for inside, message in (
        (b"CANARY", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
        (locked(TEXT, PHRASE)[:-1], "it is a damaged age file"),
    ):
        with pytest.raises(Unusable) as caught:
            identity(locked(inside, PHRASE), Typist(PHRASE)).open(FILE)
        assert str(caught.value) == message


def test_a_locked_file_with_a_damaged_payload() -> None:
    with pytest.raises(Unusable) as caught:
        identity(locked(TEXT, PHRASE)[:-1], Typist(PHRASE)).open(FILE)
    assert str(caught.value) == "it is a damaged age file"


def test_the_memory_may_be_too_small() -> None:
    with (
        mock.patch("cryptography.hazmat.primitives.kdf.scrypt.Scrypt", side_effect=MemoryError) as made,
        pytest.raises(Unusable) as caught,
    ):
        identity(locked(TEXT, PHRASE), Typist(PHRASE)).open(FILE)
    assert str(caught.value) == "its passphrase costs 2^4 steps of scrypt, for which the memory is too small"
    assert made.called


def with_stanzas(*stanzas: str) -> bytes:
    return age_file(bytes(16), stanzas, b"x")


SALT = plain(bytes(16))
DAMAGED = "it is a damaged age file"
OTHER_LOCK = "it is encrypted, and not with a passphrase: decrypt it first"
FAULTS: dict[str, tuple[bytes | str, str]] = {
    "dear": (
        with_stanzas(stanza("scrypt", SALT, "23", wrapped=bytes(32))),
        "its passphrase costs 2^23 steps of scrypt, and at most 2^22 are taken: encrypt it again with age -p",
    ),
    "far too dear": (
        with_stanzas(stanza("scrypt", SALT, "99", wrapped=bytes(32))),
        "its passphrase costs 2^99 steps of scrypt, and at most 2^22 are taken: encrypt it again with age -p",
    ),
    "a factor of three digits": (with_stanzas(stanza("scrypt", SALT, "100", wrapped=bytes(32))), DAMAGED),
    "a factor with a zero": (with_stanzas(stanza("scrypt", SALT, "04", wrapped=bytes(32))), DAMAGED),
    "a factor of zero": (with_stanzas(stanza("scrypt", SALT, "0", wrapped=bytes(32))), DAMAGED),
    "no factor": (with_stanzas(stanza("scrypt", SALT, wrapped=bytes(32))), DAMAGED),
    "a short salt": (with_stanzas(stanza("scrypt", plain(bytes(15)), "4", wrapped=bytes(32))), DAMAGED),
    "two passphrases": (with_stanzas(*[stanza("scrypt", SALT, "4", wrapped=bytes(32))] * 2), OTHER_LOCK),
    "a recipient": (armored(TEXT, KEY.recipient), OTHER_LOCK),
    "cut short": (armored(TEXT, KEY.recipient)[:200], DAMAGED),
    "binary, cut short": (b"age-encryption.org/v1\n-> scrypt", DAMAGED),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_locked_file_with_a_fault_asks_nobody(name: str) -> None:
    data, message = FAULTS[name]
    typist = Typist(PHRASE)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_keys(data, "KEYS", typist)
    assert str(caught.value) == message
    assert typist.seen == []


def test_the_trouble_of_what_is_inside_is_told() -> None:
    from krm_secrets.age import bech32

    plugin = bech32.encode("age-plugin-nowhere-", b"x").upper()
    found = identity(locked(f"{plugin}\n{OTHER_KEY.identity}".encode(), PHRASE), Typist(PHRASE))
    with pytest.raises(Unusable) as caught:
        found.open(FILE)
    assert str(caught.value) == "age-plugin-nowhere is not on PATH"


def test_a_post_quantum_key_inside() -> None:
    text, recipient = new_hybrid()
    file_key = os.urandom(16)
    file = parse(age_file(file_key, [hybrid_stanza(recipient, file_key)], b"x"))
    assert identity(locked(text.encode(), PHRASE), Typist(PHRASE)).open(file) == b"x"
