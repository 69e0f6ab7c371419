"""Who may do what with a file: owner, mode and access control list, which the file has that takes its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress

from krm_secrets._startup.records import NamedTuple

_LIST = "system.posix_acl_access"


class Rights(NamedTuple):
    """Owner and group, None for those that a new file has; the mode; and extended attributes, lists of access among
    them: without its list a file's mode would give its group what the list gives to a single user."""

    owner: tuple[int, int] | None
    mode: int
    attributes: Mapping[str, bytes]

    @staticmethod
    def new(mode: int) -> Rights:
        """Those of a file that was not there."""
        return Rights(None, mode, {})

    @staticmethod
    def of(path: str, found: os.stat_result) -> Rights:
        """Those of a file, as far as they can be seen."""
        attributes = {}
        with suppress(OSError, AttributeError):  # not all systems have them
            for name in os.listxattr(path):
                with suppress(OSError):
                    attributes[name] = os.getxattr(path, name)
        return Rights((found.st_uid, found.st_gid), stat.S_IMODE(found.st_mode), attributes)

    def give(self, handle: int) -> None:
        """Let an open file have them, where the user may say so. A new owner takes some bits of the mode away."""
        made = os.fstat(handle)
        if self.owner is not None:
            if (made.st_uid, made.st_gid) != self.owner:
                with suppress(PermissionError):
                    os.fchown(handle, *self.owner)
            if _LIST not in self.attributes:  # one that the folder gives to new files
                with suppress(OSError, AttributeError):
                    os.removexattr(handle, _LIST)
        for name, value in self.attributes.items():
            with suppress(OSError):
                os.setxattr(handle, name, value)
        os.fchmod(handle, self.mode)
