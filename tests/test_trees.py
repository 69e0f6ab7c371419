"""Golden trees: a repository before `krm-secrets render`, and after.

`before` is copied into a Git work tree of its own and rendered; `after` holds the files that are changed or new then,
`gone.txt` the names of those that went, `output.txt` what the command says, standard error first. A case with an error
changes nothing. To add one, write `before`, run `python -m tests.test_trees NAME`, and read what it wrote.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.running import run_in

TREES = Path(__file__).parent / "trees"
NAMES = sorted(path.name for path in TREES.iterdir())

Files = dict[str, bytes]


def files(folder: Path) -> Files:
    """All files below a folder but Git's own."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def copied(name: str, folder: Path) -> Path:
    """The tree of a case as a work tree, with a submodule in each folder of that name: Git stores no `.git`."""
    shutil.copytree(TREES / name / "before", folder)
    (folder / ".git").mkdir()
    for submodule in folder.rglob("submodule"):
        (submodule / ".git").write_text("gitdir: elsewhere\n")
    return folder


def render(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of the command in a folder, as a user without keys has it."""
    done = run_in(folder, "render", *words)
    return done.code, done.err + done.out.decode()


def expected(name: str) -> Files:
    """The whole tree as it is to be."""
    case = TREES / name
    gone = (case / "gone.txt").read_text().split() if (case / "gone.txt").exists() else []
    wanted = files(case / "before") | (files(case / "after") if (case / "after").exists() else {})
    return {path: data for path, data in wanted.items() if path not in gone}


def test_there_are_trees() -> None:
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_tree(name: str, tmp_path: Path) -> None:
    before, after = files(TREES / name / "before"), expected(name)
    folder = copied(name, tmp_path / "tree")
    code, shown = render(folder, "--check", ".")
    assert files(folder) == before
    assert code == (after != before or "krm-secrets: error: " in shown)
    code, said = render(folder, ".")
    assert said == (TREES / name / "output.txt").read_text()
    assert code == ("krm-secrets: error: " in said)
    assert files(folder) == after
    if not code:
        code, again = render(folder, "--check", ".")
        assert (code, "krm-secrets: error: " in again) == (0, False)
        stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*.yaml")}
        assert render(folder, ".")[0] == 0
        assert files(folder) == after
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.yaml")} == stamps


def write(name: str) -> None:
    case = TREES / name
    shutil.rmtree(case / "after", ignore_errors=True)
    (case / "gone.txt").unlink(missing_ok=True)
    with TemporaryDirectory() as temporary:
        folder = copied(name, Path(temporary) / "tree")
        (case / "output.txt").write_text(render(folder, ".")[1])
        before, after = files(case / "before"), files(folder)
        for path, data in after.items():
            if before.get(path) != data:
                (case / "after" / path).parent.mkdir(parents=True, exist_ok=True)
                (case / "after" / path).write_bytes(data)
        if gone := sorted(before.keys() - after.keys()):
            (case / "gone.txt").write_text("".join(f"{path}\n" for path in gone))


if __name__ == "__main__":
    for each in sys.argv[1:] or NAMES:
        write(each)
