"""Encrypted objects to objects that build without a key.

The text of a placeholder is what flux-local writes, so that both tools can look at one tree.
"""

from __future__ import annotations

from binascii import b2a_base64

from krm_secrets.krm.resource import Resource
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, file_in, is_whole
from krm_secrets.stages.filevalues import ENCODED_SECTIONS
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.splice import DELETE, Updates

ANNOTATION = "krm-secrets.dev/placeholder"
"""Marks an object whose values are placeholders; `guard` refuses it."""

PREFIX = "..PLACEHOLDER_"

_COMMENT = ",type:comment]"


def placeholder(item: Resource, encode: bool) -> Resource:
    """The item with a placeholder for every encrypted value or file, deterministic and without looking at any key.

    `encode` moves `stringData` of a Secret into base64 `data`, as it does with values.
    """
    if any(map(is_whole, item.ref)):
        raise SopsError("has an encrypted kind or name, for which no placeholder can stand; encrypt its data only")
    updates: Updates = {BLOCK: DELETE}
    sections = ENCODED_SECTIONS.get(item.kind, {})
    for name, value in item.data.items():
        change = _changes(value, name, sections.get(name)) if name != BLOCK else None
        if change is not None:
            updates[name] = change
    strings = item.data.get("stringData")
    if encode and item.kind == "Secret" and isinstance(strings, dict):
        data = updates.setdefault("data", {})
        if isinstance(data, dict) and all(isinstance(value, str) for value in strings.values()):
            data |= {key: _moved(key, value) for key, value in strings.items()}
            updates["stringData"] = DELETE
    metadata = updates.setdefault("metadata", {})
    annotations = metadata.setdefault("annotations", {}) if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        annotations[ANNOTATION] = emit.quoted("true")
    return item.updated(updates)


def _changes(value: object, key: str, encoded: bool | None) -> Updates | str | None:
    """The updates below a value; None where it holds nothing encrypted. `encoded` says whether the values of a Secret
    or a ConfigMap are base64 there, and is None elsewhere."""
    if isinstance(value, str):
        is_encrypted = is_whole(value) or (encoded is not None and file_in(value, encoded) is not None)
        return _text(key, bool(encoded)) if is_encrypted else None
    found: Updates = {}
    if isinstance(value, dict):
        for name, item in value.items():
            change = _changes(item, name, encoded)
            if change is not None:
                found[name] = change
    elif isinstance(value, list):
        for n, item in enumerate(value):
            if isinstance(item, str) and is_whole(item) and item.rstrip().endswith(_COMMENT):
                found[n] = DELETE
                continue
            change = _changes(item, key, encoded)
            if change is not None:
                found[n] = change
    return found or None


def _moved(key: str, value: str) -> str:
    encrypted = _changes(value, key, False) is not None
    return _text(key, True) if encrypted else emit.quoted(b2a_base64(value.encode(), newline=False).decode())


def text_of(key: str) -> str:
    """What stands in the place of the value of a key."""
    return f"{PREFIX}{key}.."


def _text(key: str, encoded: bool) -> str:
    text = text_of(key)
    return emit.quoted(b2a_base64(text.encode(), newline=False).decode() if encoded else text)
