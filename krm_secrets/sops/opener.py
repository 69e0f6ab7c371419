"""Encrypted values in their places: opened one by one, and what is told of one that does not belong to its place."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.value import Aead, parse, typed, unseal


class Opener:
    """Opens the values of one document or file.

    One value that does not open was damaged or moved; if none does, the block is not theirs. So the caller goes on past
    those that do not open, and asks for the verdict with `finish`.
    """

    __slots__ = ("_aead", "_failed", "_succeeded")

    def __init__(self, aead: Aead) -> None:
        self._aead = aead
        self._failed: list[Path] = []
        self._succeeded = 0

    def open(self, text: str, aad: str, path: Path) -> object:
        """The value of a ciphertext, None for a text that is none, and "" for one that does not open."""
        try:
            sealed = parse(text)
            if sealed is None:
                return None
            plaintext = unseal(self._aead, sealed, aad)
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
