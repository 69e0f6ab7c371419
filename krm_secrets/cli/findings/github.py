"""Annotations of GitHub Actions: the worst first, as many as a step shows, and how many there are."""

from __future__ import annotations

from krm_secrets.check.root_paths import from_root
from krm_secrets.cli.findings.report import Report, summary
from krm_secrets.errors import WORDS, shortened, worst_first

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding

MOST = 10
"""Annotations of one step that GitHub shows."""


def github(report: Report) -> str:
    """Workflow commands, one a line; the last line counts what is beyond those that GitHub shows, too."""
    rows = [_command(each, report.root) for each in worst_first(report.findings)[:MOST]]
    more = len(report.findings) - MOST
    rest = f"; {more} more in the log of `krm-secrets check`" if more > 0 else ""
    return "".join(f"{row}\n" for row in rows) + f"krm-secrets check: {summary(report)}{rest}\n"


def _command(finding: Finding, root: str) -> str:
    place = finding.location
    fields = {"title": f"{finding.rule}"}
    if place.file:
        fields["file"] = from_root(place.file, root)
    if place.line:
        fields |= {"line": str(place.line), "endLine": str(place.end_line)}
        fields |= {"col": str(place.column), "endColumn": str(place.end_column)}
    said = f"{finding.object}: {finding.message}" if finding.object is not None else finding.message
    said = shortened(f"{said}; {finding.hint}" if finding.hint else said)
    written = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    page = f" ({_data(finding.url)})" if finding.url else ""
    return f"::{WORDS[finding.severity]} {written}::{_data(said)}{page}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
