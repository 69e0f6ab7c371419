"""The form of an encrypted value, taken apart without an engine that backtracks."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings, strategies as st

from krm_secrets.sops import value

START = "ENC[AES256_GCM,data:"
# The expression of sops, in Go's dialect and in Python's alike.
GREEDY = re.compile(r"^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]")
PARTS = st.lists(st.sampled_from([",iv:", ",tag:", ",type:", "]", "a", "AAAA", "\n", ","]), max_size=9)
TEXT = PARTS.map("".join)
WHOLE = st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT).map(lambda t: "{}{},iv:{},tag:{},type:{}]{}".format(START, *t))


@settings(max_examples=500)
@given(text=st.one_of(WHOLE, TEXT.map(START.__add__)))
def test_the_parts_are_those_of_the_greedy_expression(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(value, "_decode", lambda part: part)
        found = value.parse(text)
    match = GREEDY.match(text)
    assert (tuple(found) if found else None) == (match.groups() if match else None)


def test_a_long_text_takes_no_time() -> None:
    before = time.process_time()
    assert value.parse(START + "x,iv:x,tag:x,type:x" * 50_000) is None
    assert time.process_time() - before < 1
