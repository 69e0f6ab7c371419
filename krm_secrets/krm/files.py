"""Files of a repository: checked and read."""

from __future__ import annotations

import posix

from krm_secrets._startup.system import isabs, islink, isregular, join, realpath, split
from krm_secrets.errors import Failure, Location, failure
from krm_secrets.krm.resource import Source
from krm_secrets.yamltext.encoding import decode

MAX_SIZE = 5 * 1024 * 1024
"""What Flux takes for one file, too."""

SUFFIXES = (".yaml", ".yml", ".json")


def read_text(path: str, limit: int = MAX_SIZE) -> str:
    """The text of a regular file without its byte order mark; Failure says why it cannot be had."""
    data = read_bytes(path, limit)
    try:
        return decode(data).text
    except Failure as error:
        raise error.in_file(path) from None


def read_bytes(path: str, limit: int = MAX_SIZE) -> bytes:
    """The bytes of a regular file; Failure says why they cannot be had."""
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK)  # so that a named pipe is refused, not waited for
        try:
            found = posix.fstat(file)
            if not isregular(found):
                posix.read(file, 0)  # a folder says itself what it is
                raise failure("is no regular file", Location(file=path))
            # In steps, since Python sets the memory aside for all that is asked for.
            data = posix.read(file, min(found.st_size, limit) + 1)
            if len(data) != found.st_size:  # it grew meanwhile, or says nothing of its size
                while len(data) <= limit and (more := posix.read(file, limit + 1 - len(data))):
                    data += more
        finally:
            posix.close(file)
    except OSError as error:
        raise failure(f"cannot be read: {error.strerror}", Location(file=path)) from None
    except ValueError:  # a NUL or half a character
        raise failure(_NO_NAME, Location(file=path)) from None
    if len(data) > limit:
        raise failure(f"is larger than {limit // (1024 * 1024)} MiB", Location(file=path))
    return data


def read_source(path: str, name: str = "") -> Source:
    """The file, parsed; messages call it by another name if one is given."""
    try:
        return Source(read_text(path), name or path)
    except Failure as error:
        raise error.in_file(name or path) from None


_HISTORIES = frozenset((".git", ".hg", ".jj", ".svn"))
"""Where tools keep versions, and what they log in with; their case does not count on some machines."""


_NO_NAME = "cannot be read: no file can have this name"


class Below:
    """The files below a folder, wherever symbolic links lead inside of it; folders are looked up once."""

    __slots__ = ("_folders", "_root")

    def __init__(self, root: str) -> None:
        try:
            self._root = realpath(root)
        except ValueError:  # a NUL or half a character
            raise failure(_NO_NAME, Location(file=root)) from None
        self._folders: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """The bytes of a file named relative to the folder; Failure says why they cannot be had."""
        return read_bytes(self.real(path))

    def real(self, path: str) -> str:
        """Where a file named relative to the folder really is; Failure says why it cannot be read."""
        here = Location(file=path)
        if isabs(path):
            raise failure("must be a path relative to the kustomization", here)
        try:
            real = self._real(path)
        except ValueError:  # a NUL or half a character
            raise failure(_NO_NAME, here) from None
        if not f"{real}/".startswith(self._root.rstrip("/") + "/"):
            raise failure("leads out of the folder of the kustomization, beyond which a generator reads no file", here)
        kept = next((name for name in real[len(self._root) :].split("/") if name.lower() in _HISTORIES), "")
        if kept:
            raise failure(f"lies in {kept}, which no generator reads: it can hold credentials", here)
        return real

    def _real(self, path: str) -> str:
        folder, name = split(path)
        if folder not in self._folders:
            self._folders[folder] = realpath(join(self._root, folder))
        real = join(self._folders[folder], name)
        return realpath(real) if name in ("", ".", "..") or islink(real) else real
