"""Each kind of identity through the real sops: what it encrypts for a recipient, ours decrypts as it does itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from krm_secrets.age import bech32
from krm_secrets.keys import sources
from krm_secrets.sops.file import decrypt_file
from krm_secrets.sops.identities import Identities
from tests.sops import fakeplugin
from tests.sops.sshkeys import ed25519_key, rsa_key
from tests.tools import tool

PLAIN = '{\n\t"a": "CANARY"\n}\n'


class Kind(NamedTuple):
    recipient: str
    environment: dict[str, str]


def keygen(folder: Path, *words: str) -> Kind:
    path = folder / "keys.txt"
    subprocess.run([tool("age-keygen"), *words, "-o", path], check=True, capture_output=True, timeout=60)
    done = subprocess.run([tool("age-keygen"), "-y", path], check=True, capture_output=True, timeout=60)
    return Kind(done.stdout.decode().strip(), {"SOPS_AGE_KEY_FILE": str(path)})


def plugin(folder: Path) -> Kind:
    fakeplugin.install(folder)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return Kind(
        bech32.encode("age1fake", b"x"),
        {"SOPS_AGE_KEY": bech32.encode("age-plugin-fake-", b"x").upper(), "PATH": path},
    )


def ssh_file(folder: Path) -> Kind:
    path = folder / "key"
    path.write_text(rsa_key().text())
    return Kind(rsa_key().recipient, {"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(path)})


def ssh_command(folder: Path) -> Kind:
    path = folder / "key"
    path.write_text(ed25519_key().text())
    return Kind(f"{ed25519_key().recipient} me@host", {"SOPS_AGE_SSH_PRIVATE_KEY_CMD": f"cat {path}"})


def ssh_default(folder: Path) -> Kind:
    (folder / ".ssh").mkdir()
    (folder / ".ssh/id_ed25519").write_text(ed25519_key().text())
    return Kind(ed25519_key().recipient, {})


def ssh_default_rsa(folder: Path) -> Kind:
    (folder / ".ssh").mkdir()
    (folder / ".ssh/id_rsa").write_text(rsa_key().text())
    return Kind(rsa_key().recipient, {})


KINDS: dict[str, Callable[[Path], Kind]] = {
    "X25519": keygen,
    "post-quantum": lambda folder: keygen(folder, "-pq"),
    "a plugin": plugin,
    "an SSH key in a file": ssh_file,
    "an SSH key of a command": ssh_command,
    "~/.ssh/id_ed25519": ssh_default,
    "~/.ssh/id_rsa": ssh_default_rsa,
}


@pytest.mark.parametrize("name", KINDS)
def test_what_sops_encrypts_is_decrypted_as_sops_does(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[name](tmp_path)
    environ = {"PATH": os.environ["PATH"], **kind.environment, "HOME": str(tmp_path)}
    monkeypatch.setenv("PATH", environ["PATH"])
    path = tmp_path / "plain.json"
    path.write_text(PLAIN)

    def sops(*words: str) -> bytes:
        done = subprocess.run([tool("sops"), *words, str(path)], capture_output=True, env=environ, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    encrypted = sops("encrypt", "--age", kind.recipient)
    assert b"CANARY" not in encrypted
    assert decrypt_file(encrypted, Identities(sources(environ)), "json").decode() == PLAIN
    path.write_bytes(encrypted)
    assert sops("decrypt").decode() == PLAIN
