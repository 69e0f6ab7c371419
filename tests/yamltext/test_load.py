from __future__ import annotations

import pytest

from krm_secrets.errors import Failure
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import YamlError, describe


def read(text: str) -> object:
    return load(parse(text)[0].root)


def refused(text: str) -> str:
    with pytest.raises(YamlError) as caught:
        read(text)
    return describe(caught.value, text)


def test_scalars_keep_their_types_and_timestamps_their_text() -> None:
    assert read("[a, 1, 1.5, yes, true, null, ~, '1', 2020-1-1, 0644, =]") == [
        "a", 1, 1.5, "yes", True, None, None, "1", "2020-1-1", 420, "=",
    ]  # fmt: skip
    assert type(read("2020-1-1")) is str


def test_binary_is_bytes() -> None:
    assert read("!!binary |\n  YWJj\n") == b"abc"


def test_keys_are_the_text_that_is_written() -> None:
    text = "8080: a\ntrue: b\nTrue: c\n~: d\n0x10: e\nyes: f\n1.50: g\n2020-01-01: h\n'x': i\n? |\n  block\n: j\n"
    assert read(text) == {
        "8080": "a", "true": "b", "True": "c", "~": "d", "0x10": "e", "yes": "f", "1.50": "g", "2020-01-01": "h",
        "x": "i", "block\n": "j",
    }  # fmt: skip


def test_an_empty_document_is_null() -> None:
    assert read("---\n# nothing\n") is None


def test_aliases_are_copies() -> None:
    assert read("a: &x {b: [1]}\nc: *x\nd: &y\ne: *y\n") == {"a": {"b": [1]}, "c": {"b": [1]}, "d": None, "e": None}


def test_an_anchor_may_be_defined_again() -> None:
    assert read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_an_alias_may_be_a_key() -> None:
    assert read("a: &x name\n*x : 1\n") == {"a": "name", "name": 1}


def test_written_keys_win_over_merged_ones_and_earlier_merges_over_later() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2, <<: {w: 3, x: 3}}\nc:\n  <<: [*a, *b]\n  z: 9\n"
    found = read(text)
    assert isinstance(found, dict)
    assert found["c"] == {"x": 1, "y": 1, "z": 9, "w": 3}


@pytest.mark.parametrize("key", ["'<<'", '"<<"', "!!str <<"])
def test_a_merge_key_that_is_quoted_is_a_key(key: str) -> None:
    assert read(f"{key}: {{a: 1}}") == {"<<": {"a": 1}}


@pytest.mark.parametrize("key", ["<<", "!!merge <<", "! <<"])
def test_a_merge_key_may_be_tagged(key: str) -> None:
    assert read(f"{key}: {{a: 1}}") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 'lines 1 and 3: the key "a" stands twice in one mapping; remove one of them'),
        ('a: 1\r\n"a": 2\r\n', 'lines 1 and 2: the key "a" stands twice in one mapping; remove one of them'),
        ("8080: 1\r'8080': 2\r", 'lines 1 and 2: the key "8080" stands twice in one mapping; remove one of them'),
        (
            "x:\n- true: 1\n  'true': 2\n",
            'lines 2 and 3: the key "true" stands twice in one mapping; remove one of them',
        ),
        ("&k a: 1\n*k : 2\n", 'lines 1 and 2: the key "a" stands twice in one mapping; remove one of them'),
        ("<<: {a: 1}\n<<: {b: 1}\n", 'lines 1 and 2: the key "<<" stands twice in one mapping; remove one of them'),
        ("a: 1\n? [b]\n: c\n", "line 2: a key is a list or a mapping, which no Kubernetes object has"),
        ("a: 1\n? {b: c}\n: d\n", "line 2: a key is a list or a mapping, which no Kubernetes object has"),
        ("a: &x [1]\n*x : d\n", "line 2: a key is a list or a mapping, which no Kubernetes object has"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n<<: 1\n", "line 2: not valid YAML: a merge key (<<) takes mappings"),
        ("<<: [{a: 1}, [b]]\n", "line 1: not valid YAML: a merge key (<<) takes mappings"),
        ("a: &x text\n<<: *x\n", "line 2: not valid YAML: a merge key (<<) takes mappings"),
        ("a: [{b: {!!merge '<<': 1}}]\n", "line 1: not valid YAML: a merge key (<<) takes mappings"),
        ('!!merge "\\x3c<": 1\n', "line 1: not valid YAML: a merge key (<<) takes mappings"),
        ("? [a]\n: b\n<<: 1\n", "line 3: not valid YAML: a merge key (<<) takes mappings"),
        ("a: 1\nb: !!int x\n", "line 2: not valid YAML: the tag does not fit the value"),
        ("a:\n  !!binary '*'\n", "line 2: not valid YAML: the value tagged !!binary is not base64"),
    ],
)
def test_what_no_reader_takes_is_no_yaml(text: str, message: str) -> None:
    with pytest.raises(Failure) as caught:
        parse(text)
    assert str(caught.value) == message


def test_aliases_that_grow_exponentially_are_refused() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert refused(text).endswith(": aliases expand to too many values")


def test_merges_that_grow_exponentially_are_refused() -> None:
    text = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30)
    )
    with pytest.raises(Failure) as caught:  # parsing looks for keys that stand twice
        read(text)
    assert str(caught.value.results[0]).endswith(": aliases expand to too many values")


def test_aliases_that_nest_deeply_are_refused() -> None:
    deep = "[" * 150 + "{}" + "]" * 150
    text = f"a0: &a0 {deep.format('x')}\n" + "".join(f"a{n}: &a{n} {deep.format(f'*a{n - 1}')}\n" for n in range(1, 40))
    assert refused(text) == "line 1: aliases nest too deeply"


def test_a_hundred_thousand_keys_are_read_in_one_pass() -> None:
    found = read("".join(f"k{n}: {n}\n" for n in range(100_000)))
    assert isinstance(found, dict)
    assert found["k99999"] == 99_999
