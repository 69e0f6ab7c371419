"""The costs beside KSOPS's as a picture and as a table: of the same figures always the same ones.

    python -m bench.run ksops | grep ^ksops >bench/ksops.txt && python -m bench.chart

writes `docs/pictures/ksops.svg` and prints the table for `docs/explanation/start-up.md`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "bench/ksops.txt"
PICTURE = ROOT / "docs/pictures/ksops.svg"

_ROW = re.compile(r"ksops: (.+?) +([\d.]+)s +([\d.]+)s +[\d.]+ +[\d.]+")
_LABEL, _WIDE, _HIGH, _FULL = 210, 760, 44, 400
_OURS, _THEIRS, _TEXT = "#2563eb", "#94a3b8", "#64748b"


class Figure(NamedTuple):
    """One layout: user and system seconds of a build with krm-secrets, and with KSOPS's generators."""

    name: str
    ours: float
    theirs: float


def figures(text: str) -> list[Figure]:
    """The rows of what `bench.run ksops` prints."""
    return [Figure(name, float(ours), float(theirs)) for name, ours, theirs in _ROW.findall(text)]


def table(rows: list[Figure]) -> str:
    """The rows in Markdown."""
    lines = ["| Secrets and layout | krm-secrets | KSOPS | ratio |", "|---|---|---|---|"]
    lines += [f"| {r.name} | {r.ours:.3f} s | {r.theirs:.3f} s | {r.ours / r.theirs:.2f} |" for r in rows]
    return "\n".join(lines) + "\n"


def picture(rows: list[Figure]) -> str:
    """A bar for each program, as long as its share of what KSOPS takes; times stand beside the bars."""
    longest = max(max(r.ours / r.theirs for r in rows), 1)
    high = _HIGH * len(rows) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {high}" font-family="ui-sans-serif, sans-serif"'
        ' font-size="13" role="img">',
        "<title>Time of krm-secrets beside that of KSOPS, by layout</title>",
    ]
    for at, row in enumerate(rows):
        y = 10 + at * _HIGH
        out.append(f'<text x="{_LABEL - 10}" y="{y + 20}" text-anchor="end" fill="{_TEXT}">{row.name}</text>')
        for down, seconds, colour in ((4, row.ours, _OURS), (18, row.theirs, _THEIRS)):
            length = max(round(_FULL * seconds / row.theirs / longest), 1)
            out.append(f'<rect x="{_LABEL}" y="{y + down}" width="{length}" height="12" rx="2" fill="{colour}"/>')
            end = _LABEL + length + 6
            out.append(f'<text x="{end}" y="{y + down + 10}" font-size="11" fill="{_TEXT}">{seconds:.3f} s</text>')
    y = high - 22
    for x, colour, name in ((_LABEL, _OURS, "krm-secrets"), (_LABEL + 120, _THEIRS, "KSOPS, a generator each")):
        out.append(f'<rect x="{x}" y="{y}" width="12" height="12" rx="2" fill="{colour}"/>')
        out.append(f'<text x="{x + 18}" y="{y + 11}" fill="{_TEXT}">{name}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def main() -> None:
    rows = figures(FIGURES.read_text(encoding="utf-8"))
    PICTURE.write_text(picture(rows), encoding="utf-8")
    sys.stdout.write(table(rows))


if __name__ == "__main__":
    main()
