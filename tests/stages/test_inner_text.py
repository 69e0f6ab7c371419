"""Annotations that go into YAML text in an object: every other byte stays, and the text means what it meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import Path
from krm_secrets.krm.reading import read
from krm_secrets.stages.inner_text import annotated
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Shared

PLACE: Path = ("spec", "values", "web", "annotations")


def done(text: str, in_place: bool = False, place: Path = PLACE) -> str:
    (item,) = read(text).items
    item.slot.source.in_place = in_place
    found = annotated(item, {(place, "a"): "true"})
    return splice.apply(text, [*found.edits, *splice.unshare(item.slot.document, list(found.edits))])


def spec(text: str) -> Any:
    found = load(parse(text)[0].root)
    assert isinstance(found, dict)
    return found["spec"]


HEAD = "apiVersion: v1\nkind: X\nspec:\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  values: |\n    web:\n      b: 1\n",
         "  values: |\n    web:\n      annotations:\n        a: \"true\"\n      b: 1\n"),
        ("  values: |-  # why\n    web: {b: 1}\n\n  z: 1\n",
         "  values: |-  # why\n    web: {annotations: {a: \"true\"}, b: 1}\n\n  z: 1\n"),
        ("  values: |+\n    # first\n    web:\n\n      b: 1\n\n\n  z: 1\n",
         "  values: |+\n    # first\n    web:\n\n      annotations:\n        a: \"true\"\n      b: 1\n\n\n  z: 1\n"),
        ("  values: |2\n      web:\n        b: 1\n",
         "  values: |2\n      web:\n        annotations:\n          a: \"true\"\n        b: 1\n"),
        ("  values: 'web: {b: 1}'\n", '  values: "web: {annotations: {a: \\"true\\"}, b: 1}"\n'),
        ("  values: >-\n    web:\n    {b: 1}\n  z: 1\n",
         '  values: "web: {annotations: {a: \\"true\\"}, b: 1}"\n  z: 1\n'),
        ("  values: |\n    web:\n      annotations: {a: other}\n",
         "  values: |\n    web:\n      annotations: {a: \"true\"}\n"),
        ("  values: {web: {b: 1}}\n", '  values: {web: {annotations: {a: "true"}, b: 1}}\n'),
        ("  values:\n", '  values:\n    web:\n      annotations:\n        a: "true"\n'),
    ],
)  # fmt: skip
def test_what_becomes_of_a_text(before: str, after: str) -> None:
    assert done(HEAD + before) == HEAD + after
    # A file of another system keeps its line ends.
    if "\\" not in after and ">" not in before:
        assert done((HEAD + before).replace("\n", "\r\n")).replace("\r\n", "\n") == HEAD + after


def test_a_list_on_the_way() -> None:
    text = "apiVersion: v1\nkind: X\nspec:\n  s:\n    - {}\n    - v: |\n        b: 1\n"
    assert (
        spec(done(text, place=("spec", "s", 1, "v", "annotations")))["s"][1]["v"] == 'annotations:\n  a: "true"\nb: 1\n'
    )


def test_a_text_that_an_alias_names_is_written_out() -> None:
    text = HEAD + "  other: &x |\n    web: {}\n  values: *x\n"
    after = spec(done(text))
    assert after["other"] == "web: {}\n"
    assert load(parse(after["values"])[0].root) == {"web": {"annotations": {"a": "true"}}}


def test_an_anchored_text_keeps_its_aliases_in_a_stream_and_stays_in_a_file() -> None:
    text = HEAD + "  values: &x |\n    web: {}\n  other: *x\n"
    assert spec(done(text))["other"] == "web: {}\n"
    with pytest.raises(Shared):
        done(text, in_place=True)


def test_anchors_inside_of_the_text_do_not_leak() -> None:
    text = HEAD + "  values: |\n    web: &w {b: 1}\n    other: *w\n"
    inner = load(parse(spec(done(text))["values"])[0].root)
    assert inner == {"web": {"annotations": {"a": "true"}, "b": 1}, "other": {"b": 1}}


WORDS = st.text("ab: -#'\"{}[]|>é\n", max_size=6)
VALUES = st.recursive(
    WORDS | st.integers(-(2**63), 2**64 - 1) | st.booleans() | st.none(),
    lambda nodes: st.lists(nodes, max_size=3) | st.dictionaries(WORDS.filter(bool), nodes, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(WORDS.filter(bool), VALUES, min_size=1, max_size=3), st.integers(3, 6), st.booleans())
def test_all_else_in_the_text_means_the_same(values: dict[str, Any], indent: int, quoted: bool) -> None:
    inner = emit.block(values)
    rows = "".join(" " * indent + row if row.strip("\n") else row for row in inner.splitlines(keepends=True))
    text = f"{HEAD}  z: 1\n  values: {emit.quoted(inner)}\n" if quoted else f"{HEAD}  z: 1\n  values: |\n{rows}"
    assert spec(text)["values"] == inner
    after = spec(done(text))
    assert load(parse(after["values"])[0].root) == {**values, "web": {"annotations": {"a": "true"}}}
    assert after["z"] == 1
