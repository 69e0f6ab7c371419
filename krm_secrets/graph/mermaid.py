"""The graph for Mermaid, as GitHub shows it: by namespace, since it draws no text of more than 50,000 characters and no
more than 500 edges. A namespace that is still too large is split by what hangs together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krm_secrets.graph import captions, model
from krm_secrets.graph.layout import layout
from krm_secrets.graph.model import Edge, Graph, Node

MOST_CHARACTERS, MOST_EDGES = 50_000, 500
_FRAMES = {model.READER: '(["{}"])', model.SOPS_FILE: '[/"{}"/]', model.STORE: '[("{}")]', model.ITEM: '("{}")'}
_FRAMES |= {model.SECRET: '{{{{"{}"}}}}', model.EXTERNAL: '{{{{"{}"}}}}'}
_CLASSES = """\
  classDef external stroke-dasharray: 4 3
  classDef wrong stroke:#c8372d,stroke-width:2px
  classDef added stroke:#1f8a5b,stroke-width:3px
  classDef removed stroke:#c8372d,stroke-width:3px,stroke-dasharray: 2 3"""


def mermaid(found: Graph) -> str:
    """Markdown: a heading and a diagram for each namespace."""
    parts = []
    for name, part in _parts(found):
        heading = captions.namespace(name)
        parts.append(f"### {_heading(heading)}\n\n```mermaid\n{diagram(part)}```\n")
    return "\n".join(parts)


def _parts(found: Graph) -> Iterator[tuple[str, Graph]]:
    """What each diagram shows."""
    drawing = layout(found)
    for group in drawing.groups:
        ids = set[str]()
        for piece in group.pieces:
            own = {spot.node.id for spot in piece.spots}
            own |= {above.id for each in own for above in drawing.above.get(each, ())}
            if ids and not _fits(found.within(ids | own)):
                yield from ((group.namespace, part) for part in _split(found.within(ids)))
                ids = set()
            ids |= own
        yield from ((group.namespace, part) for part in _split(found.within(ids)))


def _fits(part: Graph) -> bool:
    shown = [edge for edge in part.edges if edge.type != model.RESTARTS]
    return len(shown) <= MOST_EDGES and len(diagram(part)) <= MOST_CHARACTERS


def _split(part: Graph) -> Iterator[Graph]:
    """The part as it is, or where it is too large for one diagram, halves of its edges with what these join."""
    shown = [edge for edge in part.edges if edge.type != model.RESTARTS]
    if _fits(part) or len(shown) < 2:
        yield part
        return
    for half in (shown[: len(shown) // 2], shown[len(shown) // 2 :]):
        pairs = {(edge.source, edge.target) for edge in half}
        ids = {each for pair in pairs for each in pair}
        edges = tuple(edge for edge in part.edges if (edge.source, edge.target) in pairs)
        yield from _split(Graph(tuple(node for node in part.nodes if node.id in ids), edges))


def diagram(found: Graph) -> str:
    """One diagram."""
    names = {node.id: f"n{number}" for number, node in enumerate(found.nodes)}
    return "\n".join(("flowchart LR", *_lines(found, names), _CLASSES, ""))


def _lines(found: Graph, names: dict[str, str]) -> Iterator[str]:
    for node in found.nodes:
        yield f"  {names[node.id]}{_node(node)}"
    effects: dict[tuple[str, str], list[Edge]] = {}
    for edge in found.edges:
        if edge.type == model.RESTARTS:
            effects.setdefault((edge.source, edge.target), []).append(edge)
    for edge in (edge for edge in found.edges if edge.type != model.RESTARTS):
        arrow = _arrow(edge, effects.get((edge.source, edge.target), ()))
        yield f"  {names[edge.source]} {arrow} {names[edge.target]}"


def _node(node: Node) -> str:
    kind, name = captions.title(node)
    text = f"{quoted(kind)}<br/>{quoted(captions.cut(name, 120))}"
    frame = _FRAMES.get(node.type, '["{}"]').format(text)
    marks = node.change or ("wrong" if node.problems else "external" if node.type == model.EXTERNAL else "")
    return f"{frame}:::{marks}" if marks else frame


def _arrow(edge: Edge, effects: Sequence[Edge]) -> str:
    stale = any(each.stale for each in effects)
    sign = "✗" if stale else "↻" if any(each.by for each in effects) else ""
    text = " ".join(
        filter(None, (edge.change and {"added": "+", "removed": "−"}[edge.change], sign, captions.keys(edge.keys, 2)))
    )
    line = "-.->" if stale or edge.change == model.REMOVED else "-->"
    return f'{line}|"{quoted(captions.cut(text, 80))}"|' if text else line


_MEANT = {each: f"#{ord(each)};" for each in '"#<>&\\`|[]{}()*_~;$%@'}


def quoted(text: str) -> str:
    """A text in quotes as Mermaid reads it: what means anything there, or in Markdown, stands as a number."""
    return "".join(_MEANT.get(each, each) for each in text)


def _heading(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\`*_{}[]<>()#+-!|~" and each != "-" else each for each in text)
