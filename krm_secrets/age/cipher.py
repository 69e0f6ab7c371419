"""The few primitives that we need of `cryptography`.

Its public modules import whole families of ciphers, 13 ms that every run with a Secret would pay; the classes
themselves are built in and come at once. Where a version of `cryptography` keeps them elsewhere, the public places are
used.
"""

from __future__ import annotations

TYPE_CHECKING = False


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

    x25519_private, x25519_public = X25519PrivateKey.from_private_bytes, X25519PublicKey.from_public_bytes
else:
    try:
        from cryptography.hazmat.bindings._rust import openssl

        AESGCM, ChaCha20Poly1305 = openssl.aead.AESGCM, openssl.aead.ChaCha20Poly1305
        x25519_private, x25519_public = openssl.x25519.from_private_bytes, openssl.x25519.from_public_bytes
    except (ImportError, AttributeError):
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

        x25519_private, x25519_public = X25519PrivateKey.from_private_bytes, X25519PublicKey.from_public_bytes


__all__ = ["AESGCM", "ChaCha20Poly1305", "x25519_private", "x25519_public"]
