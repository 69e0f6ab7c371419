"""Secrets whose values `flux build` and `flux diff` have masked: SOPS Secrets without their `sops` block."""

from __future__ import annotations

from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource
from krm_secrets.yamltext.nodes import Mapping, Scalar

MASKS = frozenset(("**SOPS**", '{"mask":"**SOPS**"}', "KipTT1BTKio=", "eyJtYXNrIjoiKipTT1BTKioifQ=="))
"""What stands in place of a value, and of a Docker configuration, plain and in base64 (flux2, internal/build)."""


def is_masked(item: Resource) -> bool:
    """Whether the item is such a Secret."""
    return is_secret(item) and any(_holds_mask(item.node.get(section)) for section in ("data", "stringData"))


def _holds_mask(values: object) -> bool:
    if type(values) is not Mapping:
        return False
    found = (values.get(key) for key in values.names())
    return any(type(value) is Scalar and value.value.strip() in MASKS for value in found)
