"""Modules that are found in a short way are the same ones."""

from __future__ import annotations

import _frozen_importlib
import importlib.util
import json
import os
import py_compile
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

import krm_secrets
from krm_secrets._startup import modules

CACHED = f"__pycache__/{{}}.{sys.implementation.cache_tag}.pyc"
TRUSTED = py_compile.PycInvalidationMode.UNCHECKED_HASH
CHECKED = py_compile.PycInvalidationMode.CHECKED_HASH


def load(folder: Path, name: str = "a", threads: int = 0) -> ModuleType:
    """The module of that name below a package that has this folder, as the statement `import` gets it."""
    package = ModuleType("krm_secrets.made")
    package.__path__ = [str(folder)]
    known = mock.patch.dict(sys.modules, {"krm_secrets.made": package})
    with known, mock.patch.object(modules, "other_threads", return_value=threads):
        found = modules._find_and_load(f"krm_secrets.made.{name}", __import__)
        assert getattr(package, name.partition(".")[0]) is sys.modules[f"krm_secrets.made.{name.partition('.')[0]}"]
        return found


def is_quick(module: ModuleType) -> bool:
    return module.__spec__ is not None and module.__spec__.loader is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("value = 1\n")
    py_compile.compile(str(tmp_path / "a.py"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b/__init__.py").write_text("")
    py_compile.compile(str(tmp_path / "b/__init__.py"))
    return tmp_path


@pytest.mark.parametrize(("name", "file"), [("a", "a.py"), ("b", "b/__init__.py")])
def test_a_module_is_what_python_makes(folder: Path, name: str, file: str) -> None:
    made = load(folder, name)
    usual = importlib.util.spec_from_file_location(f"krm_secrets.made.{name}", folder / file)
    assert usual is not None
    assert made.__spec__ is not None
    assert (made.__name__, made.__file__, made.__package__) == (usual.name, usual.origin, usual.parent)
    assert (made.__spec__.name, made.__spec__.origin, made.__spec__.parent) == (usual.name, usual.origin, usual.parent)
    assert made.__spec__.submodule_search_locations == usual.submodule_search_locations
    assert getattr(made, "__path__", None) == usual.submodule_search_locations
    assert is_quick(made)


def test_only_packages_have_a_function_for_names(folder: Path) -> None:
    package = Path(krm_secrets.__file__).parent
    assert {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"^def __getattr__", path.read_text(), re.MULTILINE)
    } == {"__init__.py", "krm/__init__.py"}
    (folder / "b/__init__.py").write_text("def __getattr__(name): return name")
    py_compile.compile(str(folder / "b/__init__.py"))
    assert load(folder, "b").anything == "anything"
    with pytest.raises(AttributeError):
        _ = load(folder, "a").anything


def test_what_is_above_is_imported_before(folder: Path) -> None:
    (folder / "b/c.py").write_text("value = 4\n")
    py_compile.compile(str(folder / "b/c.py"))
    assert load(folder, "b.c").value == 4


def test_what_a_module_imports_of_itself_is_there_already(folder: Path) -> None:
    (folder / "b/__init__.py").write_text("import krm_secrets.made.b.c as c\nvalue = c.value\n")
    (folder / "b/c.py").write_text("value = 5\n")
    for file in ("b/__init__.py", "b/c.py"):
        py_compile.compile(str(folder / file))
    with mock.patch.object(_frozen_importlib, "_find_and_load", modules._find_and_load):
        assert load(folder, "b.c").value == 5


def test_what_it_does_not_find_is_left_to_python(folder: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'krm_secrets\.made\.c'"):
        load(folder, "c")
    with pytest.raises(ModuleNotFoundError, match=r"'krm_secrets\.made\.a' is not a package"):
        load(folder, "a.c")
    assert modules._find_and_load("json", __import__) is json


def test_a_module_that_fails_is_none(folder: Path) -> None:
    (folder / "a.py").write_text("1 / 0\n")
    py_compile.compile(str(folder / "a.py"))
    with pytest.raises(ZeroDivisionError) as caught:
        load(folder)
    assert caught.traceback[-1].path == folder / "a.py"
    assert "krm_secrets.made.a" not in sys.modules


def test_beside_other_threads_python_itself_imports(folder: Path) -> None:
    assert not is_quick(load(folder, threads=1))


def test_byte_code_is_taken_as_it_is(folder: Path) -> None:
    (folder / "a.py").unlink()
    (folder / "other.py").write_text("value = 3\ndef code(): pass\n")
    py_compile.compile(str(folder / "other.py"), str(folder / CACHED.format("a")), invalidation_mode=TRUSTED)
    (folder / "a.py").write_text("value = 1\n")
    made = load(folder)
    assert (made.value, made.code.__code__.co_filename) == (3, str(folder / "a.py"))


@pytest.mark.parametrize("how", ["other size", "other time", "checked", "another Python's", "none", "cut off"])
def test_byte_code_that_is_not_fresh_is_left_to_python(folder: Path, how: str) -> None:
    source, cached = folder / "a.py", folder / CACHED.format("a")
    before = source.stat()
    if how == "other size":
        source.write_text("value = 2  # more\n")
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif how == "other time":
        source.write_text("value = 2\n")
        os.utime(source, (before.st_atime, before.st_mtime + 5))
    elif how == "checked":
        py_compile.compile(str(source), invalidation_mode=CHECKED)
        source.write_text("value = 2\n")
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        source.write_text("value = 2\n")
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
        data = cached.read_bytes()
        cached.write_bytes({"another Python's": b"0000" + data[4:], "none": b"", "cut off": data[:12]}[how])
    made = load(folder)
    assert (made.value, is_quick(made)) == (2, False)


def test_without_byte_code_python_writes_it(folder: Path) -> None:
    (folder / CACHED.format("a")).unlink()
    assert load(folder).value == 1
    assert (folder / CACHED.format("a")).is_file() is not sys.dont_write_bytecode


IMPORTED = """
import json, sys
import krm_secrets
from krm_secrets._startup import modules
modules.install()
import krm_secrets.shell
print(json.dumps([name for name, module in sys.modules.items() if "krm_s" in name and not module.__spec__.loader]))
"""


def imported_quickly(*flags: str, **env: str) -> set[str]:
    words = [sys.executable, *flags, "-c", IMPORTED]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=os.environ | env, check=True)
    return {*json.loads(done.stdout)}


def test_all_modules_are_found_so() -> None:
    found = imported_quickly()
    assert len(found) > 30
    assert {"krm_secrets.shell", "krm_secrets.krm", "krm_secrets.errors"} <= found


@pytest.mark.parametrize("flags", [("-O",), ("--check-hash-based-pycs", "always")])
def test_where_byte_code_is_kept_or_checked_otherwise_nothing_changes(flags: tuple[str, ...], tmp_path: Path) -> None:
    assert imported_quickly(*flags, PYTHONPYCACHEPREFIX=str(tmp_path)) == set()


def test_where_python_imports_in_another_way_nothing_changes() -> None:
    with mock.patch.object(modules, "_usual", None):
        modules.install()
    assert _frozen_importlib._find_and_load is modules._usual  # type: ignore[attr-defined]
