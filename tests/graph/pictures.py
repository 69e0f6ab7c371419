"""The drawings in `docs/pictures`, of `examples/cluster`; `python -m tests.pages.made` writes them with all others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.graph.support import ROOT, write
from tests.running import start

PAGE = ROOT / "docs/how-to/graph.md"
ASKED = ("--item", "mail")
"""What the page shows as a tree."""


def drawn(*words: str) -> str:
    """What is printed of the example."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "examples"
        shutil.copytree(ROOT / "examples", root)
        write(root, {})
        done = start("", "graph", *words, "cluster", cwd=str(root))
    assert done.code == 0, done.err
    return done.out.decode()


GRAPHS: dict[Path, Callable[[], str]] = {
    ROOT / "docs/pictures/graph.svg": partial(drawn, "--format", "svg"),
    ROOT / "docs/pictures/graph-of-an-item.svg": partial(drawn, "--format", "svg", "--item", "recipes"),
}
"""Each file, and how it is made."""
