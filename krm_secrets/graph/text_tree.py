"""The graph as an indented tree, for a terminal: from where a secret is kept, down to who uses it.

What several things lead to stands below the first of them, and is only named below the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Text

from krm_secrets._startup.records import NamedTuple
from krm_secrets.graph import captions, model
from krm_secrets.graph.model import Edge, Graph, Node

_MARKS = {model.ADDED: ("+ ", "green"), model.REMOVED: ("- ", "red")}
_BRANCH, _STEM = ("├─ ", "└─ "), ("│  ", "   ")
"""In front of a node and of what is below it, by whether it is the last one."""
_WIDEST = 60
"""Columns after which nothing is moved to the right any more to stand below something else."""


class Line(NamedTuple):
    """A line of the tree: the branches before it, what it is about, and what there is to say of it."""

    indent: str
    head: Text
    tail: Text

    @property
    def width(self) -> int:
        return cell_len(self.indent) + self.head.cell_len


def lines(found: Graph) -> list[Text]:
    """The lines of the tree; roots are set apart by empty ones."""
    drawing = _Drawing(found)
    output: list[Text] = []
    for block in drawing.blocks():
        width = max((line.width for line in block if line.width <= _WIDEST), default=0)
        for line in block:
            gap = " " * max(2, width - line.width + 2) if line.tail else ""
            output.append(Text.assemble((line.indent, "dim"), line.head, gap, line.tail))
        output.append(Text())
    return output


class _Drawing:
    __slots__ = ("_down", "_effects", "_nodes", "_seen", "_up")

    def __init__(self, found: Graph) -> None:
        self._nodes = found.by_id()
        self._down: dict[str, list[Edge]] = {}
        self._up: dict[str, list[Edge]] = {}
        self._effects: dict[tuple[str, str], list[Edge]] = {}
        self._seen = set[str]()
        for edge in found.edges:
            if edge.type == model.RESTARTS:
                self._effects.setdefault((edge.source, edge.target), []).append(edge)
            else:
                self._down.setdefault(edge.source, []).append(edge)
                self._up.setdefault(edge.target, []).append(edge)

    def blocks(self) -> Iterator[list[Line]]:
        """Each root with all below it. Files that the same readers open stand below these."""
        opened: dict[tuple[str, ...], list[Node]] = {}
        for node in self._nodes.values():
            above = self._up.get(node.id, ())
            readers = tuple(e.source for e in above if self._nodes[e.source].type == model.READER)
            if readers:
                opened.setdefault(readers, []).append(node)
            elif not above and node.type != model.READER:
                yield list(self._node(node, None, "", ""))
        for ids, files in opened.items():
            names = ", ".join(captions.reader(self._nodes[each]) for each in ids)
            yield [Line("", Text.assemble(("sops ", "dim"), (names, "bold")), Text()), *self._among(files, "")]

    def _among(self, nodes: list[Node], rest: str) -> Iterator[Line]:
        for number, node in enumerate(nodes):
            last = number == len(nodes) - 1
            yield from self._node(node, None, rest + _BRANCH[last], rest + _STEM[last])

    def _node(self, node: Node, edge: Edge | None, first: str, rest: str) -> Iterator[Line]:
        again = node.id in self._seen and node.id in self._down
        self._seen.add(node.id)
        tail = Text("↑ above", style="dim") if again else self._tail(node, edge)
        yield Line(first, _head(node), tail)
        if again:
            return
        below = sorted(self._down.get(node.id, ()), key=lambda e: _order(self._nodes[e.target]))
        for number, down in enumerate(below):
            last = number == len(below) - 1
            yield from self._node(self._nodes[down.target], down, rest + _BRANCH[last], rest + _STEM[last])

    def _tail(self, node: Node, edge: Edge | None) -> Text:
        """What there is to say of a node: where it stands, its keys, what restarts it, what is wrong with it."""
        parts: list[Text] = []
        if node.type == model.WORKLOAD and edge is not None:
            parts.append(Text(captions.keys(edge.keys) or "all keys"))
            for effect in self._effects.get((edge.source, edge.target), ()):
                parts.append(Text(captions.effect(effect), style=_style(effect)))
        elif node.type in (model.SECRET, model.EXTERNAL):
            parts.append(Text(captions.keys(node.keys or ()), style="dim"))
            if node.type == model.EXTERNAL:
                parts.append(Text(captions.unmade(node), style="dim" if node.maybe or node.known else "yellow"))
            elif not any(each.type == model.USES for each in self._down.get(node.id, ())):
                parts.append(Text(captions.UNUSED, style="dim"))
        elif node.type == model.STORE and not node.here:
            parts.append(Text(captions.NOT_HERE, style="dim"))
        parts += (Text(f"✗ {each.rule}", style="red") for each in node.problems)
        if node.type in (model.MAKER, model.WORKLOAD):
            parts.append(Text(captions.where(node), style="dim"))
        return Text("  ").join(part for part in parts if part)


def _head(node: Node) -> Text:
    mark, colour = _MARKS.get(node.change, ("", ""))
    kind, name = captions.title(node)
    style = {model.SECRET: "bold", model.EXTERNAL: "bold yellow", model.STORE: "bold"}.get(node.type, "")
    return Text.assemble((mark, colour), (f"{kind} ", "dim"), (name, colour or style))


def _style(effect: Edge) -> str:
    return "green" if effect.by else "yellow" if effect.stale else "dim"


def _order(node: Node) -> tuple[str, str, str]:
    return node.type, node.namespace, node.name


def summary(found: Graph) -> str:
    """All of it in numbers."""
    secrets = sum(node.type in (model.SECRET, model.EXTERNAL) for node in found.nodes)
    uses = sum(edge.type == model.USES for edge in found.edges)
    if not secrets:
        return "no Secret is made or used here, or none of it changed"
    counts = [captions.count(secrets, "Secret"), captions.count(uses, "use")]
    counts += _counted(
        (sum(1 for _ in model.unmade(found)), "made by nothing here"),
        (sum(1 for _ in model.unused(found)), "used by nothing here"),
        (len({(e.source, e.target) for e in model.stale(found)}), "not restarted"),
    )
    return ", ".join(counts)


def _counted(*counts: tuple[int, str]) -> Iterable[str]:
    return (f"{number} {what}" for number, what in counts if number)
