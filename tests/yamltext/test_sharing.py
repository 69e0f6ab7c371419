"""Additions to what anchors share: exactly what was wanted, and not a byte beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from krm_secrets.errors import Failure
from krm_secrets.yamltext import sharing, splice
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Mapping, YamlError
from krm_secrets.yamltext.splice import DELETE, Edit, Updates
from tests.yamltext.model import changed
from tests.yamltext.test_splice import SLOW, comparable
from tests.yamltext.texts import texts

NEW: Updates = {"annotations": {"r": '"true"'}}
MERGED = "c:\n  app: &app\n    annotations: {a: b}\n    x: 1\n  worker:\n    <<: *app\n    y: 2\n"
APART = "c:\n  app: &app\n    x: 1\n  worker:\n    <<: *app\n    y: 2\n"
NAMED = (
    "c:\n  app:\n    annotations: &a\n        a: b\n  worker:\n    annotations: *a # c\n  third: {annotations: *a}\n"
)
WHOLE = "c:\n  app: &app\n    x: 1\n  worker: *app\n"
LISTED = "c:\n- &a\n  x: 1\n- *a\n"
PODS = "c:\n  app:\n    x: &x {a: 1}\n    y: *x\n"


def edits_of(text: str, updates: Updates) -> list[Edit] | None:
    (document,) = parse(text)
    return sharing.update(text, document, document.root, updates)


def made(text: str, updates: Updates) -> str | None:
    edits = edits_of(text, updates)
    if edits is None:
        return None
    return splice.apply(text, edits + splice.unshare(parse(text)[0], edits))


@pytest.mark.parametrize(
    ("text", "users", "expected"),
    [
        # a mapping that another one merges
        (MERGED, ("app", "worker"), MERGED.replace("{a: b}", '{r: "true", a: b}')),
        (MERGED, ("app",), None),
        (MERGED, ("worker",), None),
        (APART, ("app", "worker"), APART.replace("    x: 1", '    annotations:\n      r: "true"\n    x: 1')),
        (APART, ("worker",), APART.replace("    <<", '    annotations:\n      r: "true"\n    <<')),
        (APART, ("app",), None),
        # a mapping that has a name, and aliases for it
        (NAMED, ("app", "worker", "third"), NAMED.replace("        a: b", '        r: "true"\n        a: b')),
        (NAMED, ("worker",), NAMED.replace(" *a #", '\n      r: "true"\n      <<: *a #')),
        (NAMED, ("third",), NAMED.replace("*a}", '{r: "true", <<: *a}}')),
        (NAMED, ("app",), None),
        (NAMED, ("app", "worker"), None),
        # a whole user that is another one
        (WHOLE, ("app", "worker"), WHOLE.replace("    x: 1", '    annotations:\n      r: "true"\n    x: 1')),
        (WHOLE, ("worker",), WHOLE.replace(" *app", '\n    annotations:\n      r: "true"\n    <<: *app')),
        (WHOLE, ("app",), None),
        # an anchor that has nothing to do with it
        (PODS, ("app",), PODS.replace("    x:", '    annotations:\n      r: "true"\n    x:')),
    ],
)
def test_what_is_added_where_anchors_share(text: str, users: tuple[str, ...], expected: str | None) -> None:
    updates: Updates = {"c": dict.fromkeys(users, NEW)}
    assert made(text, updates) == expected
    if expected is not None:
        assert load(parse(expected)[0].root) == changed(load(parse(text)[0].root), updates)


def test_items_of_a_list() -> None:
    assert made(LISTED, {"c": {0: NEW, 1: NEW}}) == LISTED.replace("  x", '  annotations:\n    r: "true"\n  x')
    assert made(LISTED, {"c": {1: NEW}}) == LISTED.replace("*a", '{annotations: {r: "true"}, <<: *a}')
    assert made(LISTED, {"c": {0: NEW}}) is None


def test_a_value_that_a_merge_key_brings_in_is_overruled() -> None:
    text = "a: &a {x: 1}\nb:\n  <<: *a\n  y: 1\nc: *a\n"
    assert made(text, {"b": {"x": "2"}}) == text.replace("  <<", "  x: 2\n  <<")
    assert made(text, {"c": {"x": "2"}}) == text.replace("c: *a", "c:\n  x: 2\n  <<: *a")
    assert made(text, {"a": {"x": "2"}, "b": {"x": "2"}, "c": {"x": "2"}}) == text.replace("1}", "2}")
    assert made(text, {"a": {"x": "2"}}) is None


def test_the_merge_key_is_never_quoted() -> None:
    expected = '{"a": &a {"x": 1}, "b": {"z": 2, <<: *a}}'
    assert made('{"a": &a {"x": 1}, "b": *a}', {"b": {"z": "2"}}) == expected
    assert load(parse(expected)[0].root) == {"a": {"x": 1}, "b": {"x": 1, "z": 2}}


@pytest.mark.parametrize(
    ("text", "updates"),
    [
        (NAMED, {"c": {"app": DELETE}}),
        (NAMED, {"c": {"worker": {"annotations": {"a": {"b": "1"}}}}}),
        ("a: &a 1\nb: *a\n", {"b": {"c": "1"}}),
        ("a: &a {x: {y: 1}}\nb: *a\n", {"b": {"x": {"z": "1"}}}),
        ("a: &a {x: 1}\nb: *a\n", {"a": {"z": "1"}, "b": {"z": "2"}}),
    ],
)
def test_what_cannot_be_added_without_a_copy(text: str, updates: Updates) -> None:
    assert edits_of(text, updates) is None


def test_what_stands_outside_of_the_object_is_not_changed() -> None:
    text = "items:\n- a: &a {x: 1}\n- a: *a\n- b: {c: &c 1}\n  d: *c\n"
    (document,) = parse(text)
    root = document.root
    assert type(root) is Mapping
    first, second, third = root.get("items").items  # type: ignore[union-attr]

    def one(node: Any, updates: Updates) -> str | None:
        edits = sharing.update(text, document, node, updates)
        return None if edits is None else splice.apply(text, edits)

    assert one(first, {"a": {"z": "2"}}) is None
    assert one(second, {"a": {"z": "2"}}) == text.replace("a: *a", "a:\n    z: 2\n    <<: *a")
    assert one(third, {"b": {"z": "2"}}) == text.replace("{c", "{z: 2, c")


def test_one_value_changed_in_two_ways_is_refused() -> None:
    (document,) = parse(WHOLE)
    edits = sharing.update(WHOLE, document, document.root, {"c": {"app": NEW, "worker": NEW}})
    assert edits is not None
    with pytest.raises(YamlError, match="is changed in two ways; write it out"):
        splice.unshare(document, [*edits, Edit(WHOLE.index("1"), WHOLE.index("1") + 1, "2")])


def _mappings(data: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if isinstance(data, dict) else []
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        found += _mappings(value, (*path, key))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(texts(), st.data())
def test_nothing_but_what_was_added_differs_in_bytes_and_meaning(text: str, data: st.DataObject) -> None:
    try:
        documents = parse(text)
        before = [load(document.root) for document in documents]
    except (Failure, YamlError):
        assume(False)
        raise
    paths = _mappings(before[0])
    assume(documents[0].aliases and paths and type(documents[0].root) is Mapping)
    updates: Updates = {}
    for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4, unique=True)):
        at: Any = updates
        for part in path:
            at = at.setdefault(part, {})
        at["new"] = data.draw(st.sampled_from(('"x"', '"x"', '"y"')))
    edits = sharing.update(text, documents[0], documents[0].root, updates)
    if edits is None:
        return
    assert not any(text[edit.start : edit.end].strip(" ") for edit in edits)
    after = splice.apply(text, edits + splice.unshare(documents[0], edits))
    again = parse(after)
    found = [load(document.root) for document in again]
    assert comparable(found) == comparable([changed(before[0], updates), *before[1:]])
    assert len(again[0].aliases) == len(documents[0].aliases)
