"""What edits must come to: the same changes made in plain Python data."""

from __future__ import annotations

import copy
import json
from typing import cast

from hypothesis import strategies as st

from krm_secrets.yamltext.splice import DELETE, Updates


class NoMapping(Exception):
    """A change below a value that is no mapping."""


def changed(data: object, updates: Updates) -> object:
    """A copy of the data with the updates made; their scalars are JSON here."""
    if isinstance(data, list):
        if any(isinstance(key, str) for key in updates):
            raise NoMapping
        items: list[object] = []
        for i, item in enumerate(data):
            change = updates.get(i, {})
            if change is not DELETE:
                items.append(_value(item, change))
        return items
    assert isinstance(data, dict)
    result = dict(data)
    for key, change in updates.items():
        if change is DELETE:
            result.pop(key, None)
        elif key in result or _creates(change):
            result[str(key)] = _value(result.get(str(key)), change)
    return result


def _value(data: object, change: Updates | str) -> object:
    if isinstance(change, str):
        return json.loads(change)
    if isinstance(data, (dict, list)):
        return changed(data, change)
    if not _creates(change):
        return copy.copy(data)
    if data is not None:
        raise NoMapping
    return changed({}, change)


def _creates(change: Updates | str | None) -> bool:
    return any(map(_creates, change.values())) if isinstance(change, dict) else change is not DELETE


@st.composite
def updates_of(draw: st.DrawFn, data: object, depth: int = 4) -> Updates:
    """Random updates that fit the data: replaced, deleted and new values at any depth."""
    found: Updates = {}
    keys: list[str | int] = list(data) if isinstance(data, dict) else list(range(len(cast("list[object]", data))))
    for key in draw(st.lists(st.sampled_from(keys), max_size=3, unique=True)) if keys else []:
        below = cast("dict[str | int, object]", data)[key]
        if isinstance(below, (dict, list)) and depth and draw(st.booleans()):
            found[key] = draw(updates_of(below, depth - 1))
        else:
            found[key] = draw(st.one_of(st.none(), scalars()))
    if isinstance(data, dict) and draw(st.booleans()):
        name = draw(st.sampled_from(("new", "new.io/x y", "true", "8", "n\u00e9w\n" * 3, "long" * 300)))
        below_it: Updates = {"a": draw(scalars()), "b: c": draw(scalars())}
        found[name] = draw(st.one_of(scalars(), st.just(below_it)))
    return found


def scalars() -> st.SearchStrategy[str]:
    return st.sampled_from(('"text"', "true", "7", '"# no: [comment"', '"\u2603 \U0001f600"', "null", '""'))
