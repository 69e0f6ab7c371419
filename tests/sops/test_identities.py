"""Which identities are tried, in which order, and what is said when none of them opens a document."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from krm_secrets.age import bech32
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.identities import Identities, KeySource
from krm_secrets.sops.metadata import AgeKey, Metadata, parse as parse_block
from tests.sops.agefiles import age_file, armor, hybrid_stanza, locked, new_hybrid
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY, Key, armored, encrypt
from tests.sops.sshkeys import PHRASE, ecdsa_key, ed25519_key, rsa_key
from tests.sops.typist import Nobody, Typist

ED25519 = Key(ed25519_key().text(), ed25519_key().recipient)
LOCKED_ED25519 = ed25519_key().text(phrase=PHRASE)
LOCKED_FILE = armor(locked(KEY.identity.encode(), PHRASE))
PLUGIN = bech32.encode("age-plugin-nowhere-", b"x").upper()
NO_TERMINAL = "there is no terminal to type its passphrase: run this in one, or use an unprotected key"


class Sources:
    """Sources that note when they are read."""

    def __init__(self, terminal: Typist | None = None) -> None:
        self.read: list[str] = []
        self.terminal = terminal if terminal is not None else Nobody()
        self._all: list[KeySource] = []

    def add(self, name: str, text: str | None, asks: bool = False, ssh: bool = False, default: bool = False) -> Sources:
        def read(recipient: str) -> str | None:
            self.read.append(f"{name} for {recipient[:15]}" if recipient else name)
            return text

        self._all.append(KeySource(name, read, asks, ssh, default, terminal=self.terminal))
        return self

    def identities(self) -> Identities:
        return Identities(self._all)


def block(*keys: Key, groups: list[list[Key]] | None = None, threshold: int = 0) -> Metadata:
    document = encrypt({"a": "b"}, keys=keys, groups=groups or (), threshold=threshold)[0]
    return parse_block(document["sops"])


def message(sources: Sources, metadata: Metadata) -> str:
    with pytest.raises(SopsError) as caught:
        sources.identities().unlock(metadata)
    assert caught.value.path == ("sops",)
    return caught.value.message


# The order


def test_ssh_keys_are_read_for_files_with_ssh_recipients_only() -> None:
    sources = Sources().add("SSH", ED25519.identity, ssh=True).add("CMD", None, asks=True, ssh=True)
    sources.add("KEYS", KEY.identity)
    found = sources.identities()
    found.unlock(block(KEY))
    assert sources.read == ["KEYS"]
    found.unlock(block(ED25519))
    assert sources.read == ["KEYS", "SSH"]


def test_a_command_comes_before_a_passphrase_and_after_what_is_at_hand() -> None:
    sources = Sources(Typist(PHRASE)).add("LOCKED", LOCKED_FILE).add("CMD", OTHER_KEY.identity, asks=True)
    found = sources.identities()
    found.unlock(block(KEY, OTHER_KEY))
    assert sources.terminal.seen == []
    assert sources.read == ["LOCKED", f"CMD for {KEY.recipient[:15]}", f"CMD for {OTHER_KEY.recipient[:15]}"]
    for _ in range(2):
        found.unlock(block(KEY))
    assert sources.terminal.seen == ["hidden: Passphrase for LOCKED"]


def test_no_plugin_is_started_where_a_key_at_hand_opens_another_entry() -> None:
    sources = Sources().add("KEYS", f"{PLUGIN} {KEY.identity}")
    found = sources.identities()
    found.unlock(block(THIRD_KEY, KEY))
    assert found._held[0, ""].notes == []


def test_nobody_is_asked_for_more_groups_than_are_needed() -> None:
    sources = Sources(Typist(PHRASE)).add("SSH", LOCKED_ED25519, ssh=True).add("KEYS", KEY.identity)
    sources.add("FILE", armor(locked(OTHER_KEY.identity.encode(), PHRASE)))
    metadata = block(groups=[[KEY], [OTHER_KEY], [ED25519]], threshold=2)
    sources.identities().unlock(metadata)
    assert sources.terminal.seen == ["hidden: Passphrase for FILE"]


def test_a_locked_ssh_key_is_asked_for_once() -> None:
    sources = Sources(Typist(PHRASE)).add("SSH", LOCKED_ED25519, ssh=True)
    found = sources.identities()
    for _ in range(3):
        found.unlock(block(ED25519))
    assert sources.terminal.seen == ["hidden: Passphrase for SSH"]


def test_the_key_at_hand_is_what_may_be_shown() -> None:
    sources = Sources().add("SSH", ED25519.identity, ssh=True).add("CMD", KEY.identity, asks=True)
    assert sources.add("KEYS", OTHER_KEY.identity).identities().at_hand() == [ED25519.recipient, OTHER_KEY.recipient]


def test_a_post_quantum_key() -> None:
    text, recipient = new_hybrid()
    file_key = bytes(16)
    enc = armor(age_file(file_key, [hybrid_stanza(recipient, file_key)], b"k" * 32))
    metadata = block(KEY)._replace(groups=((AgeKey(recipient, enc),),))
    Sources().add("KEYS", text).identities().unlock(metadata)
    assert len(enc) < 4096


# What is said

WANTED = f"it is encrypted for {THIRD_KEY.recipient}"
SAID: dict[str, tuple[Callable[[], Sources], Key, str]] = {
    "a locked file without a terminal": (
        lambda: Sources().add("FILE", LOCKED_FILE),
        THIRD_KEY,
        f"none of the identities opens it; {WANTED} (FILE: a passphrase-protected key, {NO_TERMINAL})",
    ),
    "a wrong passphrase": (
        lambda: Sources(Typist("wrong")).add("FILE", LOCKED_FILE),
        THIRD_KEY,
        f"none of the identities opens it; {WANTED} (FILE: a passphrase-protected key, the passphrase does not open"
        " it)",
    ),
    "another key in a locked file": (
        lambda: Sources(Typist(PHRASE)).add("FILE", LOCKED_FILE),
        THIRD_KEY,
        f"none of the identities opens it; {WANTED} (FILE: {KEY.recipient})",
    ),
    "a plugin that is not there": (
        lambda: Sources().add("KEYS", f"{PLUGIN}\n{PLUGIN}"),
        THIRD_KEY,
        f"none of the identities opens it; {WANTED} (KEYS: an identity of age-plugin-nowhere, an identity of"
        " age-plugin-nowhere, age-plugin-nowhere is not on PATH)",
    ),
    "a named SSH key for a file that takes none": (
        lambda: Sources().add("SSH", ED25519.identity, ssh=True),
        THIRD_KEY,
        f"none of the identities opens it; {WANTED} (SSH: {ED25519.recipient})",
    ),
    "a named SSH command for a file that takes none": (
        lambda: Sources().add("CMD", "", asks=True, ssh=True),
        THIRD_KEY,
        f"no age identity found to decrypt it (encrypted for {THIRD_KEY.recipient}); set SOPS_AGE_KEY or"
        " SOPS_AGE_KEY_FILE, or build without keys: KRM_SECRETS_DECRYPT=placeholder (CMD: not asked, since the file is"
        " for no SSH key)",
    ),
    "default places beside a named one": (
        lambda: (
            Sources()
            .add("KEYS", KEY.identity)
            .add("the sops key file", None, default=True)
            .add("~/.ssh/id_ed25519", None, ssh=True, default=True)
        ),
        ED25519,
        f"none of the identities opens it; it is encrypted for {ED25519.recipient} (KEYS: {KEY.recipient})",
    ),
    "default places alone": (
        lambda: (
            Sources()
            .add("the sops key file", None, default=True)
            .add("~/.ssh/id_ed25519", None, ssh=True, default=True)
            .add("~/.ssh/id_rsa", ecdsa_key().text(), ssh=True, default=True)
        ),
        ED25519,
        f"no age identity found to decrypt it (encrypted for {ED25519.recipient}); set SOPS_AGE_KEY or"
        " SOPS_AGE_KEY_FILE, or build without keys: KRM_SECRETS_DECRYPT=placeholder (the sops key file: nothing there;"
        " ~/.ssh/id_ed25519: nothing there; ~/.ssh/id_rsa: its SSH key is of a kind that age does not use: ssh-ed25519"
        " or ssh-rsa is needed)",
    ),
    "default SSH keys for a file that takes none": (
        lambda: (
            Sources()
            .add("the sops key file", None, default=True)
            .add("~/.ssh/id_ed25519", ED25519.identity, ssh=True, default=True)
        ),
        THIRD_KEY,
        f"no age identity found to decrypt it (encrypted for {THIRD_KEY.recipient}); set SOPS_AGE_KEY or"
        " SOPS_AGE_KEY_FILE, or build without keys: KRM_SECRETS_DECRYPT=placeholder (the sops key file: nothing there)",
    ),
    "another SSH key": (
        lambda: Sources().add("SSH", rsa_key().text(), ssh=True),
        ED25519,
        f"none of the identities opens it; it is encrypted for {ED25519.recipient} (SSH: {rsa_key().recipient[:120]}…)",
    ),
    "a locked SSH key without a terminal": (
        lambda: Sources().add("SSH", LOCKED_ED25519, ssh=True),
        ED25519,
        f"none of the identities opens it; it is encrypted for {ED25519.recipient} (SSH: passphrase-protected"
        f" {ED25519.recipient}, {NO_TERMINAL})",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str) -> None:
    make, key, text = SAID[name]
    assert message(make(), block(key)) == text
    assert PHRASE not in text


def test_an_entry_with_a_comment_that_holds_another_files_key() -> None:
    metadata = block(KEY)
    entry = AgeKey(f"{ED25519.recipient} me@host", armored(b"x" * 32, OTHER_KEY.recipient))
    sources = Sources().add("SSH", ED25519.identity, ssh=True)
    assert message(sources, metadata._replace(groups=((entry,),))) == (
        f"the data key for {ED25519.recipient} is damaged: its identity is there and does not open it"
    )
