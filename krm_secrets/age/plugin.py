"""Identities of age plugins: programs `age-plugin-NAME` on the user's PATH, spoken to by `pyrage`.

Source: C2SP, age plugin protocol (c2sp.org/age-plugin).
"""

from __future__ import annotations

import re
from shutil import which

from krm_secrets.age import bech32
from krm_secrets.age.agefile import PLUGIN, AgeFile, Terminal, Unusable
from krm_secrets.errors import clean

_PREFIX = re.compile(r"age-plugin-([a-z0-9+_.-]+)-")
"""No separator of a path is among the characters of a name."""


class PluginIdentity:
    """`AGE-PLUGIN-NAME-1…`"""

    __slots__ = ("_name", "_terminal", "_text")

    rank = PLUGIN

    def __init__(self, text: str, terminal: Terminal | None) -> None:
        """ValueError, without the text, when it is none."""
        match = _PREFIX.fullmatch(bech32.decode(text)[0])
        if match is None:
            raise ValueError("not an identity of an age plugin")
        self._name, self._text, self._terminal = match[1], text.upper(), terminal

    def __repr__(self) -> str:
        return f"PluginIdentity({self._name})"

    @property
    def shown(self) -> str:
        """Only the plugin knows the recipient."""
        return f"an identity of age-plugin-{self._name}"

    def open(self, file: AgeFile) -> bytes | None:
        from pyrage import DecryptError, IdentityError, decrypt, plugin

        program = f"age-plugin-{self._name}"
        if which(program) is None:
            raise Unusable(f"{program} is not on PATH")
        try:
            identity = plugin.Identity.from_str(self._text)
            callbacks = _Callbacks(program, self._terminal)
            opened: bytes = decrypt(file.data, [plugin.IdentityPluginV1(self._name, [identity], callbacks)])
            return opened
        except (DecryptError, IdentityError):
            pass  # its text may come from the plugin, and with it anything
        raise Unusable(f"{program} does not open it")


class _Callbacks:
    """What a plugin may ask a person."""

    def __init__(self, program: str, terminal: Terminal | None) -> None:
        self._program, self._terminal = program, terminal

    def display_message(self, message: str) -> None:
        if self._terminal is not None:
            self._terminal.tell(f"{self._program}: {clean(message)}")

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        answer = self._answer(f"{message} [{yes_string}/{no_string or 'no'}]", hidden=False)
        return None if answer is None else answer.strip().lower() in ("y", "yes", yes_string.lower())

    def request_public_string(self, description: str) -> str | None:
        return self._answer(description, hidden=False)

    def request_passphrase(self, description: str) -> str | None:
        return self._answer(description, hidden=True)

    def _answer(self, question: str, hidden: bool) -> str | None:
        try:
            return self._terminal.ask(f"{self._program}: {clean(question)}", hidden) if self._terminal else None
        except Unusable:
            return None
