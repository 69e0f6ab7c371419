"""How encrypted documents and values look from outside, for those who only have to notice them."""

from __future__ import annotations

import re

BLOCK = "sops"
"""The top-level key that holds keys, MAC and rule."""

_WHOLE = re.compile(r"\s*ENC\[AES256_GCM,data:[^\s\]]+\]\s*")


def is_whole(text: str) -> bool:
    """Whether the text is one encrypted value and nothing else; prose that quotes `ENC[` is not."""
    return "ENC[" in text and _WHOLE.fullmatch(text) is not None
