"""What a scalar means: the rules of go-yaml v3, which kustomize, sops and Flux read with.

PyYAML's own rules are YAML 1.1's and differ: `yes`, `0o17`, `1e3`, `089`, `12:30:45` mean something else there.
Source of the rules: gopkg.in/yaml.v3, resolve.go.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.yamltext.nodes import Scalar, YamlError

_PREFIX = "tag:yaml.org,2002:"
BINARY = _PREFIX + "binary"
_INT, _FLOAT, _BOOL, _NULL, _TIME = (_PREFIX + t for t in ("int", "float", "bool", "null", "timestamp"))

_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_NUMBER_START = frozenset("0123456789+-.")
_IN_NUMBERS = "0123456789abcdefABCDEF_xXoO+-."
_FLOAT_FORM = pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# What starts with a point goes to Go's own parser, which takes `_` between digits only.
_POINT_FORM = pattern(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
# The sign may stand behind `0b` and `0o`: an accident of go-yaml's, who cuts the prefix off and parses the rest.
# Decimal digits are counted because Python's int() is quadratic; more than twenty are no 64-bit integer.
_INT_FORM = pattern(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]{0,19}))|0b([-+][01]+)|0o([-+][0-7]+)"
)
_BASES = (0, 0, 16, 2, 8, 10, 2, 8)
# The second form of go-yaml has no zone, and its date alone no time; Go's parser takes one or two digits anywhere
# but in the year, any number of spaces, and a fraction after the seconds.
_TIME_FORM = pattern(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2}))"
    r"|(?: +([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?))?"
)


class Timestamp(str):
    """A point in time as Go prints it (RFC 3339, up to nine digits of fraction, zeros trimmed); `source` as written."""

    __slots__ = ("source",)
    source: str


def resolve(node: Scalar) -> object:
    """None, bool, int, float, bytes (`!!binary`), Timestamp or str: the value that go-yaml gives the scalar.

    YamlError when a tag promises what the text does not hold.
    """
    tag, value = node.tag, node.value
    if tag is None or tag == "!":
        return value if node.style else plain(value)
    if tag == BINARY:
        return _binary(node)
    if tag == _FLOAT:
        number = plain(value)
        if type(number) is int and number < 2**63:
            return float(number)
        if type(number) is float:
            return number
    elif tag in (_INT, _BOOL, _NULL, _TIME):
        found = plain(value)
        if type(found) in _TAGGED[tag]:
            return found
    else:
        return value
    raise YamlError("the tag does not fit the value", node.start)


_TAGGED: dict[str, tuple[type, ...]] = {
    _INT: (int,),
    _BOOL: (bool,),
    _NULL: (type(None),),
    _TIME: (Timestamp,),
}


def plain(value: str) -> object:
    """The meaning of a plain scalar without a tag."""
    if value in _WORDS:
        return _WORDS[value]
    if value[0] not in _NUMBER_START:
        return value
    if len(value) > 4 and value[4] == "-" and value[:4].isdecimal():
        time = timestamp(value)
        if time is not None:
            return time
    return _number(value)


def _number(value: str) -> object:
    if len(value) < 19 and value[0] != "0" and value.isdecimal() and value.isascii():
        return int(value)
    if value.strip(_IN_NUMBERS) or value.count(".") > 1:  # quick words for most: versions, addresses, quantities
        return value
    if value[0] == "." and not _POINT_FORM.fullmatch(value):
        return value
    digits = value.replace("_", "")
    match = _INT_FORM.fullmatch(digits)
    if match is not None and match.lastindex is not None:
        sign = match[1]
        number = int(match[match.lastindex], _BASES[match.lastindex])
        number = -number if sign == "-" else number
        # ParseUint, which reads what is too large for an int64, takes no sign.
        if -(2**63) <= number < (2**63 if sign or "+" in digits else 2**64):
            return number
    if _FLOAT_FORM.fullmatch(digits):
        result = float(digits)
        # Go's ParseFloat calls what overflows an error, and go-yaml then keeps the text.
        if result not in (float("inf"), float("-inf")):
            return result
    return value


def timestamp(value: str) -> Timestamp | None:
    """The Timestamp that go-yaml's date formats read, or None."""
    match = _TIME_FORM.fullmatch(value)
    if match is None:
        return None
    g = match.groups()
    year, month, day = map(int, g[:3])
    *clock, fraction = g[3:7] if g[3] else g[8:12]
    hour, minute, second = (int(each or 0) for each in clock)
    zone = g[7] or "Z"
    away = int(zone[1:3]) * 60 + int(zone[4:6]) if zone != "Z" else 0
    from datetime import datetime  # few texts are a time

    try:
        datetime(year or 4, month, day, hour, minute, second)  # Go has a year 0, which is a leap year like 4
    except ValueError:
        return None
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:6]) > 60):
        return None
    zone = f"{zone[0]}{away // 60:02}:{away % 60:02}" if away else "Z"
    fraction = (fraction or "")[:9].rstrip("0")
    time = Timestamp(
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{'.' + fraction if fraction else ''}{zone}"
    )
    time.source = value
    return time


def _binary(node: Scalar) -> bytes:
    from base64 import b64decode  # few texts are binary

    text = node.value.replace("\n", "").replace("\r", "")
    try:
        if len(text) % 4 == 0:  # Python's decoder takes too much padding
            return b64decode(text, validate=True)
    except ValueError:
        pass
    raise YamlError("the value tagged !!binary is not base64", node.start)
