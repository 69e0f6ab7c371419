"""Values as Go's standard library prints them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from krm_secrets.sops.value import float_text
from krm_secrets.yamltext.scalars import Timestamp


def general(value: float) -> str:
    """FormatFloat(v, 'g', -1, 64): an exponent of two digits below 1e-4 and from 1e6 on."""
    if value != value or value in (float("inf"), float("-inf")) or value == 0:
        return float_text(value)
    digits, exponent = scientific(value)
    return float_text(value) if -4 <= exponent < 6 else f"{digits}e{exponent:+03d}"


def scientific(value: float) -> tuple[str, int]:
    """The shortest digits that read back, with their point behind the first, and the exponent."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    fraction = text[1:].rstrip("0")
    return "-" * sign + text[0] + (f".{fraction}" if fraction else ""), exponent + len(text) - 1


def plain_text(value: object) -> bytes:
    """A scalar as sops writes it into formats that only know text (`ValToString`)."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Timestamp):
        head, dot, tail = value.partition(".")
        return (head + tail.lstrip("0123456789") if dot else value).encode()
    if isinstance(value, str):
        return value.encode()
    return atom(value, "<nil>", _pointed).encode()


def _pointed(value: float) -> str:
    text = general(value).replace("e", "E")
    return text if "." in text or "E" in text or text in ("+Inf", "-Inf", "NaN") else f"{text}.0"


def atom(value: object, nothing: str, number: Callable[[float], str]) -> str:
    """What is no text: `nothing` for None, and floats as `number` prints them."""
    if value is None:
        return nothing
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, float) else str(value)
