"""The `sops` block in formats without nesting: `age__list_0__map_enc` for `age[0].enc`."""

from __future__ import annotations

import re

from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_SEPARATOR = re.compile(r"__(map|list)_")
_NUMBER = re.compile("[+-]?[0-9]+")
_MAX_INDEX, _DIGITS = 10_000, 20


def twice(first: int, second: int) -> str:
    """What is said of two lines that say the same."""
    return f"stands twice, in lines {first} and {second}: remove one of them, or restore what sops wrote"


class _Node:
    __slots__ = ("children", "item", "value")

    def __init__(self) -> None:
        self.item = 0
        self.value: object = None
        self.children: dict[str | int, _Node] = {}


def unflatten(items: Iterable[tuple[str, object]], lines: Sequence[int] = ()) -> dict[str, object]:
    """The nested metadata of flat names; SopsError where names contradict each other. `lines` are those of the items,
    where that is known."""
    root = _Node()
    for number, (name, value) in enumerate(items):
        node = root
        for step in _steps(name):
            node = node.children.setdefault(step, _Node())
        if node.value is not None:
            raise SopsError(twice(lines[node.item], lines[number]) if lines else "stands twice", ("sops", name))
        node.value, node.item = value, number
    result = _nested(root, ("sops",))
    assert isinstance(result, dict)
    return result


def _steps(name: str) -> list[str | int]:
    head, *rest = _SEPARATOR.split(name)
    steps: list[str | int] = [head]
    for kind, text in zip(rest[::2], rest[1::2], strict=True):
        steps.append(text if kind == "map" else _index(text))
    return steps


def _index(text: str) -> int:
    """The place in a list as Go reads it, to which what is no number is 0; a list is never as long as the last one."""
    if _NUMBER.fullmatch(text) is None:
        return 0
    return int(text) if len(text) < _DIGITS else _MAX_INDEX


def _nested(node: _Node, path: Path) -> object:
    keys = node.children
    kinds = {type(key) for key in keys}
    if len(kinds) + (node.value is not None) > 1:
        raise SopsError("is at once a value, a list or a mapping", path)
    if kinds == {int}:
        if len(keys) > _MAX_INDEX or sorted(map(int, keys)) != list(range(len(keys))):
            raise SopsError("is a list with gaps", path)
        return [_nested(keys[n], (*path, n)) for n in range(len(keys))]
    if keys or node.value is None:
        return {str(key): _nested(child, (*path, key)) for key, child in keys.items()}
    return node.value
