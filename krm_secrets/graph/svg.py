"""The drawing as SVG, for documents. Each piece has a place of its own, so that no line changes of what stays."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from unicodedata import east_asian_width

from krm_secrets.graph import captions
from krm_secrets.graph.cards import Card, cards, fate_of
from krm_secrets.graph.layout import COLUMNS, Drawing, Group, Line, Piece, Spot

_CARD, _GAP, _MARGIN = 228, 56, 20
_STEP = 27
"""Half of a card with what is between two."""
_TALL = 44
_HEAD, _TITLE, _BETWEEN = 44, 40, 14
_ROOM = _CARD - 24
_NAME, _BELOW = 13.5, 11
"""Sizes of letters; the name is bold."""
_NARROW, _WIDE = frozenset("ijlrtfI.,:;|'!()[] "), frozenset("mwMW@%_↻✗")

STYLE = """
svg { font: 13px ui-sans-serif, system-ui, sans-serif; background: #fff; }
rect { fill: #fff; stroke: #c3ccd9; } path { fill: none; stroke: #9aa7ba; stroke-width: 1.5; }
text { fill: #182230; } .b { fill: #526077; font-size: 11px; } .h { fill: #526077; font-weight: 600; }
.n { font-size: 15px; font-weight: 650; } .name { font-weight: 600; }
.good rect, path.good { stroke: #1f8a5b; } .good .b { fill: #14683f; }
.wrong rect, path.wrong { stroke: #c8372d; } .wrong .b { fill: #a8261d; } path.wrong { stroke-dasharray: 5 3; }
.gone rect { stroke: #b7791f; stroke-dasharray: 4 3; } .gone .b { fill: #8a5a0b; }
.added rect, path.added { stroke: #1f8a5b; stroke-width: 3; }
.removed rect, path.removed { stroke: #c8372d; stroke-width: 3; stroke-dasharray: 2 3; }
@media (prefers-color-scheme: dark) {
  svg { background: #0f1520; } rect { fill: #182132; stroke: #3c4a61; } path { stroke: #56657e; }
  text { fill: #e8edf5; } .b, .h { fill: #a3b1c6; }
  .good rect, path.good { stroke: #3fb57f; } .good .b { fill: #6fd3a4; }
  .wrong rect, path.wrong { stroke: #f0675c; } .wrong .b { fill: #ff9d95; }
  .gone rect { stroke: #d9a441; } .gone .b { fill: #e9c27a; }
}
"""


def svg(drawing: Drawing) -> str:
    """The text of the file."""
    width = len(COLUMNS) * _CARD + (len(COLUMNS) - 1) * _GAP + 2 * _MARGIN
    body: list[str] = []
    top = _HEAD
    for group in drawing.groups:
        body.append(f'<g transform="translate({_MARGIN} {top})">')
        body += _group(group, drawing)
        body.append("</g>")
        top += _TITLE + sum(_high(piece) for piece in group.pieces)
    heads = (f'<text class="h" x="{_left(n) + _MARGIN}" y="28">{name}</text>' for n, name in enumerate(COLUMNS))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top + _MARGIN}" role="img">',
            "<title>The way of every secret</title>",
            f"<style>{STYLE}</style>",
            *heads,
            *body,
            "</svg>",
            "",
        )
    )


def _group(group: Group, drawing: Drawing) -> Iterator[str]:
    name = captions.namespace(group.namespace)
    yield f'<text class="n" x="0" y="26">{escape(name)}</text>'
    top = _TITLE
    for piece in group.pieces:
        yield f'<g transform="translate(0 {top})">'
        shown = cards(piece, group.namespace, dict(drawing.above))
        yield from (_line(line, piece) for line in piece.lines)
        for spot, card in zip(piece.spots, shown, strict=True):
            yield from _drawn(spot, card)
        yield "</g>"
        top += _high(piece)


def _line(line: Line, piece: Piece) -> str:
    one, other = piece.spots[line.source], piece.spots[line.target]
    x, y = _left(one.column) + _CARD, one.row * _STEP + _TALL // 2
    bend = _GAP // 2
    shape = f"M{x} {y}"
    for column, row in (*line.past, (other.column, other.row)):
        end, high = _left(column), row * _STEP + _TALL // 2
        shape += f"C{x + bend} {y} {end - bend} {high} {end} {high}"
        x, y = end + _CARD, high
        if column != other.column:
            shape += f"H{x}"
    state = fate_of(line.effects)[1] if line.effects else ""
    names = " ".join(filter(None, (state, line.edge.change)))
    told = captions.keys(line.edge.keys) or "all keys"
    told = "; ".join((told, *map(captions.effect, line.effects)))
    return f'<path{_class(names)} d="{shape}"><title>{escape(told)}</title></path>'


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _drawn(spot: Spot, card: Card) -> Iterator[str]:
    node = spot.node
    x, y = _left(spot.column), spot.row * _STEP
    names = " ".join(filter(None, (card.state, node.change)))
    kind, name = captions.title(node)
    yield f'<g{_class(names)} transform="translate({x} {y})">'
    yield f"<title>{escape(f'{kind} {name}')} {escape(captions.where(node))}</title>"
    yield f'<rect width="{_CARD}" height="{_TALL}" rx="8"/>'
    yield f'<text class="name" x="12" y="19">{escape(fitting(card.name, _NAME))}</text>'
    yield f'<text class="b" x="12" y="35">{escape(fitting(card.below, _BELOW))}</text>'
    yield "</g>"


def fitting(text: str, size: float) -> str:
    """A text, cut where a card ends: nobody knows the letters that a reader has, so that these are wide ones."""
    left = _ROOM / size
    for number, sign in enumerate(text):
        left -= 0.36 if sign in _NARROW else 0.85 if sign in _WIDE else 0.7 if sign.isupper() else _cells(sign)
        if left < 0:
            return f"{text[: max(number - 1, 0)].rstrip()}…"
    return text


def _cells(sign: str) -> float:
    return 1.1 if east_asian_width(sign) in "WF" else 0.6


def _left(column: int) -> int:
    return column * (_CARD + _GAP)


def _high(piece: Piece) -> int:
    return piece.height * _STEP + _BETWEEN
