"""What Git leaves out, as Git itself says it of the same tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from krm_secrets.repository.gitignore import Ignored
from krm_secrets.repository.gitindex import tracked
from tests.tools import tool

FILES = (
    "a.key",
    "keep.key",
    "build/a",
    "sub/build/a",
    "sub/a.key",
    "sub/x.txt",
    "deep/er/x.txt",
    "q/w.tmp",
    "né/a.key",
)
RULES = {
    ".gitignore": "# keys\n*.key\n!keep.key\n/build/\n!\n\\\n[\n" + "x" * 2000 + "\n**/er/*.txt\n\udcff\n",
    "sub/.gitignore": "!a.key\nx.txt\n",
    ".git/info/exclude": "*.tmp\n",
}


def _git(*words: str, code: int = 0) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": os.getcwd(), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run([tool("git"), *words], capture_output=True, text=True, env=env)
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _git("init", "-q")
    for name in FILES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x")
    for name, text in RULES.items():
        Path(name).write_text(text, encoding="utf-8", errors="surrogateescape")


def _kept(top: str = ".") -> list[str]:
    """The files below a folder that are not ignored."""
    ignored, kept = Ignored(top), []
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name != ".git" and not ignored.hides(f"{folder}/{name}", True)]
        kept += [os.path.normpath(f"{folder}/{name}") for name in files if not ignored.hides(f"{folder}/{name}")]
    return sorted(name for name in kept if not name.endswith(".gitignore"))


def _as_git_says() -> list[str]:
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted({name for name in listed if name and not name.endswith(".gitignore")})


def test_what_is_ignored() -> None:
    assert _kept() == _as_git_says() == ["keep.key", "sub/a.key", "sub/build/a"]


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_what_is_tracked_counts_though_it_is_ignored(version: str) -> None:
    _git("config", "index.version", version)
    Path("q", "z" * 200).write_text("x")
    _git("add", "--force", "a.key", "build/a", "né/a.key", f"q/{'z' * 200}", "sub")
    if version == "3":  # Git writes it for entries that say more
        _git("add", "--intent-to-add", "--force", "deep/er/x.txt")
    assert _kept() == _as_git_says()
    assert {b"a.key", b"build", b"build/a", "né".encode()} <= tracked(".git")


def test_an_index_of_longer_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    _git("init", "-q", "--object-format=sha256")
    for n in range(3):
        Path(f"{n}.txt").write_text(str(n))
    _git("add", ".")
    assert tracked(".git") == {b"0.txt", b"1.txt", b"2.txt"}


def test_a_work_tree_whose_git_folder_is_elsewhere(tmp_path: Path) -> None:
    _git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "a")
    _git("worktree", "add", "-q", str(tmp_path / "tree"))
    Path("tree/x").write_text("x")
    _git("-C", "tree", "add", "x")
    assert tracked("tree/.git") == {b"x"}


@pytest.mark.parametrize("data", [b"", b"DIRC", b"DIRC\0\0\0\2\0\0\0\5", b"DIRC\0\0\0\x09\0\0\0\0", b"\0" * 99])
def test_an_index_that_is_none_says_nothing(data: bytes) -> None:
    Path(".git/index").write_bytes(data)
    assert tracked(".git") == frozenset()


def test_a_folder_that_is_ignored_and_asked_for_counts() -> None:
    assert _kept("build") == ["build/a"]


def test_rules_below_a_folder_hold_without_git() -> None:
    Path(".git").rename("elsewhere")
    assert _kept("sub") == ["sub/a.key", "sub/build/a"]


def test_rules_that_cannot_be_read_say_nothing() -> None:
    Path("sub/.gitignore").write_bytes(b"x" * (6 * 1024 * 1024))
    assert _kept("sub") == ["sub/build/a", "sub/x.txt"]
