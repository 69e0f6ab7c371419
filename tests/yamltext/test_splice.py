from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from krm_secrets.errors import Failure
from krm_secrets.yamltext import splice
from krm_secrets.yamltext.lines import entry_start
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Document, Mapping, Sequence, YamlError, describe, line_of
from krm_secrets.yamltext.splice import DELETE, Edit, Updates
from tests.yamltext.model import NoMapping, changed, updates_of
from tests.yamltext.texts import texts

SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example)


def made(text: str, updates: Updates, at: int = 0) -> str:
    document = parse(text)[at]
    edits = splice.update(text, document.root, updates)
    return splice.apply(text, edits + splice.unshare(document, edits))


def comparable(data: object) -> str:
    return json.dumps(data, sort_keys=True, default=repr)


def readable(text: str) -> tuple[list[Document], list[object]]:
    try:
        documents = parse(text)
        return documents, [load(document.root) for document in documents]
    except (Failure, YamlError):
        assume(False)
        raise


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(texts(), st.data())
def test_an_update_does_to_the_text_what_it_says_and_nothing_else(text: str, data: st.DataObject) -> None:
    documents, before = readable(text)
    at = data.draw(st.integers(0, len(documents) - 1))
    assume(isinstance(before[at], (dict, list)))
    updates = data.draw(updates_of(before[at]))
    try:
        expected = changed(before[at], updates)
    except NoMapping:
        with pytest.raises(YamlError):
            made(text, updates, at)
        return
    before[at] = expected
    after = [load(document.root) for document in parse(made(text, updates, at))]
    assert comparable(after) == comparable(before)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(texts(), st.data())
def test_every_line_outside_the_edited_entries_keeps_its_bytes(text: str, data: st.DataObject) -> None:
    documents, before = readable(text)
    document = documents[0]
    assume(type(document.root) is Mapping and not document.root.flow and not document.aliases)
    assert type(document.root) is Mapping
    assert isinstance(before[0], dict)
    names = data.draw(st.lists(st.sampled_from(sorted(before[0])), max_size=3, unique=True))
    updates: Updates = {name: data.draw(st.sampled_from((DELETE, '"new"'))) for name in names}
    assume(len(names) < len(before[0]))
    touched: set[int] = set()
    for name in names:
        i = document.root.entries()[name]
        begin = entry_start(text, document.root, i)
        end = splice.behind(text, document.root.children[i + 1].end, splice.column(text, begin))
        touched |= set(range(begin, end))
    kept, here = [], 0
    while here < len(text):
        end = splice.line_end(text, here)
        if touched.isdisjoint(range(here, end)):
            kept.append(text[here:end])
        here = end
    after, here = made(text, updates), 0
    for line in kept:
        found = after.find(line, here)
        assert found >= 0
        here = found + len(line)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(texts(), st.data())
def test_edits_of_two_updates_go_together(text: str, data: st.DataObject) -> None:
    documents, before = readable(text)
    root, loaded = documents[0].root, before[0]
    assume(type(root) is Mapping and isinstance(loaded, dict) and len(loaded) > 1)
    assert isinstance(loaded, dict)
    gone = data.draw(st.sampled_from(sorted(loaded)))
    assume(type(root) is Mapping and list(root.merges()) == [])
    edits = splice.update(text, root, {gone: DELETE}) + splice.update(text, root, {"added": '"x"'})
    after = splice.apply(text, edits + splice.unshare(documents[0], edits))
    del loaded[gone]
    assert comparable(load(parse(after)[0].root)) == comparable({**loaded, "added": "x"})


@pytest.mark.parametrize(
    ("text", "updates", "expected"),
    [
        # an empty value that becomes the last one
        ("{k1, k2: , k3}\n", {"k3": DELETE}, "{k1, k2: }\n"),
        ("[{a: , b: 1}]\n", {0: {"b": DELETE}}, "[{a: }]\n"),
        # and one before what comes in for the last one
        ("{k1, k2: , k3}\n", {"k3": DELETE, "new": "4"}, "{k1, k2: , new: 4 }\n"),
        # new keys
        ("a: 1\n", {"b": "2"}, "b: 2\na: 1\n"),
        ("# head\na: 1\n", {"b": "2"}, "# head\nb: 2\na: 1\n"),
        ("  a: 1\n", {"b": "2"}, "  b: 2\n  a: 1\n"),
        ("---\n!!map\na: 1\n", {"b": "2"}, "---\n!!map\nb: 2\na: 1\n"),
        ("? a\n: 1\n", {"b": "2"}, "b: 2\n? a\n: 1\n"),
        ("a:\r\n  b: 1\r\n", {"a": {"c": "2"}}, "a:\r\n  c: 2\r\n  b: 1\r\n"),
        ("- a: 1\n  b: 1\n", {0: {"c": "2"}}, "- c: 2\n  a: 1\n  b: 1\n"),
        ("a: 1\n", {"b": {"c": {"d": "2"}, "e": "3"}}, "b:\n  c:\n    d: 2\n  e: 3\na: 1\n"),
        ("a: 1\n", {"b": {"c": {"d": DELETE}}}, "a: 1\n"),
        ("a: 1\n", {"b": {}}, "a: 1\n"),
        ("a: {}\n", {"a": {"b": "2"}}, "a: {b: 2}\n"),
        ("a: { c: 1}\n", {"a": {"b": "2"}}, "a: { b: 2, c: 1}\n"),
        ("a: { # {\n}\n", {"a": {"b": "2"}}, "a: {b: 2 # {\n}\n"),
        ("a: {# c\n}\n", {"a": {"b": "true"}}, "a: {b: true # c\n}\n"),
        ("a: &x # {\n  {c: 1}\n", {"a": {"b": "2"}}, "a: &x # {\n  {b: 2, c: 1}\n"),
        ("[a: 1 , c]\n", {0: {"b": "2"}}, "[{b: 2, a: 1} , c]\n"),
        ("[? a : 1]\n", {0: {"b": "2", "a": "3"}}, "[{b: 2, ? a : 3}]\n"),
        ("[? a]\n", {0: {"b": "2", "a": "3"}}, "[{b: 2, ? a : 3}]\n"),
        ("a:\n", {"a": {"b": "2"}}, "a:\n  b: 2\n"),
        ("a: ~ # c\n", {"a": {"b": "2"}}, "a: {b: 2} # c\n"),
        ("8080: 1\n", {8080: "2"}, "8080: 2\n"),
        ("true: {x: 1}\n", {"true": {"x": "2"}}, "true: {x: 2}\n"),
        # as the neighbours stand
        ('{"a": {}}\n', {"a": {"b": "2"}}, '{"a": {"b": 2}}\n'),
        ('{\n  "a": 1,\n  "c": {}\n}\n', {"b": {"e": "2"}, "c": {"d": "3"}},
         '{\n  "b": {\n    "e": 2\n  },\n  "a": 1,\n  "c": {"d": 3}\n}\n'),
        ("---\n{\n  a: {\n    n: 1,\n  },\n}\n", {"a": {"b": {"x/y": "2", "z,": "3"}}},
         '---\n{\n  a: {\n    b: {\n      x/y: 2,\n      "z,": 3,\n    },\n    n: 1,\n  },\n}\n'),
        ("a: {\r\n   # d\r\n   n: 1 # , e\r\n}\r\n", {"a": {"b": {"c": "2"}}},
         "a: {\r\n   b: {\r\n      c: 2\r\n   },\r\n   # d\r\n   n: 1 # , e\r\n}\r\n"),
        ("a:\n    c: 1\n", {"a": {"b": {"d": "2"}}}, "a:\n    b:\n        d: 2\n    c: 1\n"),
        ("a:\n    c: 1\nb: # c\n\n# d\n", {"b": {"d": {"e": "2"}}},
         "a:\n    c: 1\nb: # c\n    d:\n        e: 2\n\n# d\n"),
        ("a: 1\nb:", {"b": {"d": "2"}}, "a: 1\nb:\n  d: 2"),
        ("- b:\r\n  c: 1\r\n", {0: {"b": {"d": "2"}}}, "- b:\r\n    d: 2\r\n  c: 1\r\n"),
        ("a: { c: 1 }\n", {"a": {"b": {"d": "2"}}}, "a: { b: { d: 2 }, c: 1 }\n"),
        # in the place of what goes
        ("a: 1\nb: 1\nc: 1\n", {"b": DELETE, "x": {"z": "2"}}, "a: 1\nx:\n  z: 2\nc: 1\n"),
        ("- a: 1\n  b: 1\n", {0: {"b": DELETE, "x": "2"}}, "- a: 1\n  x: 2\n"),
        ('{"a": 1, "b": 1, "c": 1}', {"b": DELETE, "x": "2"}, '{"a": 1, "x": 2, "c": 1}'),
        ("{a: 1, b: 1, c: 1}", {"b": DELETE, "c": DELETE, "x": "2"}, "{a: 1, x: 2}"),
        ("{\n  a: 1,\n  b: 1,\n  c: 1,\n}\n", {"b": DELETE, "x": "2"}, "{\n  a: 1,\n  x: 2,\n  c: 1,\n}\n"),
        # replaced values
        ("a: # c\nb: 1\n", {"a": "2"}, "a: 2 # c\nb: 1\n"),
        ("a: &x\nb: *x\n", {"a": "2"}, "a: 2\nb: null\n"),
        ("a: !!str\nb: 1\n", {"a": "2"}, "a: 2\nb: 1\n"),
        ("a:\n- 1\n- 2\nb: 1\n", {"a": "2"}, "a:\n  2\nb: 1\n"),
        ("a: &x\n- 1\nb: 1\n", {"a": "2"}, "a:   2\nb: 1\n"),
        ("a:\n  b: 1\n", {"a": "2"}, "a:\n  2\n"),
        ("a: | # c\n  x\n\n# d\nb: 1\n", {"a": "2"}, "a: 2\n\n# d\nb: 1\n"),
        ("? a\n? b\n", {"a": "2"}, "? a\n: 2\n? b\n"),
        ("  ? a # c:", {"a": "2"}, "  ? a\n  : 2 # c:"),
        ("{a, b: }", {"a": "2", "b": "3"}, "{a : 2, b: 3 }"),
        ("- - a\n  -\n", {0: {1: "2"}}, "- - a\n  - 2\n"),
        ("{a, b}", {"a": {"c": "2"}}, "{a : {c: 2}, b}"),
        # deleted entries
        ("a: 1 # c\nb: 2\n", {"a": DELETE}, "b: 2\n"),
        ("a: 1\nb: 2", {"b": DELETE}, "a: 1\n"),
        ("a: 1\n\n# c\nb: 2\n", {"a": DELETE}, "# c\nb: 2\n"),
        ("a: |+\n  x\nb: 1\n\n  # deep\n# c\nd: 1\n", {"b": DELETE}, "a: |+\n  x\n# c\nd: 1\n"),
        ("x:\n  a: |\n    t\n  b:\n  # c\n  d: 1\n", {"x": {"b": DELETE}}, "x:\n  a: |\n    t\n  # c\n  d: 1\n"),
        ("a: 1\n", {"a": DELETE}, "  {}\n"),
        ("x:\n  a: 1 # c\ny: 1\n", {"x": {"a": DELETE}}, "x:\n    {} # c\ny: 1\n"),
        ("x:\n- 1\ny: 1\n", {"x": {0: DELETE}}, "x:\n  []\ny: 1\n"),
        ("x: &a # -\n- 1\n- 2\n", {"x": {0: DELETE, 1: DELETE}}, "x: &a # -\n  []\n"),
        ("x: !a-b\n  - 1 # - \n  - 2\n", {"x": {0: DELETE}}, "x: !a-b\n  - 2\n"),
        ("- a: 1 # c\n  b: 2\n", {0: {"a": DELETE}}, "- b: 2\n"),
        ("- a: 1\t# c\n  # d\n  b: 2\n  e: 3\n", {0: {"a": DELETE, "e": DELETE}}, "- \n  # d\n  b: 2\n"),
        ("- a: 1\n  b: 2\n  c: 3\n", {0: {"a": DELETE, "b": DELETE}}, "- c: 3\n"),
        ("- - 1\n  - 2\n", {0: {0: DELETE}}, "- - 2\n"),
        ("{a: 1, b: 2, c: 3}", {"a": DELETE, "c": DELETE}, "{b: 2}"),
        ("{a: 1, b: 2, # c\n c: 3,}", {"b": DELETE, "c": DELETE}, "{a: 1,}"),
        ("[1, 2, 3]", {0: DELETE, 1: DELETE}, "[3]"),
        ("[1, 2 # c\n]", {0: DELETE, 1: DELETE}, "[]"),
        ("[a: 1, b]", {0: {"a": DELETE}}, "[{}, b]"),
        ("? a\n: 1\n? b\n: 2\n", {"b": DELETE}, "? a\n: 1\n"),
        ("a: 1\n", {"b": DELETE}, "a: 1\n"),
        # everything deleted and something new
        ("x:\n  a: 1\n  c: 1 # d\n", {"x": {"a": DELETE, "c": DELETE, "b": {"e": "2"}}}, "x:\n  b:\n    e: 2 # d\n"),
        ("x: &y {a: 1}\n", {"x": {"a": DELETE, "b": "2"}}, "x: &y {b: 2}\n"),
        ("[a: 1]", {0: {"a": DELETE, "b": "2"}}, "[{b: 2}]"),
        # a first entry deleted and another added
        ("x:\n  a: 1\n  c: 1\n", {"x": {"a": DELETE, "b": "2"}}, "x:\n  b: 2\n  c: 1\n"),
        ("- a: 1\n  c: 1\n", {0: {"a": DELETE, "b": "2"}}, "- b: 2\n  c: 1\n"),
        # aliases and merge keys
        ("a: &x {b: 1}\nc: *x\n", {"c": {"b": "2"}}, 'a: &x {b: 1}\nc: {"b": 2}\n'),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": "2"}}, 'a: &x {b: 2}\nc: {"b": 1}\n'),
        ("a: &x 1\nc: [*x, *x]\n", {"a": "2"}, "a: 2\nc: [1, 1]\n"),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"b": DELETE}, "a: &x 1\nc: 2\n"),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": "3"}, "a: 3\nb: &x 2\nc: *x\n"),
        ("&k a: 1\nb: *k\n", {"a": DELETE}, 'b: "a"\n'),
        ("&k a: 1\nb: *k\n", {"a": "2", "c": "3"}, "c: 3\n&k a: 2\nb: *k\n"),
        ("a: &x {b: {c: 1, d: 1}}\ne:\n  <<: *x\n", {"e": {"b": {"c": "2"}}},
         'a: &x {b: {c: 1, d: 1}}\ne:\n  b: {"c": 2, "d": 1}\n  <<: *x\n'),
        ("a: &x {b: 1, d: 1}\ne:\n  <<: *x\n", {"e": {"b": DELETE}},
         'a: &x {b: 1, d: 1}\ne:\n  <<: {"d": 1}\n'),
        ("a: &x {b: 1, d: 1}\ne:\n  <<: [*x, *x]\n  b: 2\n", {"e": {"b": DELETE}},
         'a: &x {b: 1, d: 1}\ne:\n  <<: [{"d": 1}, {"d": 1}]\n'),
        ("a: &x {b: 1}\ne:\n  <<: *x\n", {"a": {"b": "2"}}, 'a: &x {b: 2}\ne:\n  <<: {"b": 1}\n'),
        ("a: &x {b: 1}\ne:\n  <<: *x\n", {"e": {"c": "2"}}, "a: &x {b: 1}\ne:\n  c: 2\n  <<: *x\n"),
        # other breaks
        ("a:\r  b: 1\r  c: 1\r", {"a": {"b": DELETE}}, "a:\r  c: 1\r"),
        ("a:\x85  b: 1\u2028  c: 1\u2029", {"a": {"b": DELETE}}, "a:\x85  c: 1\u2029"),
        ("a: \U0001f600\nb: \U0001f600\n", {"b": "1"}, "a: \U0001f600\nb: 1\n"),
    ],
)  # fmt: skip
def test_an_update_edits_the_text_like_this(text: str, updates: Updates, expected: str) -> None:
    assert made(text, updates) == expected
    assert comparable(load(parse(expected)[0].root)) == comparable(changed(load(parse(text)[0].root), updates))


def test_a_long_key_is_written_in_the_explicit_form() -> None:
    key = "k" * 1100
    for text in ("a: 1\n", "  a: 1\n", "{a: 1}", "[a: 1]"):
        updates: Updates = {key: {key: {"x": "2"}, "y": "3"}}
        after = made(text, {0: updates} if text[0] == "[" else updates)
        found = load(parse(after)[0].root)
        expected = {key: {key: {"x": 2}, "y": 3}, "a": 1}
        assert found == ([expected] if text[0] == "[" else expected)
        assert yaml.load(after, yaml.CSafeLoader) == found


@pytest.mark.parametrize(
    ("text", "updates"),
    [
        ("b: 1\na: text\n", {"a": {"b": "1"}}),
        ("b: 1\na: [1]\n", {"a": {"b": "1"}}),
        ("b: &x [1]\na: *x\n", {"a": {"b": "1"}}),
        ("b: &x text\na: *x\n", {"a": {"b": "1"}}),
        ("a: &x {c: text}\nb: {<<: *x}\n", {"b": {"c": {"d": "1"}}}),
    ],
)
def test_an_update_never_puts_a_mapping_in_the_place_of_something_else(text: str, updates: Updates) -> None:
    with pytest.raises(YamlError) as caught:
        made(text, updates)
    assert caught.value.message == "a mapping is needed here"


def test_an_update_refuses_duplicate_keys_only_where_it_looks() -> None:
    text = "a: {x: 1, x: 2}\nb: 1\n"
    assert made(text, {"b": "2"}) == "a: {x: 1, x: 2}\nb: 2\n"
    with pytest.raises(YamlError) as caught:
        made(text, {"a": {"x": "2"}})
    assert describe(caught.value, text) == (
        'lines 1 and 1: the key "x" stands twice in one mapping; remove one of them'
    )


def test_copies_for_many_aliases_have_one_limit() -> None:
    text = f"a: &x [{'b, ' * 10_000}]\nc: [{'*x, ' * 10_000}]\n"
    with pytest.raises(YamlError) as caught:
        made(text, {"a": {0: "1"}})
    assert (caught.value.message, line_of(text, caught.value.start)) == ("aliases expand to too many values", 1)


def test_an_alias_inside_an_edit_is_left_to_it() -> None:
    assert made("a: &x [1, 2]\nb: {c: *x}\n", {"a": {0: "3"}, "b": {"c": "4"}}) == "a: &x [3, 2]\nb: {c: 4}\n"
    assert made("a: &x [1, 2]\nb: {c: *x}\nd: 1\n", {"a": {0: "3"}, "b": DELETE}) == "a: &x [3, 2]\nd: 1\n"


def test_edits_that_overlap_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="edits overlap"):
        splice.apply("abc", [Edit(0, 2, "x"), Edit(1, 3, "y")])


def test_edits_at_one_place_apply_in_their_order() -> None:
    assert splice.apply("ab", [Edit(1, 1, "x"), Edit(1, 1, "y"), Edit(0, 1, "")]) == "xyb"


@pytest.mark.parametrize("text", ["a:\n- 1\n- 2\n- 3\n", "a: [1, 2, 3]"])
@pytest.mark.parametrize("gone", [[], [0], [1], [2], [0, 1], [1, 2], [2, 0], [0, 1, 2]])
def test_any_items_of_a_list_are_deleted(text: str, gone: list[int]) -> None:
    node = parse(text)[0].root
    assert type(node) is Mapping
    items = node.get("a")
    assert type(items) is Sequence
    after = splice.apply(text, splice.delete_items(text, items, gone))
    assert load(parse(after)[0].root) == {"a": [n for i, n in enumerate((1, 2, 3)) if i not in gone]}


def test_many_edits_take_linear_time() -> None:
    text = "a: &x {b: 1}\n" + "".join(f"k{n}:\n  v: 1\n  w: *x\n" for n in range(20_000))
    after = made(text, {f"k{n}": {"v": DELETE, "z": "2"} for n in range(20_000)})
    assert after.count("z: 2") == 20_000


def test_a_list_is_updated_by_index_only() -> None:
    with pytest.raises(YamlError) as caught:
        made("- a\n", {"a": "1"})
    assert caught.value.message == "a mapping is needed here"


def test_a_deletion_below_nothing_does_nothing() -> None:
    for text in ("a:\nb: x\n", "b: x\n"):
        assert made(text, {"a": {"c": DELETE}, "b": {"c": DELETE}}) == text
