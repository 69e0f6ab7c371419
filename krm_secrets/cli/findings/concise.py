"""One line for each finding, as editors and people with a pipe read it."""

from __future__ import annotations

from krm_secrets.errors import clean, field, shortened

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding, Place
    from krm_secrets.cli.findings.report import Report


def concise(report: Report) -> str:
    """`file:line:column: severity[rule]: object: field: message; hint`."""
    return "".join(f"{_line(each)}\n" for each in report.findings)


def where(place: Place) -> str:
    """A place as editors jump to it."""
    return (clean(place.file) or ("stdin" if place.line else "")) + (
        f":{place.line}:{place.column}" if place.line else ""
    )


def _line(finding: Finding) -> str:
    place = finding.location
    parts = [part for part in (where(place), f"{finding.severity}[{finding.rule}]") if part]
    if finding.object is not None:
        parts.append(str(finding.object))
    if place.path:
        parts.append(field(place.path))
    said = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    return shortened(": ".join((*parts, said)))
