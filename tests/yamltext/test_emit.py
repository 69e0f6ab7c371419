from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from krm_secrets.yamltext import emit
from krm_secrets.yamltext.load import load, parse
from tests.edge_strings import EDGE_STRINGS
from tests.tools import tool

STRINGS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.sampled_from("ab01.:-+_ #\n\t\"'\\{}[],&*!|>%@`?=~\u00e9\x85\u2028\ufeff"), max_size=12),
    st.sampled_from(EDGE_STRINGS),
)
VALUES = st.recursive(
    st.one_of(STRINGS, st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)),
    max_leaves=12,
)


def shapes(text: str) -> list[object]:
    """One string as a value and as a key, plain, nested and in lists."""
    return [{"a": text, text: {text: [text, {text: text, "b": [text]}, [[text]]]}}, [text], {"n": {"m": {"k": text}}}]


@pytest.mark.parametrize("text", EDGE_STRINGS, ids=lambda t: ascii(t)[:40])
def test_an_edge_string_comes_back_from_every_reader(text: str) -> None:
    for value in shapes(text):
        for written in (emit.block(value), emit.flow(value)):
            assert load(parse(written)[0].root) == value
            assert yaml.load(written, yaml.CSafeLoader) == value
            assert yaml.load(written, yaml.SafeLoader) == value
        if len(emit.quoted(text)) <= emit.MAX_KEY:
            assert json.loads(emit.flow(value)) == value


@given(VALUES)
@settings(deadline=None)
def test_every_value_comes_back(value: object) -> None:
    for written in (emit.block(value), emit.block(value, 4), emit.flow(value)):
        assert load(parse(written)[0].root) == value
        assert yaml.load(written, yaml.CSafeLoader) == value


@given(STRINGS, st.integers(0, 3))
@settings(deadline=None)
def test_a_scalar_is_one_line_and_fits_behind_a_key_and_a_dash(text: str, depth: int) -> None:
    for written in (emit.scalar(text), emit.quoted(text)):
        assert len(written.splitlines()) == 1
        assert load(parse("- " * depth + f"a: {written} # c\n")[0].root) == _nested(depth, {"a": text})
    assert yaml.load(f"[{emit.quoted(text)}, {{{emit.quoted(text)}: 1}}]", yaml.CSafeLoader) == [text, {text: 1}]


def _nested(depth: int, value: object) -> object:
    return [_nested(depth - 1, value)] if depth else value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        ("12h", "12h"),
        ("a1b2c3", "a1b2c3"),
        ("b67e4583-a622-4cf2-a172-58ee67c703da", "b67e4583-a622-4cf2-a172-58ee67c703da"),
        ("", '""'),
        ("yes", '"yes"'),
        ("0644", '"0644"'),
        ("1e3", '"1e3"'),
        ("${A}", '"${A}"'),
        ("{{ .a }}", '"{{ .a }}"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("\U0001f600", '"\U0001f600"'),
        ("\x85\u2028\ufeff\x7f\ufffe\0", '"\\u0085\\u2028\\ufeff\\u007f\\ufffe\\u0000"'),
        ('"\\\n\t\r', '"\\"\\\\\\n\\t\\r"'),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.5, "1.5"),
        (1e16, "1.0e+16"),
        (5e-324, "5.0e-324"),
        (1.25e30, "1.25e+30"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
    ],
)
def test_a_scalar_is_written_like_this(value: object, expected: str) -> None:
    assert emit.scalar(value) == expected


def test_blocks_are_written_like_this() -> None:
    value = {
        "a": {"b": [1, {"c": "x", "d": []}, ["x", ["z"]], {}]},
        "e": "one\ntwo\n",
        "f": "one\n\n  two",
        "g": "one \n",
    }
    assert emit.block(value) == (
        "a:\n  b:\n    - 1\n    - c: x\n      d: []\n    -\n      - x\n      -\n        - z\n    - {}\n"
        'e: |\n  one\n  two\nf: |-\n  one\n\n    two\ng: "one \\n"\n'
    )
    assert emit.block(["a\nb"], 2) == "  - |-\n    a\n    b\n"
    assert emit.block({}, 2) == "  {}\n"
    assert emit.block("a\nb") == '"a\\nb"\n'


def test_a_long_key_takes_the_explicit_form() -> None:
    key = "k" * 1100
    assert emit.block([{key: 1}], 2) == f"  - ? {key}\n    :  1\n".replace(":  1", ": 1")
    assert emit.flow({key: 1}) == f'{{? "{key}" : 1}}'


@pytest.mark.parametrize("value", [b"x", object(), {"a": b"x"}, [{1, 2}]])
def test_what_yaml_has_no_form_for_is_a_mistake_of_ours(value: object) -> None:
    with pytest.raises(TypeError, match=r"^no YAML for \w+$"):
        emit.block(value)


# kustomize itself turns these into something else, or fails on them, however they are written.
_KUSTOMIZE_BREAKS = ("\x7f", "\x80", "\x85", "\x9f", "\ufffe", "\uffff", "0o+7", "\ta\nb")


def _object(strings: list[str]) -> dict[str, object]:
    spec = {f"k{n}": text for n, text in enumerate(strings)} | {text: "v" for text in strings if text != "<<"}
    metadata = {"name": "a", "annotations": {f"a{n}": text for n, text in enumerate(strings)}}
    return {"apiVersion": "example.org/v1", "kind": "Foo", "metadata": metadata, "spec": spec, "list": list(strings)}


@pytest.mark.parametrize("write", [emit.block, emit.flow])
def test_edge_strings_come_through_kustomize(write: Callable[[object], str], tmp_path: Path) -> None:
    expected = _object([t for t in EDGE_STRINGS if t and not any(c in t for c in _KUSTOMIZE_BREAKS)])
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "a.yaml").write_bytes(write(expected).encode())
    done = subprocess.run([tool("kustomize"), "build", str(tmp_path)], capture_output=True, check=True)
    assert load(parse(done.stdout.decode())[0].root) == expected


@pytest.mark.parametrize("write", [emit.block, emit.flow])
def test_edge_strings_come_through_kpt(write: Callable[[object], str], tmp_path: Path) -> None:
    expected = _object([t for t in EDGE_STRINGS if t])
    (tmp_path / "a.yaml").write_bytes(write(expected).encode())
    command = [tool("kpt"), "fn", "eval", str(tmp_path), "--exec", "cat", "-o", "unwrap"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert load(parse(done.stdout.decode())[0].root) == expected
