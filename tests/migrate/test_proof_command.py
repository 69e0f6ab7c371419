"""`shorten --write --prove`: kustomize's builds are compared before anything is written."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from tests.running import run as started
from tests.tools import tool

from .test_moved_trees import TREES, copied

# Prints what the kustomization lists, and notes how it was called.
PROGRAM = """#!{python}
import os, sys
folder = sys.argv[2]
with open({notes!r}, "a") as notes:
    print(sys.argv[1:2], sorted(os.environ), file=notes)
    print(folder, file=notes)
if {broken!r} and "/krm-secrets-" in folder:
    sys.exit({broken!r} == "fails")
for row in open(os.path.join(folder, "kustomization.yaml")):
    if row.startswith("resources: ["):
        for name in row[12:].strip().rstrip("]").split(", "):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                print("---\\n" + open(path).read())
"""


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str = "") -> Path:
    folder.mkdir()
    notes, program = folder / "notes", folder / "kustomize"
    program.write_text(PROGRAM.format(python=sys.executable, notes=str(notes), broken=broken))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("SOPS_AGE_KEY", "AGE-SECRET-KEY-1")
    return notes


def prove(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.chdir(folder)
    done = started("", "shorten", *(words or ("--write", "--prove")), ".")
    return done.code, done.err, done.out.decode()


def tree(tmp_path: Path) -> Path:
    folder = copied("what-a-build-does-to-all-alike-is-moved", tmp_path / "tree")
    (folder / "remote").mkdir()
    (folder / "remote" / "kustomization.yaml").write_text("resources: [../base, https://example.org/x.yaml]\n")
    os.mkfifo(folder / "pipe")
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.yaml")}


def test_builds_that_are_the_same_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, folder = fake(tmp_path / "bin", monkeypatch), tree(tmp_path)
    code, err, out = prove(folder, monkeypatch)
    assert code == 0
    assert "krm-secrets: notice: kustomize builds the same of 3 kustomizations\n" in err
    assert "created base/secretmapping.yaml\n" in out
    calls = notes.read_text().splitlines()
    assert set(calls[::2]) == {
        "['build'] ['ALL_PROXY', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY', 'LC_CTYPE', 'PATH', 'TMPDIR']"
    }
    assert len(calls[1::2]) == 6
    assert not any("remote" in path for path in calls[1::2])
    assert not any(os.path.exists(path) for path in calls[1::2] if "/krm-secrets-" in path)


@pytest.mark.parametrize(
    ("kustomizations", "works", "message"),
    [
        (("base",), True, "kustomize builds the same of 1 kustomization"),
        ((), True, "kustomize compared nothing: no kustomization takes these files"),
        (("base",), False, "kustomize compared nothing: 1 kustomization cannot be built by kustomize alone"),
        (("base", "more"), False, "kustomize compared nothing: 2 kustomizations cannot be built by kustomize alone"),
    ],
)
def test_how_many_builds_were_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kustomizations: tuple[str, ...], works: bool, message: str
) -> None:
    notes, folder = fake(tmp_path / "bin", monkeypatch), tmp_path / "tree"
    if not works:
        (notes.parent / "kustomize").write_text("#!/bin/sh\nexit 1\n")
    base = tree(tmp_path) / "base"
    for path in folder.iterdir():
        if path.name not in (".git", "base"):
            path.unlink() if not path.is_dir() else shutil.rmtree(path)
    (base / "kustomization.yaml").unlink()
    for name in kustomizations:
        (folder / name).mkdir(exist_ok=True)
        listed = "../base/externalsecret.yaml" if name == "more" else "externalsecret.yaml"
        (folder / name / "kustomization.yaml").write_text(f"resources: [{listed}]\n")
    code, err, _ = prove(folder, monkeypatch)
    assert code == 0
    assert f"krm-secrets: notice: {message}\n" in err


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("fails", "it cannot be built any more"),
        ("empty", "ExternalSecret base is there 0 times instead of 1"),
    ],
)
def test_nothing_is_written_where_a_build_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, message: str
) -> None:
    fake(tmp_path / "bin", monkeypatch, broken)
    folder = tree(tmp_path)
    before = texts(folder)
    code, err, out = prove(folder, monkeypatch)
    assert (code, out) == (1, "")
    assert (
        "krm-secrets: error: base/kustomization.yaml: would not build the same any more: "
        f"{message}; nothing was written, please report it\n"
    ) in err
    assert texts(folder) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--write", "--prove"), "--prove needs kustomize, which PATH does not have; nothing was written"),
        (("--prove",), "--prove compares what --write would change: give both"),
    ],
)
def test_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str) -> None:
    folder = tree(tmp_path)
    before = texts(folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    code, err, out = prove(folder, monkeypatch, *words)
    assert (code, out) == (1, "")
    assert f"krm-secrets: error: {message}\n" in err
    assert texts(folder) == before


def test_kustomize_itself_builds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kustomize").symlink_to(shutil.which(tool("kustomize")) or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name, count in (("what-a-build-does-to-all-alike-is-moved", 3), ("what-a-build-deletes-is-no-second-maker", 5)):
        assert (TREES / name).is_dir()
        folder = copied(name, tmp_path / name)
        code, err, _ = prove(folder, monkeypatch)
        assert code == 0
        assert f"kustomize builds the same of {count} kustomizations\n" in err
