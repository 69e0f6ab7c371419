"""Values of a chart: read from text, set by paths, merged as Helm merges them."""

from __future__ import annotations

import re

from krm_secrets.yamltext.load import documents

_STEP = re.compile(r"((?:[^.\[\]\\]|\\.)+)|\[(\d{1,3})\]")
_DEPTH = 40


def parsed(text: str) -> object:
    """What a text of values says; None for one that cannot be read, or holds more than one document."""
    found = documents(text)
    return found[0] if len(found) == 1 else None


def merged(under: object, over: object, depth: int = 0) -> object:
    """Maps merge, and everything else is replaced."""
    if not isinstance(under, dict) or not isinstance(over, dict) or depth > _DEPTH:
        return under if over is None and not depth else over
    found = dict(under)
    for key, value in over.items():
        found[key] = merged(found[key], value, depth + 1) if key in found else value
    return found


def set_at(target: str, value: object) -> object:
    """The values that a path sets: `a.b[0].c`, with `\\.` for a dot in a key."""
    for key, index in reversed(_STEP.findall(target)):
        value = {re.sub(r"\\(.)", r"\1", key): value} if key else [*[None] * int(index), value]
    return value
