from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from krm_secrets.yamltext.nodes import Scalar, YamlError
from krm_secrets.yamltext.scalars import Timestamp, plain, resolve, timestamp
from tests.edge_strings import EDGE_STRINGS
from tests.yamltext.go_scalars import STRINGS, VALUES, Time

TAG = "tag:yaml.org,2002:"


def read(value: str, tag: str | None = None, style: str = "") -> object:
    return resolve(Scalar(3, 3 + len(value), tag, None, value, style))


@pytest.mark.parametrize("text", dict.fromkeys((*EDGE_STRINGS, *STRINGS, *VALUES)), ids=ascii)
def test_a_plain_scalar_is_what_go_yaml_reads(text: str) -> None:
    expected = VALUES.get(text, text)
    found = plain(text)
    if isinstance(expected, Time):
        assert type(found) is Timestamp
        assert (str(found), found.source) == (str(expected), text)
    else:
        assert type(found) is type(expected)
        assert repr(found) == repr(expected)


@pytest.mark.parametrize("text", EDGE_STRINGS, ids=ascii)
@pytest.mark.parametrize("style", ["'", '"', "|", ">"])
def test_a_quoted_or_block_scalar_is_a_string(text: str, style: str) -> None:
    assert read(text, style=style) == text
    assert read(text, "!", style) == text


def test_the_tag_that_says_nothing_changes_nothing() -> None:
    assert read("12", "!") == 12
    assert read("", "!") is None


@pytest.mark.parametrize("tag", [TAG + "str", "!local", "tag:example.com,2000:x", TAG + "seq"])
@pytest.mark.parametrize("text", ["1", "true", "", "2020-01-01", "<<"])
def test_any_other_tag_makes_a_string(tag: str, text: str) -> None:
    assert read(text, tag) == text


def test_core_tags_read_also_what_is_quoted() -> None:
    assert read("0x1F", TAG + "int", '"') == 31
    assert read("True", TAG + "bool", "'") is True
    assert read("", TAG + "null", "'") is None
    assert read("12", TAG + "float") == 12.0
    assert type(read("12", TAG + "float")) is float
    assert read("2020-1-1", TAG + "timestamp", '"') == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        *(("int", text) for text in ("", "x", "1.5", "true", "1e3", "18446744073709551616", "2020-01-01")),
        *(("float", text) for text in ("", "x", "true", "9223372036854775808", "1e400")),
        *(("bool", text) for text in ("", "yes", "1", "tRUE")),
        *(("null", text) for text in ("x", "0", "nULL")),
        *(("timestamp", text) for text in ("", "x", "2020", "2020-13-01")),
    ],
)
def test_a_tag_that_promises_another_type_is_an_error(tag: str, text: str) -> None:
    with pytest.raises(YamlError) as caught:
        read(text, TAG + tag)
    assert (caught.value.message, caught.value.start) == ("the tag does not fit the value", 3)


@pytest.mark.parametrize("text", ["", "YQ==", "YQ==\n", "YW\r\nJj", "YR=="])
def test_binary_is_decoded(text: str) -> None:
    assert read(text, TAG + "binary") == {"": b"", "YW\r\nJj": b"abc"}.get(text, b"a")


@pytest.mark.parametrize(
    "text", ["Y", "YQ", "YQ=", "YWI==", "Y Q==", "Y\tQ==", " ", "=", "====", "-_==", "é", "YQ==YQ=="]
)
def test_binary_that_is_no_base64_is_an_error(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        read(text, TAG + "binary")
    assert caught.value.message == "the value tagged !!binary is not base64"


@pytest.mark.parametrize("head", ["", "0x", "0b", "0", ".", "1.", "1e", "-", "2020-01-01 "])
def test_huge_numbers_take_linear_time(head: str) -> None:
    assert plain(head + "1" * 2_000_000) is not None


@given(st.text(st.sampled_from("0123456789abxoeE_+-.:TtZ ,"), min_size=1, max_size=30))
def test_every_text_has_a_meaning(text: str) -> None:
    found = plain(text)
    assert isinstance(found, (str, int, float)) or found is None
    if isinstance(found, float):
        assert math.isfinite(found)
    assert timestamp(text) is None or isinstance(found, Timestamp)


def test_a_float_may_be_tagged_as_one() -> None:
    assert read("1.5", TAG + "float", '"') == 1.5
