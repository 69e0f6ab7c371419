"""What must not be committed in one file: by rules that stand beside each other, each with its message."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence

from krm_secrets.age.privatekeys import holds_identity
from krm_secrets.check.commit.due_encryption import Text, due, is_manifest
from krm_secrets.check.commit.objects_at_rest import LOST, NO_MAC, UNREADABLE, of_objects
from krm_secrets.check.sops_problems import of_values
from krm_secrets.check.sops_rulebook import RuleBook
from krm_secrets.errors import ERROR, Failure, Location, Path, Result, clean
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.creation import FILE
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import STORES, by_name
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.recognition import HEAD, Recognized, is_text, recognize
from krm_secrets.yamltext.encoding import decode

_PUBLIC, _SIGN = re.compile(r"^[ \t]*(?:#|//|;)[ \t]*krm-secrets: public\b", re.M), "krm-secrets: public"
_FLAT = {"dotenv": re.compile(r"^sops_\w+=", re.M), "ini": re.compile(r"^\[sops\]", re.M)}

IDENTITY, NOT_ENCRYPTED, PLAINTEXT = "age-identity", "sops-not-encrypted", "sops-plaintext"
"""Rules by which something is found."""

_KEY = "holds an age identity: whoever can read the repository can decrypt; remove it, and make a new one"


def problems(
    file: str, data: bytes, book: RuleBook, items: Sequence[Resource] | None = None, text: str | None = None
) -> Iterator[Result]:
    """All that must not be committed in a file with these bytes; `items` are its objects, and `text` is what the bytes
    say, where they are known."""
    text = _text(data) if text is None else text
    if text is not None and _SIGN in text and _PUBLIC.search(text):
        return
    if holds_identity(data.replace(b"\0", b"").decode("latin-1"), handles=False):  # in UTF-16 and UTF-32 as well
        yield Result(ERROR, _KEY, Location(file=file), IDENTITY)
        return
    if text is None:
        return
    name = os.path.basename(file)
    found = recognize(name, text.encode(errors="surrogateescape"))
    if found is not None:
        yield from _of_encrypted(file, found)
    elif name != FILE:
        wanted = due(Text(file, text, items), book)
        if wanted:
            yield Result(
                ERROR,
                f"is not encrypted: {wanted} that it is to be; run {_command(file)}",
                Location(file=file),
                NOT_ENCRYPTED,
            )
            return
        yield from _of_flat(file, text)
    if (found is None or not found.error) and is_manifest(name):
        yield from of_objects(file, text, found, items)


def _text(data: bytes) -> str | None:
    """The text of a file, or None where it is none."""
    if not is_text(data[:HEAD]):
        return None
    try:
        return decode(data).text
    except Failure:
        return data.decode(errors="surrogateescape")


def _command(file: str) -> str:
    path = f"./{file}" if file.startswith("-") else file
    return f"sops encrypt --in-place {clean(path if path.isprintable() and ' ' not in path else shlex.quote(path))}"


def _of_encrypted(file: str, found: Recognized) -> Iterator[Result]:
    if found.error:
        yield Result(ERROR, found.error, Location(file=file), UNREADABLE)
    for number, part in enumerate(found.parts):
        if part.block is None:
            continue
        if not part.block.get("mac"):
            yield _at(file, (BLOCK,), NO_MAC)
            continue
        try:
            metadata = parse(part.block)
        except SopsError as error:
            yield _at(file, error.path, error.message)
            continue
        for problem in of_values({number: part}, metadata, found.format):
            if problem.severity == ERROR:
                yield _at(file, problem.path, problem.message, PLAINTEXT)


def _of_flat(file: str, text: str) -> Iterator[Result]:
    """An env or ini file with ciphertext or a block, and not both in good order."""
    form = by_name(os.path.basename(file).lower())
    if form not in _FLAT:
        return
    if _FLAT[form].search(text):
        try:
            _, block = STORES[form].load(text.encode(errors="surrogateescape"))
        except SopsError as error:
            yield _at(file, error.path, error.message)
        else:
            yield _at(file, (BLOCK,), NO_MAC if block and not block.get("mac") else LOST)
        return
    for number, line in enumerate(text.splitlines(), 1):
        name, _, value = line.partition("=")
        if is_whole(value.strip().strip("\"'")):
            yield Result(ERROR, LOST, Location(file=file, line=number, path=(name.strip(),)), UNREADABLE)
            return


def _at(file: str, path: Path, message: str, rule: str = UNREADABLE) -> Result:
    return Result(ERROR, message, Location(file=file, path=path), rule)
