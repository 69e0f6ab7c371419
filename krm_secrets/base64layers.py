"""Texts that stand in base64 in another text: as all of it, or as a part; and what gzip packed in it."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from krm_secrets._startup.patterns import pattern

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


LEAST = 16
"""Characters of base64 below which nothing is worth a look."""

# What `str.strip` takes off whole is of these alone: an expression would cost a start a fifth of its time.
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_RUN = pattern(rf"[A-Za-z0-9+/_\s-]{{{LEAST},}}")
ZIPPED = "H4sI"
"""How the base64 of everything begins that gzip packed."""

_ZIPPED = pattern(r"H4sI[A-Za-z0-9+/_\s-]+")
_GROWTH = 16
"""Ciphertext hardly shrinks, so that what holds some does not grow by more; and no small input costs much."""
_TRIES = 4
_SKIPPED = (0, 2, 3)
"""Characters of base64 that depend on what stands before a word, by the bytes of it in the same group."""
_URL_SAFE = str.maketrans("-_", "+/")


def whole(text: str, least: int = LEAST) -> str | None:
    """What the text is the base64 of, a character for each byte; None where it is none, or shorter, like many a word.

    Hosts break the lines of base64, and one alphabet of it is for URLs. UTF-16, which is what PowerShell encodes, is
    read as ASCII.
    """
    joined = "".join(text.split()) if len(text) >= least and ":" not in text else "?"  # as all YAML has one
    body = joined.rstrip("=")
    return None if body.strip(_ALPHABET) or len(joined) - len(body) > 2 else _decoded(joined)


def parts(text: str, signs: tuple[str, ...]) -> Iterator[str]:
    """What stands in base64 within the text, where it has one of the signs, which are base64 themselves.

    Nothing says where base64 begins that follows a word or a dash, so that each run is read from four places.
    """
    if len(text) < LEAST + 8 or not any(map(text.__contains__, signs)):
        return
    for run in _RUN.findall(text.replace("\\r", "").replace("\\n", "")):
        joined = "".join(run.split())
        if any(sign in joined for sign in signs):
            yield from (_decoded(joined[n:]) for n in range(4))


def unpacked(text: str) -> Iterator[str]:
    """What gzip packed and stands in base64 in the text, as cloud-init and Ignition have whole files."""
    if ZIPPED not in text:
        return
    import zlib  # few texts hold any
    from contextlib import suppress

    for run in _ZIPPED.findall(text.replace("\\r", "").replace("\\n", "")):
        joined, at = "".join(run.split()), 0
        for _ in range(_TRIES):
            if at >= 0:
                data, packed = _bytes(joined[at:]), zlib.decompressobj(16 + zlib.MAX_WBITS)
                with suppress(zlib.error):  # a word that only begins like it
                    yield packed.decompress(data, _GROWTH * len(data)).decode("latin-1")
                at = joined.find(ZIPPED, at + 1)


def signs(*words: bytes) -> tuple[str, ...]:
    """What is certain of the words' base64, by where in a group of three bytes they begin."""
    return tuple(_inner(word, before) for word in words for before in range(3))


def _inner(word: bytes, before: int) -> str:
    size = (before + len(word)) * 8 // 6
    return b2a_base64(bytes(before) + word, newline=False).decode()[_SKIPPED[before] : size]


def _decoded(text: str) -> str:
    return _bytes(text).decode("latin-1").replace("\0", "")


def _bytes(text: str) -> bytes:
    text = text.rstrip("=").translate(_URL_SAFE)
    text = text[: len(text) - (len(text) % 4 == 1)]
    return a2b_base64(text + "==")
