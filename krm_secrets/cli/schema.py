"""`krm-secrets schema`: what editors want to know of a kind."""

from __future__ import annotations

from krm_secrets._startup.stdio import write
from krm_secrets.errors import ERROR, Result, clean, did_you_mean
from krm_secrets.settings.schema_files import kinds, read
from krm_secrets.shell import tell


def schema(kind: str) -> int:
    """Print the schema of the kind, or the kinds; returns the exit code."""
    if not kind:
        return write("".join(f"{name}\n" for name in kinds()).encode())
    if kind not in kinds():
        hint = did_you_mean(kind, kinds())
        tell([Result(ERROR, f"there is no kind {clean(kind)} (kinds: {', '.join(kinds())}){hint}")])
        return 1
    return write(read(kind))
