"""What stands in for `os` gives what `os` gives."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, strategies as st

from krm_secrets._startup import system

PATHS = st.lists(st.sampled_from(["/", "/", "a", "b", ".", "..", "é"]), max_size=9).map("".join)


@given(PATHS, PATHS)
def test_a_path_is_what_it_is_to_python(one: str, other: str) -> None:
    assert system.join(one, other) == os.path.join(one, other)
    for name in ("isabs", "split", "dirname", "normpath", "realpath"):
        assert (name, getattr(system, name)(one)) == (name, getattr(os.path, name)(one))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_text("")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "real/up").symlink_to("..")
    monkeypatch.chdir(tmp_path)
    return tmp_path


NAMES = ("", ".", "real", "real/file", "link", "link/file", "broken", "real/up/link/file", "link/../real", "none", "/")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_it_is_to_python(folder: Path, name: str) -> None:
    for path in (name, str(folder / name)):
        for asked in ("isfile", "islink", "realpath"):
            assert (asked, getattr(system, asked)(path)) == (asked, getattr(os.path, asked)(path))


@pytest.mark.parametrize("name", ["real", "real/file", "/dev/null"])
def test_what_is_regular(folder: Path, name: str) -> None:
    assert system.isregular(os.stat(name)) is stat.S_ISREG(os.stat(name).st_mode)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_no_file_can_be_called(name: str) -> None:
    assert (system.isfile(name), system.islink(name)) == (False, False)
    for function in (system.realpath, os.path.realpath):
        with pytest.raises(ValueError, match=r"null|surrogates"):
            function(name)


def shown(asked: str) -> bytes:
    """What a Python without `site`, and so without `os`, says to this."""
    environ = {b"PLAIN": b"a", b"ODD": b"\xff", "É".encode(): "é".encode()}
    script = f"import sys; sys.path.append(sys.argv[1]); from krm_secrets._startup.system import *; {asked}"
    words = [sys.executable, "-ISX", "utf8", "-c", script, str(Path(__file__).parents[1])]
    return subprocess.run(words, env=environ, capture_output=True, check=True, timeout=60).stdout


ASKED = "print(sorted((n, v) for n, v in environ().items() if n in ('PLAIN', 'ODD', 'É')), 'os' in sys.modules)"


@pytest.mark.parametrize(("before", "has_os"), [("", "False"), ("import os; ", "True")])
def test_the_environment_is_that_of_os(before: str, has_os: str) -> None:
    assert shown(before + ASKED).decode() == f"[('ODD', '\\udcff'), ('PLAIN', 'a'), ('É', 'é')] {has_os}\n"


def test_the_environment_of_the_process() -> None:
    with mock.patch.dict(sys.modules), mock.patch.object(system, "_given", {b"A": "é".encode()}):
        del sys.modules["os"]
        assert system.environ() == {"A": "é"}


def test_the_environment_that_somebody_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANGED", "here")
    assert system.environ()["CHANGED"] == "here"


def test_a_working_folder_that_is_gone(folder: Path) -> None:
    gone = folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    functions: tuple[Callable[[str], str], ...] = (system.realpath, os.path.realpath)
    for function in functions:
        with pytest.raises(FileNotFoundError):
            function("a")
