"""AES-GCM from `cryptography`.

Its public module imports the whole family of ciphers, 13 ms that every run with a Secret would pay; the class itself
is built in and comes at once. Where a version of `cryptography` keeps it elsewhere, the public place is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
else:
    try:
        from cryptography.hazmat.bindings._rust import openssl

        AESGCM = openssl.aead.AESGCM
    except (ImportError, AttributeError):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["AESGCM"]
