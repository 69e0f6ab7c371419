"""Findings as a table for the summary of a step, or for a comment that the next run finds again by its mark."""

from __future__ import annotations

from krm_secrets.check.root_paths import from_root
from krm_secrets.cli.findings.report import Report, summary
from krm_secrets.errors import shortened, worst_first

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding

MARK = "<!-- krm-secrets-check -->"
MOST = 100
"""Rows: a comment of GitHub has room for 65,536 characters."""

_SPECIAL = "\\`*_{}[]<>|~#&@"


def markdown(report: Report) -> str:
    """A mark, a heading, and a table if anything was found."""
    rows = [MARK, "### krm-secrets check", "", _text(summary(report)), ""]
    shown = worst_first(report.findings)[:MOST]
    if shown:
        rows += ["| | rule | where | what |", "|---|---|---|---|", *(_row(each, report.root) for each in shown)]
    if len(report.findings) > MOST:
        rows += ["", f"{len(report.findings) - MOST} more are not shown."]
    return "\n".join(rows).rstrip("\n") + "\n"


def _row(finding: Finding, root: str) -> str:
    place = finding.location
    file = from_root(place.file, root) if place.file else ""
    where = f"{file}:{place.line}" if place.line else file
    object = f"{_text(str(finding.object))}: " if finding.object is not None else ""
    said = finding.message + (f"; {finding.hint}" if finding.hint else "")
    cells = (
        finding.severity,
        f"[{finding.rule}]({finding.url})" if finding.url else finding.rule,
        _text(where),
        object + _text(shortened(said)),
    )
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that means itself: no markup, no mention, no end of a cell."""
    return "".join(f"&#{ord(sign)};" if sign in _SPECIAL or not sign.isprintable() else sign for sign in text)
