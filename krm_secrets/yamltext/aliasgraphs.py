"""How much a document is once its aliases are expanded, counted without expanding them.

go-yaml, and with it kubectl and kustomize, refuses documents of which nearly all comes from aliases as well.
"""

from __future__ import annotations

from krm_secrets.yamltext.nodes import Alias, Node, below

FREE, TIMES = 100_000, 20
"""Nodes that a document may always expand to, and how many for each that is written in it beyond them."""


def is_bounded(root: Node) -> bool:
    """Whether the document is no larger than that."""
    sizes: dict[int, int] = {}  # of what has an anchor: what an alias names stands before it, and was counted
    written = 0

    def expanded(node: Node) -> int:
        nonlocal written
        written += 1
        if type(node) is Alias:
            return 1 + sizes[id(node.target)]
        size = 1 + sum(map(expanded, below(node)))
        if node.anchor is not None:
            sizes[id(node)] = size
        return size

    return expanded(root) <= FREE + TIMES * written
