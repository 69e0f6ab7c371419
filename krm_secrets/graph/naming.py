"""Ids: what a node is, and what it is called. Two of the same name get the file that tells them apart."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.graph.model import SECRET, Edge, Graph, Node, graph

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.graph.model import Type


class Thing(NamedTuple):
    """What a node is of. `apart` tells those apart that have the same name, such as two objects in two clusters."""

    type: Type
    name: str
    namespace: str = ""
    kind: str = ""
    apart: tuple[object, ...] = ()

    def id(self) -> str:
        """The id, as long as no other thing has the same."""
        return f"{self.type}:{'/'.join(part for part in (self.kind, self.namespace, self.name) if part)}"


class Names:
    """Nodes and edges by what they are of, until all are known and get their ids."""

    __slots__ = ("_edges", "_nodes")

    def __init__(self) -> None:
        self._nodes: dict[Thing, Node] = {}
        self._edges: dict[tuple[Thing, Thing, object], Edge] = {}

    def add(self, thing: Thing, node: Node) -> bool:
        """Take a node, unless it is known or only named again; whether it is new."""
        known = self._nodes.get(thing)
        if known is None or (node.here and not known.here):
            typed = node.type if thing.type == SECRET else thing.type  # which may be made elsewhere
            self._nodes[thing] = node._replace(type=typed, name=thing.name, namespace=thing.namespace)
        return known is None

    def join(self, source: Thing, target: Thing, edge: Edge) -> None:
        """Take an edge, or the keys and places that it adds to one that is known."""
        key = (source, target, (edge.type, edge.by, edge.how, edge.added, edge.needed))
        known = self._edges.get(key)
        if known is not None:
            # No key stands for all of them, whatever is named elsewhere.
            keys = tuple(sorted({*known.keys, *edge.keys})) if known.keys and edge.keys else ()
            first, later = sorted((known, edge), key=lambda each: (each.file, each.line))
            edge = first._replace(keys=keys, places=tuple(dict.fromkeys((*first.places, *later.places))))
        self._edges[key] = edge

    def graph(self) -> Graph:
        """All of it, with ids."""
        ids: dict[Thing, str] = {}
        taken = set[str]()
        for thing, node in sorted(self._nodes.items(), key=lambda each: (each[0].id(), each[1].file, each[1].line)):
            own = thing.id()
            if own in taken:
                own = f"{own}@{node.file}"
            number, first = 1, own
            while own in taken:
                number += 1
                own = f"{first}#{number}"
            taken.add(own)
            ids[thing] = own
        nodes = (node._replace(id=ids[thing]) for thing, node in self._nodes.items())
        edges = (e._replace(source=ids[a], target=ids[b]) for (a, b, _), e in self._edges.items())
        return graph(nodes, edges)
