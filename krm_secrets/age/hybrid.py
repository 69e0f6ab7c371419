"""Post-quantum identities: ML-KEM-768 and X25519 together, by HPKE.

Source: C2SP, age (c2sp.org/age), hybrid recipient; the KEM is MLKEM768-X25519 of draft-ietf-hpke-pq.
"""

from __future__ import annotations

from hashlib import shake_256

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from krm_secrets.age import bech32
from krm_secrets.age.agefile import WRAPPED_SIZE, Damaged, Native, Stanza, Unusable, base64
from krm_secrets.age.cipher import x25519_private

KIND = "mlkem768x25519"
_SECRET, _PUBLIC = "age-secret-key-pq-", "age1pq"
_INFO = b"age-encryption.org/mlkem768x25519"
_SHARE_SIZE = 1088 + 32
"""An ML-KEM-768 ciphertext and an X25519 share."""


class HybridIdentity(Native):
    """`AGE-SECRET-KEY-PQ-1…`"""

    __slots__ = ("_key", "_public", "_suite")

    kind = KIND

    def __init__(self, text: str) -> None:
        """ValueError, without the text, when it is none; Unusable when `cryptography` lacks the algorithm."""
        prefix, seed = bech32.decode(text)
        if prefix != _SECRET or len(seed) != 32:
            raise ValueError("not an age post-quantum identity")
        secret = shake_256(seed).digest(96)
        x25519 = x25519_private(secret[64:])
        try:
            from cryptography.hazmat.primitives import hpke
            from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

            mlkem = MLKEM768PrivateKey.from_seed_bytes(secret[:64])
            self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
            self._suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        except (ImportError, AttributeError, UnsupportedAlgorithm):
            raise Unusable(
                "a post-quantum key (AGE-SECRET-KEY-PQ-1…) needs a newer version of the Python package cryptography,"
                " built with ML-KEM"
            ) from None
        self._public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"HybridIdentity({self.shown[:20]}…)"

    @property
    def shown(self) -> str:
        """The recipient, which has 1,959 characters."""
        return bech32.encode(_PUBLIC, self._public)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        share = base64(stanza.arguments[0])
        if len(share) != _SHARE_SIZE or len(stanza.body) != WRAPPED_SIZE:
            raise Damaged
        try:
            return bytes(self._suite.decrypt(share + stanza.body, self._key, _INFO))
        except InvalidTag:  # also for a share of low order, which nobody's key opens either
            return None
