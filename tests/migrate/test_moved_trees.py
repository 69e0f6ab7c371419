"""Golden trees: a repository before `krm-secrets shorten --write`, and after.

Laid out as in `tests/test_trees.py`. To add one, write `before`, run `python -m tests.migrate.test_moved_trees NAME`,
and read what it wrote.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.running import run_in
from tests.test_trees import Files, files

TREES = Path(__file__).parent / "trees"
NAMES = sorted(path.name for path in TREES.iterdir())


def copied(name: str, folder: Path) -> Path:
    shutil.copytree(TREES / name / "before", folder)
    (folder / ".git").mkdir()
    return folder


def run(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of a command, standard error first."""
    done = run_in(folder, *words, env={"PATH": "/nonexistent"})
    return done.code, done.err + done.out.decode()


def expected(name: str) -> Files:
    case = TREES / name
    return files(case / "before") | (files(case / "after") if (case / "after").exists() else {})


def test_there_are_trees() -> None:
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_tree(name: str, tmp_path: Path) -> None:
    folder = copied(name, tmp_path / "tree")
    code, _ = run(folder, "shorten", ".")
    assert files(folder) == files(TREES / name / "before")
    code, said = run(folder, "shorten", "--write", ".")
    assert said == (TREES / name / "output.txt").read_text()
    assert files(folder) == expected(name)
    assert code == ("krm-secrets: error: " in said)
    if not code:
        code, checked = run(folder, "render", "--check", ".")
        assert (code, "krm-secrets: error: " in checked) == (0, False)
        assert run(folder, "shorten", "--write", ".")[0] == 0
        assert files(folder) == expected(name)


def write(name: str) -> None:
    case = TREES / name
    shutil.rmtree(case / "after", ignore_errors=True)
    with TemporaryDirectory() as temporary:
        folder = copied(name, Path(temporary) / "tree")
        (case / "output.txt").write_text(run(folder, "shorten", "--write", ".")[1])
        before, after = files(case / "before"), files(folder)
        for path, data in after.items():
            if before.get(path) != data:
                (case / "after" / path).parent.mkdir(parents=True, exist_ok=True)
                (case / "after" / path).write_bytes(data)


if __name__ == "__main__":
    for each in sys.argv[1:] or NAMES:
        write(each)
