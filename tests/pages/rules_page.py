"""`docs/reference/checks.md`, made of the rules and of what they found in public repositories."""

from __future__ import annotations

from krm_secrets.check.rules import RULES
from krm_secrets.cli.rule import text_of
from tests.toml import load_toml
from tests.tools import ROOT

PRECISION = ROOT / "tests/check/precision.toml"

_HEAD = """# The rules of `krm-secrets check`
<!-- made by python -m tests.pages.made -->

This page is made of the rules themselves: `krm-secrets rule NAME` prints a section of it. How to use them, choose among
them and pass findings over: [checking a repository](../how-to/check.md).

| rule | severity | finds |
|---|---|---|
"""
_PRECISION = """
## How often they are right

Each finding in 99 public repositories was read, and opened in its files where the message alone did not settle it. A
rule that has no row here has found nothing there.

| rule | findings | right | wrong | what the wrong ones were |
|---|---|---|---|---|
"""


def rules_page() -> str:
    """The page as it is to be."""
    rows = "".join(
        f"| [{rule.id}](#{rule.id}) | {rule.severity}{', pedantic' if rule.pedantic else ''} | {rule.finds} |\n"
        for rule in RULES.values()
    )
    sections = "\n".join(map(text_of, RULES.values()))
    return f"{_HEAD}{rows}{_precision()}\n{sections}"


def _precision() -> str:
    if not PRECISION.exists():
        return ""
    rows = load_toml(PRECISION)
    told = (
        f"| [{rule}](#{rule}) | {row['findings']} | {row['true']} | {row['false']} | {row.get('note', '')} |\n"
        for rule, row in sorted(rows.items())
    )
    return _PRECISION + "".join(told)
