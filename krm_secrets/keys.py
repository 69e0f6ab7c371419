"""Where this process finds age identities: the places that sops looks at, read when they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from krm_secrets.sops.identities import KeySource

MAX_SIZE = 1024 * 1024


def sources(environ: Mapping[str, str]) -> list[KeySource]:
    """The sources that the environment names, and sops's default key file, in sops's order."""
    found = []
    if environ.get("SOPS_AGE_KEY"):
        found.append(KeySource("SOPS_AGE_KEY", lambda _: environ["SOPS_AGE_KEY"]))
    if environ.get("SOPS_AGE_KEY_FILE"):
        found.append(KeySource("SOPS_AGE_KEY_FILE", lambda _: _read(environ["SOPS_AGE_KEY_FILE"], must=True)))
    if environ.get("SOPS_AGE_KEY_CMD"):
        found.append(KeySource("SOPS_AGE_KEY_CMD", lambda recipient: _ask(environ, recipient), asks=True))
    default = _default(environ)
    if default:
        found.append(KeySource("the sops key file", lambda _: _read(default, must=False)))
    return found


def _default(environ: Mapping[str, str]) -> str:
    """`sops/age/keys.txt` in the user's configuration folder, as Go's os.UserConfigDir has it."""
    base = environ.get("XDG_CONFIG_HOME", "")
    home = environ.get("HOME", "")
    if not base and home:
        base = os.path.join(home, "Library/Application Support" if sys.platform == "darwin" else ".config")
    return os.path.join(base, "sops/age/keys.txt") if base else ""


def _read(path: str, must: bool) -> str | None:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_SIZE + 1)
    except (FileNotFoundError, NotADirectoryError):
        if must:
            raise
        return None
    if len(data) > MAX_SIZE:
        raise ValueError("cannot be a key file: it is larger than 1 MiB")
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace")
    return data.decode("utf-8", "replace")


def _ask(environ: Mapping[str, str], recipient: str) -> str:
    """Run the user's own command. What it prints is the key: it appears in no message."""
    import shlex
    import subprocess

    try:
        command = shlex.split(environ["SOPS_AGE_KEY_CMD"])
    except ValueError:
        raise ValueError("the command cannot be split into words; check its quotes") from None
    if not command:
        raise ValueError("the command is empty")
    # A person at a terminal is to see "touch your key"; hosts record stderr, and its first line is to be ours.
    stderr = None if sys.stderr is not None and sys.stderr.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - the user's own environment names it; no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**environ, "SOPS_AGE_RECIPIENT": recipient},
        )
    except OSError as error:
        raise ValueError(f"the command cannot be run: {error.strerror}") from None
    if done.returncode:
        raise ValueError(f"the command failed with exit code {done.returncode}; run it by hand to see why")
    return done.stdout[:MAX_SIZE].decode("utf-8", "replace")
