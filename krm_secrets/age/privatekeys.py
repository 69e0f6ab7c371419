"""Private keys in text and in files: what nobody may see in a manifest, in a commit or as a value.

An identity is recognised as plain text and in base64, also within other text, in lines of any length, and twice.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from krm_secrets._startup.patterns import pattern
from krm_secrets.age.keyfile import text_of

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

_WORDS = (b"AGE-SECRET-KEY-", b"AGE-PLUGIN-", b"age-secret-key-", b"age-plugin-")
_SKIPPED = (0, 2, 3)
"""Characters of base64 that depend on what stands before a word, by the bytes of it in the same group."""
_LONGEST = 400  # characters of base64, more than an identity has

_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"
_CHARACTERS = pattern(r"[A-Za-z0-9+/]*")
_DEPTH = 3
_SHORTEST = 24  # characters of base64

_SSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


def _inner(word: bytes, before: int) -> str:
    """What is certain of a word's base64, with so many bytes before it in the same group."""
    size = (before + len(word)) * 8 // 6
    return b2a_base64(bytes(before) + word, newline=False).decode()[_SKIPPED[before] : size]


_PLAIN = ("AGE-", "age-")  # Bech32 is in one case
_ENCODED = tuple((_inner(word, before), _SKIPPED[before]) for word in _WORDS for before in range(3))


def holds_identity(text: str, handles: bool = True) -> bool:
    """Whether the text holds an age identity; with `handles` also one that is of use only beside its hardware."""
    return _holds(text, handles, _DEPTH)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where identities stand in the text, as they are written."""
    return (match.span() for match in _IDENTITY.finditer(text))


def holds_private_key(data: bytes) -> bool:
    """Whether a file holds an age identity, or an SSH key, which can be one."""
    text = text_of(data)
    return holds_identity(text) or _SSH in text


def _holds(text: str, handles: bool, depth: int) -> bool:
    if any(sign in text for sign in _PLAIN) and any(_is_one(match, handles) for match in _IDENTITY.finditer(text)):
        return True
    if len(text) < _SHORTEST or not depth:
        return False
    squeezed = _squeezed(text)
    if any(_holds(each, handles, 0) for each in _within(squeezed)):
        return True
    if squeezed.rstrip("=").strip(_SIGNS) or len(text.partition("=")[0]) < _SHORTEST:  # it is no base64 as a whole
        return False
    return _holds(text_of(_decoded(squeezed.rstrip("="))), handles, depth - 1)


def _squeezed(text: str) -> str:
    """The text without white space, and base64 for URLs as any other."""
    return "".join(text.split()).replace("-", "+").replace("_", "/")


def _is_one(match: re.Match[str], handles: bool) -> bool:
    return handles or match[1] is None or match[1].lower() not in _HANDLES


def _within(text: str) -> Iterator[str]:
    """What stands in base64 where an identity begins."""
    for sign, skipped in _ENCODED:
        at = text.find(sign)
        while at >= 0:
            run = _CHARACTERS.match(text, max(at - skipped, 0), at - skipped + _LONGEST)
            yield _decoded(run[0]).decode("latin-1") if run is not None else ""
            at = text.find(sign, at + len(sign))


def _decoded(text: str) -> bytes:
    """The bytes of base64 without its padding; one character too many is what follows it."""
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return a2b_base64(text + "=" * (-len(text) % 4))
    except Error:  # padding in the middle
        return b""
