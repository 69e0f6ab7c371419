"""Selectors of labels, as Reloader's flags have them: Kubernetes' own language, and an older form of Reloader's."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_PART = pattern(r"[^,(]*(?:\([^)]*\))?")
_SET = pattern(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUAL = pattern(r"([^=!:\s]+)\s*(!=|==|=|:)\s*(\S*)")


def picks(selector: str, labels: Mapping[str, object]) -> bool | None:
    """Whether an object with these labels is picked; None where that cannot be told."""
    answers = [_picks(part.strip(), labels) for part in _PART.findall(selector) if part.strip()]
    return False if False in answers else None if None in answers else True


def _picks(part: str, labels: Mapping[str, object]) -> bool | None:
    if found := _SET.fullmatch(part):
        key, how, values = found.groups()
        is_one = key in labels and str(labels[key]) in {value.strip() for value in values.split(",")}
        return is_one if how == "in" else not is_one
    if found := _EQUAL.fullmatch(part):
        key, how, value = found.groups()
        if value == "*" and how != "!=":  # Reloader's older words: key:value, and * for any
            return key in labels
        is_equal = key in labels and str(labels[key]) == value
        return not is_equal if how == "!=" else is_equal
    if any(char in part for char in " <>(){}$"):
        return None
    return part[1:].strip() not in labels if part.startswith("!") else part in labels
