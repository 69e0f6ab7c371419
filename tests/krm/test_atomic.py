"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from krm_secrets.errors import Failure
from krm_secrets.krm.atomic import Write, write_all, write_bytes


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_bytes(str(file), b"\0\xff")
    assert file.read_bytes() == b"\0\xff"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_the_mode_is_kept(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(mode)
    write_bytes(str(file), b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", mode)


def test_the_owner_is_kept_where_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    asked = []
    real = os.fstat

    def other(handle: int) -> os.stat_result:
        fields = list(real(handle))
        fields[stat.ST_UID] += 1
        return os.stat_result(fields)

    def chown(handle: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError

    monkeypatch.setattr(os, "fstat", other)
    monkeypatch.setattr(os, "fchown", chown)
    write_bytes(str(file), b"new")
    assert asked == [(os.getuid(), os.getgid())]
    assert file.read_bytes() == b"new"


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to("folder/target")
    write_bytes(str(link), b"new")
    assert (os.readlink(link), target.read_bytes()) == ("folder/target", b"new")


@pytest.mark.parametrize("step", ["replace", "fsync", "write"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_crash_before_the_end_leaves_the_old_file(
    step: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")

    def crash(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, crash)
    with pytest.raises((Failure, KeyboardInterrupt)):
        write_bytes(str(file), b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"old")]


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str, flags: int, *mode: int) -> int:
        if flags == os.O_RDONLY:
            raise OSError(22, "Invalid argument")
        return real(path, flags, *mode)

    monkeypatch.setattr("krm_secrets.krm.atomic.os.open", refuse)
    write_bytes(str(tmp_path / "a"), b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "folder: is no regular file"),
        ("none/a", "none/a: cannot be written: No such file or directory"),
        ("a\0b", "a\\u0000b: cannot be written: no file can have this name"),
        ("loop", "loop: cannot be written: Too many levels of symbolic links"),
    ],
)
def test_what_cannot_be_written(name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(Failure) as raised:
        write_bytes(name, b"x")
    assert str(raised.value) == message


def test_a_read_only_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Failure) as raised:
        write_bytes(str(file), b"new")
    assert str(raised.value) == f"{file}: cannot be written: it is read-only for you"
    assert file.read_bytes() == b"old"


# Several files: all of them or none.


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def three(folder: Path) -> list[Write]:
    """Changes of all kinds, in a folder where they can be made."""
    (folder / "old").write_bytes(b"1")
    (folder / "gone").write_bytes(b"2")
    (folder / "old").chmod(0o640)
    names = (("old", b"new", b"1"), ("fresh", b"3", None), ("gone", None, b"2"))
    return [Write(str(folder / name), name, data, before, 0o644) for name, data, before in names]


def test_all_are_written(tmp_path: Path) -> None:
    write_all(three(tmp_path))
    assert files(tmp_path) == {"old": b"new", "fresh": b"3"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"old": 0o640, "fresh": 0o644}


def test_nothing_is_written_where_a_folder_is_missing(tmp_path: Path) -> None:
    writes = three(tmp_path)
    before = files(tmp_path)
    with pytest.raises(Failure) as raised:
        write_all([*writes, Write(str(tmp_path / "no/file"), "no/file", b"", None)])
    assert str(raised.value) == "no/file: cannot be written: No such file or directory"
    assert files(tmp_path) == before


@pytest.mark.parametrize("now", [b"other", None])
def test_nothing_is_written_over_what_changed_meanwhile(now: bytes | None, tmp_path: Path) -> None:
    writes = three(tmp_path)
    (tmp_path / "gone").unlink()
    if now is not None:
        (tmp_path / "gone").write_bytes(now)
    before = files(tmp_path)
    with pytest.raises(Failure) as raised:
        write_all(writes)
    assert str(raised.value) == "gone: was changed by somebody else meanwhile; run the command again"
    assert files(tmp_path) == before


FULL = OSError(28, "No space left on device")


def fails_once(monkeypatch: pytest.MonkeyPatch, module: str, call: str, number: int, error: BaseException) -> None:
    """The call of this number raises the error."""
    where = import_module(module)
    real, calls = getattr(where, call), []

    def fails(*words: object, **options: object) -> object:
        calls.append(words)
        if len(calls) == number:
            raise error
        return real(*words, **options)

    monkeypatch.setattr(where, call, fails)


@pytest.mark.parametrize(
    ("module", "call", "number", "name"),
    [
        ("krm_secrets.krm.atomic", "swap", 1, "old"),
        ("os", "rename", 1, "gone"),
        ("os", "fsync", 1, "old"),
        ("os", "fsync", 2, "fresh"),
        ("os", "write", 2, "fresh"),
    ],
)
def test_what_was_written_is_undone(
    module: str, call: str, number: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = three(tmp_path)
    before, inode = files(tmp_path), (tmp_path / "old").stat().st_ino
    fails_once(monkeypatch, module, call, number, FULL)
    with pytest.raises(Failure) as raised:
        write_all(writes)
    assert str(raised.value) == f"{name}: cannot be written: No space left on device"
    assert files(tmp_path) == before
    assert (tmp_path / "old").stat().st_ino == inode


def test_what_cannot_be_undone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = three(tmp_path)
    real = os.rename

    def fails(path: str, target: str) -> None:
        (tmp_path / "old").write_bytes(b"mine")  # what somebody writes now is not taken from him
        if path.endswith("gone"):
            raise FULL
        real(path, target)

    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(Failure) as raised:
        write_all(writes)
    assert str(raised.value) == (
        "gone: cannot be written: No space left on device; "
        "old: was written before that and stays so: run the command again"
    )
    assert files(tmp_path) == {"old": b"mine", "gone": b"2"}


# What somebody else does meanwhile, at every call that changes the file tree.


def save(path: Path) -> None:
    """As editors do that write a new file and rename it."""
    other = path.with_name("editor")
    other.write_bytes(b"edit")
    other.rename(path)


def overwrite(path: Path) -> None:
    """As editors do that write into the file."""
    path.write_bytes(b"edit")


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("elsewhere")


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def before_call(
    patched: pytest.MonkeyPatch, module: str, call: str, number: int, action: Callable[[], None]
) -> list[object]:
    """Do something right before the call of this number; the list gets all calls until then."""
    where = import_module(module)
    real = getattr(where, call)
    calls: list[object] = []

    def between(*given: object, **options: object) -> object:
        calls.append(given)
        if len(calls) == number:
            setattr(where, call, real)
            action()
        return real(*given, **options)

    patched.setattr(where, call, between)
    return calls


CALLS = [("krm_secrets.krm.atomic", "swap"), *(("os", call) for call in ("fsync", "write", "link", "rename", "unlink"))]


@pytest.mark.parametrize("does", [save, overwrite, remove, link, folder])
@pytest.mark.parametrize("name", ["old", "fresh", "gone"])
@pytest.mark.parametrize(("module", "call"), CALLS)
def test_what_somebody_does_meanwhile_stays(
    module: str, call: str, name: str, does: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it happens: either the run stops and all else is as it was, or it was done with this file before."""
    for number in range(1, 20):
        here = tmp_path / str(number)
        here.mkdir()
        writes = three(here)
        stopped = ""
        with monkeypatch.context() as patched:
            calls = before_call(patched, module, call, number, partial(does, here / name))
            try:
                write_all(writes)
            except Failure as error:
                stopped = str(error)
        if len(calls) < number:
            assert number > 1
            return
        assert not [path.name for path in here.iterdir() if path.name.startswith(".krm")]
        if does in (save, overwrite):
            assert (here / name).read_bytes() == b"edit"
        elif does is link:
            assert os.readlink(here / name) == "elsewhere"
        elif does is folder:
            assert (here / name).is_dir()
        if stopped:
            kept = {"old": b"1", "gone": b"2"}
            assert {path.name: path.read_bytes() for path in here.iterdir() if path.name != name} == {
                key: value for key, value in kept.items() if key != name
            }
    raise AssertionError("it never ends")


def test_a_write_does_not_show_what_is_written() -> None:
    assert repr(Write("a", "a", b"hunter2", None)) == "<Write>"
