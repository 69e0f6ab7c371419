"""The data key from its shares."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.shamir import combine
from tests.sops.encrypter import split


@given(st.binary(min_size=1, max_size=40), st.integers(2, 5), st.integers(0, 3), st.randoms())
def test_any_shares_above_the_threshold_give_the_secret(
    secret: bytes, threshold: int, more: int, random: object
) -> None:
    shares = split(secret, threshold, threshold + more)
    for count in range(threshold, len(shares) + 1):
        for chosen in itertools.islice(itertools.combinations(shares, count), 5):
            assert combine(chosen[::-1]) == secret


def test_too_few_shares_give_something_else() -> None:
    secret = bytes(range(32))
    assert combine(split(secret, 3, 5)[:2]) != secret


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([], "the data key was split, and fewer than two shares of it are there"),
        ([b"a\1"], "the data key was split, and fewer than two shares of it are there"),
        ([b"a\1", b"aa\2"], "the shares of the data key differ in length"),
        ([b"\1", b"\2"], "the shares of the data key differ in length"),
        ([b"a\1", b"b\1"], "two shares of the data key are the same one"),
        ([b"a\1", b"b\0"], "two shares of the data key are the same one"),
    ],
)
def test_shares_that_do_not_belong_together(shares: list[bytes], message: str) -> None:
    with pytest.raises(SopsError) as caught:
        combine(shares)
    assert caught.value.message == message
