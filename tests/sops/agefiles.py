"""Age files made by hand, for recipients that no library at hand writes and for faults that none would write."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import shake_256

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from krm_secrets.age import bech32

BEGIN, END = "-----BEGIN AGE ENCRYPTED FILE-----\n", "-----END AGE ENCRYPTED FILE-----\n"


def armor(data: bytes) -> str:
    text = b64encode(data).decode()
    return BEGIN + "".join(text[i : i + 64] + "\n" for i in range(0, len(text), 64)) + END


def body(armored: str) -> bytes:
    return b64decode(armored.removeprefix(BEGIN).partition("-----END")[0])


def plain(data: bytes) -> str:
    """Base64 without padding."""
    return b64encode(data).decode().rstrip("=")


def stanza(*words: str, wrapped: bytes) -> str:
    text = plain(wrapped)
    rows = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join((f"-> {' '.join(words)}", *rows, *([""] if len(text) % 64 == 0 else [])))


def age_file(file_key: bytes, stanzas: Sequence[str], plaintext: bytes) -> bytes:
    """A whole file, of one chunk."""
    head = "\n".join(("age-encryption.org/v1", *stanzas, "---")).encode()
    mac = HMAC(hkdf(file_key, b"", b"header"), SHA256())
    mac.update(head)
    nonce = os.urandom(16)
    sealed = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload")).encrypt(bytes(11) + b"\x01", plaintext, None)
    return head + f" {plain(mac.finalize())}\n".encode() + nonce + sealed


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def locked(text: bytes, phrase: str, factor: int = 4) -> bytes:
    """What `age -p` writes, at a price that tests can pay."""
    salt, file_key = os.urandom(16), os.urandom(16)
    key = Scrypt(b"age-encryption.org/v1/scrypt" + salt, 32, 2**factor, 8, 1).derive(phrase.encode())
    wrapped = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    return age_file(file_key, [stanza("scrypt", plain(salt), str(factor), wrapped=wrapped)], text)


# Post-quantum


def new_hybrid() -> tuple[str, str]:
    """An identity and its recipient."""
    seed = os.urandom(32)
    secret = shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:64])
    x25519 = X25519PrivateKey.from_private_bytes(secret[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return bech32.encode("age-secret-key-pq-", seed).upper(), bech32.encode("age1pq", public)


def hybrid_stanza(recipient: str, file_key: bytes) -> str:
    share, wrapped = hybrid_parts(recipient, file_key)
    return stanza("mlkem768x25519", plain(share), wrapped=wrapped)


def hybrid_parts(recipient: str, file_key: bytes) -> tuple[bytes, bytes]:
    public = bech32.decode(recipient)[1]
    key = hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:1184]), X25519PublicKey.from_public_bytes(public[1184:])
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    sealed = suite.encrypt(file_key, key, b"age-encryption.org/mlkem768x25519")
    return sealed[:1120], sealed[1120:]
