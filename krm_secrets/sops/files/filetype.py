"""Which format a file has: by its name, and by the marks that sops leaves in it."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Literal, TypeAlias


Format: TypeAlias = "Literal['yaml', 'json', 'dotenv', 'ini', 'binary']"

_SUFFIXES: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}
# What Flux looks for in a Secret's data (`kustomize-controller`, decryptor.go), in its order.
_MARKS: tuple[tuple[bytes, Format], ...] = (
    (b"mac: ENC[", "yaml"),
    (b'"mac": "ENC[', "json"),
    (b"sops_mac=ENC[", "dotenv"),
    (b"[sops]", "ini"),
)


def by_name(name: str) -> Format:
    """The format that sops takes a file of this name for."""
    return next((form for suffix, form in _SUFFIXES.items() if name.endswith(suffix)), "binary")


def by_key(key: str) -> Format:
    """The format in which the value of a key is written, as Flux has it."""
    return "json" if key.endswith(".dockerconfigjson") else by_name(key)


def by_mark(data: bytes) -> Format | None:
    """The format whose mark the bytes hold, or None: they are no SOPS file, or one that Flux does not see either.

    A binary file has the mark of JSON, and is read alike; only the name of what it becomes tells them apart.
    """
    return next((form for mark, form in _MARKS if mark in data), None)
