"""Our own modules and those of two libraries, taken from their byte code at once.

Python looks for a module in a list of finders, of folders and of suffixes, checks its byte code in many steps and keeps
locks, loaders and the like, all of which is written in Python: for a small module that takes longer than to run it. A
start imports dozens.
"""

from __future__ import annotations

import _frozen_importlib
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER
from _imp import _fix_co_filename, check_hash_based_pycs  # type: ignore[attr-defined]
from _thread import _count as other_threads
from marshal import loads
from posix import O_RDONLY, close, fstat, open, read, stat

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType
    from typing import Any

_OURS = "krm_secrets."
_QUICK = (_OURS, "cryptography.", "yaml.")
_Module = type(sys)
_HEAD, _4_BYTES = 16, 0xFFFFFFFF
_BY_TIME, _UNCHECKED = MAGIC_NUMBER + b"\0\0\0\0", MAGIC_NUMBER + b"\1\0\0\0"
_CACHED = f".{sys.implementation.cache_tag}.pyc"


class _OurModule(_Module):  # type: ignore[misc,valid-type]
    """A module that gets its names as any object does.

    Each `from … import …` asks a module whether it is a package. One of Python's makes two messages before it says no,
    since it may have a function `__getattr__`. Of ours only packages have.
    """

    __getattribute__ = object.__getattribute__


_HOOK = "_find_and_load"
"""The function that `import` calls for a module that is not there yet, in all of Python 3."""

_usual: Any = getattr(_frozen_importlib, _HOOK, None)


def install() -> None:
    """Import these modules quickly, in a process that is ours alone.

    Where the byte code is not kept where it usually is, or is never to be trusted, nothing changes.
    """
    usual = sys.pycache_prefix is None and not sys.flags.optimize and check_hash_based_pycs == "default"
    if usual and sys.implementation.cache_tag and _usual:
        setattr(_frozen_importlib, _HOOK, _find_and_load)


def _find_and_load(name: str, import_: Callable[[str], ModuleType]) -> ModuleType:
    """The module, which Python itself finds and loads wherever the short way does not lead to it.

    The short way has none of Python's locks, which only other threads need.
    """
    if name.startswith(_QUICK) and not other_threads():
        above, _, stem = name.rpartition(".")
        if above not in sys.modules:
            import_(above)
        path = getattr(sys.modules[above], "__path__", None)
        if path and name not in sys.modules:
            folder = path[0]
            code = _code(f"{folder}/", stem)
            if code is not None:
                return _made(name, code, above)
            folder = f"{folder}/{stem}"
            code = _code(f"{folder}/", "__init__")
            if code is not None:
                return _made(name, code, name, [folder])
    found: ModuleType = _usual(name, import_)
    return found


def _code(folder: str, stem: str) -> CodeType | None:
    """The byte code of a source, if both are there and belong together."""
    file = f"{folder}{stem}.py"
    try:
        source = stat(file)
        data = _contents(f"{folder}__pycache__/{stem}{_CACHED}")
    except OSError:
        return None
    time, size = int(source.st_mtime) & _4_BYTES, source.st_size & _4_BYTES
    fresh = _BY_TIME + (size << 32 | time).to_bytes(8, "little")
    if data[:_HEAD] != fresh and data[:8] != _UNCHECKED:
        return None
    code: CodeType = loads(memoryview(data)[_HEAD:])  # noqa: S302 - what Python itself would load
    _fix_co_filename(code, file)
    return code


def _contents(path: str) -> bytes:
    file = open(path, O_RDONLY)
    try:
        return read(file, fstat(file).st_size)
    finally:
        close(file)


def _made(name: str, code: CodeType, package: str, path: list[str] | None = None) -> ModuleType:
    """The module of the code, as Python makes one."""
    kind = _OurModule if path is None and name.startswith(_OURS) else _Module
    module = sys.modules[name] = kind(name)
    spec = module.__spec__ = ModuleSpec(name, None, origin=code.co_filename, is_package=path is not None)
    module.__package__, module.__file__ = package, code.co_filename
    if path is not None:
        module.__path__ = spec.submodule_search_locations = path
    try:
        exec(code, module.__dict__)  # noqa: S102 - the same
    except BaseException:
        del sys.modules[name]
        raise
    above, _, stem = name.rpartition(".")
    setattr(sys.modules[above], stem, module)
    return module
