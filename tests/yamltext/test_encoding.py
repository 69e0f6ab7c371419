from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import Failure
from krm_secrets.yamltext.encoding import decode

TEXT = "kind: Secret\nname: é\U0001f600\n"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_comes_back_as_it_was(mark: bytes) -> None:
    given_ = mark + TEXT.encode()
    encoded = decode(given_)
    assert (encoded.text, encoded.codec, encoded.mark) == (TEXT, "utf-8", mark)
    assert encoded.encode(encoded.text) == given_


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf16_comes_back_as_it_was_with_and_without_a_mark(codec: str, mark: str) -> None:
    given_ = (mark + TEXT).encode(codec)
    encoded = decode(given_)
    assert (encoded.text, encoded.codec, encoded.mark) == (TEXT, codec, mark.encode(codec))
    assert encoded.encode(encoded.text) == given_


def test_two_marks_are_both_kept_apart() -> None:
    encoded = decode(b"\xef\xbb\xbf\xef\xbb\xbfa: 1\n")
    assert encoded.text == "a: 1\n"
    assert encoded.encode("b: 1\n") == b"\xef\xbb\xbf\xef\xbb\xbfb: 1\n"


def test_an_edited_text_is_written_in_the_encoding_of_the_input() -> None:
    assert decode(b"\xff\xfea\0").encode("é") == b"\xff\xfe\xe9\0"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "line 1: the input is not UTF-8 text; save it as UTF-8"),
        (b"a: 1\nb: \xe9\n", "line 2: the input is not UTF-8 text; save it as UTF-8"),
        (b"a: 1\r\n\nb: \xed\xa0\x80\n", "line 3: the input is not UTF-8 text; save it as UTF-8"),
        ("a: \u0a0a\n".encode("utf-16-le") + b"\0\xd8", "line 2: the input is not UTF-16-LE text; save it as UTF-8"),
        (b"\xfe\xff\0a\0", "line 1: the input is not UTF-16-BE text; save it as UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_named_by_line(data: bytes, message: str) -> None:
    with pytest.raises(Failure) as caught:
        decode(data)
    assert str(caught.value) == message


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_or_come_back_whole(data: bytes) -> None:
    try:
        encoded = decode(data)
    except Failure:
        return
    assert encoded.encode(encoded.text) == data
