"""SSH keys in every form in which people keep them; generated here, none is ever committed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PHRASE = "CANARY-phrase"

Private = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class SshKey(NamedTuple):
    key: Private

    @property
    def recipient(self) -> str:
        return self.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def text(self, form: PrivateFormat = PrivateFormat.OpenSSH, phrase: str = "") -> str:
        lock: KeySerializationEncryption = BestAvailableEncryption(phrase.encode()) if phrase else NoEncryption()
        if phrase and form is PrivateFormat.OpenSSH:  # one round instead of 16: tests open many
            lock = form.encryption_builder().kdf_rounds(1).build(phrase.encode())
        return self.key.private_bytes(Encoding.PEM, form, lock).decode()


@cache
def ed25519_key(name: str = "") -> SshKey:
    """One key for each name."""
    return SshKey(ed25519.Ed25519PrivateKey.generate())


@cache
def rsa_key() -> SshKey:
    return SshKey(rsa.generate_private_key(65537, 2048))


@cache
def ecdsa_key() -> SshKey:
    return SshKey(ec.generate_private_key(ec.SECP256R1()))
