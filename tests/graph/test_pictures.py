"""The drawings and the text of the documentation are what the program draws now, byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.graph.pictures import ASKED, GRAPHS, PAGE, drawn


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_the_drawings_are_of_the_examples(path: Path) -> None:
    assert path.read_text() == GRAPHS[path]()


def test_the_page_shows_what_is_printed() -> None:
    assert f"```\n{drawn(*ASKED)}```\n" in PAGE.read_text()
