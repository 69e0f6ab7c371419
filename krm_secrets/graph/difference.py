"""What a change adds to the graph, and what it takes away."""

from __future__ import annotations

import os
from collections.abc import Callable

from krm_secrets.graph import model
from krm_secrets.graph.model import Edge, Graph, graph


def difference(then: Graph, now: Graph) -> Graph:
    """All that is there now, with marks on what was not there then, and all that was there then and is gone."""
    before, after = then.by_id(), now.by_id()
    nodes = [node if node.id in before else node._replace(change=model.ADDED) for node in now.nodes]
    nodes += (node._replace(change=model.REMOVED) for node in then.nodes if node.id not in after)
    old, new = set(map(_same, then.edges)), set(map(_same, now.edges))
    edges = [edge if _same(edge) in old else edge._replace(change=model.ADDED) for edge in now.edges]
    edges += (edge._replace(change=model.REMOVED) for edge in then.edges if _same(edge) not in new)
    return graph(nodes, edges)


def _same(edge: Edge) -> tuple[object, ...]:
    """What makes an edge the same as one of before: not where it stands."""
    return (*edge[:4], edge.by, edge.how, edge.needed)


def moved(found: Graph, folder: str, to: str) -> Graph:
    """The graph of a tree in one folder as if that were another one."""
    here = os.path.realpath(".")

    def name(file: str) -> str:
        path = os.path.normpath(os.path.join(here, file))
        return os.path.relpath(os.path.join(to, os.path.relpath(path, folder)), here)

    ids = {
        node.id: _id(node.id, node.name if node.type == model.SOPS_FILE else node.file, name) for node in found.nodes
    }
    nodes = [node._replace(id=ids[node.id], file=name(node.file)) for node in found.nodes]
    nodes = [node._replace(name=name(node.name)) if node.type == model.SOPS_FILE else node for node in nodes]
    edges = (e._replace(source=ids[e.source], target=ids[e.target], file=name(e.file)) for e in found.edges)
    return graph(nodes, edges)


def _id(id: str, file: str, name: Callable[[str], str]) -> str:
    return id.replace(file, name(file)) if file in id else id
