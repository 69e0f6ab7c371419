"""The SOPS files of a tree and who can read them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure
from krm_secrets.krm.files import read_text
from krm_secrets.sops.creation import FILE
from krm_secrets.sops.recipients import Recipient, of_block
from krm_secrets.sops.recognition import Recognized

# Comments are read by nobody: whatever somebody noted there stays there.
_ALIAS = re.compile(r"&(?P<alias>[-\w.@]{1,80})\s+[\"']?(?P<name>(?:age1|ssh-)[^\s\"'#]+)")


class SopsFile(NamedTuple):
    """An encrypted file: its real path, its name as messages show it, and its readers with the lines that name them."""

    path: str
    name: str
    readers: tuple[tuple[Recipient, int], ...]


def sops_file(name: str, found: Recognized, data: bytes) -> SopsFile:
    """A file that sops encrypted, with all who can read any document of it."""
    readers = dict.fromkeys(
        each for part in found.parts if part.block for group in of_block(part.block) for each in group
    )
    return SopsFile(os.path.realpath(name), name, tuple((each, _line(data, each)) for each in readers))


def _line(data: bytes, reader: Recipient) -> int:
    """Where the file names a reader; its first line where it does not in so many words."""
    at = data.find(reader.name.encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 1


def aliases(files: Iterable[SopsFile]) -> Mapping[str, str]:
    """What the `.sops.yaml` files around call their recipients: the anchors in front of them."""
    found: dict[str, str] = {}
    done = set[str]()
    for file in files:
        folder = os.path.dirname(file.path)
        while folder not in done:
            done.add(folder)
            try:
                text = read_text(os.path.join(folder, FILE))
            except Failure:
                text = ""
            for match in _ALIAS.finditer(text):
                found.setdefault(match["name"], match["alias"])
            if os.path.exists(os.path.join(folder, ".git")):
                break
            folder = os.path.dirname(folder)
    return found
