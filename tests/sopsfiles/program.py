"""The real sops over files of every format, as bytes; and our side of the same."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file
from krm_secrets.sops.files.formats import Format
from tests.sops.encrypter import KEY
from tests.sops.opening import identities
from tests.tools import tool

SUFFIXES: dict[Format, str] = {"yaml": "yaml", "json": "json", "dotenv": "env", "ini": "ini", "binary": "bin"}
OURS = identities(KEY.identity)


def sops_encrypt(data: bytes, form: Format, folder: Path, rule: Mapping[str, object]) -> bytes | None:
    """The file, encrypted by sops with a creation rule; None when sops refuses it."""
    path, config = folder / f"plain.{SUFFIXES[form]}", folder / "rules"
    path.write_bytes(data)
    config.write_text(json.dumps({"creation_rules": [{"age": KEY.recipient, **rule}]}))
    done = _run(folder, "--config", str(config), "encrypt", str(path))
    return done.stdout if done.returncode == 0 else None


def sops_decrypt(data: bytes, form: Format, folder: Path, output: Format | None = None) -> bytes | None:
    """What sops prints for an encrypted file; None when it refuses."""
    path = folder / f"encrypted.{SUFFIXES[form]}"
    path.write_bytes(data)
    return run_decrypt(path, *(("--output-type", output) if output else ())).output


def our_decrypt(data: bytes, form: Format, output: Format | None = None) -> bytes | None:
    """What we make of it; None when we refuse."""
    try:
        return decrypt_file(data, OURS, form, output)
    except SopsError:
        return None


class Decrypted(NamedTuple):
    """What sops prints for a file, None when it refuses, and what it says then."""

    output: bytes | None
    error: str


def run_decrypt(path: Path, *words: str) -> Decrypted:
    """sops over an encrypted file."""
    done = _run(path.parent, "decrypt", *words, str(path))
    return Decrypted(done.stdout if done.returncode == 0 else None, done.stderr.decode(errors="replace"))


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    env = {"HOME": str(folder), "SOPS_AGE_KEY": KEY.identity}
    return subprocess.run([tool("sops"), *words], capture_output=True, cwd=folder, env=env, timeout=60)
