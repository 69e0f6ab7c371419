"""What rules say for themselves: their examples do what they are there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.check.finding import CONFIDENCES
from krm_secrets.check.rule import Rule
from krm_secrets.check.rules import RULES
from krm_secrets.cli.check import of_trees
from krm_secrets.errors import SEVERITIES
from krm_secrets.home import address
from tests.tools import ROOT

PAGE = ROOT / "docs/reference/checks.md"
EACH = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
FILE = "# file: "


def fires(rule: Rule, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the rule finds something in an example, written as the files that it says it is."""
    name, files = "app.yaml", dict[str, list[str]]()
    for line in example.splitlines(keepends=True):
        if line.startswith(FILE):
            name = line[len(FILE) :].strip()
        else:
            files.setdefault(name, []).append(line)
    for name, lines in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    asked = list(RULES.values()) if rule.last else [rule]
    return any(finding.rule == rule.id for finding in of_trees((".",), "", asked, []))


@EACH
def test_the_wrong_example_is_found(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fires(rule, rule.wrong, tmp_path, monkeypatch)


@EACH
def test_the_right_example_is_not(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not fires(rule, rule.right, tmp_path, monkeypatch)


@EACH
def test_words_are_those_of_the_table(rule: Rule) -> None:
    assert rule.id.replace("-", "").isalnum()
    assert rule.id == rule.id.lower()
    assert rule.severity in SEVERITIES
    assert rule.confidence in CONFIDENCES
    assert rule.finds.endswith(".")
    assert rule.why.endswith(".")
    assert len(rule.why) <= 1024


@EACH
def test_the_address_of_a_rule_is_a_section_of_the_page(rule: Rule) -> None:
    assert f"\n## {rule.id}\n" in PAGE.read_text(encoding="utf-8")
    assert rule.url.endswith(f"docs/reference/checks.md#{rule.id}") or rule.url == address("")
