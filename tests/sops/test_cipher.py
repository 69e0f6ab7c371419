"""The primitives come from the public places where the short way is not there."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from unittest import mock

# Loaded before the test takes away what they are made of.
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers import aead

from krm_secrets.age import cipher


def test_without_the_short_way() -> None:
    spec = importlib.util.spec_from_file_location("cipher_again", cipher.__file__)
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    with mock.patch.dict(sys.modules, {"cryptography.hazmat.bindings._rust": ModuleType("empty")}):
        spec.loader.exec_module(again)
    key, nonce = bytes(32), bytes(12)
    assert cipher.AESGCM(key).decrypt(nonce, again.AESGCM(key).encrypt(nonce, b"x", b""), b"") == b"x"
    assert (again.AESGCM, again.ChaCha20Poly1305) == (aead.AESGCM, aead.ChaCha20Poly1305)
    assert again.x25519_private == x25519.X25519PrivateKey.from_private_bytes
    assert set(cipher.__all__) <= set(vars(again))
