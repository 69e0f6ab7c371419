"""Which format a file has."""

from __future__ import annotations

import pytest

from krm_secrets.sops.files.formats import by_mark, by_name, emit, named
from krm_secrets.sops.tree import Branch
from tests.sopsfiles.files import dotenv_file, ini_file, json_file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.yaml", "yaml"),
        ("b/a.yml", "yaml"),
        ("a.json", "json"),
        (".env", "dotenv"),
        ("a.prod.env", "dotenv"),
        ("a.ini", "ini"),
        ("a.YAML", "binary"),
        ("a.txt", "binary"),
        ("a", "binary"),
        ("a.yaml.bak", "binary"),
    ],
)
def test_the_suffix_says_it(name: str, expected: str) -> None:
    assert by_name(name) == expected


def test_so_do_the_marks_of_sops() -> None:
    assert by_mark(b"a: 1\nsops:\n    mac: ENC[x]\n") == "yaml"
    assert by_mark(json_file({"a": "b"})) == "json"
    assert by_mark(dotenv_file({"a": "b"})) == "dotenv"
    assert by_mark(ini_file({"s": {"a": "b"}})) == "ini"
    assert by_mark(b"a: 1\n") is None


def test_and_the_user_may() -> None:
    assert named("dotenv") == "dotenv"
    assert named("env") is None


def test_an_indent_concerns_yaml_and_json_only() -> None:
    tree = [Branch([("a", Branch([("b", "c")]))])]
    assert emit(tree, "yaml", 2) == b"a:\n  b: c\n"
    assert emit(tree, "yaml", 0) == emit(tree, "yaml") == b"a:\n    b: c\n"
    assert emit(tree, "json", 1) == b'{\n "a": {\n  "b": "c"\n }\n}\n'
    assert emit(tree, "ini", 2) == b"[a]\nb = c\n"
