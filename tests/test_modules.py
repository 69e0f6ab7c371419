"""Modules that are found in a short way are the same ones."""

from __future__ import annotations

import importlib.machinery
import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from krm_secrets._startup import modules

CACHED = f"__pycache__/{{}}.{sys.implementation.cache_tag}.pyc"
TRUSTED = py_compile.PycInvalidationMode.UNCHECKED_HASH
CHECKED = py_compile.PycInvalidationMode.CHECKED_HASH


def spec_of(folder: Path, name: str = "a") -> importlib.machinery.ModuleSpec:
    spec = modules._Finder.find_spec(f"krm_secrets.{name}", [str(folder)])
    assert spec is not None
    return spec


def value(folder: Path) -> object:
    """What the module `a` sets, as it is found in the short way."""
    spec = spec_of(folder)
    assert spec.loader is not None
    names: dict[str, object] = {}
    exec(spec.loader.get_code(spec.name), names)  # type: ignore[attr-defined]
    return names["value"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("value = 1\n")
    py_compile.compile(str(tmp_path / "a.py"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b/__init__.py").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_module_is_what_python_finds(folder: Path, name: str) -> None:
    ours, usual = spec_of(folder, name), importlib.machinery.PathFinder.find_spec(name, [str(folder)])
    assert usual is not None
    assert isinstance(ours.loader, importlib.machinery.SourceFileLoader)
    assert (ours.origin, ours.cached, ours.has_location) == (usual.origin, usual.cached, True)
    assert ours.submodule_search_locations == usual.submodule_search_locations


def test_what_it_does_not_find_is_left_to_others(folder: Path) -> None:
    assert modules._Finder.find_spec("krm_secrets.c", [str(folder)]) is None
    assert modules._Finder.find_spec("rich.a", [str(folder)]) is None
    assert modules._Finder.find_spec("krm_secrets", None) is None


def test_byte_code_is_taken_as_it_is(folder: Path) -> None:
    (folder / "a.py").unlink()
    (folder / "other.py").write_text("value = 3\n")
    py_compile.compile(str(folder / "other.py"), str(folder / CACHED.format("a")), invalidation_mode=TRUSTED)
    (folder / "a.py").write_text("value = 1\n")
    assert value(folder) == 3
    code = spec_of(folder).loader.get_code("krm_secrets.a")  # type: ignore[union-attr]
    assert code.co_filename == str(folder / "a.py")


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
    assert value(folder) == 2


def test_without_byte_code_python_writes_it(folder: Path) -> None:
    (folder / CACHED.format("a")).unlink()
    assert value(folder) == 1
    assert (folder / CACHED.format("a")).is_file() is not sys.dont_write_bytecode


LOADERS = """
import json, sys
from krm_secrets._startup import modules
modules.install()
import krm_secrets.shell
print(json.dumps({name: type(module.__loader__).__name__ for name, module in sys.modules.items() if "krm_s" in name}))
"""


def loaders(*flags: str, **env: str) -> set[str]:
    words = [sys.executable, *flags, "-c", LOADERS]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=os.environ | env, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    assert len(found) > 50
    return {found[name] for name in ("krm_secrets.shell", "krm_secrets.krm", "krm_secrets.errors")}


def test_all_modules_are_found_so() -> None:
    assert loaders() == {"_Loader"}


@pytest.mark.parametrize("flags", [("-O",), ("--check-hash-based-pycs", "always")])
def test_where_byte_code_is_kept_or_checked_otherwise_nothing_changes(flags: tuple[str, ...], tmp_path: Path) -> None:
    assert loaders(*flags, PYTHONPYCACHEPREFIX=str(tmp_path)) == {"SourceFileLoader"}
