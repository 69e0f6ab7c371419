"""The hashes that need no library are those of the library."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, strategies as st

from krm_secrets._startup import hashes


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_they_give(key: bytes, data: bytes) -> None:
    assert hashes.sha256(data).digest() == hashlib.sha256(data).digest()
    assert hashes.sha512(data).digest() == hashlib.sha512(data).digest()
    assert hashes.hmac_sha256(key, data) == hmac.digest(key, data, "sha256")
    assert hashes.same(data, data) is True


@pytest.mark.parametrize("size", [63, 64, 65])
def test_keys_around_the_size_of_a_block(size: int) -> None:
    assert hashes.hmac_sha256(bytes(size), b"x") == hmac.digest(bytes(size), b"x", "sha256")
