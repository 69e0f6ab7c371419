from __future__ import annotations

import os
from pathlib import Path

import pytest

from krm_secrets.errors import Failure
from krm_secrets.krm.files import MAX_SIZE, read_source, read_text
from krm_secrets.krm.folders import below_root, find, nearest


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(path: str) -> str:
    with pytest.raises(Failure) as caught:
        read_source(path)
    return str(caught.value)


def test_a_file_is_read_without_its_mark() -> None:
    Path("a.yaml").write_bytes(b"\xef\xbb\xbfkind: A\r\n")
    assert read_text("a.yaml") == "kind: A\r\n"
    source = read_source("a.yaml")
    assert (source.file, len(source.documents)) == ("a.yaml", 1)


def test_a_named_pipe_is_refused_and_not_waited_for() -> None:
    os.mkfifo("pipe.yaml")
    assert refused("pipe.yaml") == "pipe.yaml: is no regular file"


def test_a_device_is_refused() -> None:
    assert refused("/dev/zero") == "/dev/zero: is no regular file"


def test_what_cannot_be_read_says_why() -> None:
    Path("folder").mkdir()
    Path("dangling").symlink_to("nowhere")
    Path("loop").symlink_to("loop")
    assert refused("folder") == "folder: cannot be read: Is a directory"
    assert refused("none") == "none: cannot be read: No such file or directory"
    assert refused("dangling") == "dangling: cannot be read: No such file or directory"
    assert refused("loop") == "loop: cannot be read: Too many levels of symbolic links"
    assert refused("a\0b") == "a\\u0000b: cannot be read: no file can have this name"
    assert refused("\ud800") == "\\ud800: cannot be read: no file can have this name"
    assert refused("x" * 300) == f"{'x' * 300}: cannot be read: File name too long"


def test_an_unreadable_file_says_so() -> None:
    Path("a.yaml").touch(mode=0)
    user = os.geteuid()
    if user == 0:  # who reads every file
        os.seteuid(65534)
    try:
        assert refused("a.yaml") == "a.yaml: cannot be read: Permission denied"
    finally:
        os.seteuid(user)


def test_a_file_may_have_five_mebibytes() -> None:
    Path("a.yaml").write_bytes(b"#" * MAX_SIZE)
    assert len(read_text("a.yaml")) == MAX_SIZE
    Path("b.yaml").write_bytes(b"#" * (MAX_SIZE + 1))
    assert refused("b.yaml") == "b.yaml: is larger than 5 MiB"


def test_mistakes_in_a_file_name_it_and_the_line() -> None:
    Path("a.yaml").write_bytes(b"kind: A\nx: \xff\n")
    Path("b.yaml").write_bytes(b"kind: A\nx: [\n")
    assert refused("a.yaml") == "a.yaml:2: the input is not UTF-8 text; save it as UTF-8"
    assert refused("b.yaml") == "b.yaml:3: not valid YAML: did not find expected node content"


def test_names_with_control_characters_are_escaped() -> None:
    assert refused("a\x1b[31m\u202eb\n") == "a\\u001b[31m\\u202eb\\u000a: cannot be read: No such file or directory"


def test_yaml_and_json_are_found_in_order_and_hidden_ones_are_not() -> None:
    for name in ("b/z.yml", "b/a.json", "a.yaml", "c.txt", ".hidden.yaml", ".git/x.yaml", "b/.x/y.yaml", "yaml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert list(find(["."])) == ["./a.yaml", "./b/a.json", "./b/z.yml"]
    assert list(find(["c.txt", ".hidden.yaml", "none"])) == ["c.txt", ".hidden.yaml", "none"]


def test_a_folder_is_not_left_through_a_link() -> None:
    Path("in").mkdir()
    Path("out").mkdir()
    Path("out/a.yaml").touch()
    Path("in/link").symlink_to("../out")
    assert list(find(["in"])) == []


def test_a_folder_that_cannot_be_listed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("closed").mkdir()

    def scandir(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(Failure) as caught:
        list(find(["closed"]))
    assert str(caught.value) == "closed: cannot be listed: Permission denied"


def test_the_nearest_entry_is_in_the_folder_or_above(tmp_path: Path) -> None:
    Path("a/b").mkdir(parents=True)
    Path("mark.yaml").touch()
    assert nearest("mark.yaml", "a/b") == str(tmp_path / "mark.yaml")
    Path("a/b/mark.yaml").symlink_to("nowhere")
    assert nearest("mark.yaml", "a/b") == str(tmp_path / "a/b/mark.yaml")
    assert nearest("a name that no folder has", "") == ""


def test_an_origin_lies_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("repo/.git").mkdir(parents=True)
    Path("repo/app").mkdir()
    Path("repo/base").mkdir()
    Path("outside.yaml").touch()
    Path("repo/base/link.yaml").symlink_to("../../outside.yaml")
    Path("repo/base/inner.yaml").symlink_to("a.yaml")
    monkeypatch.chdir("repo/app")
    assert below_root("../base/a.yaml") == str(tmp_path / "repo/base/a.yaml")
    assert below_root("../base/inner.yaml") == str(tmp_path / "repo/base/a.yaml")
    assert below_root("../../outside.yaml") == ""
    assert below_root("../base/link.yaml") == ""
    assert below_root(str(tmp_path / "repo/base/a.yaml")) == ""
    assert below_root("/etc/passwd") == ""
    assert below_root("a\0b") == ""
    assert below_root("\ud800") == ""


def test_outside_of_a_repository_the_folder_is_the_root(tmp_path: Path) -> None:
    assert below_root("a.yaml") == str(tmp_path / "a.yaml")
    assert below_root("../a.yaml") == ""
