"""Where everything stands in a drawing: columns by meaning, pieces by namespace, neighbours at the same height.

A piece is what hangs together without stores and readers, which would tie everything to everything: those are named
on the cards of items and files. The columns are fixed, so that only the order and height in each is left to find. The
order is by the mean of the neighbours, a few times from left to right and back; the heights are then as near to the
neighbours' as the distance of the cards allows, which isotonic regression finds in one pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from krm_secrets._startup.records import NamedTuple
from krm_secrets.graph import model
from krm_secrets.graph.model import Edge, Graph, Node
from krm_secrets.secrets.makers.maker import ANYWHERE

COLUMNS = ("Kept in", "Made by", "Secret", "Used by")
_COLUMN = {model.SOPS_FILE: 0, model.ITEM: 0, model.STORE: 0, model.MAKER: 1, model.SECRET: 2, model.EXTERNAL: 2}
_COLUMN[model.WORKLOAD] = 3
_SWEEPS = 4


class Spot(NamedTuple):
    """Where a card stands: its column, and its row in halves of a card's height."""

    node: Node
    column: int
    row: int


class Line(NamedTuple):
    """A line between two cards, by their numbers in the piece, with the use or fetch and what becomes of changes.

    `past` are columns and rows in which it goes between the cards of a column that it has nothing to do with.
    """

    source: int
    target: int
    edge: Edge
    effects: tuple[Edge, ...]
    past: tuple[tuple[int, int], ...] = ()


class Piece(NamedTuple):
    """What hangs together: cards and lines, and the height in halves of a card's."""

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    height: int


class Group(NamedTuple):
    """The pieces of a namespace."""

    namespace: str
    pieces: tuple[Piece, ...]


class Drawing(NamedTuple):
    """The whole drawing. `above` are the stores of items and the readers of files, by the ids of these."""

    groups: tuple[Group, ...]
    above: Mapping[str, tuple[Node, ...]]


def layout(found: Graph) -> Drawing:
    """Put everything in its place."""
    nodes = found.by_id()
    above: dict[str, list[Node]] = {}
    joined: dict[tuple[str, str], list[Edge]] = {}
    effects: dict[tuple[str, str], list[Edge]] = {}
    for edge in found.edges:
        pair = (edge.source, edge.target)
        if edge.type == model.OPENS:
            above.setdefault(edge.target, []).append(nodes[edge.source])
        elif edge.type == model.RESTARTS:
            effects.setdefault(pair, []).append(edge)
        else:
            joined.setdefault(pair, []).append(edge)
    drawn = {node.id for node in found.nodes if _is_drawn(node, joined)}
    groups: dict[str, list[tuple[str, Piece]]] = {}
    for ids in _pieces([each for each in nodes if each in drawn], joined):
        piece = _place([nodes[each] for each in ids], joined, effects)
        namespace, name = _home([nodes[each] for each in ids])
        groups.setdefault(namespace, []).append((name, piece))
    ordered = sorted(groups.items(), key=lambda each: (not each[0], each[0] == ANYWHERE, each[0]))
    return Drawing(
        tuple(
            Group(name, tuple(p for _, p in sorted(each, key=lambda e: (e[0], e[1].spots[0].node.id))))
            for name, each in ordered
        ),
        {key: tuple(each) for key, each in above.items()},
    )


def _is_drawn(node: Node, joined: Mapping[tuple[str, str], list[Edge]]) -> bool:
    """Whether a node gets a card: of stores only what makes values itself, if something fetches them."""
    if node.type == model.STORE:
        return any(source == node.id for source, _ in joined)
    return node.type in _COLUMN


def _home(nodes: Sequence[Node]) -> tuple[str, str]:
    """Where a piece belongs: the namespace that has most of its Secrets, if it has half of them, and the first one."""
    own = [node for node in nodes if node.type in (model.SECRET, model.EXTERNAL)] or list(nodes)
    counts: dict[str, int] = {}
    for node in own:
        counts[node.namespace] = counts.get(node.namespace, 0) + 1
    first = min(own, key=lambda node: (not node.namespace, -counts[node.namespace], node.namespace, node.name))
    return first.namespace if counts[first.namespace] * 2 >= len(own) else ANYWHERE, first.name


def _pieces(ids: Sequence[str], joined: Mapping[tuple[str, str], list[Edge]]) -> Iterator[list[str]]:
    """The ids that hang together, each piece in the order of all."""
    near: dict[str, list[str]] = {each: [] for each in ids}
    for source, target in joined:
        if source in near and target in near:
            near[source].append(target)
            near[target].append(source)
    order = {each: number for number, each in enumerate(ids)}
    done = set[str]()
    for first in ids:
        if first in done:
            continue
        piece, waiting = [], [first]
        done.add(first)
        while waiting:
            piece.append(waiting.pop())
            waiting += (new := [each for each in near[piece[-1]] if each not in done])
            done.update(new)
        yield sorted(set(piece), key=order.__getitem__)


def _place(
    nodes: Sequence[Node],
    joined: Mapping[tuple[str, str], list[Edge]],
    effects: Mapping[tuple[str, str], list[Edge]],
) -> Piece:
    """One piece, drawn."""
    columns: list[list[str]] = [[] for _ in COLUMNS]
    for node in sorted(nodes, key=lambda node: (node.namespace, node.name, node.id)):
        columns[_COLUMN[node.type]].append(node.id)
    own = {node.id for node in nodes}
    pairs = sorted(pair for pair in joined if pair[0] in own)
    near: dict[str, list[str]] = {each: [] for each in own}
    column_of = {node.id: _COLUMN[node.type] for node in nodes}
    gaps: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for source, target in pairs:
        # Where a line passes a column, it gets room there as a card would.
        passed = range(column_of[source] + 1, column_of[target])
        gaps[source, target] = [(column, f"{source} {target} {column}") for column in passed]
        steps = [source, *(gap for _, gap in gaps[source, target]), target]
        for column, gap in gaps[source, target]:
            columns[column].append(gap)
            near[gap] = []
        for one, other in pairwise(steps):
            near[one].append(other)
            near[other].append(one)
    rows = _rows(columns, near)
    spots = tuple(Spot(node, _COLUMN[node.type], rows[node.id]) for node in nodes)
    spots = tuple(sorted(spots, key=lambda spot: (spot.column, spot.row)))
    number = {spot.node.id: n for n, spot in enumerate(spots)}
    lines = [
        Line(
            number[a],
            number[b],
            edge,
            tuple(effects.get((a, b), ())) if edge.type == model.USES else (),
            tuple((column, rows[gap]) for column, gap in gaps[a, b]),
        )
        for a, b in pairs
        for edge in joined[a, b]
    ]
    return Piece(spots, tuple(sorted(lines, key=lambda line: line[:2])), max(rows.values()) + 2)


def _rows(columns: list[list[str]], near: Mapping[str, list[str]]) -> dict[str, int]:
    """The row of each id, in halves of a card's height, from 0."""
    heights = {each: float(n) for column in columns for n, each in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            # Python's sort keeps what is equal in its order, so that names decide it.
            column.sort(key=lambda each: _mean([heights[other] for other in near[each]], heights[each]))
            heights |= {each: float(n) for n, each in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [_mean([heights[other] for other in near[each]], heights[each]) for each in column]
            heights |= zip(column, _apart(wanted), strict=True)
    top = min(heights.values())
    # The floor keeps distances of a whole row as they are, which rounding does not.
    return {each: math.floor((height - top) * 2 + 0.5) for each, height in heights.items()}


def _mean(heights: Sequence[float], own: float) -> float:
    return sum(heights) / len(heights) if heights else own


def _apart(wanted: Sequence[float]) -> list[float]:
    """The heights nearest to the wanted ones that keep their order and a distance of one: neighbours that would come
    too near to each other stand around their common mean."""
    blocks: list[tuple[float, int]] = []  # the sum of what is wanted, less the distance, and how many want it
    for number, height in enumerate(wanted):
        total, size = height - number, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            before = blocks.pop()
            total, size = total + before[0], size + before[1]
        blocks.append((total, size))
    means = [total / size for total, size in blocks for _ in range(size)]
    return [mean + number for number, mean in enumerate(means)]
