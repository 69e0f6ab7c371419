"""Bech32 as age uses it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from krm_secrets.age.bech32 import decode, encode

PREFIXES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)


@given(PREFIXES, st.binary(max_size=100))
def test_decode_is_the_inverse_of_encode_in_both_cases(prefix: str, data: bytes) -> None:
    text = encode(prefix, data)
    assert decode(text) == decode(text.upper()) == (prefix, data)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_changed_letter_is_noticed(data: bytes, draw: st.DataObject) -> None:
    text = encode("age", data)
    at = draw.draw(st.integers(4, len(text) - 1))
    letter = draw.draw(st.sampled_from([c for c in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if c != text[at]]))
    with pytest.raises(ValueError, match=r"^checksum$"):
        decode(text[:at] + letter + text[at + 1 :])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("age1Qqqqqqqq", "mixed case"),
        ("qqqqqqqq", "no prefix"),
        ("1qqqqqq", "no prefix"),
        ("age1qqqqq", "no prefix"),
        ("agé1qqqqqq", "no prefix"),
        ("a\tb1qqqqqq", "no prefix"),
        ("age1bqqqqqq", "checksum"),
        ("age1qqqqqq", "checksum"),
    ],
)
def test_what_is_not_bech32_is_refused_without_the_text(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        decode(text)


def test_bits_left_over_must_be_zero() -> None:
    from krm_secrets.age import bech32

    values = [0, 1]  # ten bits: one byte, and two that are not zero
    check = bech32._checksum([*bech32._expanded("a"), *values, *[0] * 6]) ^ 1
    letters = [*values, *(check >> 5 * (5 - i) & 31 for i in range(6))]
    with pytest.raises(ValueError, match=r"^padding$"):
        decode("a1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[v] for v in letters))
