"""SSH keys as age identities: `ssh-ed25519` and `ssh-rsa`, of OpenSSH's own form and of PEM.

Source: C2SP, age (c2sp.org/age), and FiloSottile/age, package agessh; OpenSSH, PROTOCOL.key.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import sha256, sha512
from importlib.util import find_spec

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from krm_secrets.age.agefile import (
    FILE_KEY_SIZE,
    AgeFile,
    Damaged,
    Identity,
    Native,
    Stanza,
    Terminal,
    base64,
    hkdf,
    unsealed,
)
from krm_secrets.age.cipher import x25519_private, x25519_public
from krm_secrets.age.locked import WRONG, Locked

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable


ED25519, RSA = "ssh-ed25519", "ssh-rsa"
KINDS = frozenset((ED25519, RSA))

_LABEL = b"age-encryption.org/v1/"
_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_WITHOUT_BCRYPT = "its passphrase needs the Python package bcrypt: pip install 'krm-secrets[ssh]'"
_DAMAGED = "it is a damaged SSH key"
_UNFIT = "its SSH key is of a kind that age does not use: ssh-ed25519 or ssh-rsa is needed"


class Ed25519Identity(Native):
    """An `ssh-ed25519` key, used as an X25519 key that is bound to it."""

    __slots__ = ("_key", "_public", "_tag", "_tweak", "shown")

    kind = ED25519
    arguments = 2
    shown: str

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.shown, wire = _public(key)
        self._tag = _fingerprint(wire)
        self._key = x25519_private(sha512(key.private_bytes_raw()).digest()[:32])
        self._public = self._key.public_key().public_bytes_raw()
        self._tweak = x25519_private(hkdf(b"", wire, _LABEL + ED25519.encode()))

    def unwrap(self, stanza: Stanza) -> bytes | None:
        tag, share = stanza.arguments[0], base64(stanza.arguments[1])
        if tag != self._tag:
            return None
        try:
            secret = self._tweak.exchange(x25519_public(self._key.exchange(x25519_public(share))))
        except ValueError:  # no point of 32 bytes, or one of low order
            raise Damaged from None
        return unsealed(hkdf(secret, share + self._public, _LABEL + ED25519.encode()), stanza.body)


class RsaIdentity(Native):
    """An `ssh-rsa` key."""

    __slots__ = ("_key", "_tag", "shown")

    kind = RSA
    shown: str

    def __init__(self, key: RSAPrivateKey) -> None:
        self.shown, wire = _public(key)
        self._tag = _fingerprint(wire)
        self._key = key

    def unwrap(self, stanza: Stanza) -> bytes | None:
        if stanza.arguments[0] != self._tag:
            return None
        try:
            key = self._key.decrypt(stanza.body, OAEP(MGF1(SHA256()), SHA256(), _LABEL + RSA.encode()))
        except ValueError:
            raise Damaged from None
        if len(key) != FILE_KEY_SIZE:
            raise Damaged
        return key


def read(text: str, name: str, terminal: Terminal | None, public: Callable[[], str | None]) -> Identity:
    """The identity of a private key; ValueError, without the text, when it is none.

    `public` gives the text of the public key beside it, which an encrypted key in PEM does not name itself.
    """
    text = text.strip()
    if not text.startswith("-----BEGIN ") or "PRIVATE KEY-----" not in text.partition("\n")[0]:
        raise ValueError(_no_key(text))
    wire: bytes | None
    if text.startswith(_OPENSSH):
        is_locked, wire = _openssh(text)
        if not is_locked:
            return _identity(text, None)
    else:
        try:
            return _identity(text, None)
        except TypeError:  # a passphrase is wanted
            wire = _public_of(public() or "")

    def unlock(phrase: str) -> list[Identity]:
        return [_identity(text, phrase)]

    if wire is None:
        return Locked("", name, terminal, lambda file: bool(KINDS & file.kinds), unlock)
    kind, tag = _kind(wire), _fingerprint(wire)
    if kind not in KINDS:
        raise ValueError(_UNFIT)
    shown = f"{kind} {b2a_base64(wire, newline=False).decode()}"
    return Locked(shown, name, terminal, lambda file: _is_for(file, kind, tag), unlock)


def _is_for(file: AgeFile, kind: str, tag: str) -> bool:
    return any(stanza.kind == kind and stanza.arguments[:1] == [tag] for stanza in file.stanzas)


def _identity(text: str, phrase: str | None) -> Identity:
    """ValueError when it is no such key, or the passphrase is wrong; TypeError when one is missing."""
    load = load_ssh_private_key if text.startswith(_OPENSSH) else load_pem_private_key
    data = f"{text}\n".encode()
    try:
        key = load(data, None if phrase is None else phrase.encode("utf-8", "surrogateescape"))
    except UnsupportedAlgorithm:
        raise ValueError(_UNFIT if phrase is None or find_spec("bcrypt") else _WITHOUT_BCRYPT) from None
    except ValueError:
        raise ValueError(_DAMAGED if phrase is None else WRONG) from None
    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Identity(key)
    if isinstance(key, RSAPrivateKey):
        return RsaIdentity(key)
    raise ValueError(_UNFIT)


def _no_key(text: str) -> str:
    if text.upper().startswith("AGE-"):
        return "it is an age identity: those are read from SOPS_AGE_KEY and SOPS_AGE_KEY_FILE"
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        return "it is the public part of an SSH key, and the private one is needed"
    return "it is no SSH private key" if text else "it is empty"


def _public(key: Ed25519PrivateKey | RSAPrivateKey) -> tuple[str, bytes]:
    """The recipient, and the same as SSH sends it."""
    shown = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return shown, a2b_base64(shown.split(" ")[1])


def _fingerprint(wire: bytes) -> str:
    return b2a_base64(sha256(wire).digest()[:4], newline=False).decode().rstrip("=")


def _kind(wire: bytes) -> str:
    return _string(wire)[0].decode("ascii", "replace")


def _string(data: bytes) -> tuple[bytes, bytes]:
    """SSH's string at the beginning, and what follows."""
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]


def _openssh(text: str) -> tuple[bool, bytes]:
    """Whether a passphrase locks the key, and its public part, which is in the clear before the private one."""
    try:
        data = a2b_base64(text.removeprefix(_OPENSSH).partition("-----")[0])
    except ValueError:
        raise ValueError(_DAMAGED) from None
    cipher, rest = _string(data.removeprefix(_MAGIC))
    for _ in range(2):  # the derivation of its key, and the parameters of that
        _, rest = _string(rest)
    return cipher != b"none", _string(rest[4:])[0]  # behind the number of keys, which is one


def _public_of(text: str) -> bytes | None:
    """The key of a `.pub` file, or None."""
    words = text.split()
    try:
        wire = a2b_base64(words[1]) if len(words) > 1 else b""
    except ValueError:
        return None
    return wire if wire and _kind(wire) == words[0] else None
