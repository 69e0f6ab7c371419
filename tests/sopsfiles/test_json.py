"""JSON: numbers, strings and the edges of the file, as Go has them."""

from __future__ import annotations

import pytest

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files import binary, json
from krm_secrets.sops.tree import Branch
from krm_secrets.sops.value import Comment
from krm_secrets.yamltext.scalars import timestamp


def value(text: str) -> object:
    return json.load(f'{{"k": {text}}}'.encode())[0][0][0][1]


def printed(given: object) -> str:
    return json.emit([Branch([("k", given)])]).decode().removeprefix('{\n\t"k": ').removesuffix("\n}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2.0**63),
        ("-9223372036854775809", -(2.0**63)),
        ("1" + "0" * 300, 1e300),
        ("true", True),
        ("null", None),
        ("[]", []),
        ("{}", Branch()),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\\ud800"', "\ufffd"),
        ('["\\udc00", 1]', ["\ufffd", 1]),
    ],
)
def test_a_value_is_what_go_reads(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1.0, "1"),
        (0.0, "0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (-1e-6, "-0.000001"),
        ('<&>\u2028\x01\x7f\n"\\/', '"\\u003c\\u0026\\u003e\\u2028\\u0001\x7f\\n\\"\\\\/"'),
        (b"a\xff\xfe", '"a\\ufffd\\ufffd"'),
        ("é", '"é"'),
        (timestamp("2020-01-02"), '"2020-01-02T00:00:00Z"'),
        ([], "[]"),
        ([Comment("c")], "[]"),
        (Branch([(Comment("c"), None)]), "{}"),
        ([1, Branch([("a", None)])], '[\n\t\t1,\n\t\t{\n\t\t\t"a": null\n\t\t}\n\t]'),
        (False, "false"),
    ],
)
def test_a_value_is_printed_as_go_prints_it(given: object, expected: str) -> None:
    assert printed(given) == expected


def test_duplicate_keys_stay_and_what_follows_is_ignored() -> None:
    assert json.load(b' {"a": 1, "a": 2} rest')[0] == [Branch([("a", 1), ("a", 2)])]


def test_bytes_that_are_no_utf_8_become_replacement_characters() -> None:
    assert json.load(b'{"a": "\xff"}')[0] == [Branch([("a", "\ufffd")])]


def test_an_indent_is_what_a_configuration_may_ask_for() -> None:
    assert json.emit([Branch([("a", [1])])], 2) == b'{\n  "a": [\n    1\n  ]\n}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON: line 1: Expecting value"),
        ("\ufeff{}", "not valid JSON: line 1: Expecting value"),
        ('{"a": "\t"}', "not valid JSON: line 1: Invalid control character at"),
        ('{\n"a": 01}', "not valid JSON: line 2: Expecting ',' delimiter"),
        ('{"a": 1e999}', "not valid JSON: it holds a number that is none in JSON, or too large"),
        ('{"a": NaN}', "not valid JSON: it holds a number that is none in JSON, or too large"),
        ("[]", "the file is not a JSON object, which is what sops encrypts"),
        ("5", "the file is not a JSON object, which is what sops encrypts"),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", "not valid JSON: more than 200 levels of nesting"),
        ('{"a": ' + "[" * 99999 + "]" * 99999 + "}", "not valid JSON: more than 200 levels of nesting"),
    ],
)
def test_what_sops_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(SopsError) as caught:
        json.load(text.encode())
    assert caught.value.message == message


def test_a_block_that_stands_twice_is_refused() -> None:
    with pytest.raises(SopsError) as caught:
        json.load(b'{"sops": {}, "sops": {}}')
    assert (caught.value.message, caught.value.path) == (
        "stands twice, in lines 1 and 1: remove one of them, or restore what sops wrote",
        ("sops",),
    )


def test_lines_are_not_known_where_yaml_reads_other_than_json() -> None:
    with pytest.raises(SopsError, match=r"^stands twice$"):
        json.load(b'{"sops": {}, "sops": {}} }')


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_infinity_has_no_json(number: float) -> None:
    with pytest.raises(SopsError) as caught:
        printed(number)
    assert caught.value.message == "holds infinity or NaN, which JSON cannot write"


def test_binary_takes_one_document_with_data() -> None:
    assert binary.emit([Branch([("x", 1), ("data", b"\xff")])]) == b"\xff"
    assert binary.emit([Branch([("data", "\u00e9")])]) == "é".encode()
    with pytest.raises(SopsError) as caught:
        binary.emit([Branch([("data", "a")]), Branch()])
    assert caught.value.message == "only a file of one document can be written as bytes"
    with pytest.raises(SopsError):
        binary.emit([Branch([("data", timestamp("2020-01-02"))])])
