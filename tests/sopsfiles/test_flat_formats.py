"""dotenv and ini, which have no nesting: lines as sops reads and prints them."""

from __future__ import annotations

import pytest

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files import dotenv, ini
from krm_secrets.sops.files.flat import unflatten
from krm_secrets.sops.tree import Branch, data
from krm_secrets.sops.value import Comment
from krm_secrets.yamltext.scalars import timestamp


def env(text: bytes) -> Branch:
    return dotenv.load(text)[0][0]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (b"a=b", "a", "b"),
        (b"a=b=c", "a", "b=c"),
        (b" a = b ", " a ", " b "),
        (b"export a=b", "export a", "b"),
        (b"a='b' # c", "a", "'b' # c"),
        (b"a=b\\nc", "a", "b\nc"),
        (b"a=", "a", ""),
        (b"=b", "", "b"),
        (b"a=\xff", "a", b"\xff"),
        (b"\xff=a", "\udcff", "a"),
        (b"a=b\r", "a", "b\r"),
    ],
)
def test_a_dotenv_line_is_taken_to_the_letter(line: bytes, key: str, value: object) -> None:
    assert env(line) == [(key, value)]
    assert dotenv.emit([env(line)]) == line + b"\n"


def test_dotenv_comments_begin_a_line_and_empty_lines_are_dropped() -> None:
    branch = env(b"# a\n\n\n#\n #b=c\n")
    assert branch == [(" a", None), ("", None), (" #b", "c")]
    assert [isinstance(key, Comment) for key, _ in branch] == [True, True, False]
    assert dotenv.emit([branch]) == b"# a\n#\n #b=c\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "<nil>"),
        (True, "true"),
        (5, "5"),
        (5.0, "5.0"),
        (1e6, "1E+06"),
        (0.00001, "1E-05"),
        (1.25, "1.25"),
        (float("inf"), "+Inf"),
        (float("nan"), "NaN"),
        (timestamp("2020-01-02 03:04:05.678"), "2020-01-02T03:04:05Z"),
        (timestamp("2020-01-02T03:04:05.678+02:00"), "2020-01-02T03:04:05+02:00"),
        ("a\\n", "a\\n"),
    ],
)
def test_other_types_become_text_as_in_sops(value: object, expected: str) -> None:
    assert dotenv.emit([Branch([("k", value)])]) == f"k={expected}\n".encode()


def test_a_dotenv_line_without_a_sign_is_refused() -> None:
    with pytest.raises(SopsError) as caught:
        env(b"a=b\n\nsecret\n")
    assert caught.value.message == "line 3: not of the form NAME=VALUE"


def test_a_dotenv_file_with_crlf_is_refused_as_by_sops() -> None:
    with pytest.raises(SopsError) as caught:
        dotenv.load(b"a=b\r\nsops_mac=x\r\n")
    assert caught.value.message == "the lines end in CRLF, which sops refuses in a dotenv file; save it with LF"


def test_the_metadata_of_a_dotenv_file_is_nested_again() -> None:
    block = dotenv.load(b"a=b\nsops_age__list_0__map_enc=x\\ny\nsops_age__list_0__map_recipient=r\nsops_mac=m\n")[1]
    assert block == {"age": [{"enc": "x\ny", "recipient": "r"}], "mac": "m"}


@pytest.mark.parametrize(
    ("names", "message", "path"),
    [
        (["a", "a"], "stands twice", ("sops", "a")),
        (["a", "a__map_b"], "is at once a value, a list or a mapping", ("sops", "a")),
        (["a__list_0", "a__map_b"], "is at once a value, a list or a mapping", ("sops", "a")),
        (["a__list_1"], "is a list with gaps", ("sops", "a")),
        (["a__list_x", "a__list_0"], "stands twice", ("sops", "a__list_0")),
        ([f"a__list_{n}" for n in range(10_001)], "is a list with gaps", ("sops", "a")),
    ],
)
def test_flat_names_that_contradict_each_other_are_refused(
    names: list[str], message: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(SopsError) as caught:
        unflatten((name, "x") for name in names)
    assert (caught.value.message, caught.value.path) == (message, path)


def test_an_index_that_is_no_number_is_the_first() -> None:
    assert unflatten([("a__list_x__map_b", "c")]) == {"a": [{"b": "c"}]}


def sections(text: str) -> object:
    return data(ini.load(text.encode())[0][0])


def reprinted(text: str) -> str:
    return ini.emit(ini.load(text.encode())[0]).decode()


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("a=b", "a", "b"),
        ("a : b", "a", "b"),
        ("a = b ; c", "a", "b"),
        ("a = b#c", "a", "b"),
        ("a = `b ; c`", "a", "b ; c"),
        ('a = """b # c"""', "a", "b # c"),
        ('a = """b\nc"""', "a", "b\nc"),
        ("a = `b\nc`", "a", "b\nc"),
        ('a = """b\nc""" \\\nd"""', "a", 'b\nc""" \\\nd'),
        ("a = ' b '", "a", " b "),
        ('a = "b"', "a", "b"),
        ("a = 'b' 'c'", "a", "'b' 'c'"),
        ("a = b \\\n  c \\\n d", "a", "b c d"),
        ("a = b\\\n\nc = d", "a", "b"),
        ("a =", "a", ""),
        ("a = \xa0", "a", ""),
        ('"a=b" = c', "a=b", "c"),
        ("`a:b` = c", "a:b", "c"),
        ('"""a"b""" = c', 'a"b', "c"),
        ("- = b", "#1", "b"),
    ],
)
def test_an_ini_line_is_read_as_go_ini_reads_it(line: str, name: str, value: str) -> None:
    found = sections(f"[s]\n{line}\n")["s"]  # type: ignore[index]
    assert next(iter(found.items())) == (name, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b\n", "a = b\n"),
        ("[s]\nlong = 1\na = 2\n", "[s]\nlong = 1\na    = 2\n"),
        ("[s]\na = 1\n[t]\n[s]\nb = 2\n", "[s]\na = 1\n\n[t]\n\n[s]\nb = 2\n"),
        ("[DEFAULT]\na = 1\n", "[DEFAULT]\na = 1\n"),
        ("; one\n# two\n[s] ; three\n", "; one\n# two\n; three\n[s]\n"),
        ("[s]\n# one\na = 1 ; two\n", "[s]\n; one\n; two\na = 1\n"),
        ("[s]\na = 1\n; lost at the end\n", "[s]\na = 1\n"),
        ('[s]\na = `;`\nb = `#`\nc = \' x \'\nd = `"""`\n', '[s]\na = `;`\nb = `#`\nc = " x "\nd = """\n'),
        ("[s]\n`a=b` = 1\n'a' = 2\n\"c`d\" = 3\n", '[s]\n`a=b`     = 1\n\'a\'       = 2\n"""c`d""" = 3\n'),
        ("[s]\na = 1\na = 2\n", "[s]\na = 2\n"),
        ("[s]\n- = 1\n- = 2\n", "[s]\n#1 = 1\n#2 = 2\n"),
        ("\ufeff[s]\na = 1\n", "[s]\na = 1\n"),
        ("", ""),
    ],
)
def test_an_ini_file_is_printed_as_go_ini_prints_it(text: str, expected: str) -> None:
    assert reprinted(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[s\n", "line 1: a section's ] is missing"),
        ("[s]\n[]\n", "line 2: a section without a name"),
        ("secret\n", "line 1: not of the form NAME = VALUE"),
        ("= a\n", "line 1: a key without a name"),
        ('"" = a\n', "line 1: a key without a name"),
        ('"a = b\n', "line 1: the closing quote of a key is missing"),
        ('a = """b\nc\n', "line 2: the closing quote of a value is missing"),
    ],
)
def test_ini_lines_that_sops_refuses_are_refused(text: str, message: str) -> None:
    with pytest.raises(SopsError) as caught:
        ini.load(text.encode())
    assert caught.value.message == message


def test_the_metadata_of_an_ini_file_is_nested_again() -> None:
    tree, block = ini.load(b'[s]\na = b\n\n[sops]\nage__list_0__map_enc = x\\ny\nold = """x\ny"""\nraw = \xff\n')
    assert block == {"age": [{"enc": "x\ny"}], "old": "x\ny", "raw": b"\xff"}
    assert data(tree[0]) == {"DEFAULT": {}, "s": {"a": "b"}}


def test_a_comment_with_an_empty_line_cannot_be_written() -> None:
    with pytest.raises(SopsError) as caught:
        ini.emit([Branch([("s", Branch([(Comment("a\n\nb"), None)]))])])
    assert (caught.value.message, caught.value.path) == ("a comment with an empty line, which ini cannot write", ("s",))


def test_comments_of_other_formats_find_a_place_in_ini() -> None:
    keys = Branch([("a", "1"), (Comment("one"), None), ("b", "2"), (Comment("#two"), None), ("a", "3")])
    branch = Branch(
        [(Comment("lost"), None), ("s", Branch([(Comment(" head "), None), (Comment("lost"), None), *keys]))]
    )
    assert ini.emit([branch]) == b";  head \n[s]\n; one\na = 3\n# two\nb = 2\n"
