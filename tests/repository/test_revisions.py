"""What a work tree was at a revision, whatever the repository tells Git to run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from krm_secrets.errors import Failure
from krm_secrets.repository import revisions
from tests.tools import tool

SETTINGS = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")


def git(root: Path, *words: str) -> str:
    return subprocess.run(
        [tool("git"), *SETTINGS, *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "apps").mkdir(parents=True)
    (root / "apps/a.yaml").write_text("a: 1\n")
    (root / "apps/gone.yaml").write_text("gone: 1\n")
    (root / "b ä.yaml").write_text("b: 1\n")
    (root / "other.txt").write_text("no manifest\n")
    (root / "link.yaml").symlink_to("/etc/passwd")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


def wanted(path: str) -> bool:
    return path.endswith(".yaml")


def now(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def test_a_revision_is_a_commit(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    assert revisions.resolved(str(root), "HEAD") == head
    assert revisions.resolved(str(root), "main") == head


@pytest.mark.parametrize("name", ["nowhere", "", "HEAD:apps", "HEAD^{tree}", "main..main"])
def test_what_is_no_commit_is_refused(root: Path, name: str) -> None:
    with pytest.raises(Failure, match=r"is no commit that Git has here: .*fetch-depth: 0"):
        revisions.resolved(str(root), name)


def test_no_revision_is_an_option(root: Path) -> None:
    with pytest.raises(Failure, match=r"^--output=x is no revision$"):
        revisions.resolved(str(root), "--output=x")


def test_files_are_written_as_they_were(root: Path) -> None:
    (root / "apps/a.yaml").write_text("a: 2\n")
    with revisions.work_tree(str(root), revisions.resolved(str(root), "HEAD"), wanted) as then:
        found = {str(p.relative_to(then)): p.read_text() for p in Path(then).rglob("*.yaml")}
    assert not Path(then).exists()
    assert found == {"apps/a.yaml": "a: 1\n", "apps/gone.yaml": "gone: 1\n", "b ä.yaml": "b: 1\n"}


def test_what_changed_is_told(root: Path) -> None:
    commit = revisions.resolved(str(root), "HEAD")
    assert revisions.changed(str(root), commit, wanted, iter(now(root))) == {"link.yaml"}  # which is no regular file
    (root / "apps/a.yaml").write_text("a: 2\n")
    (root / "apps/gone.yaml").unlink()
    (root / "apps/new.yaml").write_text("new: 1\n")
    (root / "other.txt").write_text("changed, and not asked for\n")
    (root / "link.yaml").unlink()
    found = revisions.changed(str(root), commit, wanted, iter(now(root)))
    assert found == {"apps/a.yaml", "apps/gone.yaml", "apps/new.yaml"}


def test_hashes_of_the_other_kind(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    commit = revisions.resolved(str(tmp_path), "HEAD")
    assert len(commit) == 64
    assert revisions.changed(str(tmp_path), commit, wanted, iter(["a.yaml"])) == frozenset()


def test_nothing_runs_that_the_repository_names(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks, filters, text conversion, a file system monitor, an external diff, a pager and the environment."""
    told = tmp_path / "told"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {told}\ncat\n")
    program.chmod(0o755)
    (root / ".gitattributes").write_text("*.yaml filter=f diff=d\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "two")
    names = ("core.fsmonitor", "core.pager", "diff.external", "filter.f.clean", "filter.f.smudge", "filter.f.process",
             "diff.d.textconv", "diff.d.command", "core.sshCommand", "core.askPass", "alias.ls-tree")  # fmt: skip
    for name in names:
        git(root, "config", name, str(program))
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        os.symlink(program, hooks / hook)
    git(root, "config", "core.hooksPath", str(hooks))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    told.unlink(missing_ok=True)
    commit = revisions.resolved(str(root), "HEAD")
    with revisions.work_tree(str(root), commit, wanted) as then:
        assert Path(then, "apps/a.yaml").read_text() == "a: 1\n"
    revisions.changed(str(root), commit, wanted, iter(now(root)))
    assert not told.exists()


def test_a_path_out_of_the_tree_is_left_out(root: Path, tmp_path: Path) -> None:
    """Git refuses to make such a tree; whoever writes its bytes need not ask."""
    blob = git(root, "hash-object", "-w", "apps/a.yaml")
    inner = subprocess.run(
        [tool("git"), "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=root, input=b"100644 evil.yaml\0" + bytes.fromhex(blob), capture_output=True, check=True,
    ).stdout.strip()  # fmt: skip
    outer = subprocess.run(
        [tool("git"), "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=root, input=b"40000 ..\0" + bytes.fromhex(inner.decode()), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    commit = git(root, "commit-tree", outer, "-m", "evil")
    assert revisions.blobs(str(root), commit, wanted) == {}


def test_what_git_does_not_have_any_more(root: Path, tmp_path: Path) -> None:
    commit = revisions.resolved(str(root), "HEAD")
    blob = git(root, "rev-parse", "HEAD:apps/a.yaml")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Failure, match=r"^Git does not have what apps/a\.yaml held: fetch all of the commit$"):
        revisions.work_tree(str(root), commit, wanted).__enter__()


def test_no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Failure, match="asked of git, which PATH does not have"):
        revisions.resolved(str(root), "HEAD")


def test_a_tree_that_git_does_not_have(root: Path) -> None:
    with pytest.raises(Failure, match="Git cannot list what was committed"):
        revisions.blobs(str(root), "0" * 40, wanted)
