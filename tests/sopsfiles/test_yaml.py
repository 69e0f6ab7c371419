"""YAML: what its scalars become when they are printed, and what is refused."""

from __future__ import annotations

import pytest

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files import yaml
from krm_secrets.sops.tree import Branch, data
from krm_secrets.sops.value import Comment


def printed(value: object) -> str:
    return yaml.emit([Branch([("k", value)])]).decode()


def reprinted(text: str) -> str:
    return yaml.emit(yaml.load(text.encode())[0]).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "k: a"),
        ("", 'k: ""'),
        ("yes", 'k: "yes"'),
        ("12:30:45", 'k: "12:30:45"'),
        ("1_000", 'k: "1_000"'),
        ("~", 'k: "~"'),
        ("2020-01-01", 'k: "2020-01-01"'),
        ("a: b", "k: 'a: b'"),
        ("a #b", "k: 'a #b'"),
        (" a", "k: ' a'"),
        ("@a", "k: '@a'"),
        ("it's", "k: it's"),
        ("'it's", "k: '''it''s'"),
        ("--- a", "k: '--- a'"),
        ("a\tb", 'k: "a\\tb"'),
        ("a\x01\x7f\x85\xa0\u2028", 'k: "a\\x01\\x7F\\N\xa0\\L"'),
        ("\U0001f600", 'k: "\\U0001F600"'),
        ("\ufeffa b", 'k: "\\uFEFF\\x61\\x20\\x62"'),
        ("é", "k: é"),
        ("a\u2028b", "k: 'a\u2028    b'"),
        ("<<", "k: !!merge <<"),
        ("a\nb\n", "k: |\n    a\n    b"),
        ("a\nb", "k: |-\n    a\n    b"),
        ("a\n\n", "k: |+\n    a\n"),
        ("\n", "k: |4+\n"),
        (" a\nb", "k: |4-\n     a\n    b"),
        ("a \nb", 'k: "a \\nb"'),
        ("\ta\nb", 'k: "\\ta\\nb"'),
        ("x" * 200, "k: " + "x" * 200),
        (b"\x80\x81", "k: !!binary gIE="),
        (b"\xff" * 53, "k: !!binary |\n    " + "/" * 70 + "\n    8="),
        (1e21, "k: 1e+21"),
        (1000000.0, "k: 1e+06"),
        (8.0, "k: 8"),
        (1.5e-05, "k: 1.5e-05"),
        (-0.0001, "k: -0.0001"),
        (0.0, "k: 0"),
        (float("inf"), "k: .inf"),
        (float("-inf"), "k: -.inf"),
        (float("nan"), "k: .nan"),
        (True, "k: true"),
        (None, "k: null"),
        (-5, "k: -5"),
        ([], "k: []"),
        (Branch(), "k: {}"),
        ([[1], []], "k:\n    - - 1\n    - []"),
    ],
)
def test_a_value_is_printed_as_sops_prints_it(text: object, expected: str) -> None:
    assert printed(text) == f"{expected}\n"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("n", '"n": 1'),
        ("", '"": 1'),
        ("<<", "!!merge <<: 1"),
        ("x" * 129, "? " + "x" * 129 + "\n: 1"),
        ("a\nb", "? |-\n    a\n    b\n: 1"),
        ("\udcff", "!!binary /w==: 1"),
    ],
)
def test_a_key_is_printed_as_sops_prints_it(key: str, expected: str) -> None:
    assert yaml.emit([Branch([(key, 1)])]).decode() == f"{expected}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x {b: 1}\nc: *x\n", "a:\n    b: 1\nc:\n    b: 1\n"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "a:\n    b: 1\nc:\n    !!merge <<:\n        b: 1\n"),
        ("&k a: 1\nb: {*k : 2}\n", "a: 1\nb:\n    a: 2\n"),
        ("!!binary /w==: 1\n", "!!binary /w==: 1\n"),
        ("a: 0x1F\nb: 0b11\nc: 0777\nd: 08\ne: 1_0\n", "a: 31\nb: 3\nc: 511\nd: 8\ne: 10\n"),
        ("a: 2020-1-2\nb: 2020-01-02 3:04:05.50\n", "a: 2020-01-02T00:00:00Z\nb: 2020-01-02T03:04:05.5Z\n"),
        ("a: !!binary YQ==\nb: !!binary gA==\n", "a: a\nb: !!binary gA==\n"),
        ("a: !thing 1\n", 'a: "1"\n'),
        ("a: 1\n---\nb: 1\nb: 2\n", "a: 1\n---\nb: 1\nb: 2\n"),
        ("---\n---\na: 1\n", "{}\n---\na: 1\n"),
        ("&d {a: 1}\n--- {}\n", "a: 1\n---\n{}\n"),
    ],
)
def test_a_file_is_printed_as_sops_prints_it(text: str, expected: str) -> None:
    assert reprinted(text) == expected


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_file(codec: str) -> None:
    assert yaml.emit(yaml.load("a: é # c\n".encode(codec))[0]) == "a: é # c\n".encode()


def test_comments_of_other_formats_may_hold_what_yaml_takes_for_line_breaks() -> None:
    branch = Branch([(Comment("a\u2028"), None), ("k", 1), (Comment("b\u2028c"), None), ("l", 2)])
    assert yaml.emit([branch]).decode() == "#a\u2028k: 1\n#b\u2028# c\nl: 2\n"


def test_a_comment_that_is_no_utf_8_has_no_place_in_yaml() -> None:
    with pytest.raises(SopsError) as caught:
        yaml.emit([Branch([(Comment("\udcff"), None)])])
    assert caught.value.message == "a comment is no UTF-8 text, which YAML cannot hold"


def test_an_indent_of_two_is_what_a_configuration_may_ask_for() -> None:
    tree = yaml.load(b"a:\n    - b: 1\n      c:\n        - 1\n")[0]
    assert yaml.emit(tree, 2) == b"a:\n  - b: 1\n    c:\n      - 1\n"
    assert yaml.emit(tree, 1) == yaml.emit(tree, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "line 2: not valid YAML: did not find expected node content"),
        ("a: 1\nb: 2\na: 3\n", 'lines 1 and 3: the key "a" stands twice in one mapping; remove one of them'),
        ("a: {b: 1,\n b: 2}\n", 'lines 1 and 2: the key "b" stands twice in one mapping; remove one of them'),
        ("a: [{b: 1, b: 2}]\n", 'lines 1 and 1: the key "b" stands twice in one mapping; remove one of them'),
        ("- 1\n", "line 1: a document that is no mapping, which sops refuses"),
        ("text\n", "line 1: a document that is no mapping, which sops refuses"),
        ("a: 1\n--- 1\n", "line 2: a document that is no mapping, which sops refuses"),
        ("1: a\n", "line 1: a key that is no string, which sops refuses; quote it"),
        ("a:\n  true: a\n", "line 2: a key that is no string, which sops refuses; quote it"),
        ("? [a]\n: b\n", "line 1: a key that is no string, which sops refuses; quote it"),
        ("a: !!int x\n", "line 1: not valid YAML: the tag does not fit the value"),
        ("<<: 1\n", "line 1: not valid YAML: a merge key (<<) takes mappings"),
        ("a: &a [*a]\n", "line 1: not valid YAML: an anchored value contains itself"),
    ],
)
def test_what_sops_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(SopsError) as caught:
        yaml.load(text.encode())
    assert caught.value.message == message


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SopsError) as caught:
        yaml.load(b"a: \xff\n")
    assert caught.value.message == "line 1: the input is not UTF-8 text; save it as UTF-8"


def test_an_alias_bomb_is_refused() -> None:
    rows = ["a0: &a0 [1]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))]
    with pytest.raises(SopsError) as caught:
        yaml.load("\n".join(rows).encode())
    assert caught.value.message.endswith("aliases expand to too many values or levels")


def test_a_chain_of_aliases_is_no_way_to_endless_depth() -> None:
    rows = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 500))]
    with pytest.raises(SopsError) as caught:
        yaml.load("\n".join(rows).encode())
    assert caught.value.message.endswith("aliases expand to too many values or levels")


def test_a_large_file_without_aliases_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MAX_COPIED", 100)
    text = "".join(f"k{n}: [1, 2]\n" for n in range(200))
    assert len(data(yaml.load(text.encode())[0][0])) == 200  # type: ignore[arg-type]


def test_the_sops_block_is_taken_out_of_every_document() -> None:
    tree, block = yaml.load(b"a: 1\nsops: {mac: x, 'age': []} # c\n---\nsops: {mac: y}\nb: 2\n")
    assert block == {"mac": "x", "age": []}
    assert [data(branch) for branch in tree] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sops: 1\n", "must be the mapping that sops writes"),
        ("sops: []\n", "must be the mapping that sops writes"),
    ],
)
def test_a_block_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(SopsError) as caught:
        yaml.load(text.encode())
    assert (caught.value.message, caught.value.path) == (message, ("sops",))
