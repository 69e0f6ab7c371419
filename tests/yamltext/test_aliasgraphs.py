"""How much a document is with its aliases expanded: counted in one walk, and limited as a whole."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from krm_secrets.yamltext.aliasgraphs import FREE, TIMES, is_bounded
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Sequence, YamlError
from tests.running import run


def size(node: Node) -> int:
    """The same by expanding."""
    if type(node) is Alias:
        return 1 + size(node.target)
    below = node.children if type(node) is Mapping else node.items if type(node) is Sequence else []
    return 1 + sum(map(size, below))


def written(node: Node) -> int:
    below = node.children if type(node) is Mapping else node.items if type(node) is Sequence else []
    return 1 + sum(map(written, below))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(1, 40))
def test_it_is_what_expanding_gives(names: list[int], leaves: int) -> None:
    rows = [f"a0: &a0 [{', '.join('x' * leaves)}]\n"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * times)}]\n" for n, times in enumerate(names, 1)]
    (document,) = parse("".join(rows))
    root = document.root
    assert is_bounded(root) is (size(root) <= FREE + TIMES * written(root))


def objects(number: int, keys: int) -> str:
    shared = ", ".join(f"k{n}: v" for n in range(keys))
    row = "- {kind: ConfigMap, apiVersion: v1, metadata: {name: c}, data: *a}\n"
    return f"kind: List\napiVersion: v1\nx: &a {{{shared}}}\nitems:\n{row * number}# ENC[\n"


@pytest.mark.parametrize("words", [(), ("guard",), ("guard", "--keep")], ids=str)
def test_many_objects_of_one_document_may_not_share_very_much(words: tuple[str, ...]) -> None:
    text = objects(600, 600)
    done = run(text, *words)
    assert (done.code, done.out) == (1, b"")
    assert done.first == "krm-secrets: error: ConfigMap c: line 5: aliases expand to too many values"
    few = objects(100, 200)
    assert run(few, *words).code == 0


def test_each_reading_is_refused() -> None:
    (document,) = parse(objects(600, 600))
    for _ in range(2):
        with pytest.raises(YamlError, match="aliases expand to too many values"):
            load(document.root)
    assert document.bounded is False
