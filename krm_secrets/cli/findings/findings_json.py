"""Findings for programs. Fields are added, and never change what they mean."""

from __future__ import annotations

from krm_secrets.cli.findings.report import Report
from krm_secrets.cli.printing import json_text
from krm_secrets.errors import ERROR, INFO, WARNING, ResourceRef, field

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding, Place

VERSION = 1


def as_json(report: Report) -> str:
    """The shape that docs/reference/check.md describes."""
    return json_text(
        {
            "version": VERSION,
            "tool": "krm-secrets",
            "summary": {
                "errors": report.count(ERROR),
                "warnings": report.count(WARNING),
                "infos": report.count(INFO),
                "hidden": report.hidden,
                "suppressed": len(report.suppressed),
                "unread": len(report.unread),
            },
            "findings": [_finding(each) for each in report.findings],
            "suppressed": [
                {**_finding(each.finding), "by": each.kind, "reason": each.reason} for each in report.suppressed
            ],
            "unread": [
                {"file": result.location.file, "line": result.location.line or None, "message": result.message}
                for result in report.unread
            ],
        }
    )


def _finding(finding: Finding) -> dict[str, object]:
    fix = finding.fix
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "object": _object(finding.object),
        "location": _place(finding.location),
        "related": [
            {"location": _place(each.place), "label": each.label, "object": _object(each.object)}
            for each in finding.related
        ],
        "hint": finding.hint,
        # What an edit writes is text of a file, which no report shows.
        "fix": None if fix is None else {"safety": fix.safety, "edits": len(fix.edits)},
        "fingerprint": finding.fingerprint,
        "url": finding.url or None,
    }


def _object(ref: ResourceRef | None) -> dict[str, str] | None:
    return None if ref is None else ref.fields()


def _place(place: Place) -> dict[str, object]:
    return {
        "file": place.file,
        "line": place.line or None,
        "column": place.column or None,
        "endLine": place.end_line or None,
        "endColumn": place.end_column or None,
        "path": field(place.path),
        "document": place.document,
    }
