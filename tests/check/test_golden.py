"""For each rule a folder in which it fires and one in which it is silent, read as documentation.

`golden/RULE/fires/NAME/` and `golden/RULE/silent/NAME/` are work trees; `expected.txt` in them is what all rules,
pedantic ones too, say of it in the concise format, and is not there where nothing is. A folder with `stream.yaml` alone
is given as a stream. Write the files with KRM_SECRETS_WRITE_GOLDEN=1, and read what it wrote.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from krm_secrets.cli.check import of_trees
from krm_secrets.cli.findings.concise import concise
from krm_secrets.cli.findings.report import Report

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = "expected.txt"
FOLDERS = sorted(path for path in GOLDEN.glob("*/*/*") if path.is_dir())


def said(folder: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch, without: str = "") -> str:
    """What the rules say of a copy of the folder, with paths from there."""
    tree = tmp / "tree"
    shutil.copytree(folder, tree, ignore=shutil.ignore_patterns(EXPECTED))
    (tree / ".git").mkdir()
    monkeypatch.chdir(tree)
    rules = [rule for rule in RULES.values() if rule.id != without]
    return concise(Report(tuple(of_trees((".",), "", rules, []))))


def name(folder: Path) -> str:
    return "/".join(folder.relative_to(GOLDEN).parts)


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_rules_say_what_is_expected(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, file = said(folder, tmp_path, monkeypatch), folder / EXPECTED
    if os.environ.get("KRM_SECRETS_WRITE_GOLDEN"):
        file.unlink(missing_ok=True)
        if text:
            file.write_text(text, encoding="utf-8")
    assert text == (file.read_text(encoding="utf-8") if file.exists() else "")
    rule, what = folder.relative_to(GOLDEN).parts[:2]
    assert (f"[{rule}]" in text) is (what == "fires")


@pytest.mark.parametrize("id", RULES)
def test_every_rule_has_a_folder_of_each_sort(id: str) -> None:
    assert {path.name for path in (GOLDEN / id).glob("*") if any(path.iterdir())} == {"fires", "silent"}


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_without_a_rule_exactly_its_folders_fail(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder in which a rule fires has lines of that rule alone, so that no other rule's folders need it."""
    rule, what = folder.relative_to(GOLDEN).parts[:2]
    file = folder / EXPECTED
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    assert all(f"[{rule}]" in line for line in lines)
    assert said(folder, tmp_path, monkeypatch, without=rule) == ""
    assert bool(lines) is (what == "fires")
