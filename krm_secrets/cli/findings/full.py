"""Findings with the lines that they are about, for a person; of the lines keys alone, and what the message names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from krm_secrets.cli.findings.concise import where
from krm_secrets.cli.findings.report import Report, summary
from krm_secrets.errors import Location, clean, field, shortened
from krm_secrets.excerpt import excerpt, painted

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding, Place

_QUOTED = re.compile(r'"([^"]+)"')


def full(report: Report, colour: bool = False, source: bool = True) -> str:
    """All findings and a summary; without `source` no line of a file."""
    parts = ["\n".join(_finding(each, report, colour, source)) for each in report.findings]
    return "".join(f"{part}\n\n" for part in parts) + f"{summary(report)}\n"


def _finding(finding: Finding, report: Report, colour: bool, source: bool) -> Iterator[str]:
    head = painted(finding.severity, f"{finding.severity}[{finding.rule}]", colour)
    yield shortened(f"{head}: {finding.message}")
    lines = [finding.location.line, *(each.place.line for each in finding.related)]
    width = max(len(str(line)) for line in lines)
    said = frozenset(_QUOTED.findall(" ".join((finding.message, finding.hint, *(r.label for r in finding.related)))))
    yield from _place("-->", finding.location, str(finding.object or ""), width, colour)
    shown = _lines(finding.location, "^", finding.hint, width, report, said, colour) if source else []
    yield from shown
    if finding.hint and not shown:
        yield _note("hint", finding.hint, width, colour)
    for related in finding.related:
        yield from _place(":::", related.place, str(related.object or ""), width, colour)
        below = _lines(related.place, "-", related.label, width, report, said, colour) if source else []
        yield from below
        if not below:
            yield _note("note", related.label, width, colour)
    if finding.fix is not None:
        how = "--fix" if finding.fix.safety == "safe" else "--fix=unsafe"
        yield _note("fix", f"krm-secrets check {how} mends it", width, colour)
    told = _link(finding.url, colour) if finding.url else f"krm-secrets rule {finding.rule}"
    yield _note("help", told, width, colour)


def _place(arrow: str, place: Place, object: str, width: int, colour: bool) -> Iterator[str]:
    file = where(place) or "standard input"
    what = object + (f" {field(place.path)}" if place.path and not place.line else "")
    yield f"{'':{width}}{painted('dim', arrow, colour)} {file}{f'  {what}' if what else ''}"


def _lines(
    place: Place, sign: str, label: str, width: int, report: Report, said: frozenset[str], colour: bool
) -> list[str]:
    text = report.texts.get(place.file, "")
    columns = (place.column - 1, place.end_column - 1)
    location = Location(path=place.path, file=place.file, line=place.line)
    found = excerpt(text, location, 0, columns, said) if text and place.line else None
    if found is None:
        return []
    bar = painted("dim", f"{'':{width}} |", colour)
    return [bar, *found.lines(colour, width, sign, clean(label)), bar]


def _note(what: str, text: str, width: int, colour: bool) -> str:
    return f"{'':{width}} {painted('dim', '=', colour)} {what}: {text}"


def _link(url: str, colour: bool) -> str:
    """An address that a terminal opens; plain where none is."""
    return f"\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\" if colour else url
