"""The environment, and paths, without `os`, whose import takes a fifth as long as a Python that does nothing.

What Python has built in does the work. Each function is that of `os` or `os.path` for the same name; `isregular` is
`stat.S_ISREG`.
"""

import sys
from posix import environ as _given, getcwd as getcwd, lstat, stat

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from posix import stat_result

_KIND, _REGULAR, _LINK = 0o170000, 0o100000, 0o120000
"""Kinds of files as all systems of POSIX number them; the module that names them makes sixty other names."""


def environ() -> "Mapping[str, str]":
    """The environment: that of `os` where somebody has imported it, and may have changed it."""
    if "os" in sys.modules:
        from os import environ as of_python

        return of_python
    how = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    return {name.decode(*how): value.decode(*how) for name, value in _given.items()}


def isabs(path: str) -> bool:
    return path.startswith("/")


def join(folder: str, path: str) -> str:
    if isabs(path) or not folder:
        return path
    return f"{folder}{path}" if folder.endswith("/") else f"{folder}/{path}"


def split(path: str) -> tuple[str, str]:
    at = path.rfind("/") + 1
    return path[:at].rstrip("/") or path[:at], path[at:]


def dirname(path: str) -> str:
    return split(path)[0]


def normpath(path: str) -> str:
    root = "" if not isabs(path) else "//" if path.startswith("//") and not path.startswith("///") else "/"
    steps: list[str] = []
    for step in path.split("/"):
        if step == ".." and steps and steps[-1] != "..":
            steps.pop()
        elif step not in ("", ".") and not (step == ".." and root):
            steps.append(step)
    return f"{root}{'/'.join(steps)}" or "."


def isregular(found: "stat_result") -> bool:
    return found.st_mode & _KIND == _REGULAR


def isfile(path: str) -> bool:
    try:
        return isregular(stat(path))
    except (OSError, ValueError):  # ValueError: a NUL or half a character, which no file has in its name
        return False


def islink(path: str) -> bool:
    try:
        return _is_link(path)
    except ValueError:
        return False


def realpath(path: str) -> str:
    """Where a link or `..` stands in the path, `os.path` itself looks where it leads."""
    real = "" if isabs(path) else getcwd().rstrip("/")
    for step in path.split("/"):
        if step in ("", "."):
            continue
        real += f"/{step}"
        if step == ".." or _is_link(real):
            from os.path import realpath as of_python

            return of_python(path)
    return real or "/"


def _is_link(path: str) -> bool:
    try:
        return lstat(path).st_mode & _KIND == _LINK
    except OSError:
        return False
