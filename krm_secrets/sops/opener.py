"""Encrypted values in their places: opened one by one, and what is told of one that does not belong to its place."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.value import Aead, parse, typed, unseal

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
