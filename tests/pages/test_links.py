"""Links of the pages that the site does not hold, such as the README's, lead somewhere, anchors included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import ROOT

OUTSIDE = [
    *ROOT.glob("*.md"),
    *(path for name in ("examples", "bench", "tests") for path in (ROOT / name).rglob("*.md")),
    *(ROOT / ".github").rglob("*.md"),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(page: str) -> set[str]:
    """The anchors that a Git host gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead(page: Path, text: str) -> Iterator[str]:
    """Links of the page that lead nowhere."""
    for link in LINK.findall(FENCE.sub("", text)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            yield link


@pytest.mark.parametrize("page", OUTSIDE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert list(dead(page, page.read_text(encoding="utf-8"))) == []


def test_a_dead_link_is_found() -> None:
    assert len(OUTSIDE) > 5
    text = "[a](nowhere.md) [b](README.md#no-such-heading) [c](README.md#the-tests) [d](https://example.org) [e](#too)"
    assert list(dead(ROOT / "CONTRIBUTING.md", text)) == ["nowhere.md", "README.md#no-such-heading", "#too"]
