"""The one exception of the file format."""

from __future__ import annotations

from krm_secrets.errors import Path, Problem


class SopsError(Exception):
    """An encrypted document that cannot be decrypted; the message holds no value, key or ciphertext."""

    def __init__(self, message: str, path: Path = (), outside: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.outside = outside
        """Whether no key at hand opens it, which is no mistake of the document."""

    @property
    def problem(self) -> Problem:
        return Problem(self.path, self.message, outside=self.outside)
