"""The identities of a run, and the data keys that they open.

Sources are handed in by the shell, which alone reads environment and files. What is at hand is tried before anything
that starts a program or asks a person, so that nobody is asked for a key that is not needed.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.age import agefile, keyfile
from krm_secrets.age.agefile import LOCKED, NATIVE, PLUGIN, AgeFile, Damaged, Identity, Terminal, Unusable
from krm_secrets.age.cipher import AESGCM
from krm_secrets.errors import clean
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import AgeKey, Metadata
from krm_secrets.sops.value import Aead

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


DATA_KEY_SIZE = 32
DAMAGED = "the encrypted data key is a damaged age file"

_ORDER = ((False, NATIVE), (False, PLUGIN), (True, NATIVE), (True, PLUGIN), (False, LOCKED), (True, LOCKED))
"""Sources that ask or do not, and ranks of identities: each is tried on all data keys before the next."""

_UNASKED = _ORDER[:1]

_SSH_KINDS = ("ssh-ed25519", "ssh-rsa")
_MAX_SHOWN = 120

_ADVICE = "set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE"
NOTHING = "nothing there"

MAX_ASKED = 256
"""Recipients for whom sources are asked in a run: whoever can commit files can name as many as he likes."""

TOO_MANY = f"not asked any more, after {MAX_ASKED} recipients in one run; take fewer files at once"


class KeySource(NamedTuple):
    """A place where identities may be.

    `read` takes the recipient in question and gives what is there, or None; OSError or ValueError with a message that
    holds no key when it cannot be read. `asks` is set where the answer depends on the recipient, `ssh` where an SSH key
    is, with `public` for the public key beside it, and `default` for a place that nobody named. `place` is the path of
    a file, as messages may show it.
    """

    name: str
    read: Callable[[str], str | bytes | None]
    asks: bool = False
    ssh: bool = False
    default: bool = False
    place: str = ""
    public: Callable[[], str | None] = lambda: None
    terminal: Terminal | None = None


class Held(NamedTuple):
    """What a source held. A note is added when an identity turns out to be of no use."""

    source: KeySource
    identities: list[Identity]
    notes: list[str]

    def __str__(self) -> str:
        known = [_short(identity.shown) for identity in self.identities if identity.shown]
        if self.source.place and self.notes == [NOTHING]:
            return f"{self.source.name}: nothing at {self.source.place}"
        return f"{self.source.name}: {', '.join(known + self.notes) or _at(self.source, 'no identities in it')}"

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def data_key_file(armored: str) -> AgeFile:
    """The age file of a `sops` block; SopsError for what is none, or costs more to open than a data key may."""
    text = armored.strip()
    if len(text) > agefile.MAX_SIZE:
        raise SopsError(f"the encrypted data key is larger than {agefile.MAX_SIZE // 1024} KiB")
    if not text.startswith(agefile.BEGIN) or not text.endswith(agefile.END):
        raise SopsError("the encrypted data key is no armored age file")
    try:
        file = agefile.parse(agefile.dearmored(armored))
    except Damaged:
        raise SopsError(DAMAGED) from None
    if len(file.stanzas) > agefile.MAX_STANZAS:
        raise SopsError(f"the encrypted data key has more than {agefile.MAX_STANZAS} stanzas")
    return file


class Identities:
    """All identities, read when a data key needs them, and every data key opened with them.

    With `ask` unset, only those are tried for which no program is started and no person is asked. `advice` says what
    to do where there is no identity.
    """

    __slots__ = ("_advice", "_asked", "_damaged", "_files", "_held", "_keys", "_order", "sources")

    def __init__(self, sources: Iterable[KeySource], ask: bool = True, advice: str = _ADVICE) -> None:
        self.sources = tuple(sources)
        self._advice = advice
        self._order = _ORDER if ask else _UNASKED
        self._asked = 0
        self._held: dict[tuple[int, str], Held] = {}
        self._files: dict[str, AgeFile | None] = {}
        self._damaged: dict[str, str] = {}
        self._keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Identities({len(self.sources)} sources)"

    def unlock(self, metadata: Metadata) -> Aead:
        """The cipher with the document's data key; SopsError, with all that was looked at, when nothing opens it."""
        split = len(metadata.groups) > 1
        needed = max(metadata.threshold, 2 if split else 1)
        shares: dict[int, bytes] = {}
        for asks, rank in self._order:
            for n, group in enumerate(metadata.groups):
                for entry in group:
                    if n not in shares and len(shares) < needed:  # nobody is asked for more than is needed
                        share = self._open(entry, asks, rank)
                        if share is not None:
                            shares[n] = share
            if shares and len(shares) >= metadata.threshold:
                return self._aead(_combined(list(shares.values())) if split else shares[0])
        for group in metadata.groups:
            for entry in group:
                if entry.enc in self._damaged:
                    raise SopsError(self._damaged[entry.enc], ("sops", "age"))
        message, outside = self._explain(metadata)
        raise SopsError(message, ("sops",), outside)

    def at_hand(self) -> list[str]:
        """What a message may say of each identity, for most its recipient; without those that must be asked for."""
        return [identity.shown for each in self.held() for identity in each.identities]

    def held(self) -> list[Held]:
        """What each source holds; without those that must be asked."""
        return [self._held_by(n, "") for n, source in enumerate(self.sources) if not source.asks]

    def _aead(self, key: bytes) -> Aead:
        if len(key) != DATA_KEY_SIZE:
            raise SopsError("the data key has the wrong length", ("sops",))
        return AESGCM(key)  # made anew, since each takes 4 KiB and a microsecond

    def _open(self, entry: AgeKey, asks: bool, rank: int) -> bytes | None:
        """The data key, or a share of it, by sources and identities of one kind."""
        if entry.enc in self._keys:
            return self._keys[entry.enc]
        file = self._file(entry.enc)
        if file is None:
            return None
        ssh = not file.kinds.isdisjoint(_SSH_KINDS)
        for n, source in enumerate(self.sources):
            if source.asks is asks and (ssh or not source.ssh):
                key = self._try(self._held_by(n, entry.recipient if asks else ""), rank, file, entry.enc)
                if key is not None:
                    self._keys[entry.enc] = key
                    del self._files[entry.enc]
                    return key
        return None

    def _try(self, held: Held, rank: int, file: AgeFile, enc: str) -> bytes | None:
        for identity in held.identities:
            if identity.rank != rank:
                continue
            try:
                key = identity.open(file)
            except Damaged:  # noted only, since another entry may open
                self._files[enc], self._damaged[enc] = None, DAMAGED
                return None
            except Unusable as error:
                held.note(str(error))
                continue
            if key is not None:
                return key
        return None

    def _file(self, enc: str) -> AgeFile | None:
        if enc not in self._files:
            self._files[enc] = None
            try:
                self._files[enc] = data_key_file(enc)
            except SopsError as error:
                self._damaged[enc] = error.message
        return self._files[enc]

    def _held_by(self, n: int, recipient: str) -> Held:
        """What a source holds; one that asks is asked once a recipient, and only so many times in a run."""
        held = self._held.get((n, recipient))
        if held is None:
            source = self.sources[n]
            may_ask = not source.asks or self._asked < MAX_ASKED
            self._asked += source.asks
            held = self._held[n, recipient] = _read(source, recipient) if may_ask else Held(source, [], [TOO_MANY])
        return held

    def _explain(self, metadata: Metadata) -> tuple[str, bool]:
        """Why nothing opens a document, and whether that lies in the keys at hand alone."""
        recipients = list(dict.fromkeys(_plain(entry.recipient) for group in metadata.groups for entry in group))
        others = " and ".join(metadata.others)
        if not recipients and not others:
            return "has no keys in it: restore what sops wrote", False
        if not recipients:
            return f"its only keys are of {others}, and krm-secrets opens age keys; add one with sops updatekeys", True
        held = self._looked_at([entry.recipient for group in metadata.groups for entry in group])
        looked = "; ".join(dict.fromkeys(map(str, held)))
        wanted = ", ".join(map(_short, recipients)) + (f" and {others}" if others else "")
        if not any(h.identities for h in held):
            return (
                f"no age identity found to decrypt it (encrypted for {wanted}); {self._advice}, or build without keys:"
                f" KRM_SECRETS_DECRYPT=placeholder ({looked or 'no source is set'})"
            ), True
        if metadata.threshold > 1:
            return (
                f"too few of its {len(metadata.groups)} key groups open: it needs {metadata.threshold}, and is"
                f" encrypted for {wanted} ({looked})"
            ), True
        native = {_plain(i.shown) for h in held for i in h.identities if i.rank == NATIVE}
        ours = ", ".join(_short(recipient) for recipient in recipients if recipient in native)
        if ours:
            return f"the data key for {ours} is damaged: its identity is there and does not open it", False
        return f"none of the identities opens it; it is encrypted for {wanted} ({looked})", True

    def _looked_at(self, recipients: list[str]) -> list[Held]:
        """What a person needs to know of: the sources that somebody named, and default ones that hold something."""
        held = []
        for n, source in enumerate(self.sources):
            if not source.asks and not (source.ssh and source.default and (n, "") not in self._held):
                held.append(self._held_by(n, ""))
            elif source.asks:
                asked = [self._held[n, r] for r in dict.fromkeys(recipients) if (n, r) in self._held]
                held += asked or [Held(source, [], ["not asked, since the file is for no SSH key"])]
        named = any(not source.default for source in self.sources)
        return [h for h in held if not (named and h.source.default and h.notes == [NOTHING])]


def _read(source: KeySource, recipient: str) -> Held:
    try:
        data = source.read(recipient)
        if data is None:
            return Held(source, [], [NOTHING])
        if not source.ssh:
            return Held(source, *keyfile.parse(data, source.name, source.terminal))
        from krm_secrets.age import ssh

        return Held(source, [ssh.read(keyfile.text_of(data), source.name, source.terminal, source.public)], [])
    except OSError as error:
        return Held(source, [], [_at(source, f"cannot be read: {clean(error.strerror or type(error).__name__)}")])
    except ValueError as error:
        return Held(source, [], [_at(source, clean(str(error)))])


def _at(source: KeySource, note: str) -> str:
    """What is wrong with a source, and in which file."""
    return f"{source.place}: {note}" if source.place else note


def _plain(recipient: str) -> str:
    """Without the comment that may follow an SSH key."""
    return " ".join(recipient.split(" ")[:2])


def _short(recipient: str) -> str:
    """A recipient for a message; a post-quantum one has 2,000 characters."""
    return clean(recipient if len(recipient) <= _MAX_SHOWN else f"{recipient[:_MAX_SHOWN]}…")


def _combined(shares: list[bytes]) -> bytes:
    from krm_secrets.sops import shamir  # few files have groups of keys

    try:
        return shamir.combine(shares)
    except SopsError as error:
        raise SopsError(error.message, ("sops", "key_groups")) from None
