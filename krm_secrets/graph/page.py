"""The page: one file that asks nobody for anything, readable without a script, and quick to search with one.

What can be read stands in the document as it is; the script reads it there. What only the script needs is beside it as
JSON. Names that others chose reach the document as text alone: escaped here, and by `textContent` there.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape

from krm_secrets._startup.records import NamedTuple
from krm_secrets.graph import captions, model
from krm_secrets.graph.cards import Card, cards, fate_of
from krm_secrets.graph.layout import COLUMNS, Drawing, Group, Line, Piece, layout
from krm_secrets.graph.model import Graph, Node

_ASSETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "assets")
_WIDE, _BETWEEN = 60, 20
"""Of three hundred: a column, and what is between two."""
_HALF = 28
"""Pixels of half a row, as in the style sheet."""
_CLASSES = {
    model.ITEM: "i",
    model.SOPS_FILE: "f",
    model.STORE: "g",
    model.MAKER: "m",
    model.SECRET: "s",
    model.EXTERNAL: "x",
    model.WORKLOAD: "w",
}
_POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)


class _Table:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {"": 0}

    def number(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))


class _Facts(NamedTuple):
    """What the script needs beside the document, in the order of the cards and lines there."""

    nodes: list[object]
    edges: list[object]
    texts: _Table


def page(found: Graph, name: str) -> str:
    """The text of the file; `name` is what the drawing is of."""
    drawing = layout(found)
    style, script = (_asset(file) for file in ("page.css", "page.js"))
    facts = _Facts([], [], _Table())
    sources = [node for kind in (model.STORE, model.READER) for node in found.nodes if node.type == kind]
    numbers = {node.id: number for number, node in enumerate(sources)}
    problems = list({each.fingerprint: each for node in found.nodes for each in node.problems}.values())
    problems.sort(key=lambda each: each.rule)  # as the document has them
    findings = {each.fingerprint: number for number, each in enumerate(problems)}
    rows = max((spot.row for group in drawing.groups for piece in group.pieces for spot in piece.spots), default=0)
    style += "".join(f".r{row}{{grid-row:{row + 1}/span 2}}\n" for row in range(rows + 1))
    body = [part for group in drawing.groups for part in _group(group, drawing, facts, numbers, findings)]
    policy = _POLICY.format(style=_hash(style), script=_hash(script))
    data = {"nodes": facts.nodes, "edges": facts.edges, "texts": list(facts.texts.texts)}
    title = captions.short(name)
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)} · the way of every secret</title>",
            f"<style>{style}</style>",
            _frame(title, _counts(found)),
            *body,
            *_sources(sources),
            *_findings(problems),
            "</main>",
            '<aside id="details" aria-label="Details" tabindex="-1"></aside>',
            f'<script type="application/json" id="data">{_json(data)}</script>',
            f"<script>{script}</script>",
            "</html>",
            "",
        )
    )


def _asset(name: str) -> str:
    with open(os.path.join(_ASSETS, name), encoding="utf-8") as file:
        return file.read()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _json(data: object) -> str:
    """JSON that ends no script, whatever is in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _frame(title: str, counts: str) -> str:
    heads = "".join(f"<span>{name}</span>" for name in COLUMNS)
    return f"""\
<a class="skip" href="#drawing">Skip to the drawing</a>
<header>
<h1>{escape(title)}<small>the way of every secret</small></h1>
<p id="counts" role="status">{counts}</p>
</header>
<nav id="filters" aria-label="Filters"></nav>
<main id="drawing">
<div class="heads" aria-hidden="true">{heads}</div>"""


def _counts(found: Graph) -> str:
    secrets = sum(node.type in (model.SECRET, model.EXTERNAL) for node in found.nodes)
    uses = sum(edge.type == model.USES for edge in found.edges)
    return f"{captions.count(secrets, 'Secret')}, {captions.count(uses, 'use')}"


def _group(
    group: Group, drawing: Drawing, facts: _Facts, numbers: dict[str, int], findings: dict[str, int]
) -> Iterator[str]:
    secrets = sum(s.node.type in (model.SECRET, model.EXTERNAL) for piece in group.pieces for s in piece.spots)
    name = escape(captions.namespace(group.namespace))
    yield f"<section><h2>{name}<small>{captions.count(secrets, 'Secret')}</small></h2>"
    for piece in group.pieces:
        yield from _piece(piece, group.namespace, drawing, facts, numbers, findings)
    yield "</section>"


def _piece(
    piece: Piece, home: str, drawing: Drawing, facts: _Facts, numbers: dict[str, int], findings: dict[str, int]
) -> Iterator[str]:
    folder = os.path.commonpath([os.path.dirname(spot.node.file) for spot in piece.spots])
    shown = cards(piece, home, dict(drawing.above))
    first = len(facts.nodes)
    order = list(_reading_order(piece))
    place = {number: first + n for n, number in enumerate(order)}
    yield f'<div class="p" title="{escape(captions.short(folder))}">'
    for number in order:
        spot = piece.spots[number]
        above = [numbers[each.id] for each in drawing.above.get(spot.node.id, ())]
        facts.nodes.append(_node(spot.node, facts.texts, above, [findings[p.fingerprint] for p in spot.node.problems]))
        yield _card(spot.node, spot.row, shown[number], folder)
    for line in piece.lines:
        facts.edges.append(_edge(line, place, facts.texts))
    if piece.lines:
        high = max(spot.row for spot in piece.spots)
        paths = "".join(_path(line, piece) for line in piece.lines)
        box = f'viewBox="0 0 300 {max(high, 1)}" height="{max(high, 1) * _HALF}"'
        yield f'<svg {box} preserveAspectRatio="none" aria-hidden="true">{paths}</svg></div>'
    else:
        yield "</div>"


def _reading_order(piece: Piece) -> Iterator[int]:
    """The cards as a tree would have them: each with what it leads to right behind it."""
    below: dict[int, list[int]] = {}
    led = set[int]()
    for line in piece.lines:
        below.setdefault(line.source, []).append(line.target)
        led.add(line.target)
    done = set[int]()
    waiting = [number for number in range(len(piece.spots)) if number not in led][::-1]
    above = {number: sum(line.target == number for line in piece.lines) for number in range(len(piece.spots))}
    while waiting:
        number = waiting.pop()
        if number in done:
            continue
        done.add(number)
        yield number
        for each in reversed(list(dict.fromkeys(below.get(number, ())))):
            above[each] -= sum(line.source == number and line.target == each for line in piece.lines)
            if above[each] <= 0:
                waiting.append(each)


def _card(node: Node, row: int, card: Card, folder: str) -> str:
    names = " ".join(filter(None, (_CLASSES[node.type], f"r{row}", card.state, node.change)))
    file = captions.short(os.path.relpath(node.file, folder) if folder else node.file)
    head = f'<button class="{names}" title="{escape(file)}:{node.line}">'
    return f"{head}<b>{escape(card.name)}</b><i>{escape(card.below)}</i></button>"


def _path(line: Line, piece: Piece) -> str:
    one, other = piece.spots[line.source], piece.spots[line.target]
    at, row = one.column * (_WIDE + _BETWEEN) + _WIDE, one.row
    shape = f"M{at} {row}"
    for column, to in (*line.past, (other.column, other.row)):
        end = column * (_WIDE + _BETWEEN)
        bend = _BETWEEN // 2
        shape += f"H{end}" if row == to else f"C{at + bend} {row} {end - bend} {to} {end} {to}"
        at, row = end + _WIDE, to
        if column != other.column:
            shape += f"H{at}"
    state = fate_of(line.effects)[1] if line.effects else ""
    names = " ".join(filter(None, (state, line.edge.change)))
    marked = f' class="{names}"' if names else ""
    return f'<path{marked} d="{shape}"/>'


def _node(node: Node, texts: _Table, above: Sequence[int], problems: Sequence[int]) -> list[object]:
    """Kind, namespace, name, keys, what renews it, stores or readers, findings, without what is empty at the end."""
    keys = -1 if node.keys is None else [texts.number(captions.short(each)) for each in node.keys]
    data: list[object] = [
        texts.number(captions.short(node.kind)),
        texts.number(captions.short(node.namespace)),
        texts.number(captions.short(node.name)) if node.alias or node.type == model.SOPS_FILE else 0,
        keys if node.type in (model.SECRET, model.EXTERNAL) else 0,
        texts.number(node.renewed) if node.renewed else 0,
        above or 0,
        problems or 0,
    ]
    while data and data[-1] == 0:
        data.pop()
    return data


def _edge(line: Line, place: dict[int, int], texts: _Table) -> list[object]:
    """From, to, keys, line, and what becomes of a change: each with a sign and how."""
    data: list[object] = [
        place[line.source],
        place[line.target],
        [texts.number(captions.short(each)) for each in line.edge.keys] or 0,
        line.edge.line,
        *(texts.number(captions.effect(each)) for each in line.effects),
    ]
    return data


def _sources(sources: Iterable[Node]) -> Iterator[str]:
    """Stores and readers, which stand on the cards of what they keep and open."""
    for title, kind in (("Stores", model.STORE), ("Readers of SOPS files", model.READER)):
        own = [node for node in sources if node.type == kind]
        if own:
            yield f'<section class="list"><h2>{title}</h2><ul>'
            for node in own:
                name = captions.reader(node) if kind == model.READER else captions.full(node)
                about = (
                    [] if kind == model.READER else [node.kind, node.provider, "" if node.here else captions.NOT_HERE]
                )
                told = " · ".join(captions.short(each) for each in about if each)
                where = escape(captions.where(node))
                yield f'<li class="{kind}"><b>{escape(name)}</b> <i>{escape(told)}</i> <code>{where}</code></li>'
            yield "</ul></section>"


def _findings(problems: Iterable[model.Problem]) -> Iterator[str]:
    """What was found, by rule, with what each rule says for itself."""
    rules: dict[str, list[model.Problem]] = {}
    for each in problems:
        rules.setdefault(each.rule, []).append(each)
    if rules:
        yield '<section class="list"><h2>Findings</h2>'
    for rule, found in rules.items():
        link = f' <a href="{escape(found[0].url)}" rel="noreferrer">more</a>' if found[0].url else ""
        yield f"<h3>{escape(rule)}</h3><p>{escape(found[0].why)}{link}</p><ul>"
        for each in found:
            where = escape(f"{captions.short(each.file)}:{each.line}")
            told = escape(captions.short(each.message, 1000))
            yield f'<li class="finding {escape(each.severity)}"><i>{told}</i> <code>{where}</code></li>'
        yield "</ul>"
    if rules:
        yield "</section>"
