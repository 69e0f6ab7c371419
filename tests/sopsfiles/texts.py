"""Plaintext files of every format: what people write, comments in odd places, and what is hard to print."""

from __future__ import annotations

import json
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from krm_secrets.yamltext.emit import quoted

T = TypeVar("T")


class Draw(Protocol):
    """What hypothesis hands to a composite strategy."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T: ...


WORDS = st.sampled_from(
    [
        "a", "b c", "", " a", "a ", "yes", "on", "null", "~", "1", "01", "1e3", "12:30:45", "2020-01-01", "<<", "-",
        "- a", "a: b", "a #b", "#a", "'a'", '"a"', "a\nb", "a\n\n", "\n\na", " a\nb", "a \nb", "a\tb", "\\", "a\\n",
        "---", "é", "\U0001f600", "\u2028", "a\u2028b", "\ufeffa", "\x01", "\x85", "=", "`", "{",
        "x" * 130, "ENC[AES256_GCM]", "%s",
    ]
)  # fmt: skip
TEXT = st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8))
# sops loses these in YAML, where it cannot read back what it wrote itself.
LOST = ("\t",)
SCALARS = st.one_of(
    TEXT.filter(lambda text: not text.startswith(LOST)),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
KEYS = st.one_of(st.sampled_from(["k1", "k2", "k3", "b_unencrypted", "8080", "a:b"]), TEXT).filter(
    lambda key: key not in ("sops", "<<") and not key.startswith(LOST)
)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
JSON_FILES = st.builds(
    lambda tree, ascii_only, end: (json.dumps(tree, ensure_ascii=ascii_only) + end).encode(),
    st.dictionaries(KEYS, TREES, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["", "\n", " {}", " x"]),
)
BINARY_FILES = st.binary(max_size=80)

_NAMES = st.sampled_from(["k1", "k2", "a b ", " G ", "export X", "é", "k_unencrypted"])
_COMMENT = st.sampled_from(["", " c", "c", " d e", "#", " enc", "é"])
_DOTENV_LINE = st.one_of(
    st.just(b""),
    st.builds(lambda text: b"#" + text.encode() + b"\n", _COMMENT),
    st.just(b"#\xff\n"),
    st.just(b"\n"),
    st.builds(lambda name, text: f"{name}={text}\n".encode(), _NAMES, TEXT.map(lambda text: text.replace("\n", "\\n"))),
    st.just(b"k3=\xff\xfe\n"),
)
DOTENV_FILES = st.lists(_DOTENV_LINE, max_size=8).map(b"".join)

_INI_LINE = st.one_of(
    st.sampled_from(["[s]", "[k1]", "[k1]", "[DEFAULT]", "", "k3 = v ; beside", "k4=`;#`", 'k5 = """a\nb"""', "x:y"]),
    st.sampled_from(
        ["k6 = ", "k7 = ' x '", "m = a\\\n b", "t = \\n", '"a=b" = c', "`q` = `", "k8 = é", "[s] # beside"]
    ),
    st.builds(lambda mark, text: f"{mark}{text}", st.sampled_from("#;"), _COMMENT),
)
INI_FILES = st.lists(_INI_LINE, min_size=1, max_size=8).map(lambda lines: ("\n".join(lines) + "\n").encode())


@st.composite
def yaml_files(draw: Draw) -> bytes:
    """One or two YAML documents, with comments where there may be any."""
    text = _comments(draw, 0) + draw(st.sampled_from(["", "---\n", "--- # start\n"])) + _mapping(draw, 0, 3)
    if draw(st.booleans()):
        text += draw(st.sampled_from(["", "...\n"])) + _comments(draw, 0) + "---\n" + _mapping(draw, 0, 2)
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"]))).encode()


def _comments(draw: Draw, indent: int) -> str:
    lines = draw(st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 2, -2]), _COMMENT), max_size=2))
    gap = draw(st.sampled_from(["", "", "\n", "\n\n"]))
    return "".join(f"{' ' * max(indent + more, 0)}#{text}\n{gap}" for more, text in lines) + gap


def _beside(draw: Draw) -> str:
    return draw(st.sampled_from(["", "", "", " # beside", "  # enc"]))


def _mapping(draw: Draw, indent: int, depth: int) -> str:
    text = ""
    for n in range(draw(st.integers(1, 3))):
        key = draw(st.sampled_from([f"k{n}", f"k{n}", f"'k{n}'", f"k{n}_unencrypted"]))
        text += _comments(draw, indent) + " " * indent + f"{key}:" + _value(draw, indent, depth)
    return text + _comments(draw, indent)


def _sequence(draw: Draw, indent: int, depth: int) -> str:
    text = ""
    for _ in range(draw(st.integers(1, 3))):
        text += _comments(draw, indent) + " " * indent + "-" + _value(draw, indent, depth)
    return text + _comments(draw, indent)


def _value(draw: Draw, indent: int, depth: int) -> str:
    kind = draw(st.sampled_from(["scalar", "scalar", "scalar", "flow", "block", "mapping", "sequence"]))
    inner = indent + draw(st.sampled_from([2, 4]))
    if kind == "mapping" and depth:
        return _beside(draw) + "\n" + _mapping(draw, inner, depth - 1)
    if kind == "sequence" and depth:
        return _beside(draw) + "\n" + _sequence(draw, inner, depth - 1)
    if kind == "block":
        return f" {draw(st.sampled_from(['|', '|-', '|+', '>']))}{_beside(draw)}\n{' ' * inner}a\n{' ' * inner}# b\n"
    if kind == "flow":
        text = draw(st.sampled_from(["[]", "{}", "[1, [2], {a: b}]", "{a: [], b: {c: null}}", "[1, # one\n   2]"]))
        return f" {text}{_beside(draw)}\n"
    text = draw(
        st.one_of(
            st.sampled_from(
                ["", "a", "1", "0x1F", "1.50", "1e3", ".inf", "true", "yes", "~", "2020-01-01", "08", "''"]
            ),
            st.sampled_from(["!!binary gIGC", "!!str 1", "!!float 3", "&x v", "2020-01-01 01:02:03.5"]),
            TEXT.filter(lambda text: not text.startswith(LOST)).map(quoted),
        )
    )
    return f" {text}{_beside(draw)}\n"
