"""The version of External Secrets whose fields we know."""

from __future__ import annotations

Version = tuple[int, int]

NEWEST: Version = (2, 9)
"""Assumed unless a SecretsConfig says other."""
