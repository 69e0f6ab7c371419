from __future__ import annotations

import pytest

from krm_secrets.yamltext import lines
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import Mapping, Sequence


@pytest.mark.parametrize(
    ("text", "newline"),
    [("", "\n"), ("a", "\n"), ("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n"), ("a\rb", "\n"), ("\na", "\n")],
)
def test_the_first_line_decides_how_lines_end(text: str, newline: str) -> None:
    assert lines.newline_of(text) == newline


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_break_ends_a_line(newline: str) -> None:
    text = f"ab{newline}  cd"
    assert lines.line_end(text, 1) == 2 + len(newline)
    assert lines.line_end(text, 2 + len(newline)) == len(text)
    assert (lines.column(text, len(text)), lines.column(text, 1), lines.column(text, 0)) == (4, 1, 0)


@pytest.mark.parametrize(
    ("text", "margin", "rest"),
    [
        ("a: 1 # c\nb: 2\n", 0, "b: 2\n"),
        ("a: 1\n\n \t\n# c\nb: 2\n", 0, "# c\nb: 2\n"),
        ("a: 1\n  # deep\n\nb: 2\n", 0, "b: 2\n"),
        ("a: 1\n  # as deep\nb: 2\n", 2, "  # as deep\nb: 2\n"),
        ("a: 1\n---\nb: 2\n", 0, "---\nb: 2\n"),
        ("a: 1\n...\n", 0, "...\n"),
        ("a: 1\r\n\r\nb: 2\r\n", 0, "b: 2\r\n"),
        ("a: 1", 0, ""),
        ("a: 1\n# c", -1, ""),
    ],
)
def test_an_entry_owns_its_blank_lines_and_deeper_comments(text: str, margin: int, rest: str) -> None:
    assert text[lines.behind(text, 4, margin) :] == rest


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("a: 1\nb: 2\n", ["a", "b"]),
        ("? a\n: 1\n? b\n", ["? a", "? b"]),
        ("?  # why ?\n  &x a\n: 1\n", ["?  #"]),
        ("!!map\n? a\n", ["? a"]),
        ("!a?b\n&x a: 1\n# ? c\n&y? b: 2\n".replace("&y?", "&y"), ["&x a", "&y b"]),
        ("{? a, b: 1 , # ?\n ? c : 2}", ["? a", "b", "? c"]),
    ],
)
def test_an_entry_begins_at_its_key_or_its_question_mark(text: str, starts: list[str]) -> None:
    node = parse(text)[0].root
    assert type(node) is Mapping
    found = [lines.entry_start(text, node, i) for i in range(0, len(node.children), 2)]
    assert [text[at : at + len(start)] for at, start in zip(found, starts, strict=True)] == starts


@pytest.mark.parametrize(
    "text", ["- a\n", "!a-b\n- a\n", "&x # -\n - a\n", "!<tag:a-b>\n- &y-z a\n".replace("-z", "z")]
)
def test_the_first_dash_is_no_part_of_tags_anchors_and_comments(text: str) -> None:
    node = parse(text)[0].root
    assert type(node) is Sequence
    at = lines.first_dash(text, node)
    assert text[at : at + 2] == "- "
    assert text[at:] == text[text.rindex("- ") :]


@pytest.mark.parametrize(
    ("text", "at"),
    [("{}", 1), ("{a: 1}", 1), ("&x {a: 1}", 4), ("!t # {\n {a}", 9), ("[]", 1), ("&x # [\n [1, [2]]", 9)],
)
def test_a_flow_collection_opens_behind_its_bracket(text: str, at: int) -> None:
    node = parse(text)[0].root
    assert type(node) is Mapping or type(node) is Sequence
    assert lines.opening(text, node) == at


def test_a_mapping_without_braces_opens_where_it_starts() -> None:
    text = "[ ? a : 1]"
    node = parse(text)[0].root
    assert type(node) is Sequence
    inner = node.items[0]
    assert type(inner) is Mapping
    assert lines.opening(text, inner) == inner.start == 2
