"""The formats by their names."""

from __future__ import annotations

from krm_secrets.cli.findings.concise import concise
from krm_secrets.cli.findings.full import full
from krm_secrets.cli.findings.report import Report

FORMATS = ("full", "concise", "json", "sarif", "github", "markdown")


def written(form: str, report: Report, colour: bool = False, source: bool = True) -> str:
    """The report in a format; most runs need one of them."""
    if form == "full":
        return full(report, colour, source)
    if form == "json":
        from krm_secrets.cli.findings.findings_json import as_json

        return as_json(report)
    if form == "sarif":
        from krm_secrets.cli.findings.sarif import sarif

        return sarif(report)
    if form == "github":
        from krm_secrets.cli.findings.github import github

        return github(report)
    if form == "markdown":
        from krm_secrets.cli.findings.markdown import markdown

        return markdown(report)
    return concise(report)
