"""The JSON Schemas of our kinds, as they were installed."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def folder() -> str:
    """Where the schemas are: inside the installed package, or beside it in a checkout."""
    inside = os.path.join(_PACKAGE, "schemas")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_PACKAGE), "schemas")


def kinds() -> list[str]:
    """The kinds that have a schema."""
    return sorted(name.removesuffix(".json") for name in os.listdir(folder()) if name.endswith(".json"))


def read(kind: str) -> bytes:
    """The schema of a kind that has one."""
    with open(os.path.join(folder(), f"{kind}.json"), "rb") as file:
        return file.read()
