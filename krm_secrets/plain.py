"""Plain data of which nobody knows the form: any node of an object may have any type."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def as_map(node: object) -> dict[str, object]:
    """The node when it is a map, else an empty one: any node of an object may have any type."""
    # Data that was read has no other maps, and asking for any Mapping takes three times as long.
    return node if isinstance(node, dict) else {}


def as_list(node: object) -> list[object]:
    """The node when it is a list, else an empty one."""
    return node if isinstance(node, list) else []


def as_text(node: object) -> str:
    """The node when it is a string, else an empty one: a number names no Secret."""
    return node if isinstance(node, str) else ""


def filled(fields: dict[str, object]) -> dict[str, object]:
    """The fields that say something, in their order: without those that are empty."""
    return {key: value for key, value in fields.items() if value}


def at(node: object, path: Iterable[str | int]) -> object:
    """What stands at the path; None where nothing does."""
    for part in path:
        if isinstance(node, dict):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def leaves(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """All that is neither map nor list, in order and with its place."""
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from leaves(inner, (*path, index))
    else:
        yield path, node


def entries(node: object) -> Iterator[tuple[str | int, object]]:
    """The entries of a list with their indexes, or of a map with its keys."""
    if isinstance(node, dict):
        return ((key, value) for key, value in node.items() if isinstance(key, str))
    return iter(enumerate(as_list(node)))
