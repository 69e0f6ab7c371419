"""The graph for Graphviz, which finds a layout of its own."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.graph import captions, model
from krm_secrets.graph.model import Edge, Graph, Node

_SHAPES = {model.READER: "ellipse", model.SOPS_FILE: "note", model.STORE: "cylinder", model.ITEM: "component"}
_COLOURS = {model.ADDED: "#1f8a5b", model.REMOVED: "#c8372d"}
_STALE, _GOOD = "#c8372d", "#1f8a5b"


def dot(found: Graph) -> str:
    """The text of the file."""
    names = {node.id: f"n{number}" for number, node in enumerate(found.nodes)}
    return "\n".join(("digraph secrets {", *_lines(found, names), "}", ""))


def _lines(found: Graph, names: dict[str, str]) -> Iterator[str]:
    yield '  graph [rankdir=LR, fontname="sans-serif", nodesep=0.15, ranksep=0.8];'
    yield '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11, height=0.35];'
    yield '  edge [fontname="sans-serif", fontsize=9, color="#7b889c", arrowsize=0.7];'
    for node in found.nodes:
        yield f"  {names[node.id]} [{_node(node)}];"
    effects = {(e.source, e.target): e for e in found.edges if e.type == model.RESTARTS and e.by}
    effects |= {(e.source, e.target): e for e in found.edges if e.stale}
    for edge in (edge for edge in found.edges if edge.type != model.RESTARTS):
        told = _edge(edge, effects.get((edge.source, edge.target)))
        yield f"  {names[edge.source]} -> {names[edge.target]} [{told}];"


def _node(node: Node) -> str:
    kind, name = captions.title(node)
    parts = [f"label={quoted(f'{kind}{chr(10)}{name}')}", f"tooltip={quoted(captions.where(node))}"]
    if shape := _SHAPES.get(node.type):
        parts.append(f'shape={shape}, style=""')
    if node.type == model.EXTERNAL:
        parts.append('style="rounded,dashed"')
    if node.change:
        parts.append(f'color="{_COLOURS[node.change]}", penwidth=2')
    return ", ".join(parts)


def _edge(edge: Edge, effect: Edge | None) -> str:
    parts = [f"tooltip={quoted(captions.where(edge))}"]
    if edge.type in (model.USES, model.FETCHES) and edge.keys:
        parts.append(f"label={quoted(captions.keys(edge.keys, 2))}")
    if effect is not None:
        parts.append(f'color="{_STALE}", style=dashed' if effect.stale else f'color="{_GOOD}"')
    if edge.change:
        parts.append(f'color="{_COLOURS[edge.change]}", penwidth=2.5')
    return ", ".join(parts)


def quoted(text: str) -> str:
    """A text as Graphviz reads it; `\\N` and its like mean something there, and so do its entities of HTML."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")
    return f'"{plain}"'
