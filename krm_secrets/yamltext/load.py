"""Nodes to plain data, as Kubernetes tools read them: aliases and merge keys resolved, keys as strings."""

from __future__ import annotations

from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError
from krm_secrets.yamltext.scalars import Timestamp, resolve

MAX_NODES = 1_000_000
"""Nodes that one object may have after its aliases are expanded: nested aliases grow exponentially."""


def load(node: Node) -> object:
    """The data of a node: dict, list, str, int, float, bool, None, or bytes for `!!binary`.

    A timestamp stays the text that was written. YamlError on duplicate keys, keys that are collections, cycles and
    alias bombs.
    """
    return _Loader().value(node)


class _Loader:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_NODES

    def count(self, node: Node) -> None:
        self.left -= 1
        if self.left < 0:
            raise YamlError("aliases expand to too many values", node.start)

    def value(self, node: Node) -> object:
        self.count(node)
        if type(node) is Alias:
            node = node.target
        if type(node) is Scalar:
            value = resolve(node)
            return value.source if type(value) is Timestamp else value
        if type(node) is Sequence:
            return [self.value(item) for item in node.items]
        assert type(node) is Mapping
        return self.mapping(node)

    def mapping(self, node: Mapping) -> dict[str, object]:
        """Written keys first, each over what `<<` brings in: go-yaml's order of precedence."""
        self.count(node)
        entries = node.entries()
        data: dict[str, object] = {}
        if 2 * len(entries) != len(node.children):
            for merged in reversed(list(node.merges())):
                data.update(self.mapping(merged))
        for i in entries.values():
            data[key_text(node.children[i])] = self.value(node.children[i + 1])
        return data


def key_text(key: Node) -> str:
    """A mapping key as a string: `8080` and `true` are keys like any other once Kubernetes reads them as JSON."""
    if type(key) is Alias:
        key = key.target
    assert type(key) is Scalar
    value = resolve(key)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if type(value) is str else key.value
