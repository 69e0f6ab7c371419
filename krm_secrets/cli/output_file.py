"""`--output`: what a command would print, in a file."""

from __future__ import annotations

from krm_secrets.errors import Location, failure


def store(file: str, text: str) -> None:
    """Write the file; Failure says why that cannot be."""
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        raise failure(f"cannot be written: {error.strerror}", Location(file=file)) from None
