"""`krm-secrets schema`: what editors want to know of a kind."""

from __future__ import annotations

import os
import sys

from krm_secrets.errors import clean, did_you_mean

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
        print("\n".join(kinds()))
        return 0
    if kind not in kinds():
        hint = did_you_mean(kind, kinds())
        print(
            f"krm-secrets: error: there is no kind {clean(kind)} (kinds: {', '.join(kinds())}){hint}", file=sys.stderr
        )
        return 1
    with open(os.path.join(folder(), f"{kind}.json"), encoding="utf-8") as file:
        print(file.read(), end="")
    return 0
