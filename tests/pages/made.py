"""What is made and not written: pictures, and pages of reference. `python -m tests.pages.made` makes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.graph.pictures import GRAPHS
from tests.tools import ROOT

from .pictures import PICTURES
from .reference import command_line, configuration, function_definition
from .rules_page import rules_page

MADE: dict[Path, Callable[[], str]] = {
    **PICTURES,
    **GRAPHS,
    ROOT / "docs/reference/configuration.md": configuration,
    ROOT / "docs/reference/command-line.md": command_line,
    ROOT / "docs/reference/checks.md": rules_page,
    ROOT / "function.yaml": function_definition,
}
"""Each file, and how it is made."""


def words(text: str) -> str:
    """What a picture says, without how it is drawn, which is the library's affair."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL).split())


if __name__ == "__main__":
    for path, make in MADE.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(make(), encoding="utf-8")
