"""The graph: what a secret passes on its way, and what leads from one to the next. It holds names and places alone.

Nodes stand in layers, and edges lead from each layer to a later one, so that there are no circles. An object that has
two parts on the way, such as a store that reads its own token from a Secret, is a node for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from krm_secrets._startup.records import NamedTuple

Type: TypeAlias = Literal["reader", "sopsFile", "store", "item", "maker", "secret", "external", "workload"]

Relation: TypeAlias = Literal["opens", "fetches", "makes", "uses", "restarts"]

Change: TypeAlias = Literal["", "added", "removed"]

READER: Final = "reader"
SOPS_FILE: Final = "sopsFile"
STORE: Final = "store"
ITEM: Final = "item"
MAKER: Final = "maker"
SECRET: Final = "secret"  # noqa: S105 - a type of nodes
EXTERNAL: Final = "external"
WORKLOAD: Final = "workload"
TYPES: tuple[Type, ...] = (READER, SOPS_FILE, STORE, ITEM, MAKER, SECRET, EXTERNAL, WORKLOAD)

OPENS: Final = "opens"
FETCHES: Final = "fetches"
MAKES: Final = "makes"
USES: Final = "uses"
RESTARTS: Final = "restarts"
RELATIONS: tuple[Relation, ...] = (OPENS, FETCHES, MAKES, USES, RESTARTS)

ADDED: Final = "added"
REMOVED: Final = "removed"


class Problem(NamedTuple):
    """What `check` found at a node: by which rule, how severe, what it says, and what the rule says for itself."""

    rule: str
    severity: str
    message: str
    fingerprint: str
    url: str
    file: str
    line: int
    why: str = ""


class Node(NamedTuple):
    """Something on the way. `id` is made of what it is and what it is called, and stays the same from run to run."""

    id: str
    type: Type
    name: str
    namespace: str = ""
    kind: str = ""
    api_version: str = ""
    file: str = ""
    """Where it stands, or, of what has no object here, the first place that names it."""
    line: int = 0
    here: bool = True
    """Whether its object or file is here, and not only named."""
    keys: tuple[str, ...] | None = None
    """All keys of a Secret; None where they are not known for certain."""
    provider: str = ""
    """Where a store keeps its items, or the service of a reader."""
    renewed: str = ""
    """What changes a Secret once it is made."""
    alias: str = ""
    """What people call a reader."""
    known: str = ""
    """By whom a Secret is made elsewhere, as the configuration says."""
    maybe: bool = False
    """Whether something here makes a Secret of a name that nobody knows, which may be this one."""
    problems: tuple[Problem, ...] = ()
    change: Change = ""


class Edge(NamedTuple):
    """One step of the way. `restarts` stands beside `uses`, once for each manner of noticing a change."""

    source: str
    target: str
    type: Relation
    keys: tuple[str, ...] = ()
    """The keys that are fetched or used; none stands for all."""
    places: tuple[str, ...] = ()
    """The fields that say so."""
    by: str = ""
    """Who restarts the user or makes it look again; empty for nobody."""
    how: str = ""
    """By what, or why not."""
    added: bool = False
    """Whether it is what `render` would add."""
    needed: bool = False
    """Whether the user would go on with the old value without it."""
    file: str = ""
    line: int = 0
    change: Change = ""

    @property
    def stale(self) -> bool:
        """Whether nothing restarts a user that would need it."""
        return self.type == RESTARTS and self.needed and not self.by


class Graph(NamedTuple):
    """Nodes and edges in their order: by layer and name."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    def within(self, ids: Iterable[str]) -> Graph:
        """These nodes alone, with the edges between them."""
        kept = frozenset(ids)
        nodes = tuple(node for node in self.nodes if node.id in kept)
        return Graph(nodes, tuple(e for e in self.edges if e.source in kept and e.target in kept))


def graph(nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
    """Nodes and edges, put in order."""
    order = {each: number for number, each in enumerate(TYPES)}
    relations = {each: number for number, each in enumerate(RELATIONS)}
    return Graph(
        tuple(sorted(nodes, key=lambda node: (order[node.type], node.id))),
        tuple(sorted(edges, key=lambda e: (relations[e.type], e.source, e.target, e.by, e.how))),
    )


def unused(found: Graph) -> Iterator[Node]:
    """Secrets that are made here and used by nothing here."""
    used = {edge.source for edge in found.edges if edge.type == USES}
    return (node for node in found.nodes if node.type == SECRET and node.id not in used)


def unmade(found: Graph) -> Iterator[Node]:
    """Secrets that are used and that nothing here makes, or may make."""
    return (node for node in found.nodes if node.type == EXTERNAL and not node.maybe and not node.known)


def stale(found: Graph) -> Iterator[Edge]:
    """Uses of which a change is not noticed."""
    return (edge for edge in found.edges if edge.stale)
