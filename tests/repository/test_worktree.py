"""Which files of a work tree are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from krm_secrets.errors import Failure
from krm_secrets.repository.worktree import read_tree, root_of, shown
from tests.repository.support import lay


def names(folder: Path) -> list[str]:
    root = str(folder.resolve())
    return [os.path.relpath(path, root) for path in read_tree(root).files]


def test_manifests_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"b.yaml": "", "a/c.yml": "", "a/b.json": "", "a/Kustomization": "", "a/notes.txt": "", "z/k.yaml": ""},
    )
    assert names(tmp_path) == ["b.yaml", "a/Kustomization", "a/b.json", "a/c.yml", "z/k.yaml"]


@pytest.mark.parametrize(
    "path",
    [".github/a.yaml", "a/.hidden.yaml", "node_modules/a.yaml", "x/vendor/y/a.yaml", "chart/templates/a.yaml",
     "chart/charts/sub/a.yaml", "submodule/deep/a.yaml"],
)  # fmt: skip
def test_files_of_others_are_left_out(path: str, tmp_path: Path) -> None:
    lay(tmp_path, {path: "", "chart/Chart.yaml": "", "submodule/.git": "gitdir: x", "templates/a.yaml": ""})
    assert names(tmp_path) == ["chart/Chart.yaml", "templates/a.yaml"]


def test_but_not_what_is_asked_for_by_name(tmp_path: Path) -> None:
    lay(tmp_path, dict.fromkeys((".hidden/a/b.yaml", ".hidden/c.yaml", ".other/d.yaml", "vendor/e/f.yaml"), ""))
    root = str(tmp_path.resolve())
    found = read_tree(root, named=[f"{root}/.hidden/a", f"{root}/vendor/e"]).files
    assert [os.path.relpath(path, root) for path in found] == [".hidden/c.yaml", ".hidden/a/b.yaml", "vendor/e/f.yaml"]


def test_the_root_is_the_work_tree_around_a_path(tmp_path: Path) -> None:
    lay(tmp_path, {".git/HEAD": "", "a/b/c.yaml": ""})
    base = tmp_path.resolve()
    assert [root_of(str(base / each)) for each in ("", "a", "a/b/c.yaml")] == [str(base)] * 3


def test_without_git_the_root_is_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"a/b/c.yaml": ""})
    monkeypatch.setattr("krm_secrets.repository.worktree.nearest", lambda *_: "")
    assert root_of(str(tmp_path / "a")) == str((tmp_path / "a").resolve())
    assert root_of(str(tmp_path / "a/b/c.yaml")) == str((tmp_path / "a/b").resolve())


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        root_of(str(tmp_path / "no"))
    assert str(raised.value) == f"{tmp_path}/no: there is no such file or folder"


def test_links_lead_to_one_file_and_never_outside(tmp_path: Path) -> None:
    root = lay(tmp_path / "root", {"shared/a.yaml": "text", "b/keep.yaml": ""}).resolve()
    outside = lay(tmp_path, {"outside/secret.yaml": ""})
    (root / "b/link.yaml").symlink_to("../shared/a.yaml")
    (root / "b/out.yaml").symlink_to(outside / "outside/secret.yaml")
    (root / "b/dead.yaml").symlink_to("nowhere.yaml")
    (root / "b/loop").symlink_to("..")
    tree = read_tree(str(root))
    assert {os.path.relpath(path, root) for path in tree.files} == {"shared/a.yaml", "b/keep.yaml"}
    places = tree.files[str(root / "shared/a.yaml")].places
    assert [os.path.relpath(path, root) for path in places] == ["b/link.yaml", "shared/a.yaml"]


def unread(folder: Path) -> list[str]:
    return [str(error) for error in read_tree(str(folder)).unread.values()]


def test_what_is_no_text_is_told_if_it_seems_to_be_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    (tmp_path / "b.yaml").write_bytes(b"apiVersion: krm-secrets.dev/v1alpha1\nb: \xff")
    (tmp_path / "kustomization.yaml").write_bytes(b"c: \xff")
    wrong = "the input is not UTF-8 text; save it as UTF-8"
    assert unread(tmp_path.resolve()) == [f"b.yaml:2: {wrong}", f"kustomization.yaml:1: {wrong}"]


def test_what_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, {"a.yaml": "", "b/c.yaml": ""})
    real_open, real_scan = os.open, os.scandir

    def opened(path: str, *rest: int) -> int:
        if path.endswith("a.yaml"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest)

    def scanned(path: str) -> object:
        if path.endswith("/b"):
            raise PermissionError(13, "Permission denied", path)
        return real_scan(path)

    monkeypatch.setattr("posix.open", opened)
    monkeypatch.setattr(os, "scandir", scanned)
    assert unread(tmp_path.resolve()) == [
        "b: cannot be listed: Permission denied",
        "a.yaml: cannot be read: Permission denied",
    ]


def test_entries_of_kustomizations_are_found(tmp_path: Path) -> None:
    lay(tmp_path, {"a/b.yaml": "", "c/d.yaml": ""})
    root = str(tmp_path.resolve())
    tree = read_tree(root)
    assert tree.find(f"{root}/a", "./b.yaml") == f"{root}/a/b.yaml"
    assert tree.find(f"{root}/a", "../c") == f"{root}/c"
    assert tree.find(f"{root}/a", "new.yaml") == f"{root}/a/new.yaml"
    for elsewhere in ("https://x.example/y", "../../..", "/etc", "kind: A\nname: b\n", "a\0b"):
        assert tree.find(f"{root}/a", elsewhere) == ""


def test_paths_are_shown_from_the_working_folder() -> None:
    assert shown("/a/b/c.yaml", "/a") == "b/c.yaml"
    assert shown("/a/b/c.yaml", "/a/d") == "../b/c.yaml"
