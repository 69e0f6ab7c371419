"""Which files sops encrypted, whatever their names, and what stands in them without any key."""

from __future__ import annotations

import re

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Failure, field
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import STORES, Format, by_mark, by_name
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.tree import data as plain
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import YamlError, describe

HEAD = 8192
"""Bytes that say whether a file is text."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")
_BOUND = ("mac", "lastmodified")  # what no other tool's mapping called `sops` has
_ENVELOPE = "data"
# A file that names itself one of sops's and cannot be read is reported; prose that quotes one is not. What stands in
# turn is searched for one by one: a single expression would begin anew at each line.
_CLAIMS: dict[Format, tuple[re.Pattern[bytes], ...]] = {
    "yaml": (re.compile(rb"^sops:\s", re.M), re.compile(rb"^[ \t]+mac: *[\"']?ENC\[", re.M)),
    "json": (re.compile(rb'"mac": *"ENC\['),),
    "dotenv": (re.compile(rb"^sops_mac=ENC\[", re.M),),
    "ini": (re.compile(rb"^\[sops\]\s", re.M),),
}


class Part(QuietTuple):
    """One document: its values as they stand in the file, and its `sops` block."""

    values: object
    block: dict[str, object] | None


class Recognized(NamedTuple):
    """A file that sops encrypted; `error` says why it cannot be read."""

    format: Format
    parts: tuple[Part, ...]
    error: str = ""


def is_text(head: bytes) -> bool:
    """Whether a file that begins like this can be one of sops's at all."""
    return b"\0" not in head or head.startswith(_WIDE) or head[1:2] == b"\0" or head[:1] == b"\0"


def recognize(name: str, content: bytes) -> Recognized | None:
    """What sops left in the file, or None when it did not encrypt it."""
    wide = content.startswith(_WIDE) or b"\0" in content[:2]
    if not wide and (BLOCK.encode() not in content or b"ENC[" not in content):
        return None
    named = by_name(name)
    error = ""
    forms: list[Format] = [named]
    marked = by_mark(content)
    if marked is not None and marked != named:
        forms.append(marked)
    for form in forms:
        try:
            parts = _parts(form, content)
        except (SopsError, Failure, RecursionError) as problem:
            error = error or _said(problem) or "nested too deeply"
            continue
        if any(part.block is not None for part in parts):
            return Recognized(_refined(form, named, parts), parts)
    return Recognized(named, (), error) if error and _claims(named, content) else None


def _claims(form: Format, content: bytes) -> bool:
    """Whether the file says of itself that sops wrote it."""
    at = 0
    for pattern in _CLAIMS.get(form, ()):
        found = pattern.search(content, at)
        if found is None:
            return False
        at = found.end()
    return form in _CLAIMS


def _said(error: Exception) -> str:
    where = field(error.path) if isinstance(error, SopsError) else ""
    return f"{where}: {error}" if where else str(error)


def _parts(form: Format, content: bytes) -> tuple[Part, ...]:
    if form == "yaml":
        return _yaml(content)
    tree, block = STORES[form].load(content)
    return (Part(plain(tree[0]), _real(block)),)


def _yaml(content: bytes) -> tuple[Part, ...]:
    text = decode(content).text
    parts = []
    try:
        for document in parse(text):
            values = load(document.root)
            block = values.pop(BLOCK, None) if isinstance(values, dict) else None
            if isinstance(values, dict) and _real(block) is None and block is not None:
                values[BLOCK] = block  # somebody else's
            parts.append(Part(values, _real(block)))
    except YamlError as error:
        raise SopsError(describe(error, text)) from None
    return tuple(parts)


def _real(block: object) -> dict[str, object] | None:
    return block if isinstance(block, dict) and any(key in block for key in _BOUND) else None


def _refined(form: Format, named: Format, parts: tuple[Part, ...]) -> Format:
    """JSON holds two formats: one of values, and the envelope of a file of any kind."""
    values = parts[0].values
    if form in ("json", "binary") and named != "json":
        return "binary" if isinstance(values, dict) and set(values) == {_ENVELOPE} else "json"
    return form


def looks_like(content: bytes) -> Format | None:
    """The format of a file that sops encrypted, whatever its name says."""
    found = recognize("", content)
    return None if found is None or found.error else found.format


def mismatch(named: Format, content: bytes) -> str:
    """What is wrong where a file has another format than its name says: both; else nothing."""
    found = looks_like(content)
    if found is None or found == named or (named != "binary" and _fits(named, content)):
        return ""
    said = "nothing of a format" if named == "binary" else named
    return f"its name says {said}, and it looks like {found}"


def _fits(form: Format, content: bytes) -> bool:
    """Whether a file can be read in this format too: JSON is YAML, and the envelope of a binary file is JSON."""
    try:
        return any(part.block is not None for part in _parts(form, content))
    except (SopsError, Failure, RecursionError):
        return False
