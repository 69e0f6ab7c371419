"""Whoever follows a page of docs/start in an empty folder sees what it says, with the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import ROOT

from .page import fits, read
from .terminal import follow

pytestmark = pytest.mark.hosts

PAGES = sorted({*(ROOT / "docs/start").glob("*.md")} - {ROOT / "docs/start/bitwarden.md"})
"""The one that is left out needs a cluster: `tests/cluster/test_start_page.py` follows it."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_followed_as_it_is_written(page: Path, tmp_path: Path) -> None:
    shown = follow(read(page), tmp_path)
    assert len(shown) > 2
    for commands, text in shown:
        assert fits(commands.seen, text), f"{page.name}, line {commands.line}:\n{text}"
