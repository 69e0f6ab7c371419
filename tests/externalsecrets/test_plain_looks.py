"""What is told without a regular expression is what the expression would have told."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

from krm_secrets._startup.patterns import Usual
from krm_secrets.externalsecrets import names, tokens
from krm_secrets.externalsecrets.template import Template, parse_template
from krm_secrets.shape import matches
from krm_secrets.shorthand import grammar

often = settings(max_examples=300, deadline=None)
USUAL = {name: value for name, value in vars(names).items() if isinstance(value, Usual)}
WORDS = st.text("aZ0-_.é²\n", max_size=6)


def test_there_are_such_patterns() -> None:
    assert {"NAME", "LABEL", "KEY", "ALIAS"} <= USUAL.keys()


@pytest.mark.parametrize("name", USUAL)
@often
@given(WORDS)
def test_what_is_surely_right_matches(name: str, text: str) -> None:
    pattern = USUAL[name]
    slow = re.match(str(pattern), text) is not None and not text.endswith("\n")
    assert matches(pattern, text) is slow
    assert slow or not pattern.surely(text)


@pytest.mark.parametrize(
    ("name", "text"), [("NAME", "web-2"), ("LABEL", "a"), ("KEY", ".dockerconfigjson"), ("ALIAS", "_a1")]
)
def test_usual_texts_need_no_expression(name: str, text: str) -> None:
    assert USUAL[name].surely(text)


@often
@given(st.text("a0-_.é \t", max_size=7), st.sampled_from(("{{", "{{-")), st.sampled_from(("}}", "-}}", "}", "")))
def test_an_action_that_is_only_a_chain_is_read_as_the_lexer_does(inner: str, opening: str, closing: str) -> None:
    text = f"x{opening}{inner}{closing} {{{{ .b }}}}"
    quick = read(text)
    with mock.patch.object(tokens, "_only_path", return_value=[]):
        slow = read(text)
    assert quick == slow


def read(text: str) -> Template | tuple[str, int]:
    try:
        return parse_template(text)
    except tokens.TemplateError as error:
        return error.message, error.offset


@often
@given(st.text("aZ0-_.é", max_size=6).map(".{}".format))
def test_a_plain_chain_is_a_reference_with_the_same_names(text: str) -> None:
    slow = re.fullmatch(tokens.PATH, text)
    assert (grammar._chain(text) == text) is (slow is not None)
    if slow is not None:
        found = tokens.segments(text)
        with mock.patch.object(tokens, "is_plain", return_value=False):
            assert tokens.segments(text) == found


@pytest.mark.parametrize(
    "change", [("", ""), ("-", ""), ("b", "g"), ("b67e4583", "b67e458"), ("703da", "703da\n"), ("B", "é")]
)
def test_a_uuid_is_what_the_pattern_says(change: tuple[str, str]) -> None:
    text = "b67e4583-a622-4cf2-A172-58ee67c703da".replace(*change, 1)
    assert names.is_uuid(text) is (re.fullmatch(str(names.UUID), text) is not None)
