"""The page of security promises nothing that no test tries to break; and what only the code as a whole can show."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/explanation/security.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`([\w/]+)::(\w+)`", PAGE)))
MODULES = sorted((ROOT / "krm_secrets").rglob("*.py"))


def test_every_promise_names_a_test() -> None:
    table = PAGE.partition("| promise |")[2].splitlines()[2:]
    promises = [row for row in table if row.startswith("| ")]
    assert len(promises) >= 30
    assert [row for row in promises if not re.search(r"::test_\w+`[^|]*\|$", row)] == []


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_each_test_that_the_table_names_is_there(module: str, name: str) -> None:
    text = (ROOT / f"tests/{module}.py").read_text(encoding="utf-8")
    assert name in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_no_module_can_reach_the_network() -> None:
    network = {
        "asyncio",
        "ftplib",
        "http",
        "httpx",
        "requests",
        "smtplib",
        "socket",
        "ssl",
        "urllib",
        "urllib3",
        "xmlrpc",
    }
    assert [str(path.name) for path in MODULES if imported(path) & network] == []


def test_programs_are_started_in_few_places() -> None:
    """For keys, where the environment names one; by doctor, --prove, --since, without keys (pyrage starts plugins)."""
    starters = {"subprocess", "multiprocessing", "pty"}
    assert {path.name for path in MODULES if imported(path) & starters} <= {
        "keys.py",
        "doctor_programs.py",
        "ignored.py",
        "proof.py",
        "revisions.py",
    }
    text = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    assert re.findall(r"\bos\.(?:system|popen|exec\w+|spawn\w+|posix_spawn\w*)\b", text) == []
