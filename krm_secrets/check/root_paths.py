"""Files as code hosts name them."""

from __future__ import annotations

import os


def from_root(file: str, root: str) -> str:
    """The path of a file from the root of its repository, links resolved, since code hosts show no linked files."""
    real = os.path.realpath(file)
    top = os.path.realpath(root or ".").rstrip(os.sep) + os.sep
    return real[len(top) :] if real.startswith(top) else file
