"""`krm-secrets rule`: what a rule says for itself."""

from __future__ import annotations

from krm_secrets._startup.stdio import write
from krm_secrets.check.rule import Rule
from krm_secrets.check.rules import RULES
from krm_secrets.cli.printing import json_text
from krm_secrets.errors import ERROR, Result, clean, did_you_mean
from krm_secrets.shell import tell

USAGE = 2


def rule(name: str, every: bool, as_json: bool) -> int:
    """Print one rule, all of them, or their names; returns the exit code."""
    if name and name not in RULES:
        tell([Result(ERROR, f'there is no rule "{clean(name)}"{did_you_mean(name, RULES)}')])
        return USAGE
    if as_json:
        wanted = [RULES[name]] if name else RULES.values()
        return write(json_text([_data(each) for each in wanted]).encode())
    if every:
        return write("\n".join(map(text_of, RULES.values())).encode())
    if name:
        return write(text_of(RULES[name]).encode())
    width = max(map(len, RULES))
    rows = (f"{each.id:<{width}}  {each.severity:<7}  {each.finds}\n" for each in RULES.values())
    return write("".join(rows).encode())


def text_of(rule: Rule) -> str:
    """A rule as a section of Markdown."""
    marks = [rule.severity, f"confidence {rule.confidence}", f"since {rule.since}"]
    marks += ["pedantic"] * rule.pedantic + ["needs files"] * rule.files
    return f"## {rule.id}\n\n*{', '.join(marks)}*\n\n{rule.markdown()}"


def _data(rule: Rule) -> dict[str, object]:
    fields = (
        "id",
        "severity",
        "confidence",
        "finds",
        "why",
        "wrong",
        "right",
        "since",
        "pedantic",
        "files",
        "mends",
        "url",
    )
    return {field: getattr(rule, field) for field in fields}
