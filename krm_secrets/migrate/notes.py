"""Where the comments of an ExternalSecret go in a SecretMapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path
from krm_secrets.migrate.original import Reading
from krm_secrets.plain import as_map
from krm_secrets.yamltext.comments import BEFORE, Comment

_MODELINE = re.compile(r"#\s*yaml-language-server:")
# A fetch that was commented out: its lines say nothing where fetches are written in other words.
_FETCH = re.compile(
    r"#[#\s]*(?:-\s*)?(?:secretKey|sourceRef|storeRef|remoteRef|key|property|name|kind|extract|rewrite|regexp|source|target"
    r"|data|dataFrom|decodingStrategy|conversionStrategy|metadataPolicy|version|secretStoreRef):(?:\s|$)"
)


class Note(NamedTuple):
    """The comments of one key."""

    before: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


class Notes(QuietTuple):
    """Comments by where they go: above the Secret, or at a key of one of its fields; `lost` have no place."""

    head: tuple[str, ...] = ()
    keys: Mapping[tuple[str, str], Note] = {}
    lost: tuple[Comment, ...] = ()

    def of(self, field: str, key: str) -> Note:
        """The comments of a key."""
        return self.keys.get((field, key), Note())


def place(comments: Iterable[Comment], reading: Reading, entry: object) -> Notes:
    """Find a place for each comment of an ExternalSecret in the entry that replaces it."""
    head: list[str] = []
    keys: dict[tuple[str, str], Note] = {}
    lost: list[Comment] = []
    for comment in comments:
        if _MODELINE.match(comment.text):
            continue
        fetch = comment.path[:2] in (("spec", "data"), ("spec", "dataFrom"), ("spec", "secretStoreRef"))
        if fetch and _FETCH.match(comment.text):
            lost.append(comment)
            continue
        key = _key(comment.path, reading)
        if key is None or key[1] not in as_keys(entry, key[0]):
            head.append(comment.text)
            continue
        note = keys.get(key, Note())
        # What stood behind or beside a fetch says something of it; its own line is gone.
        side = BEFORE if fetch else comment.side
        keys[key] = note._replace(**{side: (*getattr(note, side), comment.text)})
    return Notes(tuple(head), keys, tuple(lost))


def as_keys(entry: object, field: str) -> tuple[str, ...]:
    """The keys of a field of an entry, be it a list or a map."""
    value = as_map(entry).get(field)
    return tuple(value) if isinstance(value, list | dict) else ()


def _key(path: Path, reading: Reading) -> tuple[str, str] | None:
    """The field and key of the entry that says what stood at this path."""
    template = ("spec", "target", "template")
    if path[:3] == template and len(path) > 4 and path[3] == "data":
        return "data", str(path[4])
    if path[:4] == (*template, "metadata") and len(path) > 5:
        return str(path[4]), str(path[5])
    if path[:2] == ("spec", "data") and len(path) > 2:
        entries = list(reading.fetched.entries)
        index = path[2]
        return _user(entries[index], reading) if isinstance(index, int) and index < len(entries) else None
    return None


def _user(name: str, reading: Reading) -> tuple[str, str] | None:
    """The first key whose value uses what is fetched under this name."""
    if reading.templates:
        return "variables", name
    used = (value.key for value in reading.data if any(ref.segments[0] == name for ref in value.refs))
    key = next(used, None)
    return ("data", key) if key is not None else None
