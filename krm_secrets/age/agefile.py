"""Age files: armor, header, stanzas and payload; and what an identity is to one.

Small files only: SOPS wraps each data key in an age file of its own, so that all of it is held in memory. Strict as age
itself: what the specification forbids is damaged, whoever may have written it.

Source: C2SP, age (c2sp.org/age), and its test vectors.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from krm_secrets._startup.hashes import hmac_sha256, same
from krm_secrets._startup.records import Protocol, QuietTuple
from krm_secrets.age.aead import opened
from krm_secrets.age.cipher import ChaCha20Poly1305

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable


MAX_SIZE = 8 * 1024
MAX_STANZAS = 16
"""A data key for one recipient takes 400 bytes, a post-quantum one 2,400, and one stanza, two where age adds a random
one. Every identity tries every stanza, which somebody else wrote."""

BEGIN, END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
VERSION = b"age-encryption.org/v1\n"

FILE_KEY_SIZE, TAG_SIZE = 16, 16
WRAPPED_SIZE = FILE_KEY_SIZE + TAG_SIZE
_CHUNK = 64 * 1024 + TAG_SIZE
_COLUMNS = 64
_SPACE, _MAX_SPACE = " \t\r\n", 1024
_MAC = b"\n--- "

# A key that wraps a file key is used for one stanza only, so that a fixed nonce is safe.
_ZERO_NONCE = bytes(12)


class Damaged(Exception):
    """The file is none that age writes."""


class Unusable(Exception):
    """An identity that may be the right one cannot be used; the message says why and holds nothing secret."""


class Stanza(QuietTuple):
    """The file key, wrapped for one recipient."""

    kind: str
    arguments: list[str]
    body: bytes


class AgeFile(QuietTuple):
    """A file whose header is well-formed. `header` is what its MAC covers."""

    stanzas: list[Stanza]
    header: bytes
    mac: bytes
    payload: bytes
    data: bytes

    @property
    def kinds(self) -> set[str]:
        return {stanza.kind for stanza in self.stanzas}

    def open(self, unwrap: Callable[[Stanza], bytes | None]) -> bytes | None:
        """The plaintext with the first file key that `unwrap` gives, or None."""
        for stanza in self.stanzas:
            key = unwrap(stanza)
            if key is not None:
                if not same(hmac_sha256(hkdf(key, b"", b"header"), self.header), self.mac):
                    raise Damaged
                return _plaintext(key, self.payload)
        return None


NATIVE, PLUGIN, LOCKED = range(3)
"""Ranks: what opens at once, what starts a program, and what asks a person for a passphrase."""


class Identity(Protocol):
    """What opens age files. `shown` is its recipient, or what else a message may say of it."""

    @property
    def rank(self) -> int: ...

    @property
    def shown(self) -> str: ...

    def open(self, file: AgeFile) -> bytes | None:
        """The plaintext, or None when the file is for others; Damaged or Unusable when that cannot be said."""


class Native(Identity):
    """An identity that opens at once, and only stanzas of its `kind`, which have as many `arguments`."""

    __slots__ = ()

    rank = NATIVE
    kind = ""
    arguments = 1

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.shown})"

    def open(self, file: AgeFile) -> bytes | None:
        return file.open(self._tried)

    def _tried(self, stanza: Stanza) -> bytes | None:
        if stanza.kind != self.kind:
            return None
        if len(stanza.arguments) != self.arguments:
            raise Damaged
        return self.unwrap(stanza)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key; None where the stanza is for another key."""


class Terminal(Protocol):
    """The person before the program, if there is one."""

    def ask(self, question: str, hidden: bool) -> str:
        """What the person types; Unusable without a terminal."""

    def tell(self, text: str) -> None:
        """Say something, where there is a terminal."""


def dearmored(text: str) -> bytes:
    """The file in its armor. Blank lines around it are accepted, as age does."""
    before, begin, rest = text.partition(BEGIN)
    lines, end, after = rest.rpartition(END)
    beside, _, after = after.partition("\n")
    before, lines = before.replace("\r\n", "\n"), lines.replace("\r\n", "\n")
    if not (begin and end and lines[:1] == lines[-1:] == "\n"):
        raise Damaged
    if before.rpartition("\n")[2] or beside not in ("", "\r") or (before + after).strip(_SPACE):
        raise Damaged
    if len(before) > _MAX_SPACE or len(after) >= _MAX_SPACE:
        raise Damaged
    return base64(_joined(lines[1:-1].split("\n"), 1, _COLUMNS), padded=True)


def parse(data: bytes) -> AgeFile:
    """Read header and payload."""
    end = data.find(_MAC)
    end_of_mac = data.find(b"\n", end + len(_MAC))
    if not data.startswith(VERSION + b"-> ") or end < 0 or end_of_mac < 0:
        raise Damaged
    try:
        text = data[len(VERSION) + 3 : end].decode("ascii")
        mac = base64(data[end + len(_MAC) : end_of_mac].decode("ascii"))
    except UnicodeDecodeError:
        raise Damaged from None
    if len(mac) != 32:
        raise Damaged
    stanzas = [_stanza(part) for part in text.split("\n-> ")]
    return AgeFile(stanzas, data[: end + len(_MAC) - 1], mac, data[end_of_mac + 1 :], data)


def _stanza(text: str) -> Stanza:
    first, newline, body = text.partition("\n")
    words = first.split(" ")
    if not newline or "" in words or not first.isprintable():
        raise Damaged
    # The last line is a short one, and empty where the body fills its lines.
    return Stanza(words[0], words[1:], base64(_joined(body.split("\n"), 0, _COLUMNS - 1)))


def _joined(lines: list[str], least: int, most: int) -> str:
    """Base64 in full lines and a last one that ends it."""
    if not set(map(len, lines[:-1])) <= {_COLUMNS} or not least <= len(lines[-1]) <= most:
        raise Damaged
    return "".join(lines)


def base64(text: str, padded: bool = False) -> bytes:
    """Canonical base64."""
    padding = "" if padded else "=" * (-len(text) % 4)
    try:
        data = a2b_base64(text + padding)
    except ValueError:  # broken base64, or no ASCII
        raise Damaged from None
    if b2a_base64(data, newline=False).decode() != text + padding or ("=" in text and not padded):
        raise Damaged
    return data


def unsealed(key: bytes, body: bytes) -> bytes | None:
    """The file key from a stanza's body, or None when the key is another one's."""
    if len(body) != WRAPPED_SIZE:  # a longer one could open with two keys
        raise Damaged
    return opened(ChaCha20Poly1305(key), _ZERO_NONCE, body)


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) for 32 bytes, which is one block."""
    return hmac_sha256(hmac_sha256(salt or bytes(32), key), info + b"\x01")


def _plaintext(file_key: bytes, payload: bytes) -> bytes:
    """The payload's chunks; each one's nonce is its number and whether it is the last."""
    nonce, sealed = payload[:16], payload[16:]
    cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
    chunks = [sealed[at : at + _CHUNK] for at in range(0, len(sealed), _CHUNK)]
    if not chunks or (len(chunks) > 1 and len(chunks[-1]) == TAG_SIZE):  # only an empty file ends in an empty chunk
        raise Damaged
    plain = []
    for number, chunk in enumerate(chunks, 1):
        last = number == len(chunks)
        text = opened(cipher, (number - 1).to_bytes(11, "big") + bytes([last]), chunk)
        if text is None:
            raise Damaged
        plain.append(text)
    return b"".join(plain)
