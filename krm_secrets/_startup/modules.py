"""Our own modules and those of two libraries, found where they must be and taken from their byte code at once.

Python looks for a module in a list of finders, of folders and of suffixes, and checks its byte code in many steps, all
of which are written in Python: for a small module that takes longer than to run it. A start imports dozens.
"""

from __future__ import annotations

import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from _imp import _fix_co_filename, check_hash_based_pycs  # type: ignore[attr-defined]
from marshal import loads
from posix import O_RDONLY, close, fstat, open, read, stat

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from posix import stat_result
    from types import CodeType

_QUICK = ("krm_secrets.", "cryptography.", "yaml.")
_HEAD = 16
_BY_TIME, _UNCHECKED = b"\0\0\0\0", b"\1\0\0\0"


def install() -> None:
    """Import these modules quickly, in a process that is ours alone.

    Where the byte code is not kept where it usually is, or is never to be trusted, nothing changes.
    """
    usual = sys.pycache_prefix is None and not sys.flags.optimize and check_hash_based_pycs == "default"
    if usual and sys.implementation.cache_tag:
        sys.meta_path.insert(0, _Finder)


class _Finder:
    """A finder for `sys.meta_path`, which leaves to the others what it does not find."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _: object = None) -> ModuleSpec | None:
        if not name.startswith(_QUICK) or path is None:
            return None
        folder, stem, is_package = path[0], name.rpartition(".")[2], False
        try:
            found = stat(f"{folder}/{stem}.py")
        except OSError:
            folder, stem, is_package = f"{folder}/{stem}", "__init__", True
            try:
                found = stat(f"{folder}/{stem}.py")
            except OSError:
                return None
        file = f"{folder}/{stem}.py"
        loader = _Loader(name, file)
        spec = ModuleSpec(name, loader, origin=file, is_package=is_package)
        spec.has_location = True
        spec.cached = loader.cached = f"{folder}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
        loader.source = found
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(folder)
        return spec


class _Loader(SourceFileLoader):
    """Python's own loader, which is asked itself where the byte code is not fresh, or is to be checked otherwise."""

    cached: str
    source: stat_result

    def get_code(self, fullname: str) -> CodeType | None:
        try:
            data = _contents(self.cached)
        except OSError:
            return super().get_code(fullname)
        time, size = int(self.source.st_mtime) & 0xFFFFFFFF, self.source.st_size & 0xFFFFFFFF
        fresh = _BY_TIME + time.to_bytes(4, "little") + size.to_bytes(4, "little")
        if data[:4] != MAGIC_NUMBER or (data[4:8] != _UNCHECKED and data[4:_HEAD] != fresh):
            return super().get_code(fullname)
        code: CodeType = loads(memoryview(data)[_HEAD:])  # noqa: S302 - what Python itself would load
        _fix_co_filename(code, self.path)
        return code


def _contents(path: str) -> bytes:
    file = open(path, O_RDONLY)
    try:
        return read(file, fstat(file).st_size)
    finally:
        close(file)
