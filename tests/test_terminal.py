"""Questions go to the terminal of the process, never to standard input, and to nobody where there is none."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

import pytest

from krm_secrets import terminal
from krm_secrets.age import bech32
from krm_secrets.age.agefile import Unusable
from krm_secrets.terminal import ControllingTerminal
from tests.running import MEASURED, Done, run
from tests.sops import fakeplugin
from tests.sops.agefiles import age_file, armor, locked, stanza
from tests.sops.encrypter import KEY, OTHER_KEY, Key, encrypted_secret, stream
from tests.sops.sshkeys import PHRASE, ed25519_key

SECRET = stream(encrypted_secret(string_data={"a": "CANARY"}))
ED25519 = Key("", ed25519_key().recipient)
FOR_SSH = stream(*(encrypted_secret(string_data={"a": "CANARY"}, keys=[ED25519]) for _ in range(2)))
PROGRAM = ("-m", "krm_secrets")
NO_TERMINAL = "there is no terminal to type its passphrase: run this in one, or use an unprotected key"


def at_terminal(
    data: str, answers: Sequence[str], env: Mapping[str, str] | None = None, words: Sequence[str] = PROGRAM
) -> tuple[Done, str]:
    """Run Python with a terminal of its own, at which somebody types; what it wrote, and what the terminal showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **MEASURED, **(env or {})},
        start_new_session=True,
        preexec_fn=lambda: _own(theirs),
    ) as process:
        assert process.stdin is not None
        process.stdin.write(data.encode())
        process.stdin.close()
        shown = b""
        for answer in answers:
            asked = len(shown)
            while not shown[asked:].endswith(b": "):
                shown += _received(ours)
            os.write(ours, f"{answer}\n".encode())
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()
    while select.select([ours], [], [], 0)[0]:
        shown += _received(ours)
    os.close(ours)
    os.close(theirs)
    return Done(process.returncode, out, err.decode()), shown.decode().replace("\r\n", "\n")


def _own(device: int) -> None:
    fcntl.ioctl(device, termios.TIOCSCTTY, 0)


def _received(device: int) -> bytes:
    assert select.select([device], [], [], 30)[0], "nothing was asked"
    return os.read(device, 1000)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "keys.age"
    path.write_bytes(locked(KEY.identity.encode(), PHRASE))
    return str(path)


def test_the_passphrase_of_a_key_file_is_typed_unseen(key_file: str) -> None:
    done, shown = at_terminal(SECRET, [PHRASE], {"SOPS_AGE_KEY_FILE": key_file})
    assert (done.code, done.err) == (0, "")
    assert b'"a": "CANARY"' in done.out
    assert shown == "krm-secrets: Passphrase for SOPS_AGE_KEY_FILE: \n"


@pytest.mark.parametrize(
    ("typed", "note"), [("wrong", "the passphrase does not open it"), ("", "no passphrase was given")]
)
def test_a_passphrase_that_does_not_open(typed: str, note: str, key_file: str) -> None:
    done, _ = at_terminal(SECRET, [typed], {"SOPS_AGE_KEY_FILE": key_file})
    assert done == Done(
        1,
        b"",
        "krm-secrets: error: Secret s, line 2: sops: none of the identities opens it; it is encrypted for"
        f" {KEY.recipient} (SOPS_AGE_KEY_FILE: a passphrase-protected key, {note})\n",
    )


def test_the_passphrase_of_an_ssh_key_is_asked_for_once(tmp_path: Path) -> None:
    path = tmp_path / "id"
    path.write_text(ed25519_key().text(phrase=PHRASE))
    done, shown = at_terminal(FOR_SSH, [PHRASE], {"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(path)})
    assert (done.code, done.err) == (0, "")
    assert done.out.count(b'"a": "CANARY"') == 2
    assert shown == "krm-secrets: Passphrase for SOPS_AGE_SSH_PRIVATE_KEY_FILE: \n"


def test_nobody_is_asked_where_another_key_opens(key_file: str) -> None:
    done, shown = at_terminal(SECRET, [], {"SOPS_AGE_KEY_FILE": key_file, "SOPS_AGE_KEY": KEY.identity})
    assert (done.code, done.err, shown) == (0, "", "")


def test_without_a_terminal_nobody_is_asked(key_file: str) -> None:
    done = subprocess.run(
        [sys.executable, *PROGRAM],
        input=SECRET.encode(),
        capture_output=True,
        env={"HOME": "/nonexistent", "SOPS_AGE_KEY_FILE": key_file},
        start_new_session=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == (
        "krm-secrets: error: Secret s, line 2: sops: none of the identities opens it; it is encrypted for"
        f" {KEY.recipient} (SOPS_AGE_KEY_FILE: a passphrase-protected key, {NO_TERMINAL})\n"
    )


def test_a_plugin_talks_to_the_person(tmp_path: Path) -> None:
    fakeplugin.install(tmp_path)
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SOPS_AGE_KEY": bech32.encode("age-plugin-fake-", b"x").upper(),
        "FAKE_PLUGIN": "tell public=17",
    }
    data_key, file_key = os.urandom(32), os.urandom(16)
    item = encrypted_secret(string_data={"a": "CANARY"}, data_key=data_key)
    wrapped = stanza("fake", wrapped=fakeplugin.turned(file_key))
    item["sops"]["age"][0]["enc"] = armor(age_file(file_key, [wrapped], data_key))
    done, shown = at_terminal(stream(item), ["17"], env)
    assert (done.code, done.err) == (0, "")
    assert b'"a": "CANARY"' in done.out
    assert shown == ("krm-secrets: age-plugin-fake: touch \\u001b[31mit\nkrm-secrets: age-plugin-fake: Slot?: 17\n")


def test_in_this_process_without_a_terminal(key_file: str, tmp_path: Path) -> None:
    with mock.patch.object(terminal, "_DEVICE", str(tmp_path / "none" / "tty")):
        ControllingTerminal().tell("nobody hears it")
        for hidden in (True, False):
            with pytest.raises(Unusable, match=r"^there is no terminal$"):
                ControllingTerminal().ask("Who", hidden)
        done = run(SECRET, env={"SOPS_AGE_KEY_FILE": key_file, "SOPS_AGE_KEY": OTHER_KEY.identity})
    assert NO_TERMINAL in done.err


def test_in_this_process_with_a_terminal(tmp_path: Path) -> None:
    device = tmp_path / "tty"
    device.write_text("typed\nmore\n")
    with mock.patch.object(terminal, "_DEVICE", str(device)):
        with mock.patch("getpass.getpass", side_effect=["hidden", EOFError]) as getpass:
            assert [ControllingTerminal().ask("What", hidden=True) for _ in range(2)] == ["hidden", ""]
        getpass.assert_called_with("krm-secrets: What: ")
        with mock.patch.object(ControllingTerminal, "_write") as write:
            assert ControllingTerminal().ask("What", hidden=False) == "typed"
        write.assert_called_with("krm-secrets: What: ")
        ControllingTerminal().tell("é")
    assert device.read_text() == "krm-secrets: é\n"
