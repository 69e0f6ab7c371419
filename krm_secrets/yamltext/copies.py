"""One-line copies of nodes, for the places where an alias can no longer stand for what it named."""

from __future__ import annotations

from typing import Union

from krm_secrets.yamltext.emit import quoted
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError, is_merge, resolved
from krm_secrets.yamltext.scalars import plain

DELETE = None
Updates = dict[str | int, Union["Updates", str, None]]

MAX_COPIED = 100_000
"""Nodes that one copy may have: nested aliases grow exponentially."""

_PREFIX = "tag:yaml.org,2002:"


def copy(node: Node | None, updates: Updates | None = None) -> str:
    """The node in flow style with the updates made, without anchors and aliases.

    Plain numbers, booleans and nulls keep the way they were written, strings are double-quoted.
    """
    return _Copier().node(node, updates or {})


class _Copier:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_COPIED

    def node(self, node: Node | None, updates: Updates) -> str:
        self.left -= 1
        if type(node) is Alias:
            node = node.target
        if self.left < 0 and node is not None:
            raise YamlError("aliases expand to too many values", node.start)
        if type(node) is Sequence:
            changes = ((item, updates.get(i, {})) for i, item in enumerate(node.items))
            return _tag(node) + "[" + ", ".join(self.changed(n, c) for n, c in changes if c is not DELETE) + "]"
        if type(node) is Scalar and not updates:
            return _tag(node) + _scalar(node)
        if type(node) is Mapping:
            return _tag(node) + self.mapping(node, updates)
        return "{" + ", ".join(self.added(None, updates)) + "}"

    def mapping(self, node: Mapping, updates: Updates) -> str:
        rest = dict(updates)
        rows = []
        for key, value in node.pairs():
            if is_merge(key):
                rows.append(f"<<: {self.node(value, {})}")
                continue
            name = resolved(key)
            change = rest.pop(name.value, {}) if type(name) is Scalar else {}
            if change is not DELETE:
                rows.append(f"{self.node(key, {})}: {self.changed(value, change)}")
        return "{" + ", ".join(self.added(node, rest) + rows) + "}"

    def added(self, node: Mapping | None, updates: Updates) -> list[str]:
        return [
            f"{quoted(str(key))}: {self.changed(node.get(str(key)) if node else None, change)}"
            for key, change in updates.items()
            if change is not DELETE
        ]

    def changed(self, node: Node | None, change: Updates | str) -> str:
        return change if isinstance(change, str) else self.node(node, change)


def _tag(node: Node) -> str:
    if node.tag is None or node.tag == "!":
        return ""
    if node.tag.startswith(_PREFIX):
        return f"!!{node.tag.removeprefix(_PREFIX)} "
    return f"{node.tag} " if node.tag.startswith("!") else f"!<{node.tag}> "


def _scalar(node: Scalar) -> str:
    if node.style or node.tag is not None or type(plain(node.value)) is str:
        return quoted(node.value)
    return node.value or "null"
