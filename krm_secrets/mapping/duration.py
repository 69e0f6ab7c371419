"""Go durations, as `refreshInterval` wants them."""

from __future__ import annotations

import re

from krm_secrets.mapping.names import VARIABLE

_HOURS = r"[0-9]{1,5}(?:\.[0-9]{1,9})?h"
_SMALLER = r"[0-9]{1,7}(?:\.[0-9]{1,9})?(?:m|s|ms|us|µs|ns)"

# The limits on digits and parts keep every accepted duration below the 292 years that fit Go's int64.
DURATION = rf"^(?:0|(?:{_HOURS}|{_SMALLER}){{1,6}}|{VARIABLE})$"
RULE = 'must be a duration such as "1h", "1h30m" or "90s"; "0" fetches once'

_UNITS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1000,
    "µs": 1000,
    "ns": 1,
}


def canonical(text: str) -> str:
    """A duration as Go prints it (`1h` is `1h0m0s`): any other form looks like a change to tools that compare."""
    if text.startswith("$"):
        return text
    total = nanoseconds(text)
    return _below_a_second(total) if total < _UNITS["s"] else _clock(total)


def nanoseconds(text: str) -> int:
    """How long a duration is; 0 for a variable, which nobody knows yet."""
    total = 0
    for whole, fraction, unit in re.findall(r"([0-9]+)(?:\.([0-9]+))?([a-zµ]+)", text):
        total += int(whole) * _UNITS[unit] + int(fraction or 0) * _UNITS[unit] // 10 ** len(fraction)
    return total


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
