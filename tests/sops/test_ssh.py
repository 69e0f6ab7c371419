"""SSH keys as identities: every form of a key, and files that other implementations encrypt for it."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pyrage
import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PrivateFormat

from krm_secrets.age.agefile import LOCKED, NATIVE, AgeFile, Damaged, Identity, Unusable, parse
from krm_secrets.age.ssh import read
from krm_secrets.sops.identities import data_key_file
from tests.sops.agefiles import age_file, stanza
from tests.sops.sshkeys import PHRASE, SshKey, ecdsa_key, ed25519_key, rsa_key
from tests.sops.typist import Nobody, Typist
from tests.tools import tool

KEYS = {"ed25519": ed25519_key, "rsa": rsa_key}
FORMS = {"openssh": PrivateFormat.OpenSSH, "pkcs8": PrivateFormat.PKCS8, "pem": PrivateFormat.TraditionalOpenSSL}
KINDS_AND_FORMS = [(kind, form) for kind in KEYS for form in FORMS if (kind, form) != ("ed25519", "pem")]


def sealed(key: SshKey, data: bytes = b"x" * 32) -> AgeFile:
    return data_key_file(pyrage.encrypt(data, [pyrage.ssh.Recipient.from_str(key.recipient)], armored=True).decode())


def identity(text: str, terminal: Typist | None = None, public: str | None = None) -> Identity:
    return read(text, "KEY", terminal, lambda: public)


@pytest.mark.parametrize(("kind", "form"), KINDS_AND_FORMS)
def test_every_form_of_a_key(kind: str, form: str) -> None:
    key = KEYS[kind]()
    for text in (key.text(FORMS[form]), "\n " + key.text(FORMS[form]).replace("\n", "\r\n").rstrip()):
        found = identity(text)
        assert (found.rank, found.shown) == (NATIVE, key.recipient)
        assert found.open(sealed(key)) == b"x" * 32
        assert found.open(sealed(ed25519_key("other"))) is None
        assert repr(found).endswith(f"({key.recipient})")


@pytest.mark.parametrize(("kind", "form"), KINDS_AND_FORMS)
@pytest.mark.parametrize("beside", [True, False])
def test_every_form_of_a_locked_key(kind: str, form: str, beside: bool) -> None:
    key, typist = KEYS[kind](), Typist(PHRASE)
    public = f"{key.recipient} me@host\n" if beside else None
    found = identity(key.text(FORMS[form], PHRASE), typist, public)
    known = form == "openssh" or beside
    assert found.rank == LOCKED
    assert found.shown == (f"passphrase-protected {key.recipient}" if known else "a passphrase-protected key")
    assert found.open(sealed_for_nobody()) is None
    if known:
        assert found.open(sealed(ed25519_key("other"))) is None
    assert typist.seen == []
    assert found.open(sealed(key)) == found.open(sealed(key)) == b"x" * 32
    assert typist.seen == ["hidden: Passphrase for KEY"]
    assert found.shown == key.recipient


def sealed_for_nobody() -> AgeFile:
    return parse(age_file(bytes(16), [stanza("X25519", "A", wrapped=b"")], b"x"))


@pytest.mark.parametrize("form", ["openssh", "pkcs8"])
@pytest.mark.parametrize(
    ("terminal", "message"),
    [
        (Nobody(), "there is no terminal to type its passphrase: run this in one, or use an unprotected key"),
        (Typist("wrong"), "the passphrase does not open it"),
        (Typist(""), "no passphrase was given"),
    ],
)
def test_a_passphrase_that_does_not_come(form: str, terminal: Typist, message: str) -> None:
    found = identity(ed25519_key().text(FORMS[form], PHRASE), terminal)
    with pytest.raises(Unusable) as caught:
        found.open(sealed(ed25519_key()))
    assert str(caught.value) == message


def test_without_bcrypt_the_package_is_named() -> None:
    kdf = mock.patch(
        "cryptography.hazmat.primitives.serialization.ssh._bcrypt_kdf", side_effect=UnsupportedAlgorithm("CANARY")
    )
    with kdf, mock.patch.dict(sys.modules, {"bcrypt": None}):
        found = identity(LOCKED_TEXT, Typist(PHRASE))
        with pytest.raises(Unusable) as caught:
            found.open(sealed(ed25519_key()))
    assert str(caught.value) == "its passphrase needs the Python package bcrypt: pip install 'krm-secrets[ssh]'"


LOCKED_TEXT = ed25519_key().text(phrase=PHRASE)
UNFIT = "its SSH key is of a kind that age does not use: ssh-ed25519 or ssh-rsa is needed"


def damaged(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:4], *lines[5:]])


WRONG: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: " \n", "it is empty"),
    "words": (lambda: "CANARY", "it is no SSH private key"),
    "a certificate": (lambda: "-----BEGIN CERTIFICATE-----\nCANARY", "it is no SSH private key"),
    "the public part": (
        lambda: ed25519_key().recipient,
        "it is the public part of an SSH key, and the private one is needed",
    ),
    "an age identity": (
        lambda: "AGE-SECRET-KEY-1CANARY",
        "it is an age identity: those are read from SOPS_AGE_KEY and SOPS_AGE_KEY_FILE",
    ),
    "another kind": (lambda: ecdsa_key().text(), UNFIT),
    "another kind in PEM": (lambda: ecdsa_key().text(PrivateFormat.PKCS8), UNFIT),
    "another kind, locked": (lambda: ecdsa_key().text(phrase=PHRASE), UNFIT),
    "damaged": (lambda: ed25519_key().text()[:37], "it is a damaged SSH key"),
    "damaged inside": (lambda: damaged(ed25519_key().text()), "it is a damaged SSH key"),
    "damaged PEM": (lambda: damaged(rsa_key().text(PrivateFormat.PKCS8)), "it is a damaged SSH key"),
    "cut short": (lambda: rsa_key().text(PrivateFormat.PKCS8)[:200], "it is a damaged SSH key"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_usable_key(name: str) -> None:
    make, message = WRONG[name]
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        identity(make())
    assert str(caught.value) == message


def test_another_kind_of_locked_pem_is_told_once_it_is_open() -> None:
    found = identity(ecdsa_key().text(PrivateFormat.PKCS8, PHRASE), Typist(PHRASE))
    with pytest.raises(Unusable) as caught:
        found.open(sealed(ed25519_key()))
    assert str(caught.value) == UNFIT


@pytest.mark.parametrize("public", ["", "x", "ssh-ed25519", "ssh-ed25519 !", "ssh-ed25519 A"])
def test_a_public_key_beside_it_that_is_none(public: str) -> None:
    found = identity(rsa_key().text(PrivateFormat.TraditionalOpenSSL, PHRASE), Typist(PHRASE), public)
    assert found.open(sealed(rsa_key())) == b"x" * 32


# Stanzas with one fault

SHARE = "CQ" + "A" * 41


def tag(key: SshKey) -> str:
    return next(s.arguments[0] for s in sealed(key).stanzas if s.kind.startswith("ssh-"))


def wrapped_by_rsa(data: bytes) -> bytes:
    key = rsa_key().key
    assert isinstance(key, RSAPrivateKey)
    return key.public_key().encrypt(data, OAEP(MGF1(SHA256()), SHA256(), b"age-encryption.org/v1/ssh-rsa"))


FAULTS: dict[str, tuple[Callable[[], SshKey], Callable[[str], str]]] = {
    "no share": (ed25519_key, lambda t: stanza("ssh-ed25519", t, wrapped=bytes(32))),
    "an argument too many": (ed25519_key, lambda t: stanza("ssh-ed25519", t, SHARE, "x", wrapped=bytes(32))),
    "a share cut short": (ed25519_key, lambda t: stanza("ssh-ed25519", t, SHARE[:40], wrapped=bytes(32))),
    "a share of low order": (ed25519_key, lambda t: stanza("ssh-ed25519", t, "A" * 43, wrapped=bytes(32))),
    "a wrapped key too long": (ed25519_key, lambda t: stanza("ssh-ed25519", t, SHARE, wrapped=bytes(33))),
    "no argument": (rsa_key, lambda t: stanza("ssh-rsa", wrapped=bytes(256))),
    "an argument too many for rsa": (rsa_key, lambda t: stanza("ssh-rsa", t, "x", wrapped=bytes(256))),
    "a body that does not open": (rsa_key, lambda t: stanza("ssh-rsa", t, wrapped=bytes(256))),
    "a body cut short": (rsa_key, lambda t: stanza("ssh-rsa", t, wrapped=bytes(16))),
    "a long file key": (rsa_key, lambda t: stanza("ssh-rsa", t, wrapped=wrapped_by_rsa(bytes(17)))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_stanza_with_a_fault(name: str) -> None:
    make, of = FAULTS[name]
    found = identity(make().text())
    with pytest.raises(Damaged):
        found.open(parse(age_file(bytes(16), [of(tag(make()))], b"x")))


def test_a_stanza_for_another_key() -> None:
    other = b64encode(os.urandom(3)).decode() + "AA"
    for make in (ed25519_key, rsa_key):
        stanzas = [stanza("ssh-ed25519", other, SHARE, wrapped=bytes(32)), stanza("ssh-rsa", other, wrapped=b"")]
        assert identity(make().text()).open(parse(age_file(bytes(16), stanzas, b"x"))) is None


# There is no PEM form of Ed25519: old programs write another instead, new ones refuse it.
WRITTEN = [("ed25519", "RFC4716"), ("ed25519", "PKCS8"), ("rsa", "RFC4716"), ("rsa", "PEM"), ("rsa", "PKCS8")]


@pytest.mark.parametrize(("kind", "form"), WRITTEN)
@pytest.mark.parametrize("phrase", ["", PHRASE])
def test_what_openssh_writes(kind: str, form: str, phrase: str, tmp_path: Path) -> None:
    path = tmp_path / "id"
    subprocess.run(
        [
            tool("ssh-keygen"),
            "-q",
            "-t",
            kind,
            "-b",
            "2048",
            "-a",
            "1",
            "-m",
            form,
            "-N",
            phrase,
            "-C",
            "me@host",
            "-f",
            path,
        ],
        check=True,
        timeout=60,
    )
    public = path.with_suffix(".pub").read_text()
    file = data_key_file(pyrage.encrypt(b"x", [pyrage.ssh.Recipient.from_str(public)], armored=True).decode())
    assert read(path.read_text(), "KEY", Typist(phrase), lambda: public).open(file) == b"x"
