"""Private keys in text and in files: what nobody may see in a manifest, in a commit or as a value.

An identity is recognised as plain text and in base64, also within other text, in lines of any length, and twice.
"""

from __future__ import annotations

from krm_secrets import base64layers
from krm_secrets._startup.patterns import pattern

TYPE_CHECKING = False

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator


_LETTERS = "[02-9AC-HJ-NP-Z]"  # those of Bech32
_IDENTITY = pattern(
    rf"(?i)AGE-SECRET-KEY-(?:PQ-)?1{_LETTERS}{{58}}|AGE-PLUGIN-([-+._A-Z0-9]{{1,60}}?)-1{_LETTERS}{{6,}}"
)
# Names for what stays in a piece of hardware, which people publish on purpose.
_HANDLES = frozenset(("yubikey", "se", "tpm", "fido2-hmac", "openpgp-card", "ledger", "trezor", "tkey"))

_PLAIN = ("AGE-SECRET-KEY-", "AGE-PLUGIN-", "age-secret-key-", "age-plugin-")  # Bech32 is in one case
_SIGNS = base64layers.signs(*map(str.encode, _PLAIN))
_DEPTH = 3
_SHORTEST = 24  # characters of base64

_SSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


def holds_identity(text: str, handles: bool = True) -> bool:
    """Whether the text holds an age identity; with `handles` also one that is of use only beside its hardware."""
    return _holds(text, handles, _DEPTH)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where identities stand in the text, as they are written."""
    return (match.span() for match in _IDENTITY.finditer(text))


def holds_private_key(data: bytes) -> bool:
    """Whether a file holds an age identity, or an SSH key, which can be one."""
    from krm_secrets.age.keyfile import text_of  # with age files; most runs only look for signs

    text = text_of(data)
    return holds_identity(text) or _SSH in text


def _holds(text: str, handles: bool, depth: int) -> bool:
    if any(sign in text for sign in _PLAIN) and any(_is_one(match, handles) for match in _IDENTITY.finditer(text)):
        return True
    if not depth:
        return False
    inner = base64layers.whole(text, _SHORTEST)
    if inner is not None and _holds(inner, handles, depth - 1):
        return True
    return any(_holds(part, handles, 0) for part in base64layers.parts(text, _SIGNS))


def _is_one(match: re.Match[str], handles: bool) -> bool:
    return handles or match[1] is None or match[1].lower() not in _HANDLES
