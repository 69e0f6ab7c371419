"""TOML, on every Python that the project runs on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
