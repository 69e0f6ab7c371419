"""Bytes to text and back without losing how the bytes were written."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Location, failure

# YAML 1.2, 5.2: a stream is UTF-8, UTF-16 or UTF-32, told apart by a byte order mark or by where the first
# character has its zero bytes. go-yaml and libyaml read UTF-8 and UTF-16, and so do we.
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Encoded(QuietTuple):
    """Decoded text with what is needed to write it back the way it came."""

    text: str
    codec: str = "utf-8"
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """The bytes of `text` in the encoding, and with the byte order mark, of the input."""
        return self.mark + text.encode(self.codec)


def decode(data: bytes) -> Encoded:
    """Decode a YAML stream; Failure when the bytes are no text of a known encoding.

    Byte order marks are kept apart since libyaml's positions do not count the one at the start.
    """
    marked = "" if data[:2].isascii() else next((codec for mark, codec in _MARKS if data.startswith(mark)), "")
    codec = marked or _guess(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(codec, "ignore").count("\n") + 1
    else:
        body = text.lstrip("\ufeff")
        return Encoded(body, codec, text[: len(text) - len(body)].encode(codec) if text is not body else b"")
    raise failure(f"the input is not {codec.upper()} text; save it as UTF-8", Location(line=line))


def _guess(data: bytes) -> str:
    if data[:1] == b"\0" and data[1:2] not in (b"", b"\0"):
        return "utf-16-be"
    if data[1:2] == b"\0" and data[:1] not in (b"", b"\0"):
        return "utf-16-le"
    return "utf-8"
