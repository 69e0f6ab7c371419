"""The identities of a run, and the data keys that they open.

Sources are handed in by the shell, which alone reads environment and files. All of them are looked at, as sops does;
a source that asks for each recipient (`SOPS_AGE_KEY_CMD`) only after the others did not help, so that nobody is asked
for a key that is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from krm_secrets.errors import clean
from krm_secrets.sops import age, shamir
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import AgeKey, Metadata
from krm_secrets.sops.value import Aead

if TYPE_CHECKING:
    from pyrage import x25519

DATA_KEY_SIZE = 32


class KeySource(NamedTuple):
    """A place where identities may be.

    `read` takes the recipient in question and gives text, or None when there is nothing; OSError or ValueError with a
    message that holds no key when it cannot be read. `asks` is set where the answer depends on the recipient.
    """

    name: str
    read: Callable[[str], str | None]
    asks: bool = False


class Held(NamedTuple):
    """What a source held."""

    name: str
    identities: tuple[x25519.Identity, ...]
    note: str


class Identities:
    """All identities, read when the first data key is needed, and every data key opened with them."""

    __slots__ = ("_aeads", "_asked", "_held", "_keys", "sources")

    def __init__(self, sources: Iterable[KeySource]) -> None:
        self.sources = tuple(sources)
        self._held: list[Held] | None = None
        self._asked: dict[tuple[str, str], Held] = {}
        self._keys: dict[str, bytes | None] = {}
        self._aeads: dict[bytes, Aead] = {}

    def __repr__(self) -> str:
        return f"Identities({len(self.sources)} sources)"

    def unlock(self, metadata: Metadata) -> Aead:
        """The cipher with the document's data key; SopsError, with all that was looked at, when nothing opens it."""
        shares = []
        for group in metadata.groups:
            share = next((key for entry in group if (key := self._open(entry)) is not None), None)
            if share is not None:
                shares.append(share)
            if len(metadata.groups) == 1 and share is not None:
                return self._aead(share)
        if len(metadata.groups) > 1 and len(shares) >= metadata.threshold:
            return self._aead(shamir.combine(shares))
        raise SopsError(self._explain(metadata), ("sops",))

    def _aead(self, key: bytes) -> Aead:
        if len(key) != DATA_KEY_SIZE:
            raise SopsError("the data key has the wrong length", ("sops",))
        if key not in self._aeads:
            from krm_secrets.sops.cipher import AESGCM

            self._aeads[key] = AESGCM(key)
        return self._aeads[key]

    def _open(self, entry: AgeKey) -> bytes | None:
        if entry.enc not in self._keys:
            self._keys[entry.enc] = self._unwrap(entry)
        return self._keys[entry.enc]

    def _unwrap(self, entry: AgeKey) -> bytes | None:
        try:
            age.check(entry.enc)
            found = [i for held in self._at_hand() for i in held.identities]
            key = age.unwrap(entry.enc, found) if found else None
            for source in self.sources if key is None else ():
                if source.asks:
                    held = self._ask(source, entry.recipient)
                    key = age.unwrap(entry.enc, held.identities) if held.identities and key is None else key
        except SopsError as error:
            raise SopsError(error.message, ("sops", "age")) from None
        return key

    def _at_hand(self) -> list[Held]:
        if self._held is None:
            self._held = [_read(source, "") for source in self.sources if not source.asks]
        return self._held

    def _ask(self, source: KeySource, recipient: str) -> Held:
        asked = (source.name, recipient)
        if asked not in self._asked:
            self._asked[asked] = _read(source, recipient)
        return self._asked[asked]

    def _explain(self, metadata: Metadata) -> str:
        recipients = [entry.recipient for group in metadata.groups for entry in group]
        others = " and ".join(metadata.others)
        if not recipients:
            return (
                f"its only keys are of {others or 'no kind'}, and krm-secrets opens age keys;"
                " add an age recipient with sops updatekeys"
            )
        held = [*self._at_hand(), *self._asked.values()]
        looked = "; ".join(f"{h.name}: {_content(h)}" for h in held)
        wanted = ", ".join(map(clean, dict.fromkeys(recipients))) + (f" and {others}" if others else "")
        if not any(h.identities for h in held):
            return (
                f"no age identity found to decrypt it (encrypted for {wanted}); set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE,"
                f" or build without keys: KRM_SECRETS_DECRYPT=placeholder ({looked or 'no source is set'})"
            )
        if metadata.threshold > 1:
            return f"too few of its {len(metadata.groups)} key groups open ({looked}); it needs {metadata.threshold}"
        return f"none of the identities opens it; it is encrypted for {wanted} ({looked})"


def _read(source: KeySource, recipient: str) -> Held:
    try:
        text = source.read(recipient)
    except OSError as error:
        return Held(source.name, (), f"cannot be read: {clean(error.strerror or type(error).__name__)}")
    except ValueError as error:
        return Held(source.name, (), clean(str(error)))
    if text is None:
        return Held(source.name, (), "nothing there")
    try:
        return Held(source.name, tuple(parse(text)), "")
    except ValueError as error:
        return Held(source.name, (), str(error))


def parse(text: str) -> list[x25519.Identity]:
    """The identities of a key file: one or more a line, comments after `#`; ValueError names the line that is none.

    A byte order mark, CRLF and spaces around a key are what editors leave behind, and are accepted.
    """
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for word in line.split():
            if not age.is_identity(word):
                raise ValueError(f"line {number} is no age identity (AGE-SECRET-KEY-1…)")
            try:
                found.append(age.identity(word))
            except ValueError:
                raise ValueError(f"line {number} is a damaged age identity") from None
    return found


def _content(held: Held) -> str:
    if held.identities:
        return ", ".join(str(identity.to_public()) for identity in held.identities)
    return held.note or "no identities in it"
