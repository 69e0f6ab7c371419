"""The version of sops that a block names, which sops reads before it decrypts anything.

Source: blang/semver 3.5, as sops 3.13 calls it.
"""

from __future__ import annotations

_DIGITS = "0123456789"
_WORD = f"{_DIGITS}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_MAX = 2**64


def is_version(value: object) -> bool:
    """Whether sops takes the value for the version of a sops."""
    if type(value) is float:  # as a tool that lost its quotes leaves an old one
        return 1 < value < 2
    if type(value) is not str:
        return False
    if value.startswith("1."):  # written before there were versions of three numbers
        return True
    parts = value.removeprefix("v").split(".", 2)
    if len(parts) < 3:
        return False
    patch, plus, build = parts[2].partition("+")
    patch, dash, before = patch.partition("-")
    return (
        all(map(_is_number, (*parts[:2], patch)))
        and (not dash or all(map(_is_prerelease, before.split("."))))
        and (not plus or all(word and not word.strip(_WORD) for word in build.split(".")))
    )


def _is_number(text: str) -> bool:
    if not text or text.strip(_DIGITS) or (text[0] == "0" and len(text) > 1):
        return False
    return len(text) <= len(str(_MAX)) and int(text) < _MAX


def _is_prerelease(text: str) -> bool:
    return _is_number(text) if not text.strip(_DIGITS) else not text.strip(_WORD)
