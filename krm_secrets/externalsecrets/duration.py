"""Go durations, as `refreshInterval` wants them."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.externalsecrets.names import VARIABLE

_HOURS = r"[0-9]{1,5}(?:\.[0-9]{1,9})?h"
_SMALLER = r"[0-9]{1,7}(?:\.[0-9]{1,9})?(?:m|s|ms|us|µs|ns)"

# The limits on digits and parts keep every accepted duration below the 292 years that fit Go's int64.
_PARTS = rf"(?:{_HOURS}|{_SMALLER}){{1,6}}"
DURATION = rf"^(?:0|{_PARTS}|{VARIABLE})$"
RULE = 'must be a duration such as "1h", "1h30m" or "90s"; "0" fetches once'

GO = rf"^(?:[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:h|m|s|ms|us|µs|μs|ns))+)|{VARIABLE})$"
"""All that Go itself takes for one (time.ParseDuration)."""

REFRESH = rf"^(?:0|{_PARTS}(?: ?(?:±|\+-) ?(?:[1-9]|[1-4][0-9]|50)%)?|{VARIABLE})$"
"""A duration, and how far each ExternalSecret may be from it."""
REFRESH_RULE = f'{RULE}; "1h±10%" or "1h+-10%" gives each ExternalSecret an interval of its own, up to 50% off'

_SPREAD = pattern(r"(.*?) ?(?:±|\+-) ?([0-9]+)%")
_PART = pattern(r"([0-9]*)(?:\.([0-9]*))?(h|ms|m|s|us|µs|μs|ns)")
_UNITS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ns": 1,
}


def canonical(text: str) -> str:
    """A duration as Go prints it (`1h` is `1h0m0s`): any other form looks like a change to tools that compare."""
    return text if text.startswith("$") else _printed(nanoseconds(text))


def canonical_refresh(text: str) -> str:
    """The same for what may be spread: `1h +- 10%` is `1h0m0s±10%`."""
    middle, percent = _spread(text)
    return canonical(middle) + (f"±{percent}%" if percent else "")


def interval(refresh: str, name: str) -> str:
    """The interval of what has this name; without a spread the duration as it is.

    The name alone decides, so that every run gives the same, and a new neighbour changes nobody's interval.
    """
    middle, percent = _spread(refresh)
    if not percent:
        return refresh
    from hashlib import sha256  # only a spread pays for it

    total = nanoseconds(middle)
    reach = total * percent // 100
    place = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    chosen = total - reach + (2 * reach * place >> 64)
    step = _UNITS["s"] if reach >= 100 * _UNITS["s"] else _UNITS["ms"]
    return _printed(chosen - chosen % step if chosen > step else chosen)


def _spread(text: str) -> tuple[str, int]:
    match = _SPREAD.fullmatch(text) if "%" in text and not text.startswith("$") else None
    return (match[1], int(match[2])) if match else (text, 0)


def nanoseconds(text: str) -> int:
    """How long a duration is; 0 for a variable, which nobody knows yet."""
    total = 0
    for whole, fraction, unit in _PART.findall(text):
        total += int(whole or 0) * _UNITS[unit] + int(fraction or 0) * _UNITS[unit] // 10 ** len(fraction)
    return total


def _printed(total: int) -> str:
    return _below_a_second(total) if total < _UNITS["s"] else _clock(total)


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _UNITS["s"])
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = _decimal(seconds, rest, 9) + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _below_a_second(nanoseconds: int) -> str:
    if nanoseconds == 0:
        return "0s"
    for unit, digits in (("ms", 6), ("µs", 3)):
        if nanoseconds >= _UNITS[unit]:
            return _decimal(*divmod(nanoseconds, _UNITS[unit]), digits) + unit
    return f"{nanoseconds}ns"


def _decimal(whole: int, rest: int, digits: int) -> str:
    return f"{whole}.{rest:0{digits}d}".rstrip("0") if rest else str(whole)
