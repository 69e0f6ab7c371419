"""Bech32, in which age writes keys (BIP 173, without its limit of 90 characters, as age has it)."""

from __future__ import annotations

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def decode(text: str) -> tuple[str, bytes]:
    """The human-readable part in lower case, and the data; ValueError, without the text, when it is not Bech32."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    prefix, separator, rest = text.lower().rpartition("1")
    if not separator or not prefix or len(rest) < 6 or not prefix.isascii() or not prefix.isprintable():
        raise ValueError("no prefix")
    values = [_VALUES.get(letter, -1) for letter in rest]
    if -1 in values or _checksum([*_expanded(prefix), *values]) != 1:
        raise ValueError("checksum")
    return prefix, bytes(_regrouped(values[:-6], 5, 8, pad=False))


def encode(prefix: str, data: bytes) -> str:
    """The data in Bech32, lower case."""
    values = _regrouped(data, 8, 5, pad=True)
    check = _checksum([*_expanded(prefix), *values, *[0] * 6]) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return f"{prefix}1" + "".join(_LETTERS[value] for value in values)


def _expanded(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _checksum(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            state ^= generator if top >> bit & 1 else 0
    return state


def _regrouped(values: list[int] | bytes, width: int, into: int, pad: bool) -> list[int]:
    state = bits = 0
    out = []
    for value in values:
        state, bits = state << width | value, bits + width
        while bits >= into:
            bits -= into
            out.append(state >> bits)
            state &= (1 << bits) - 1
    if pad and bits:
        out.append(state << into - bits)
    elif not pad and (bits >= width or state):
        raise ValueError("padding")
    return out
