"""Where the project is at home. Nothing that people copy or follow names another place."""

from __future__ import annotations

HOME = ""
"""The address of the repository, such as `https://git.example.org/somebody/krm-secrets`; empty as long as there is
none. Until then rules have no address, schema lines are relative, and nothing is released."""


def address(path: str) -> str:
    """The address of a file of the repository, or nothing where there is none."""
    return f"{HOME}/blob/main/{path}" if HOME else ""
