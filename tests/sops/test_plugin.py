"""Identities of age plugins, by a plugin of our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from krm_secrets.age import bech32
from krm_secrets.age.agefile import PLUGIN, Unusable
from krm_secrets.age.plugin import PluginIdentity
from krm_secrets.sops.identities import data_key_file
from tests.sops import fakeplugin
from tests.sops.agefiles import age_file, armor, stanza
from tests.sops.typist import Nobody, Typist

TEXT = bech32.encode("age-plugin-fake-", b"CANARY").upper()
FILE_KEY = os.urandom(16)
FILE = data_key_file(armor(age_file(FILE_KEY, [stanza("fake", wrapped=fakeplugin.turned(FILE_KEY))], b"x" * 32)))
PROGRAM = "age-plugin-fake"


@pytest.fixture(autouse=True)
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fakeplugin.install(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def opened(terminal: Typist | None, wanted: str, monkeypatch: pytest.MonkeyPatch) -> bytes | None:
    monkeypatch.setenv("FAKE_PLUGIN", wanted)
    return PluginIdentity(TEXT.lower(), terminal).open(FILE)


def test_a_plugin_opens_a_file_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert opened(None, "tell", monkeypatch) == b"x" * 32
    assert capfd.readouterr() == ("", "")


def test_an_identity_shows_its_plugin_only() -> None:
    identity = PluginIdentity(TEXT, None)
    assert (identity.rank, identity.shown) == (PLUGIN, f"an identity of {PROGRAM}")
    assert repr(identity) == "PluginIdentity(fake)"


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        ("tell", f"told: {PROGRAM}: touch \\u001b[31mit"),
        ("public=typed", f"shown: {PROGRAM}: Slot?"),
        ("secret=typed", f"hidden: {PROGRAM}: PIN?"),
        ("confirm=ok no", f"shown: {PROGRAM}: Really? [Do it/Skip]"),
    ],
)
def test_what_a_plugin_asks_of_a_person(wanted: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist("typed")
    assert opened(typist, wanted, monkeypatch) == b"x" * 32
    assert typist.seen == [seen]


@pytest.mark.parametrize("answer", ["y", "YES", "do it "])
def test_a_person_says_yes(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(Typist(answer), "confirm=ok yes", monkeypatch) == b"x" * 32


@pytest.mark.parametrize("terminal", [None, Nobody()])
@pytest.mark.parametrize("wanted", ["public=typed", "secret=typed", "confirm=ok yes"])
def test_without_a_terminal_a_plugin_gets_no_answer(
    wanted: str, terminal: Typist | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unusable, match=f"^{PROGRAM} does not open it$"):
        opened(terminal, wanted, monkeypatch)


@pytest.mark.parametrize("wanted", ["fail", "die", "=wrong"])
def test_a_plugin_that_fails(wanted: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unusable) as caught:
        opened(None, wanted, monkeypatch)
    assert str(caught.value) == f"{PROGRAM} does not open it"
    assert "CANARY" not in repr(caught.value.__context__)
    assert capfd.readouterr() == ("", "")


def test_a_plugin_that_is_not_there() -> None:
    with pytest.raises(Unusable, match=r"^age-plugin-none is not on PATH$"):
        PluginIdentity(bech32.encode("age-plugin-none-", b"x"), None).open(FILE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        bech32.encode("age-plugin-", b"x"),
        bech32.encode("age-plugin-../x-", b"x"),
        bech32.encode("age-plugin-a\\b-", b"x"),
        bech32.encode("age-plugin-a b-", b"x"),
        bech32.encode("age-secret-key-", bytes(32)),
    ],
)
def test_what_is_no_identity_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the reasons are Bech32's
        PluginIdentity(text, None)
    assert text == "" or text not in str(caught.value)
