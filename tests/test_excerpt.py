"""The lines around a mistake: what is shown of them, where the caret is, and that no value ever is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import Location
from krm_secrets.excerpt import WIDTH, excerpt
from krm_secrets.yamltext import emit
from tests.running import at_terminal, start

TEXT = """\
# hunter1
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: "shop", annotations: &all {note: hunter2}}  # hunter3
stringData:
  "password": hunter4
  flow: {hunter5}
  block: |
    token: hunter6
    AGE-SECRET-KEY-1X
  list: [hunter7, {inner: hunter8}]
  again: *all
  AGE-SECRET-KEY-1Y: hunter9
"""


def shown(text: str, line: int, *path: str | int) -> list[str]:
    found = excerpt(text, Location(path=path, line=line))
    return [] if found is None else found.lines()


def test_keys_are_shown_and_what_an_object_is_called() -> None:
    assert shown(TEXT, 4, "metadata", "name") == [
        "3 | kind: Secret",
        "4 | metadata: {name: web, namespace: \"shop\", annotations: …note: …}}  …",
        "  |            ^^^^^^^^^",
        "5 | stringData:",
    ]  # fmt: skip


def test_values_are_not() -> None:
    assert shown(TEXT, 6, "stringData", "password") == [
        "5 | stringData:",
        '6 |   "password": …',
        "  |   ^^^^^^^^^^^^^",
        "7 |   flow: {…}",
    ]


def test_lines_of_a_text_in_the_file_are_a_value() -> None:
    assert shown(TEXT, 8, "stringData", "block") == [
        "7 |   flow: {…}",
        "8 |   block: …",
        "  |   ^^^^^^^^",
        "9 |     …",
    ]
    assert shown(TEXT, 9) == []


def test_an_identity_is_no_key() -> None:
    assert shown(TEXT, 13, "stringData") == []
    assert shown(TEXT, 12, "stringData", "again")[-1] == "13 |   …: …"


def test_of_a_list_the_line_is_marked() -> None:
    rows = shown("a:\n  - b: x\n    c: y\n  - z\n", 2, "a", 0)
    assert rows == ["1 | a:", "2 |   - b: …", "  |     ^^^^", "3 |     c: …"]


def test_a_key_that_stands_twice_in_the_line_is_not_guessed() -> None:
    assert shown("a: {n: 1, b: {n: 2}}\n", 1, "a", "b", "n") == ["1 | a: {n: …, b: {n: …}}", "  | " + "^" * 20]


def test_what_is_no_yaml_shows_a_first_word_of_ours_at_most() -> None:
    text = "kind: Secret\n  name: [hunter\npassword: hunter\n- metadata:\n"
    assert shown(text, 1) == ["1 | kind: …", "  | ^^^^^^^", "2 |   name: …"]
    assert shown(text, 3) == []
    assert shown(text, 4)[1:] == ["4 | - metadata:", "  |   ^^^^^^^^^"]


def test_a_long_line_is_cut_around_the_mark() -> None:
    data = {f"key{n:03}": n for n in range(100)}
    rows = shown(json.dumps(data), 1, "key070")
    assert rows[0].index('"key070"') == rows[1].index("^")
    assert max(map(len, rows)) <= WIDTH + len("1 | ")


@pytest.mark.parametrize("line", [0, 3, 99])
def test_a_line_that_is_not_there_is_not_shown(line: int) -> None:
    assert shown("a: 1\n\n", line) == []


def test_a_key_that_is_a_list_is_shown_as_what_it_holds() -> None:
    assert shown("? [hunter1, {b: hunter2}]\n: hunter3\n", 1) == [
        "1 | ? […, {b: …}]",
        "  | ^^^^^^^^^^^^^",
        "2 | : …",
    ]


def test_colours_are_added_to_the_same_text() -> None:
    found = excerpt("a: 1\n", Location(line=1))
    assert found is not None
    assert found.lines(colour=True) == ["\x1b[2m1 |\x1b[0m a: …", "\x1b[2m  |\x1b[0m \x1b[1;31m^^^^\x1b[0m"]


values = st.recursive(
    st.sampled_from(["CANARY", "CANARY\nCANARY\n", "it's CANARY", 'a "CANARY" #CANARY', " CANARY", "CANARY, CANARY"]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["kind", "name", "metadata", "a.b"]), inner, min_size=1, max_size=4)
        | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"data": values, "metadata": values}), st.booleans(), st.integers(0, 400), st.booleans())
def test_no_value_is_ever_shown(data: dict[str, object], flow: bool, lost: int, breaks: bool) -> None:
    """Whole texts, and such that lost a character anywhere."""
    text = json.dumps(data, indent=1 if breaks else None) if flow else emit.block(data)
    for written in (text, text[:lost] + text[lost + 1 :]):
        for line in range(1, written.count("\n") + 2):
            assert "CANARY" not in "".join(shown(written, line, "data"))


# At a terminal


def test_a_person_gets_the_message_and_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: web}\n"
        "secrets:\n  web: {fromm: hunter2}\n"
    )
    piped = start(b"", "run", str(file))
    plain, code = at_terminal("run", str(file), NO_COLOR="1")
    assert piped.code == code == 1
    assert [line for line in plain.splitlines() if not line.startswith("  ")] == piped.err.splitlines()
    assert "  5 |   web: {fromm: …}\n    |         ^^^^^^^^\n" in plain
    coloured, _ = at_terminal("run", str(file), NO_COLOR="")
    assert "\x1b[1;31merror\x1b[0m: " in coloured
    assert "hunter2" not in plain + coloured
