"""What a source of identities holds: the lines of a key file, an encrypted one, or an SSH key.

Kinds beside X25519 are imported when one is there: most runs know none.
"""

from __future__ import annotations

from krm_secrets.age import agefile as age
from krm_secrets.age.agefile import Damaged, Identity, Terminal, Unusable
from krm_secrets.age.x25519 import X25519Identity

_ARMOR, _BINARY = age.BEGIN[:14], age.VERSION[:14]
_SSH = "-----BEGIN "


def parse(data: bytes | str, name: str, terminal: Terminal | None) -> tuple[list[Identity], list[str]]:
    """The identities, and why others that are there cannot be used; ValueError names the line that is none.

    One or more stand on a line, comments follow `#`. A byte order mark, UTF-16, CRLF and spaces around a key are what
    editors leave behind, and are accepted.
    """
    if isinstance(data, bytes) and data.startswith(_BINARY):
        return [_locked(data, name, terminal)], []
    text = text_of(data)
    if text.lstrip().startswith(_ARMOR):
        try:
            return [_locked(age.dearmored(text), name, terminal)], []
        except Damaged:
            raise ValueError("it is a damaged age file") from None
    found: list[Identity] = []
    notes: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.partition("#")[0].split():
            try:
                found.append(_identity(word, terminal))
            except Unusable as error:
                notes.append(str(error))
            except ValueError:
                raise ValueError(_mistake(number, line, word)) from None
    return found, list(dict.fromkeys(notes))


def text_of(data: bytes | str) -> str:
    """The text of a key file, whatever editor wrote it."""
    if isinstance(data, bytes):
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        data = data.decode("utf-16" if wide else "utf-8", "replace")
    return data.removeprefix("\ufeff")


def _identity(word: str, terminal: Terminal | None) -> Identity:
    start = word.upper()
    if start.startswith("AGE-SECRET-KEY-PQ-1"):
        from krm_secrets.age.hybrid import HybridIdentity

        return HybridIdentity(word)
    if start.startswith("AGE-PLUGIN-"):
        from krm_secrets.age.plugin import PluginIdentity

        return PluginIdentity(word, terminal)
    return X25519Identity(word)


_NONE = "is no age identity (AGE-SECRET-KEY-1…)"


def _mistake(number: int, line: str, word: str) -> str:
    """What stands on a line in the place of an identity, as far as that can be said without showing it."""
    bare = word.strip("'\"")
    if word.upper().startswith(("AGE-SECRET-KEY-", "AGE-PLUGIN-")):
        return f"line {number} is a damaged age identity"
    if line.lstrip().startswith(_ARMOR):
        return f"line {number} begins an encrypted identity, which stands alone: give it a file or variable of its own"
    if line.lstrip().startswith(_SSH) and "PRIVATE KEY" in line:
        return f"line {number} begins an SSH key, which is read from SOPS_AGE_SSH_PRIVATE_KEY_FILE"
    if bare.startswith("age1"):
        return f"line {number} is a recipient (age1…), which only encrypts: its other half is AGE-SECRET-KEY-1…"
    if word in ("ssh-ed25519", "ssh-rsa"):
        return f"line {number} is a public SSH key, which only encrypts: its other half is the private one"
    if bare.upper().startswith("AGE-SECRET-KEY-"):
        return f"line {number} {_NONE}: take the quotes off"
    if "AGE-SECRET-KEY-" in line.upper():
        return f"line {number} {_NONE}: leave nothing beside it"
    if word in ("apiVersion:", "kind:"):
        return f"line {number} {_NONE} but of a manifest: take the identity out of it"
    return f"line {number} {_NONE}"


def _locked(data: bytes, name: str, terminal: Terminal | None) -> Identity:
    from krm_secrets.age.locked import locked_file

    try:
        file = age.parse(data)
    except Damaged:
        raise ValueError("it is a damaged age file") from None
    # What it cannot use of an encrypted file is not told: it is asked for last, and its lines are nobody's business.
    return locked_file(file, name, terminal, lambda inside: parse(inside, name, terminal)[0])
