"""Nodes as somebody sees them who changes scalars on the way, in the places where the text has them."""

from __future__ import annotations

from collections.abc import Callable

from krm_secrets.yamltext.load import MAX_NODES
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError

Change = Callable[[tuple[str, ...], str], str]
"""The text of a scalar, key or value, from the keys that lead to it and what is written there."""


def _never(_: Node) -> bool:
    return False


def revised(node: Node, change: Change, stays: Callable[[Node], bool] = _never) -> Node:
    """A copy of a node with its scalars changed and its aliases spelled out; the node itself where nothing changes.

    `stays` may say of a node that nothing in it changes.
    """
    return _Revision(change, stays).node(node, ())


class _Revision:
    __slots__ = ("change", "left", "stays")

    def __init__(self, change: Change, stays: Callable[[Node], bool]) -> None:
        self.change = change
        self.stays = stays
        self.left = MAX_NODES

    def node(self, node: Node, path: tuple[str, ...]) -> Node:
        self.left -= 1
        if self.left < 0:
            raise YamlError("aliases expand to too many values", node.start)
        if type(node) is Alias:
            return self.node(node.target, path)
        if self.stays(node):
            return node
        if type(node) is Scalar:
            text = self.change(path, node.value)
            if text == node.value:
                return node
            return Scalar(node.start, node.end, node.tag, node.anchor, text, node.style)
        if type(node) is Sequence:
            items = [self.node(item, path) for item in node.items]
            if all(new is old for new, old in zip(items, node.items, strict=True)):
                return node
            copy = Sequence(node.start, node.end, node.tag, node.anchor, node.flow)
            copy.items = items
            return copy
        assert type(node) is Mapping
        children: list[Node] = []
        stays = self.stays
        for key, value in node.pairs():
            new = self.node(key, path) if type(key) is Scalar and not stays(key) else key
            if type(value) is Alias or not stays(value):
                value = self.node(value, (*path, new.value) if type(new) is Scalar else path)
            children += (new, value)
        if all(new is old for new, old in zip(children, node.children, strict=True)):
            return node
        return with_children(node, children)


def with_children(node: Mapping, children: list[Node]) -> Mapping:
    """A mapping in the place of another, with other keys and values."""
    copy = Mapping(node.start, node.end, node.tag, node.anchor, node.flow)
    copy.children = children
    return copy


def with_value(node: Mapping, path: tuple[str, ...], value: str) -> Mapping:
    """A copy of a mapping with a string at the path, where mappings lead to it or nothing does."""
    key, rest = path[0], path[1:]
    inner = node.get(key)
    new: Node = Scalar(node.start, node.start, None, None, value, '"')
    if rest:
        below = inner if type(inner) is Mapping else Mapping(node.start, node.start, None, None, False)
        new = with_value(below, rest, value)
    at = node.entries().get(key)
    children = list(node.children)
    if at is not None:
        children[at + 1] = new
    else:
        children += (Scalar(node.start, node.start, None, None, key, '"'), new)
    return with_children(node, children)
