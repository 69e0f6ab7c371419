"""Keys that stand more than once in a mapping: where, and what a reader sees that takes the last one.

go-yaml and most others refuse such a document; Helm and the API server take the last value without a word.
"""

from __future__ import annotations

from krm_secrets.yamltext.nodes import DuplicateKey, Mapping, Node, Scalar, Sequence, below, resolved


def duplicates(node: Node) -> list[DuplicateKey]:
    """Every key that stands more than once, in the order of the text; what aliases name is looked at too."""
    found: list[DuplicateKey] = []
    waiting, seen = [node], set[int]()
    while waiting:
        at = resolved(waiting.pop())
        if id(at) in seen:
            continue
        seen.add(id(at))
        if type(at) is Mapping:
            found += (DuplicateKey(text, starts) for text, starts in _written(at).items() if len(starts) > 1)
        waiting += below(at)
    return sorted(found, key=lambda each: each.starts)


def _written(mapping: Mapping) -> dict[str, tuple[int, ...]]:
    """Where each key stands; a key that is a list or a mapping is compared with no other."""
    places: dict[str, list[int]] = {}
    for key in mapping.children[::2]:
        name = resolved(key)
        if type(name) is Scalar:
            places.setdefault(name.value, []).append(key.start)
    return {text: tuple(starts) for text, starts in places.items()}


def latest(node: Node) -> Node:
    """The node as one that takes the last value of each key sees it; spans stay those of the text."""
    known: dict[int, Node] = {}

    def seen(node: Node) -> Node:
        node = resolved(node)
        if id(node) not in known:
            known[id(node)] = made(node)
        return known[id(node)]

    def made(node: Node) -> Node:
        if type(node) is Sequence:
            sequence = Sequence(node.start, node.end, node.tag, node.anchor, node.flow)
            sequence.items = [seen(item) for item in node.items]
            return sequence
        if type(node) is not Mapping:
            return node
        mapping = Mapping(node.start, node.end, node.tag, node.anchor, node.flow)
        last = {starts[-1] for starts in _written(node).values()}
        for key, value in node.pairs():
            if type(resolved(key)) is not Scalar or key.start in last:
                mapping.children += (key, seen(value))
        return mapping

    return seen(node)
