"""Data keys for age's X25519 recipients, opened on `cryptography` directly.

SOPS wraps each data key in an age file of its own, and nearly all of them are for an X25519 recipient: one stanza, or
two where age adds a random one, and 32 bytes of payload. Opening that here takes half the time of a general reader.
What does not look exactly so is left to one: `Unusual` says which.

Source: C2SP, age (c2sp.org/age): header, X25519 recipient, payload.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from hmac import compare_digest, digest

from krm_secrets.sops import bech32
from krm_secrets.sops.cipher import ChaCha20Poly1305, InvalidTag, x25519_private, x25519_public

_SECRET, _PUBLIC = "age-secret-key-", "age"
_INFO = b"age-encryption.org/v1/X25519"
_VERSION = b"age-encryption.org/v1\n"
_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----\n", "\n-----END AGE ENCRYPTED FILE-----"
_CHUNK = 64 * 1024
# A file key wraps exactly one stanza, and a payload key encrypts one file: neither key is ever used twice, so that a
# fixed nonce is safe.
_ZERO_NONCE = bytes(12)
_LAST_CHUNK = bytes(11) + b"\x01"


class Unusual(Exception):
    """The file is not of the shape that is read here, which does not mean that it is wrong."""


class Identity:
    """An X25519 identity."""

    __slots__ = ("_key", "_public")

    def __init__(self, text: str) -> None:
        """Read `AGE-SECRET-KEY-1…`; ValueError, without the text, when it is none."""
        prefix, secret = bech32.decode(text)
        if prefix != _SECRET or len(secret) != 32:
            raise ValueError("not an age X25519 identity")
        self._key = x25519_private(secret)
        self._public = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Identity({self.recipient})"

    @property
    def recipient(self) -> str:
        """The public key."""
        return bech32.encode(_PUBLIC, self._public)

    def unwrap(self, share: bytes, body: bytes) -> bytes | None:
        """The file key of a stanza that is for this identity, else None."""
        try:
            secret = self._key.exchange(x25519_public(share))
            key = _hkdf(secret, share + self._public, _INFO)
            return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
        except (InvalidTag, ValueError):  # ValueError: the shared secret is zero, which age refuses too
            return None


def open_file(armored: str, identities: list[Identity]) -> bytes | None:
    """The plaintext of a small age file, None when it is not for these identities or was changed; or Unusual."""
    data = _dearmored(armored)
    end = data.find(b"\n--- ")
    if not data.startswith(_VERSION) or end < 0:
        raise Unusual
    mac_end = data.find(b"\n", end + 5)
    mac, payload = _base64(data[end + 5 : mac_end]), data[mac_end + 1 :]
    if mac_end < 0 or len(mac) != 32 or not 32 <= len(payload) <= _CHUNK:
        raise Unusual
    for share, body in _stanzas(data[len(_VERSION) : end + 1]):
        for identity in identities:
            key = identity.unwrap(share, body)
            if key is not None:
                header = digest(_hkdf(key, b"", b"header"), data[: end + 4], "sha256")
                return _payload(key, payload) if compare_digest(header, mac) else None
    return None


def _dearmored(armored: str) -> bytes:
    text = armored.strip().replace("\r\n", "\n")
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise Unusual
    lines = text[len(_BEGIN) : -len(_END)].split("\n")
    if any(len(line) != 64 for line in lines[:-1]) or not 0 < len(lines[-1]) <= 64:
        raise Unusual
    try:
        data = a2b_base64("".join(lines))
    except ValueError:  # broken base64, or no ASCII
        raise Unusual from None
    if b2a_base64(data, newline=False).decode() != "".join(lines):
        raise Unusual
    return data


def _stanzas(header: bytes) -> list[tuple[bytes, bytes]]:
    """Ephemeral share and wrapped key of each X25519 stanza."""
    found = []
    for stanza in header.split(b"\n-> "):
        words, _, body = stanza.removeprefix(b"-> ").partition(b"\n")
        name, *arguments = words.split(b" ")
        if name == b"X25519":
            if len(arguments) != 1:
                raise Unusual
            share, wrapped = _base64(arguments[0]), _base64(body.removesuffix(b"\n"))
            if len(share) != 32 or len(wrapped) != 32:
                raise Unusual
            found.append((share, wrapped))
        elif name == b"scrypt":  # it must stand alone, and is opened by a passphrase
            raise Unusual
    return found


def _base64(text: bytes) -> bytes:
    """Canonical base64 without padding."""
    try:
        data = a2b_base64(text + b"=" * (-len(text) % 4))
    except Base64Error:
        raise Unusual from None
    if b2a_base64(data, newline=False).rstrip(b"=") != text:
        raise Unusual
    return data


def _payload(file_key: bytes, payload: bytes) -> bytes | None:
    key = _hkdf(file_key, payload[:16], b"payload")
    try:
        return ChaCha20Poly1305(key).decrypt(_LAST_CHUNK, payload[16:], None)
    except InvalidTag:
        return None


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) for 32 bytes, which is one block."""
    return digest(digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")
