"""The files that Git has in its index: those it commits, whatever `.gitignore` says of them.

Source: gitformat-index(5), versions 2 to 4. An index that cannot be read says nothing.
"""

from __future__ import annotations

import os

from krm_secrets.errors import Failure
from krm_secrets.krm.files import read_bytes

_LARGEST = 256 * 1024 * 1024
_STAT = 40  # times, inode, mode, owner and size, before the hash
_EXTENDED = 0x4000
_LONG = 0xFFF
_SHA1, _SHA256 = 20, 32


def tracked(git: str) -> frozenset[bytes]:
    """The paths in the index of a `.git` folder, or of the one that a `.git` file names, and those of their folders;
    none when there is no index, or one that cannot be read."""
    try:
        if os.path.isfile(git):
            found = read_bytes(git).decode(errors="surrogateescape").partition("gitdir:")[2].strip()
            git = os.path.join(os.path.dirname(git), found)
        data = read_bytes(os.path.join(git, "index"), _LARGEST)
        if data[:4] != b"DIRC":
            return frozenset()
        for size in (_SHA1, _SHA256):  # the index does not say which
            try:
                files = _files(data, size)
            except (IndexError, ValueError):
                continue
            return frozenset(part for file in files for part in _with_folders(file))
    except (Failure, ValueError):
        pass
    return frozenset()


def _with_folders(file: bytes) -> list[bytes]:
    steps = file.split(b"/")
    return [b"/".join(steps[:n]) for n in range(1, len(steps) + 1)]


def _files(data: bytes, size: int) -> list[bytes]:
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if version not in (2, 3, 4):
        raise ValueError
    files: list[bytes] = []
    at, path = 12, b""
    for _ in range(count):
        start, at = at, at + _STAT + size
        flags = int.from_bytes(data[at : at + 2], "big")
        at += 4 if flags & _EXTENDED else 2
        if version == 4:
            dropped, at = _offset(data, at)
            path = path[: len(path) - dropped] if dropped else path
        else:
            path = b""
        end = data.index(b"\0", at)
        path += data[at:end]
        if min(len(path), _LONG) != flags & _LONG:  # with a hash of another size the fields are not where they seem
            raise ValueError
        files.append(path)
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
    return files


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """A number as pack files write offsets, and where it ends."""
    byte = data[at]
    value = byte & 127
    while byte & 128:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 127)
    return value, at + 1
