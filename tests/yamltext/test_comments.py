"""Which entry a comment belongs to."""

from __future__ import annotations

from krm_secrets.yamltext.comments import comments
from krm_secrets.yamltext.load import parse

TEXT = """\
# head
a: 1 # beside a
# before b
b:
  # before c
  c: "text # none"
  d: plain#none
  # behind d
e: &x [1, # beside the list
  2]
f: |
  # none
  text
# behind f, more
  # deeper than any before
g:
  - h: 1
    # behind h
  # before the item
  - i
# end
"""


def found(text: str) -> list[tuple[str, str, tuple[str | int, ...]]]:
    (document,) = parse(text)
    return [(each.text, each.side, each.path) for each in comments(text, document, 0, len(text))]


def test_a_comment_stands_behind_the_mark_of_a_text() -> None:
    assert found("a: |  # one\n  # none\nb: &x >-  # two\n  text # none\nc: |") == [
        ("# one", "beside", ("a",)),
        ("# two", "beside", ("b",)),
    ]


def test_each_comment_has_its_place() -> None:
    assert found(TEXT) == [
        ("# head", "before", ("a",)),
        ("# beside a", "beside", ("a",)),
        ("# before b", "before", ("b",)),
        ("# before c", "before", ("b", "c")),
        ("# behind d", "behind", ("b", "d")),
        ("# beside the list", "beside", ("e", 0)),
        ("# behind f, more", "before", ("g",)),
        ("# deeper than any before", "behind", ("f",)),
        ("# behind h", "behind", ("g", 0, "h")),
        ("# before the item", "before", ("g", 1)),
        ("# end", "behind", ("g",)),
    ]


def test_flow_style_and_carriage_returns() -> None:
    assert found("{\r\n  # one\r\n  a: 1, # two\r\n  b: {c: '#', d: 2}\r\n}\r\n") == [
        ("# one", "before", ("a",)),
        ("# two", "beside", ("a",)),
    ]


def test_a_document_without_entries() -> None:
    assert found("# one\ntext # two\n") == [("# one", "behind", ()), ("# two", "behind", ())]


def test_a_comment_does_not_show_itself() -> None:
    (document,) = parse("a: 1 # hunter2\n")
    assert "hunter2" not in repr(comments("a: 1 # hunter2\n", document, 0, 15))
