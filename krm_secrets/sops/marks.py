"""How encrypted documents and values look from outside, for those who only have to notice them."""

from __future__ import annotations

from binascii import a2b_base64

from krm_secrets._startup.patterns import pattern

BLOCK = "sops"
"""The top-level key that holds keys, MAC and rule."""

START = "ENC[AES256_GCM,data:"
"""How every encrypted value begins, and so what stands in every file that sops wrote."""

ENCODED = ("RU5DW0FFUz", "I1Nl9HQ00s", "VOQ1tBRVM", "yNTZfR0NNL", "FTkNbQUVT", "MjU2X0dDTS")
"""The same in base64, by the three places where it can begin, and in halves, since a host may break the line."""

LEAST = 48
"""Characters that a SOPS file has at least: those of one encrypted value."""

_VALUE = START.encode()
# As it stands in other texts, which may break its line or write `=` as an escape.
_PART = r"[A-Za-z0-9+/=\s\\]"
_BREAK = r"[\s\\]*"
_COMPLETE = rf"ENC\[AES256_GCM,data:{_PART}*,{_BREAK}iv:{_PART}+,{_BREAK}tag:{_PART}+,{_BREAK}type:\s*[a-z]+\s*\]"
_IS_COMPLETE = pattern(_COMPLETE)
# Prose has a space or a quote around it.
_IS_BUILT_IN = pattern(rf"(?<=[A-Za-z0-9:/=@&?_,;|-]){_COMPLETE}|{_COMPLETE}(?=[A-Za-z0-9:/=@&_-])")
# The `sops` block of a file, at its top: what is indented or inside of a string belongs to a file that is quoted.
_FLAT = pattern(r"(?m)^(?:sops_mac=ENC\[|\[sops\])")
_TOP = pattern(r"(?m)^(?:sops|\"sops\"|'sops')[ \t]*:")
_FLOW = pattern(r"\s*(?:---\s+)?\{")
_MAC = pattern(r"\bmac[\"']?\s*:\s*[\"']?ENC\[")


def is_whole(text: str) -> bool:
    """Whether the text is one encrypted value and nothing else; prose that quotes `ENC[` is not."""
    if START not in text:  # like nearly all that are asked about
        return False
    word = text.strip()
    inner = word[len(START) : -1]
    return word.startswith(START) and word[-1] == "]" and "]" not in inner and inner.split() == [inner]


def holds_value(text: str) -> bool:
    """Whether a complete encrypted value, with all its parts, stands anywhere in the text."""
    return START in text and _IS_COMPLETE.search(text) is not None


def is_built_in(text: str) -> bool:
    """Whether such a value is a part of a word, as in a URL: somebody put it there for what it stands for."""
    return _IS_BUILT_IN.search(text) is not None


def is_file(text: str) -> bool:
    """Whether the text is a file that sops wrote, with a block of its own; one that only quotes one is not."""
    if START not in text:
        return False
    if _FLAT.search(text):
        return True
    if not _MAC.search(text):
        return False
    if _TOP.search(text):
        return True
    flow = _FLOW.match(text)
    return flow is not None and _has_block(text[flow.end() - 1 :])


def _has_block(text: str) -> bool:
    """Whether JSON has the block at its top; one that cannot be read may."""
    import json  # few values get here

    try:
        return BLOCK in json.loads(text)
    except (ValueError, RecursionError):
        return f'"{BLOCK}"' in text


def file_in(text: str, encoded: bool) -> bytes | None:
    """The SOPS file that a value of an object holds as a whole, or None; `encoded` is set where the value is base64."""
    if len(text) < LEAST or not (encoded or START in text):
        return None
    try:
        # First the lenient reading, which is five times as fast and mostly says no.
        content = a2b_base64(text) if encoded else text.encode()
        if _VALUE not in content or not is_file(content.decode("latin-1")):
            return None
        from base64 import b64decode  # few values hold a file

        return b64decode(text.replace("\r", "").replace("\n", ""), validate=True) if encoded else content
    except ValueError:  # what cannot be decoded is no such file
        return None
