"""The picture of the ways from Git to the cluster: who runs the program where, and who has the key."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple


class Way(NamedTuple):
    """One column: who starts it, what runs, what then happens, who takes it, and what that does."""

    who: str
    runs: str
    does: str
    then: str
    taken: str
    last: str
    key: str


WAYS = (
    Way(
        "you, a hook, CI",
        "krm-secrets render",
        "writes beside the mappings",
        "git push",
        "Flux · Argo CD",
        "build the tree",
        "the cluster (Flux)",
    ),
    Way(
        "CI",
        "krm-secrets | guard --keep",
        "leaves SOPS Secrets encrypted",
        "flux push artifact",
        "Flux",
        "decrypts, fills in ${VAR}",
        "the cluster",
    ),
    Way(
        "a shell, CI, a host",
        "krm-secrets | guard",
        "decrypts, expands, wires",
        "a pipe",
        "kubectl · Helm · Argo CD",
        "apply it",
        "who runs it",
    ),
)

_WIDE, _GAP, _EDGE = 270, 24, 20
_STYLE = """\
  <style>
    text { font: 14px ui-sans-serif, system-ui, sans-serif; text-anchor: middle; fill: #1f2328; }
    .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-weight: 600; }
    .small { font-size: 12px; fill: #59636e; }
    .key { font-size: 12px; fill: #9a6700; }
    .page { fill: #ffffff; }
    .box { fill: #f6f8fa; stroke: #8c959f; }
    .ours { fill: #ddf4ff; stroke: #0969da; }
    path { stroke: #8c959f; fill: none; marker-end: url(#tip); }
  </style>
  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
    <path d="M0 0 L8 4 L0 8 z" style="fill: #8c959f; stroke: none; marker-end: none"/></marker></defs>
"""


def ways() -> str:
    """The picture as SVG."""
    width = 2 * _EDGE + len(WAYS) * _WIDE + (len(WAYS) - 1) * _GAP
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 422" role="img">',
        "  <title>Three ways from Git to the cluster</title>",
        _STYLE.rstrip("\n"),
        f'  <rect class="page" width="{width}" height="422" rx="8"/>',
        *_box(_EDGE, 16, width - 2 * _EDGE, "box", "Git", "mappings, files of SOPS, krm-secrets.yaml"),
    ]
    for number, way in enumerate(WAYS):
        rows += _column(_EDGE + number * (_WIDE + _GAP), way)
    rows += _box(_EDGE, 354, width - 2 * _EDGE, "box", "the cluster", "Secrets, and workloads that restart")
    return "\n".join([*rows, "</svg>"]) + "\n"


def _column(left: int, way: Way) -> Iterator[str]:
    middle = left + _WIDE // 2
    yield _arrow(middle, 68, 124)
    yield _text(middle, 88, "small", way.who, beside=True)
    yield from _box(left, 126, _WIDE, "ours", way.runs, way.does, code=True)
    yield _arrow(middle, 178, 234)
    yield _text(middle, 210, "small", way.then, beside=True)
    yield from _box(left, 236, _WIDE, "box", way.taken, way.last)
    yield _text(middle, 308, "key", f"has the key: {way.key}")
    yield _arrow(middle, 318, 352)


def _box(left: int, top: int, width: int, kind: str, title: str, below: str, code: bool = False) -> Iterator[str]:
    yield f'  <rect class="{kind}" x="{left}" y="{top}" width="{width}" height="52" rx="6"/>'
    yield _text(left + width // 2, top + 22, "code" if code else "", title)
    yield _text(left + width // 2, top + 42, "small", below)


def _text(x: int, y: int, kind: str, text: str, beside: bool = False) -> str:
    where = f'x="{x + 10}" y="{y}" style="text-anchor: start"' if beside else f'x="{x}" y="{y}"'
    return f'  <text class="{kind}" {where}>{escape(text)}</text>'


def _arrow(x: int, top: int, bottom: int) -> str:
    return f'  <path d="M{x} {top} V{bottom}"/>'
