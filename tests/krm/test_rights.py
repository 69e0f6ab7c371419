"""What takes the place of a file has its owner, mode and list of access; other names of the file keep what it was."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from krm_secrets.krm.atomic import Write, write_all, write_bytes

LIST = "system.posix_acl_access"


@pytest.fixture
def attributes(monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, bytes]]:
    """A file system with extended attributes, by inode."""
    kept: dict[int, dict[str, bytes]] = {}

    def of(file: str | int) -> dict[str, bytes]:
        return kept.setdefault(os.stat(file).st_ino, {})

    def put(file: int, name: str, value: bytes) -> None:
        if name == "security.denied":
            raise PermissionError
        of(file)[name] = value

    def get(file: str, name: str) -> bytes:
        if name == "trusted.denied":
            raise PermissionError
        return of(file)[name]

    monkeypatch.setattr(os, "listxattr", lambda file: list(of(file)), raising=False)
    monkeypatch.setattr(os, "getxattr", get, raising=False)
    monkeypatch.setattr(os, "setxattr", put, raising=False)
    monkeypatch.setattr(os, "removexattr", lambda file, name: of(file).pop(name, None), raising=False)
    return kept


@pytest.mark.parametrize("secret", [True, False])
def test_lists_of_access_are_kept(secret: bool, tmp_path: Path, attributes: dict[int, dict[str, bytes]]) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(0o660)
    given = {LIST: b"bob", "user.note": b"x"}
    attributes[file.stat().st_ino] = {**given, "security.denied": b"", "trusted.denied": b""}
    write_all([Write(str(file), "a", b"new", b"old", secret=secret)])
    assert attributes[file.stat().st_ino] == given
    for inode in attributes.keys() - {file.stat().st_ino}:  # its number may be given to another file
        del attributes[inode]
    write_bytes(str(file), b"newer")
    assert attributes[file.stat().st_ino] == given
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"newer", 0o660)


def test_a_list_that_the_folder_gives_is_not_added(
    tmp_path: Path, attributes: dict[int, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    real = os.open

    def inherits(path: str, flags: int, *mode: int) -> int:
        handle = real(path, flags, *mode)
        if flags & os.O_CREAT:
            attributes[os.fstat(handle).st_ino] = {LIST: b"everybody"}
        return handle

    monkeypatch.setattr(os, "open", inherits)
    write_all([Write(str(file), "a", b"new", b"old")])
    assert attributes[file.stat().st_ino] == {}


def test_a_hard_link_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    os.link(file, tmp_path / "b")
    write_all([Write(str(file), "a", b"new", b"old")])
    assert (file.read_bytes(), (tmp_path / "b").read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize(("soft", "hard"), [(70, 4096), (70, 90)])
def test_more_files_than_a_process_may_open(soft: int, hard: int, tmp_path: Path) -> None:
    """The process may open more of them by itself, or does not hold all of them."""
    child = os.fork()
    if not child:
        try:
            os.closerange(3, 256)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            write_all([Write(str(tmp_path / str(n)), str(n), b"x", None) for n in range(150)])
            write_all([Write(str(tmp_path / str(n)), str(n), b"y", b"x") for n in range(150)])
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"y"] * 150


def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    child = os.fork()
    if not child:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        told = ""
        try:
            writes = [
                Write(str(tmp_path / "a"), "a", b"new", b"old"),
                Write(str(tmp_path / "b"), "b", b"x" * 2000, None),
            ]
            write_all(writes)
        except BaseException as error:
            told = str(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))  # what measures this process writes more at its end
        os._exit(told != "b: cannot be written: File too large")
    assert os.waitpid(child, 0)[1] == 0
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]
