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

_OTHER_KINDS = ("AGE-PLUGIN-", "AGE-SECRET-KEY-PQ-1")
_LOCKED = ("age-encryption.org/", "-----BEGIN AGE")
_MAX_SHOWN = 120


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


Find = Callable[[str], list[Held]]
"""The identities that may open a data key for a recipient."""


class Identities:
    """All identities, read when the first data key is needed, and every data key opened with them."""

    __slots__ = ("_aeads", "_asked", "_held", "_keys", "sources")

    def __init__(self, sources: Iterable[KeySource]) -> None:
        self.sources = tuple(sources)
        self._held: list[Held] | None = None
        self._asked: dict[str, list[Held]] = {}
        self._keys: dict[str, bytes] = {}
        self._aeads: dict[bytes, Aead] = {}

    def __repr__(self) -> str:
        return f"Identities({len(self.sources)} sources)"

    def unlock(self, metadata: Metadata) -> Aead:
        """The cipher with the document's data key; SopsError, with all that was looked at, when nothing opens it."""
        split = len(metadata.groups) > 1
        shares: dict[int, bytes] = {}
        damaged: list[SopsError] = []
        for find in (self._at_hand, self._asked_for):
            for n, group in enumerate(metadata.groups):
                for entry in group:
                    if n not in shares and (share := self._open(entry, find, damaged)) is not None:
                        shares[n] = share
            if shares and len(shares) >= metadata.threshold:
                return self._aead(_combined(list(shares.values())) if split else shares[0])
        if damaged:
            raise damaged[0]
        raise SopsError(self._explain(metadata), ("sops",))

    def _aead(self, key: bytes) -> Aead:
        if len(key) != DATA_KEY_SIZE:
            raise SopsError("the data key has the wrong length", ("sops",))
        if key not in self._aeads:
            from krm_secrets.sops.cipher import AESGCM

            self._aeads[key] = AESGCM(key)
        return self._aeads[key]

    def _open(self, entry: AgeKey, find: Find, damaged: list[SopsError]) -> bytes | None:
        """The data key, or a share of it; a damaged entry is noted, since another one may open."""
        key = self._keys.get(entry.enc)
        if key is None:
            try:
                age.check(entry.enc)
                found = [i for held in find(entry.recipient) for i in held.identities]
                key = age.unwrap(entry.enc, found) if found else None
            except SopsError as error:
                damaged.append(SopsError(error.message, ("sops", "age")))
            if key is not None:
                self._keys[entry.enc] = key
        return key

    def _at_hand(self, _: str = "") -> list[Held]:
        if self._held is None:
            self._held = [_read(source, "") for source in self.sources if not source.asks]
        return self._held

    def _asked_for(self, recipient: str) -> list[Held]:
        """What the sources hold that ask: each is asked once a recipient."""
        if recipient not in self._asked:
            self._asked[recipient] = [_read(source, recipient) for source in self.sources if source.asks]
        return self._asked[recipient]

    def _explain(self, metadata: Metadata) -> str:
        recipients = list(dict.fromkeys(entry.recipient for group in metadata.groups for entry in group))
        others = " and ".join(metadata.others)
        if not recipients and not others:
            return "has no keys in it: restore what sops wrote"
        if not recipients:
            return f"its only keys are of {others}, and krm-secrets opens age keys; add one with sops updatekeys"
        held = [*self._at_hand(), *(h for recipient in recipients for h in self._asked.get(recipient, ()))]
        looked = "; ".join(dict.fromkeys(f"{h.name}: {_content(h)}" for h in held))
        wanted = ", ".join(map(_short, recipients)) + (f" and {others}" if others else "")
        if not any(h.identities for h in held):
            return (
                f"no age identity found to decrypt it (encrypted for {wanted}); set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE,"
                f" or build without keys: KRM_SECRETS_DECRYPT=placeholder ({looked or 'no source is set'})"
            )
        if metadata.threshold > 1:
            return (
                f"too few of its {len(metadata.groups)} key groups open: it needs {metadata.threshold}, and is"
                f" encrypted for {wanted} ({looked})"
            )
        ours = {str(identity.to_public()) for h in held for identity in h.identities}.intersection(recipients)
        if ours:
            return f"the data key for {', '.join(sorted(ours))} is damaged: its identity is there and does not open it"
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
        identities, others = parse(text)
    except ValueError as error:
        return Held(source.name, (), str(error))
    return Held(source.name, tuple(identities), f"{others} of a kind that krm-secrets cannot use" if others else "")


def parse(text: str) -> tuple[list[x25519.Identity], int]:
    """The identities of a key file and how many of other kinds it holds; ValueError names the line that is none.

    One or more stand on a line, comments follow `#`. A byte order mark, CRLF and spaces around a key are what editors
    leave behind, and are accepted.
    """
    found, others = [], 0
    text = text.removeprefix("\ufeff")
    if text.startswith(_LOCKED):
        raise ValueError("it is encrypted with a passphrase, which krm-secrets does not ask for")
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.partition("#")[0].split():
            if word.upper().startswith(_OTHER_KINDS):
                others += 1
                continue
            if not age.is_identity(word):
                raise ValueError(f"line {number} is no age identity (AGE-SECRET-KEY-1…)")
            try:
                found.append(age.identity(word))
            except ValueError:
                raise ValueError(f"line {number} is a damaged age identity") from None
    return found, others


def _content(held: Held) -> str:
    known = ", ".join(str(identity.to_public()) for identity in held.identities)
    return ", ".join(filter(None, (known, held.note))) or "no identities in it"


def _short(recipient: str) -> str:
    """A recipient for a message; a post-quantum one has 2,000 characters."""
    return clean(recipient if len(recipient) <= _MAX_SHOWN else f"{recipient[:_MAX_SHOWN]}…")


def _combined(shares: list[bytes]) -> bytes:
    try:
        return shamir.combine(shares)
    except SopsError as error:
        raise SopsError(error.message, ("sops", "key_groups")) from None
