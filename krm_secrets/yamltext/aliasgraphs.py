"""How much a document is once its aliases are expanded, counted without expanding them.

go-yaml, and with it kubectl and kustomize, refuses documents of which nearly all comes from aliases as well.
"""

from __future__ import annotations

from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Sequence

FREE, TIMES = 100_000, 20
"""Nodes that a document may always expand to, and how many for each that is written in it beyond them."""


def is_bounded(root: Node) -> bool:
    """Whether the document is no larger than that."""
    count = _Count()
    return count.node(root) <= FREE + TIMES * count.written


class _Count:
    """One walk over a document: what an alias names stands before it, and was counted."""

    __slots__ = ("_sizes", "written")

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self.written = 0

    def node(self, node: Node) -> int:
        self.written += 1
        if type(node) is Alias:
            return 1 + self._sizes[id(node.target)]
        below = node.children if type(node) is Mapping else node.items if type(node) is Sequence else ()
        size = 1 + sum(map(self.node, below))
        if node.anchor is not None:
            self._sizes[id(node)] = size
        return size
