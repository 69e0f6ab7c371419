"""The person before the program: passphrases and the questions of age plugins.

Standard input carries what is to be transformed, so that questions go to the terminal that controls the process, and
to nobody where there is none: no fallback reads a passphrase from a pipe.
"""

from __future__ import annotations

from posix import O_NOCTTY, O_RDWR, close, open as opened

from krm_secrets.age.agefile import Unusable

_DEVICE = "/dev/tty"


class ControllingTerminal:
    """The terminal that the user started the process from, as a person knows it."""

    def ask(self, question: str, hidden: bool) -> str:
        """What the person types, without showing it if it is hidden; Unusable without a terminal."""
        self._check()
        prompt = f"krm-secrets: {question}: "
        if hidden:
            from getpass import getpass  # talks to the terminal, not to standard input

            from krm_secrets._startup import signals

            signals.catch()  # so that the terminal shows again what is typed
            try:
                return getpass(prompt)
            except EOFError:
                return ""
        self._write(prompt)
        with open(_DEVICE, encoding="utf-8", errors="surrogateescape") as terminal:
            return terminal.readline().rstrip("\n")

    def tell(self, text: str) -> None:
        """Say something, where there is a terminal."""
        try:
            self._write(f"krm-secrets: {text}\n")
        except OSError:
            return

    @staticmethod
    def _check() -> None:
        try:
            close(opened(_DEVICE, O_RDWR | O_NOCTTY))
        except OSError:
            raise Unusable("there is no terminal") from None

    @staticmethod
    def _write(text: str) -> None:
        with open(_DEVICE, "w", encoding="utf-8", errors="backslashreplace") as terminal:
            terminal.write(text)
