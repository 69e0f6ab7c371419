"""The data key out of an armored age file."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from krm_secrets.sops.errors import SopsError

if TYPE_CHECKING:
    from pyrage import x25519

MAX_SIZE = 8 * 1024
MAX_STANZAS = 16
"""A data key for one recipient takes 400 bytes and one stanza, two where age adds a random one. Every stanza is
tried, so a file of 1,000 keeps pyrage busy for nine seconds."""

_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_PREFIX = "AGE-SECRET-KEY-1"


def identity(text: str) -> x25519.Identity:
    """Read an `AGE-SECRET-KEY-1…`; ValueError, without the text, when it is none."""
    from pyrage import IdentityError, x25519

    try:
        return x25519.Identity.from_str(text)
    except IdentityError:
        pass
    raise ValueError("not an age X25519 identity")


def is_identity(text: str) -> bool:
    """Whether the text claims to be an X25519 identity."""
    return text.upper().startswith(_PREFIX)


def unwrap(armored: str, identities: Sequence[x25519.Identity]) -> bytes | None:
    """The plaintext of a small age file, or None when no identity opens it; SopsError when it is no age file."""
    check(armored)
    from pyrage import DecryptError, decrypt

    try:
        key: bytes = decrypt(armored.strip().encode(), list(identities))
    except DecryptError:
        return None
    return key


def check(armored: str) -> None:
    """Refuse what is no age file, or one that costs more to open than a data key may."""
    text = armored.strip()
    if len(text) > MAX_SIZE:
        raise SopsError(f"the encrypted data key is larger than {MAX_SIZE // 1024} KiB")
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise SopsError("the encrypted data key is no armored age file")
    try:
        data = a2b_base64(text[len(_BEGIN) : -len(_END)])
    except ValueError:  # broken base64, or no ASCII
        data = b""
    header, found, _ = data.partition(b"\n--- ")
    if not found or not header.startswith(b"age-encryption.org/v1\n"):
        raise SopsError("the encrypted data key is a damaged age file")
    if header.count(b"\n-> ") > MAX_STANZAS:
        raise SopsError(f"the encrypted data key has more than {MAX_STANZAS} stanzas")
