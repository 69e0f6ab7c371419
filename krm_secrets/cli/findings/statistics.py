"""How many findings each rule has."""

from __future__ import annotations

from collections import Counter

from krm_secrets.check.rules import RULES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.cli.findings.report import Report


def statistics(report: Report) -> str:
    """A line for each rule that found something, the most first."""
    counts = Counter(finding.rule for finding in report.findings)
    width = len(str(max(counts.values(), default=0)))
    name = max(map(len, counts), default=0)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return "".join(f"{count:>{width}}  {rule:<{name}}  {RULES[rule].finds}\n" for rule, count in ordered)
