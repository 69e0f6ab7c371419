"""X25519 identities, age's usual ones.

Nearly all data keys are for one of them. On `cryptography` directly such a key opens in half the time that a general
reader of age files takes.

Source: C2SP, age (c2sp.org/age), X25519 recipient.
"""

from __future__ import annotations

from krm_secrets.age import bech32
from krm_secrets.age.agefile import Damaged, Native, Stanza, base64, hkdf, unsealed
from krm_secrets.age.cipher import x25519_private, x25519_public

KIND = "X25519"
_SECRET, _PUBLIC = "age-secret-key-", "age"
_INFO = b"age-encryption.org/v1/X25519"


class X25519Identity(Native):
    """`AGE-SECRET-KEY-1…`"""

    __slots__ = ("_key", "_public")

    kind = KIND

    def __init__(self, text: str) -> None:
        """ValueError, without the text, when it is none."""
        prefix, secret = bech32.decode(text)
        if prefix != _SECRET or len(secret) != 32:
            raise ValueError("not an age X25519 identity")
        self._key = x25519_private(secret)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def shown(self) -> str:
        """The recipient."""
        return bech32.encode(_PUBLIC, self._public)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        share = base64(stanza.arguments[0])
        try:
            secret = self._key.exchange(x25519_public(share))
        except ValueError:  # no point of 32 bytes, or one of low order
            raise Damaged from None
        return unsealed(hkdf(secret, share + self._public, _INFO), stanza.body)
