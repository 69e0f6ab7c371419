"""Encrypted values: one, `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, and all of a document in their places."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import QuietTuple
from krm_secrets.age.aead import Aead as Aead, opened
from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.yamltext.scalars import timestamp

_START = "ENC[AES256_GCM,data:"
_BASE64 = pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_INT = pattern(r"[-+]?[0-9]{1,40}")  # Python refuses to read thousands of digits
_FLOAT = pattern(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
CRASHING = "bytes"
"""A type that sops does not write, and does not survive: it ends at any value that has it, also at a comment."""

CRASHES = "the encrypted value has the type bytes, at which sops crashes: encrypt the value anew"
_INFINITE = {"+Inf": float("inf"), "Inf": float("inf"), "-Inf": float("-inf"), "NaN": float("nan")}
_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


class Comment(str):
    """A decrypted comment, which stands as an element where a list held it."""

    __slots__ = ()


class Sealed(QuietTuple):
    """An encrypted value, taken apart but not decrypted."""

    data: bytes
    iv: bytes
    tag: bytes
    type: str


def parse(text: str) -> Sealed | None:
    """Take an encrypted value apart; None when the text is none. SopsError for broken base64."""
    if not text.startswith(_START):
        return None
    usual = _usual(text)
    if usual is not None:
        return usual
    # From the right, each part the longest that it can be and none empty, as in sops, whose expression is greedy and
    # anchored at the start only: what follows the last `]` is ignored. A backtracking engine needs minutes for it.
    first = len(_START) + 1
    end = text.rfind("]", first, text.find("\n") if "\n" in text else len(text))
    parts = []
    for mark in (",type:", ",tag:", ",iv:"):
        at = text.rfind(mark, first, max(end - 1, first))
        if at < 0:
            return None
        parts.append(text[at + len(mark) : end])
        end = at
    kind, tag, iv = parts
    data = text[len(_START) : end]
    return Sealed(_decode(data), _decode(iv), _decode(tag), kind)


def _usual(text: str) -> Sealed | None:
    """What sops itself writes, in half the time of taking any legal value apart; None for all other texts."""
    parts = text[len(_START) : -1].split(",", 4)
    if len(parts) != 4 or text[-1] != "]":
        return None
    first, iv, tag, kind = parts
    if not first or iv[:3] != "iv:" or tag[:4] != "tag:" or kind[:5] != "type:" or not kind[5:].isalpha():
        return None
    written = (first, iv[3:], tag[4:])
    try:
        data, nonce, mark = map(a2b_base64, written)
    except ValueError:
        return None
    # Python's decoder passes over what is no base64, so that only what comes out again is as sops wrote it. None of
    # the three can come out longer than it was, so that all are compared at once.
    again = b"".join([b2a_base64(part, newline=False) for part in (data, nonce, mark)])
    return (
        Sealed(data, nonce, mark, kind[5:]) if data and nonce and mark and again.decode() == "".join(written) else None
    )


def _decode(text: str) -> bytes:
    if _BASE64.fullmatch(text) is None:
        raise SopsError("the encrypted value is damaged: its base64 is broken")
    return a2b_base64(text)


def unseal(aead: Aead, sealed: Sealed, aad: str) -> bytes | None:
    """The plaintext, or None when key, place and tag do not belong together."""
    # A nonce of another length is legal and leads GCM to hash it; below 8 bytes `cryptography` refuses.
    if len(sealed.tag) != 16 or not 8 <= len(sealed.iv) <= 128:
        return None
    return opened(aead, sealed.iv, sealed.data + sealed.tag, aad.encode(errors="surrogateescape"))


def typed(plaintext: bytes, kind: str) -> object:
    """The value that the plaintext stands for; SopsError when it does not fit its type."""
    if kind == CRASHING:
        raise SopsError(CRASHES)
    if kind == "comment":
        return Comment(plaintext.decode(errors="surrogateescape"))
    try:
        text = plaintext.decode()
    except UnicodeDecodeError:
        if kind == "str":
            return plaintext
        text = ""
    if kind == "str":
        return text
    return _typed(text, kind)


def _typed(text: str, kind: str) -> object:
    if kind == "int" and _INT.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if kind == "float":
        if text in _INFINITE:
            return _INFINITE[text]
        if _FLOAT.fullmatch(text):
            return float(text)
    if kind == "bool" and text in _BOOLS:
        return _BOOLS[text]
    if kind == "time":
        time = timestamp(text)
        if time is not None:
            return time
    if kind in ("int", "float", "bool", "time"):
        raise SopsError(f"the decrypted value is no {kind}, as its type says")
    raise SopsError("the encrypted value has a type that sops does not know")


def mac_bytes(value: object) -> bytes:
    """What a value adds to the MAC (sops: `ToBytes`)."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"True" if value else b"False"
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, float):
        return float_text(value).encode()
    raise TypeError(type(value).__name__)


def float_text(value: float) -> str:
    """The shortest decimal that reads back, without exponent: Go's FormatFloat(v, 'f', -1, 64)."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    from decimal import Decimal  # few files hold a float

    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


MAX_PLACES = 64 * 1024 * 1024
"""Characters that the places of all values of a document have together: a long key stands in each place below it."""


class Places:
    """What authenticates the place of a value: the keys on the way to it; list indexes are left out, as in sops.

    Made when a value is opened, and not kept: below one long key they grow with the square of a file, as does the time
    that any program needs to authenticate them. So all of one document have a limit.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_PLACES

    def of(self, path: Path) -> str:
        """The additional data of a value at the path; SopsError beyond the limit."""
        text = "".join([f"{part}:" for part in path if type(part) is str]) or ":"
        self._left -= len(text)
        if self._left < 0:
            raise SopsError(
                f"has such long keys over so many values that their places have more than {MAX_PLACES // 1024**2} MiB"
                " together: shorten the keys"
            )
        return text


class Opener:
    """Opens the values of one document or file.

    One value that does not open was damaged or moved; if none does, the block is not theirs. So the caller goes on past
    those that do not open, and asks for the verdict with `finish`.
    """

    __slots__ = ("_aead", "_failed", "_succeeded", "places")

    def __init__(self, aead: Aead) -> None:
        self.places = Places()
        self._aead = aead
        self._failed: list[Path] = []
        self._succeeded = 0

    def open(self, text: str, path: Path) -> object:
        """The value of a ciphertext, None for a text that is none, and "" for one that does not open."""
        try:
            sealed = parse(text)
            if sealed is None:
                return None
            plaintext = unseal(self._aead, sealed, self.places.of(path))
            if plaintext is None:
                self._failed.append(path)
                return ""
            self._succeeded += 1
            return typed(plaintext, sealed.type)
        except SopsError as error:
            raise SopsError(error.message, path) from None

    def finish(self) -> None:
        """SopsError when a value did not open."""
        if not self._failed:
            return
        if self._succeeded:
            message = (
                "the ciphertext does not belong to this place: a key on its path was renamed, the value was damaged or"
                " copied from another place, or a patch merged two encrypted files; restore what sops wrote and change"
                " it with sops"
            )
        else:
            message = (
                "no value opens with the key in the sops block: the block belongs to another file, a patch merged two"
                " encrypted files, or their keys were renamed; restore what sops wrote, or decrypt before merging"
            )
        raise SopsError(message, self._failed[0])


def no_ciphertext(value: object, path: Path) -> SopsError:
    """For a value that stands where the rule wants ciphertext.

    Accepted, it would be anybody's own value in the place of a secret.
    """
    if isinstance(value, str) and value[:4] == "ENC[":
        return SopsError("the encrypted value is damaged: sops writes no value of this form", path)
    return SopsError(
        "is plaintext where the file's rule wants ciphertext: a patch or an edit put it there; set the value with sops,"
        " or apply the patch after decryption",
        path,
    )


def no_plaintext(path: Path) -> SopsError:
    """For ciphertext where the rule wants plaintext: it would reach the reader as it is."""
    return SopsError(
        "is ciphertext where the file's rule wants plaintext: a patch merged two encrypted files, or the rule was"
        " changed; restore what sops wrote, or decrypt before merging",
        path,
    )
