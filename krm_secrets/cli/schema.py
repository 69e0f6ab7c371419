"""`krm-secrets schema`: what editors want to know of a kind."""

from __future__ import annotations

import os

from krm_secrets._startup.stdio import write
from krm_secrets.errors import ERROR, Result, clean, did_you_mean
from krm_secrets.shell import tell

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def folder() -> str:
    """Where the schemas are: inside the installed package, or beside it in a checkout."""
    inside = os.path.join(_PACKAGE, "schemas")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_PACKAGE), "schemas")


def kinds() -> list[str]:
    """The kinds that have a schema."""
    return sorted(name.removesuffix(".json") for name in os.listdir(folder()) if name.endswith(".json"))


def schema(kind: str) -> int:
    """Print the schema of the kind, or the kinds; returns the exit code."""
    if not kind:
        return write("".join(f"{name}\n" for name in kinds()).encode())
    if kind not in kinds():
        hint = did_you_mean(kind, kinds())
        tell([Result(ERROR, f"there is no kind {clean(kind)} (kinds: {', '.join(kinds())}){hint}")])
        return 1
    with open(os.path.join(folder(), f"{kind}.json"), "rb") as file:
        return write(file.read())
