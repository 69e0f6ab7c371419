"""The pictures in `docs/pictures`, drawn of `examples/cluster`: `python -m tests.graph.pictures` writes them anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.graph.support import ROOT, write
from tests.running import start

FOLDER = ROOT / "docs/pictures"
PICTURES = {
    "graph.svg": (),
    "graph-of-an-item.svg": ("--item", "recipes"),
}


def pictures() -> dict[str, bytes]:
    """What is in each file."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "examples"
        shutil.copytree(ROOT / "examples", root)
        write(root, {})
        return {name: _drawn(root, "--format", "svg", *words) for name, words in PICTURES.items()}


def tree(*words: str) -> str:
    """The same repository as a tree."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "examples"
        shutil.copytree(ROOT / "examples", root)
        write(root, {})
        return _drawn(root, *words).decode()


def _drawn(root: Path, *words: str) -> bytes:
    done = start("", "graph", *words, "cluster", cwd=str(root))
    assert done.code == 0, done.err
    return done.out


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each, content in pictures().items():
        (FOLDER / each).write_bytes(content)
