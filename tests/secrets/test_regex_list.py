"""The list of names that Reloader reads as anchored regular expressions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from krm_secrets.secrets import regex_list

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,12}[a-z0-9])?", fullmatch=True)


def matches(text: str, name: str) -> bool:
    return regex_list.parse(text).matches(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("app-secret", "app-secret"),
        ("other, app-secret ,third", "app-secret"),
        ("a.b", "a.b"),
        ("a.b", "axb"),
        (r"a\.b", "a.b"),
        ("a[.]b", "a.b"),
        ("app-.*", "app-secret"),
        ("app-.*", "app-"),
        (".*", "anything"),
        ("ab*c", "ac"),
        ("ab*c", "abbbc"),
        ("ab+c", "abbc"),
        ("ab?c", "ac"),
        ("ab?c", "abc"),
        ("a*b*", ""),
    ],
)
def test_an_entry_covers_a_name(text: str, name: str) -> None:
    assert matches(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "app"),
        ("app", "app-secret"),
        ("app-secret", "app"),
        (r"a\.b", "axb"),
        ("a[.]b", "axb"),
        ("app-.*", "other"),
        ("app-.+", "app-"),
        ("ab+c", "ac"),
        ("ab?c", "abbc"),
        ("App", "app"),
    ],
)
def test_an_entry_leaves_a_name_out(text: str, name: str) -> None:
    assert not matches(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [("a|b", "abc"), ("a|b", "cab"), ("(a|b)", "b"), ("a{2}", "aa"), ("^a$", "a"), ("[ab]", "b"), (r"\d", "1"),
     ("*", "any"), ("*-tls", "web-tls"), ("(?i)A", "a"), ("a*b*c*d*e*", "ace")],
)  # fmt: skip
def test_an_expression_that_go_takes_decides(text: str, name: str) -> None:
    """With nothing around it, so that each side of `|` is anchored at one end, and `*` repeats the anchor."""
    assert matches(text, name)


@pytest.mark.parametrize(
    "text", ["a|b", "(a)", "a{2}", "^a$", "[ab]", r"\d", "a**", "[", "[^]", "a\\", "(?=z)", "\ud800["]
)
def test_an_expression_leaves_a_name_out(text: str) -> None:
    assert not matches(text, "zzz")


@pytest.mark.parametrize("text", ["${APP}-secret", "a,{{ .Release.Name }}-secret"])
def test_what_is_yet_to_be_filled_in_may_become_any_name(text: str) -> None:
    assert matches(text, "zzz")
    assert regex_list.refused(text) is None


def test_the_first_entry_that_is_no_expression() -> None:
    assert regex_list.refused("a, b.c, d[.]e, *, [, (") == "["
    assert regex_list.refused("") is None


def test_a_long_list_takes_no_time_that_grows_with_its_expressions() -> None:
    assert not matches(",".join(f"(a|a)*{i}.*" for i in range(300)), "a" * 200)


def test_names_are_written_sorted_once_each_and_literally() -> None:
    assert regex_list.write(["b", "tls.key", "b", "a"]) == "a,b,tls[.]key"


def test_only_what_can_be_a_name_is_written() -> None:
    assert regex_list.writable({"a", "b,c", "d e", "{{ .x }}", "${APP}-secret"}) == {"a", "${APP}-secret"}


@given(st.sets(NAMES, min_size=1), NAMES)
def test_a_written_list_matches_its_names_and_no_other(names: set[str], other: str) -> None:
    text = regex_list.write(names)
    assert all(matches(text, name) for name in names)
    assert matches(text, other) == (other in names)
    assert all(any(re.fullmatch(part, name) for part in text.split(",")) for name in names)


@given(st.from_regex(r"([ab.]|\\\.|\[\.\])([?*+]|)([ab]|\.)[?*+]?", fullmatch=True), st.text("ab.", max_size=6))
def test_entries_mean_what_a_regular_expression_means(pattern: str, name: str) -> None:
    assert matches(pattern, name) == (re.fullmatch(pattern, name) is not None or pattern == name)


@given(st.text(), st.text())
def test_no_text_raises(text: str, name: str) -> None:
    regex_list.parse(text).matches(name)
