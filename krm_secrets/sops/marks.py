"""How encrypted documents and values look from outside, for those who only have to notice them."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_base64

BLOCK = "sops"
"""The top-level key that holds keys, MAC and rule."""

_START = "ENC[AES256_GCM,"
_VALUE = _START.encode()
_VALUE_ENCODED = "RU5DW0FFUzI1Nl9HQ00s"  # 15 bytes, so that what follows does not change its base64
# What sops writes into a file of each format.
_FILE = (b"mac: ENC[", b'"mac": "ENC[', b'"mac":"ENC[', b"sops_mac=ENC[", b"[sops]")
LEAST = 48
"""Characters that a SOPS file has at least: those of one encrypted value."""

_WHOLE = re.compile(r"\s*ENC\[AES256_GCM,data:[^\s\]]+\]\s*")


def is_whole(text: str) -> bool:
    """Whether the text is one encrypted value and nothing else; prose that quotes `ENC[` is not."""
    return "ENC[" in text and _WHOLE.fullmatch(text) is not None


def is_whole_encoded(text: str) -> bool:
    """The same of a value in base64: what kustomize makes of a line in an env file that sops encrypted."""
    if not text.startswith(_VALUE_ENCODED):
        return False
    try:
        return is_whole(a2b_base64(text).decode())
    except ValueError:
        return False


def file_in(text: str, encoded: bool) -> bytes | None:
    """The SOPS file that a value of a Secret holds as a whole, or None; `encoded` is set where the value is base64."""
    if len(text) < LEAST or not (encoded or _START in text):
        return None
    try:
        # First the lenient reading, which is five times as fast and mostly says no.
        content = a2b_base64(text) if encoded else text.encode()
        if _VALUE not in content or not any(mark in content for mark in _FILE):
            return None
        return b64decode(text.replace("\r", "").replace("\n", ""), validate=True) if encoded else content
    except ValueError:  # what cannot be decoded is no such file
        return None
