"""The formats by their names, and how many findings each rule has."""

from __future__ import annotations

from collections import Counter

from krm_secrets.check.rules import RULES
from krm_secrets.cli.findings.concise import concise
from krm_secrets.cli.findings.full import full
from krm_secrets.cli.findings.report import Report


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


def statistics(report: Report) -> str:
    """A line for each rule that found something, the most first."""
    counts = Counter(finding.rule for finding in report.findings)
    width = len(str(max(counts.values(), default=0)))
    name = max(map(len, counts), default=0)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return "".join(f"{count:>{width}}  {rule:<{name}}  {RULES[rule].finds}\n" for rule, count in ordered)
