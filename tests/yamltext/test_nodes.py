from __future__ import annotations

import pytest

from krm_secrets.errors import Failure
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import Alias, Mapping, Scalar, Sequence, YamlError, line_of


def root(text: str) -> Mapping:
    node = parse(text)[0].root
    assert type(node) is Mapping
    return node


def span(text: str, *path: str) -> str:
    node = root(text)
    found = None
    for key in path:
        found = node.written(key)
        if type(found) is Mapping:
            node = found
    assert found is not None
    return text[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1 # c\n", "1"),
        ("a: 'x' \n", "'x'"),
        ("a: &x !!str 1\n", "&x !!str 1"),
        ("a: &x\nb: 1\n", "&x"),
        ("a: !!null\nb: 1\n", "!!null"),
        ("a: two\n  lines # c\n", "two\n  lines"),
        ("a: |\n  x\n\n\nb: 1\n", "|\n  x"),
        ("a: |+2 # c\n   x\n\n", "|+2 # c\n   x"),
        ("a: |\n\n\nb: 1\n", "|"),
        ("a: >-\r\n  x\r\n# c\r\n", ">-\r\n  x"),
        ("a:\n  b: 1\n  # c\nd: 1\n", "b: 1"),
        ("a: &x # c\n  b: 1\n", "&x # c\n  b: 1"),
        ("a:\n- b\n-\n# c\n", "- b\n-"),
        ("a: [1, 2 ] # c\n", "[1, 2 ]"),
        ("a: {b: 1,\n # c\n}\n", "{b: 1,\n # c\n}"),
        ("a: \U0001f600\U0001f600 # c\n", "\U0001f600\U0001f600"),
        ("a:\rb: 1\r", ""),
        ("a: 1\x85b: 1", "1"),
    ],
)
def test_a_span_holds_the_value_and_nothing_behind_it(text: str, expected: str) -> None:
    assert span(text, "a") == expected


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a:\n", 2),
        ("a:", 2),
        ("a: # c:\nb: 1\n", 2),
        ("a:   \nb: 1\n", 2),
        ("? a\n:\n", 5),
        ("? a # c:\n: # d:", 10),
        ("? a\n? b\n", 3),
        ("? a # c:", 3),
        ("{a: }", 3),
        ("{a: , b: 1}", 3),
        ("{a : }", 4),
        ("{a}", 2),
        ("{a , b}", 2),
        ("{a # :\n}", 2),
        ('{"a":}', 5),
    ],
)
def test_an_empty_value_stands_behind_its_colon_or_at_the_end_of_its_key(text: str, at: int) -> None:
    value = root(text).children[1]
    assert type(value) is Scalar
    assert (value.start, value.end, value.value) == (at, at, "")


def test_a_mapping_without_braces_ends_with_its_value() -> None:
    text = "[a: 1 , ? b : c , d: ]"
    node = parse(text)[0].root
    assert type(node) is Sequence
    assert [text[each.start : each.end] for each in node.items] == ["a: 1", "? b : c", "d:"]


def test_documents_know_where_they_begin_and_end() -> None:
    text = "# c\na: 1\n...\n%YAML 1.1\n---\nb: 1\n# d\n--- # e\n---\n- c"
    assert [(text[d.start : d.end], d.explicit) for d in parse(text)] == [
        ("a: 1\n...", False),
        ("%YAML 1.1\n---\nb: 1", True),
        ("--- # e\n", True),
        ("---\n- c", True),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "   "])
def test_a_text_without_content_has_no_document(text: str) -> None:
    assert parse(text) == []


def test_aliases_know_what_they_stand_for() -> None:
    document = parse("a: &x 1\nb: [*x, &x 2, *x]\n---\na: 1\n")[0]
    values = [alias.target.value for alias in document.aliases if type(alias.target) is Scalar]
    assert values == ["1", "2"]
    assert all(type(alias) is Alias for alias in document.aliases)


def test_get_resolves_aliases_and_merges_and_written_does_not() -> None:
    node = root("a: &x {k: &y v}\nb: {<<: *x, l: *y}\n")
    inner = node.written("b")
    assert type(inner) is Mapping
    assert (inner.written("k"), type(inner.written("l"))) == (None, Alias)
    for key in "kl":
        found = inner.get(key)
        assert type(found) is Scalar
        assert found.value == "v"
    assert inner.get("m") is None
    assert inner.names() == ["l", "k"]


def test_each_merged_mapping_comes_once_and_the_strongest_first() -> None:
    node = root("a: &a {x: 1}\nb: &b {<<: *a, y: 1}\nc: {<<: [*b, *a, *b]}\n")
    inner = node.written("c")
    assert type(inner) is Mapping
    assert [list(each.entries()) for each in inner.merged()] == [["y"], ["x"]]


def test_duplicate_keys_matter_only_where_they_are_read() -> None:
    node = root("a: {x: 1, x: 2}\nb: {y: 1}\n")
    found = node.get("b")
    assert type(found) is Mapping
    assert found.get("y") is not None
    bad = node.get("a")
    assert type(bad) is Mapping
    with pytest.raises(YamlError):
        bad.get("y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\n", "line 2: not valid YAML: did not find expected node content"),
        ("a: b: c\n", "line 1: not valid YAML: mapping values are not allowed in this context"),
        ("a:\n\tb: c\n", "line 2: not valid YAML: found character that cannot start any token"),
        ("a: 'x\n", "line 2: not valid YAML: found unexpected end of stream"),
        ('a: "\\q"\n', "line 1: not valid YAML: found unknown escape character"),
        ('a: "\\ud83d\\ude00"\n', "line 1: not valid YAML: found invalid Unicode character escape code"),
        ("a: *x\n", "line 1: not valid YAML: an alias names an anchor that is not defined above it"),
        ("a: &x 1\n---\nb: *x\n", "line 3: not valid YAML: an alias names an anchor that is not defined above it"),
        ("a: 1\nb: &x [*x]\n", "line 2: not valid YAML: an anchored value contains itself"),
        ("&x a:\n  b: &y\n    c: {d: *y}\n", "line 3: not valid YAML: an anchored value contains itself"),
        ("&x\na: *x\n", "line 2: not valid YAML: an anchored value contains itself"),
        ("a: !e!x y\n", "line 1: not valid YAML: found undefined tag handle"),
        ("a: 1\n...\nb: 1\n", "line 3: not valid YAML: did not find expected <document start>"),
        ("%YAML 2.0\n---\na\n", "line 1: not valid YAML: found incompatible YAML document"),
        (
            "é: 1\nb: \x07\n",
            "line 2: not valid YAML: a control character, which YAML does not allow; write it as an escape",
        ),
        (
            "a: 1\n\0",
            "line 2: not valid YAML: a control character, which YAML does not allow; write it as an escape",
        ),
        ("[" * 201, "line 1: not valid YAML: more than 200 levels of nesting"),
        ("a:\n" + "- " * 100_000, "line 2: not valid YAML: more than 200 levels of nesting"),
    ],
)
def test_what_is_no_yaml_is_named_by_line_and_reason_and_never_quoted(text: str, message: str) -> None:
    with pytest.raises(Failure) as caught:
        parse(text)
    assert str(caught.value) == message


def test_two_hundred_levels_are_read() -> None:
    assert type(parse("[" * 200 + "]" * 200)[0].root) is Sequence


@pytest.mark.parametrize(("text", "line"), [("a\nb", 2), ("a\r\nb", 2), ("a\rb", 2), ("a\r\r\nb", 3), ("ab", 1)])
def test_lines_are_counted_as_editors_count(text: str, line: int) -> None:
    assert line_of(text, len(text)) == line


def test_long_lines_and_many_documents_take_linear_time() -> None:
    assert len(parse("a: 1\n---\n" * 20_000)) == 20_001
    assert len(root("a: '" + "x" * 5_000_000 + "'").children) == 2
