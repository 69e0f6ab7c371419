"""YAML as a tree that may hold what no reader of data gives back: keys that stand twice, tags, anchors, any text.

A mapping is a list of pairs, a scalar the text that stands for it; what is emitted need not be YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import yaml


class Scalar:
    """A scalar as it is written; `mark` stands before it: a tag or an anchor."""

    def __init__(self, text: str, mark: str = "") -> None:
        self.text = text
        self.mark = mark


class Mapping:
    """Pairs of nodes."""

    def __init__(self, pairs: list[tuple[Node, Node]], mark: str = "") -> None:
        self.pairs = pairs
        self.mark = mark


class Sequence:
    """Nodes in a row."""

    def __init__(self, items: list[Node], mark: str = "") -> None:
        self.items = items
        self.mark = mark


Node = Scalar | Mapping | Sequence


class Place(NamedTuple):
    """A node with where it hangs: in which collection, and at which at."""

    around: Mapping | Sequence
    at: int
    node: Node

    def put(self, node: Node) -> None:
        if isinstance(self.around, Mapping):
            self.around.pairs[self.at] = (self.around.pairs[self.at][0], node)
        else:
            self.around.items[self.at] = node


def read(text: str) -> list[Node]:
    """The documents of a text, without comments and styles."""
    return [_node(document) for document in yaml.compose_all(text, yaml.CSafeLoader) if document is not None]


def places(node: Node) -> Iterator[Place]:
    """All nodes below a node, from the outside in."""
    if isinstance(node, Scalar):
        return
    below = [value for _, value in node.pairs] if isinstance(node, Mapping) else node.items
    for at, each in enumerate(below):
        yield Place(node, at, each)
        yield from places(each)


def copied(node: Node) -> Node:
    """The same, to be changed apart."""
    if isinstance(node, Mapping):
        return Mapping([(copied(key), copied(value)) for key, value in node.pairs], node.mark)
    if isinstance(node, Sequence):
        return Sequence([copied(item) for item in node.items], node.mark)
    return Scalar(node.text, node.mark)


def flow(node: Node) -> str:
    """The node on one line."""
    if isinstance(node, Mapping):
        body = "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in node.pairs) + "}"
    elif isinstance(node, Sequence):
        body = "[" + ", ".join(map(flow, node.items)) + "]"
    else:
        body = node.text
    return node.mark + body


def block(node: Node, margin: str = "") -> str:
    """The node in lines, without the line break before its first."""
    if isinstance(node, Scalar) or not (node.pairs if isinstance(node, Mapping) else node.items):
        return flow(node)
    if isinstance(node, Mapping):
        rows = [f"{flow(key)}:{_below(value, margin)}" for key, value in node.pairs]
    else:
        rows = [f"-{_below(item, margin)}" for item in node.items]
    return f"\n{margin}".join(rows)


def _below(node: Node, margin: str) -> str:
    if isinstance(node, Scalar) or not (node.pairs if isinstance(node, Mapping) else node.items):
        return f" {flow(node)}"
    inner = f"{margin}  "
    return f"{' ' if node.mark else ''}{node.mark}\n{inner}{block(node, inner)}"


def _node(node: yaml.Node) -> Node:
    if isinstance(node, yaml.MappingNode):
        return Mapping([(_node(key), _node(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return Sequence([_node(item) for item in node.value])
    return Scalar(json.dumps(node.value) if node.tag.endswith(":str") else node.value)
