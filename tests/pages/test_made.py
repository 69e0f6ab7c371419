"""What is made of the program stands in the repository as the program is now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools import ROOT

from .made import MADE, words

PICTURES = sorted(path for path in MADE if path.suffix == ".svg")


@pytest.mark.parametrize("path", sorted(MADE), ids=lambda path: path.name)
def test_it_is_current(path: Path) -> None:
    told, now = path.read_text(encoding="utf-8"), MADE[path]()
    assert (words(told) == words(now)) if path.suffix == ".svg" else (told == now), "python -m tests.pages.made"


def test_pictures_are_made_alike_each_time() -> None:
    assert PICTURES
    assert [MADE[path]() for path in PICTURES] == [MADE[path]() for path in PICTURES]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_needs_nothing_from_elsewhere_and_is_shown(path: Path) -> None:
    assert set(re.findall(r"https?://[^\"' ]*", path.read_text(encoding="utf-8"))) == {"http://www.w3.org/2000/svg"}
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f"pictures/{path.name})" in page.read_text(encoding="utf-8")]


def test_pictures_show_no_value() -> None:
    assert PICTURES
    key = (ROOT / "examples/cluster/age.key").read_text(encoding="utf-8").split()[-1]
    assert not [path for path in PICTURES if key in path.read_text(encoding="utf-8")]
