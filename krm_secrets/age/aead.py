"""Authenticated ciphers, as `cryptography` has them, without importing it: most runs that know one open nothing."""

from __future__ import annotations

from krm_secrets._startup.records import Protocol


class Aead(Protocol):
    """What we need of `cryptography`'s AESGCM and ChaCha20Poly1305."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def opened(cipher: Aead, nonce: bytes, sealed: bytes, additional: bytes | None = None) -> bytes | None:
    """The plaintext, or None when key, text and what goes with it do not belong together."""
    try:
        return cipher.decrypt(nonce, sealed, additional)
    except Exception as error:
        # InvalidTag, by name: its module would be imported for nothing else, and all of `typing` with it.
        if type(error).__name__ != "InvalidTag":
            raise
    return None
