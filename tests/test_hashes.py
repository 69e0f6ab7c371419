"""The hashes that need no library are those of the library."""

from __future__ import annotations

import hashlib
import hmac
from unittest import mock

import pytest
from hypothesis import given, strategies as st

from krm_secrets._startup import hashes


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_they_give(key: bytes, data: bytes) -> None:
    assert hashes.sha256(data).digest() == hashlib.sha256(data).digest()
    assert hashes.sha512(data).digest() == hashlib.sha512(data).digest()
    with mock.patch.object(hashes, "_made", 0):
        assert hashes.hmac_sha256(key, data) == hmac.digest(key, data, "sha256")
    assert hashes.same(data, data) is True


@pytest.mark.parametrize("size", [63, 64, 65])
def test_keys_around_the_size_of_a_block(size: int) -> None:
    with mock.patch.object(hashes, "_made", 0):
        assert hashes.hmac_sha256(bytes(size), b"x") == hmac.digest(bytes(size), b"x", "sha256")


def test_who_makes_many_gets_those_of_the_library() -> None:
    with mock.patch.object(hashes, "_made", 0):
        for _ in range(hashes.FEW):
            hashes.hmac_sha256(b"", b"")
        with mock.patch("hmac.digest", return_value=b"theirs"):
            assert hashes.hmac_sha256(b"", b"") == b"theirs"
