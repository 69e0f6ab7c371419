"""The real sops, as a program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.sops.encrypter import KEY
from tests.tools import tool


def sops_encrypt(text: str, folder: Path, rule: Mapping[str, object], form: str = "yaml") -> str:
    """The text, encrypted by sops with a creation rule."""
    path, config = folder / f"plain.{form}", folder / ".sops.yaml"
    path.write_bytes(text.encode())
    config.write_text(json.dumps({"creation_rules": [{"age": KEY.recipient, **rule}]}))
    return _sops(folder, "--config", str(config), "encrypt", str(path)).decode()


def sops_decrypt(text: str, folder: Path) -> list[Any]:
    """The documents that sops reads in a YAML file; it fails when the MAC does."""
    path = folder / "encrypted.yaml"
    path.write_text(text)
    return [json.loads(_sops(folder, "decrypt", "--output-type", "json", str(path)))]


def _sops(folder: Path, *words: str) -> bytes:
    env = {"HOME": str(folder), "SOPS_AGE_KEY": KEY.identity}
    done = subprocess.run([tool("sops"), *words], capture_output=True, cwd=folder, env=env, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
