"""Secrets that are whole ciphertext, down to their kind."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import leaves
from krm_secrets.sops.marks import is_whole


def hides_its_kind(item: Resource) -> bool:
    """Whether only its key can tell that the object is a Secret."""
    return is_whole(item.kind) or (item.kind == "Secret" and is_whole(item.api_version))


def holds_ciphertext(value: object) -> bool:
    """Whether any value of plain data is one of sops."""
    return any(isinstance(leaf, str) and is_whole(leaf) for _, leaf in leaves(value))
