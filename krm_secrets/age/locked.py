"""Identities behind a passphrase: what is asked, once; and identity files as `age -p` writes them.

Source: C2SP, age (c2sp.org/age), scrypt recipient.
"""

from __future__ import annotations

import re

from krm_secrets.age.agefile import LOCKED, AgeFile, Damaged, Identity, Stanza, Terminal, Unusable, base64, unsealed

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


SCRYPT = "scrypt"
MAX_WORK_FACTOR = 22
"""2^22 takes 4 GiB and some ten seconds, and is the most that age takes; it writes 2^18."""

_LABEL = b"age-encryption.org/v1/scrypt"
_WORK_FACTOR = re.compile(r"[1-9][0-9]?")
_NO_TERMINAL = "there is no terminal to type its passphrase: run this in one, or use an unprotected key"

WRONG = "the passphrase does not open it"


class Locked:
    """Identities that a passphrase opens. It is asked for once, and only for a file that `fits`.

    `recipient` is known where it stands in the clear; `unlock` takes the passphrase, and gives ValueError, with a
    message that may be shown, when it is of no use.
    """

    __slots__ = ("_fits", "_inside", "_name", "_recipient", "_terminal", "_unlock")

    rank = LOCKED

    def __init__(
        self,
        recipient: str,
        name: str,
        terminal: Terminal | None,
        fits: Callable[[AgeFile], bool],
        unlock: Callable[[str], Sequence[Identity]],
    ) -> None:
        self._recipient = recipient
        self._name, self._terminal, self._fits, self._unlock = name, terminal, fits, unlock
        self._inside: Sequence[Identity] | None = None

    @property
    def shown(self) -> str:
        if self._inside:
            return ", ".join(identity.shown for identity in self._inside)
        return f"passphrase-protected {self._recipient}" if self._recipient else "a passphrase-protected key"

    def open(self, file: AgeFile) -> bytes | None:
        if not self._fits(file):
            return None
        trouble = []
        for identity in self._identities():
            try:
                plaintext = identity.open(file)
            except Unusable as error:
                trouble.append(str(error))
                continue
            if plaintext is not None:
                return plaintext
        if trouble:
            raise Unusable(", ".join(trouble))
        return None

    def _identities(self) -> Sequence[Identity]:
        if self._inside is None:
            self._inside = ()  # whatever comes of it, nobody is asked twice
            phrase = self._passphrase()
            try:
                self._inside = self._unlock(phrase)
            except ValueError as error:
                raise Unusable(str(error)) from None
        return self._inside

    def _passphrase(self) -> str:
        if self._terminal is None:
            raise Unusable(_NO_TERMINAL)
        try:
            typed = self._terminal.ask(f"Passphrase for {self._name}", True)
        except Unusable:
            raise Unusable(_NO_TERMINAL) from None
        if not typed:
            raise Unusable("no passphrase was given")
        return typed


def locked_file(
    file: AgeFile, name: str, terminal: Terminal | None, parse: Callable[[bytes], Sequence[Identity]]
) -> Locked:
    """The identities of an encrypted identity file, which `parse` reads; ValueError when no passphrase can open it."""
    salt, factor = _parameters(file)

    def unlock(phrase: str) -> Sequence[Identity]:
        key = _derived(phrase, salt, factor)
        try:
            text = file.open(lambda stanza: unsealed(key, stanza.body))
        except Damaged:
            raise ValueError("it is a damaged age file") from None
        if text is None:
            raise ValueError(WRONG)
        return parse(text)

    # What it holds is not known before it is open.
    return Locked("", name, terminal, lambda _: True, unlock)


def _parameters(file: AgeFile) -> tuple[bytes, int]:
    """Salt and work factor of the one stanza that a passphrase opens."""
    stanza = file.stanzas[0]
    if len(file.stanzas) != 1 or stanza.kind != SCRYPT:
        raise ValueError("it is encrypted, and not with a passphrase: decrypt it first")
    try:
        salt, factor = _split(stanza)
    except Damaged:
        raise ValueError("it is a damaged age file") from None
    if factor > MAX_WORK_FACTOR:
        raise ValueError(
            f"its passphrase costs 2^{factor} steps of scrypt, and at most 2^{MAX_WORK_FACTOR} are taken: encrypt it"
            " again with age -p"
        )
    return salt, factor


def _split(stanza: Stanza) -> tuple[bytes, int]:
    if len(stanza.arguments) != 2 or not _WORK_FACTOR.fullmatch(stanza.arguments[1]):
        raise Damaged
    salt = base64(stanza.arguments[0])
    if len(salt) != 16:
        raise Damaged
    return salt, int(stanza.arguments[1])


def _derived(phrase: str, salt: bytes, factor: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        return Scrypt(_LABEL + salt, 32, 2**factor, 8, 1).derive(phrase.encode("utf-8", "surrogateescape"))
    except MemoryError:
        raise ValueError(
            f"its passphrase costs 2^{factor} steps of scrypt, for which the memory is too small"
        ) from None
