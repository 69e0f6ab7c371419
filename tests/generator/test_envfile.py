"""Env files: what kustomize reads in them, and what it reads that no cluster would take."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from krm_secrets.stages.generator.envfile import EnvFileError, differs_in_ksops, parse
from tests.hosts.support import build, documents, kustomization

CASES = {
    "a dollar": b"A=pa$SWORD\nB=$A ${A}\n",
    "quotes": b'A="q"\nB=\'q\'\nC="\n',
    "comments": b"# c\n  # d\nA=x # no comment\nB=#x\n",
    "spaces": b"  A= x \n\tB=y\t\n\xc2\xa0C=z\n\x0bD=w\n",
    "equals signs": b"A=b=c==\nB==\n",
    "empty values and lines": b"\nA=\n\n\nB=x",
    "a byte order mark": b"\xef\xbb\xbfA=b\nB=\xef\xbb\xbf\n",
    "CRLF": b"A=b\r\n\r\nB=c\r\r\n",
    "names": b"a.b-c_D=1\n1A=2\n_=3\n.x=4\n",
    "backslashes": b"A=a\\nb\\\\\nB=\\\n",
    "other letters": "A=ä€😀\n".encode(),
    "nothing": b"",
    "bcrypt": b"HASH=$2y$10$abcdefghijklmnopqrstuv\n",
}


@pytest.mark.parametrize("name", CASES)
def test_kustomize_reads_the_same(name: str, tmp_path: Path) -> None:
    text = "secretGenerator: [{name: a, envs: [a.env]}]\n"
    (found,) = documents(build(kustomization(tmp_path, text, {"a.env": CASES[name]})))
    expected = {key: b64decode(value).decode() for key, value in found.get("data", {}).items()}
    assert dict(parse(CASES[name])) == expected


def test_a_key_may_stand_twice_here_since_the_object_says_what_comes_of_it() -> None:
    assert parse(b"A=1\nA=2\n") == [("A", "1"), ("A", "2")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"A=b\nCANARY\n", "line 2 has no `=`"),
        (b"export A=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"A =CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"..A=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b".=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"\x1cA=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"A" * 254 + b"=CANARY\n", "line 1 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"A=b\n\xef\xbb\xbfB=c\n", "line 2 has a name that cannot be a key: letters, digits, -, _ and . can"),
        (b"A=b\nB=CANARY\xff\n", "line 2 is no UTF-8 text"),
    ],
)
def test_what_no_cluster_would_take(data: bytes, message: str) -> None:
    with pytest.raises(EnvFileError) as error:
        parse(data)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("value", "read"),  # by KSOPS 4.5.1, run by hand where the line before was A=zz; None is an error of it
    [
        ("b", "b"), ("#c", "#c"), ("a#b", "a#b"), ("$a", "$a"), ("${a}", "${a}"), ("a$", "a$"), ("$", "$"),
        ("$$", "$$"), ("$[A]", "$[A]"), ("{A}", "{A}"), ("%A%", "%A%"), ('a"b', 'a"b'), ("a\\nb", "a\\nb"),
        ("a\\", "a\\"), ("~", "~"), ('{"a": "b"}', '{"a": "b"}'), ("x\u2028", "x\u2028"), ("`x`", "`x`"),
        ('"q"', "q"), ("'q'", "q"), ('"half', None), ('"a" b', None), ("$A", "zz"), ("${A}", "zz"), ("$(A)", "zz)"),
        ("$${A}", "$zz"), ("pa$SWORD", "pa"), ("a$1", "a"), ("$_X", ""), ("\\$x", "$x"), ("\\\\$A", "\\$A"),
        ("$2b$10$abcDEF", "b$abcDEF"), ("x #c", "x"), (" x", "x"), ("x ", "x"), ("x\t", "x"), ("x\xa0", "x"),
    ],
)  # fmt: skip
def test_where_ksops_reads_another_value(value: str, read: str | None) -> None:
    assert differs_in_ksops(value) == (value != read)
