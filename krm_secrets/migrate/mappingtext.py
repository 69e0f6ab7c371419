"""The text of a SecretMapping, as a person would have written it, with the comments of what it replaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.migrate.notes import Notes
from krm_secrets.plain import as_map
from krm_secrets.repository.argocd import HOOK, SKIP
from krm_secrets.shape import API_VERSION
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.parsing import parse

LOCAL_CONFIG = "config.kubernetes.io/local-config"

_WIDTH = 110
_REFERENCE = re.compile(r"\.[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*(?: \| [A-Za-z0-9_]+)*")


class Part(QuietTuple):
    """One entry of `secrets`, and the comments for it."""

    name: str
    entry: object
    notes: Notes


class Head(NamedTuple):
    """What a SecretMapping says besides its Secrets; `local` and `skipped` keep Flux and Argo CD from applying it."""

    name: str
    namespace: str = ""
    output: str = ""
    items: Mapping[str, str] = {}
    local: bool = False
    skipped: bool = False


def document(head: Head, parts: Sequence[Part]) -> dict[str, object]:
    """The SecretMapping as data."""
    metadata: dict[str, object] = {"name": head.name}
    if head.namespace:
        metadata["namespace"] = head.namespace
    marks = ({LOCAL_CONFIG: "true"} if head.local else {}) | ({HOOK: SKIP} if head.skipped else {})
    if marks:
        metadata["annotations"] = marks
    fields: dict[str, object] = {"apiVersion": API_VERSION, "kind": "SecretMapping", "metadata": metadata}
    if head.output:
        fields["output"] = head.output
    if head.items:
        fields["items"] = dict(head.items)
    return {**fields, "secrets": {part.name: part.entry for part in parts}}


def mapping_text(head: Head, parts: Sequence[Part], schema_line: str = "") -> str:
    """The SecretMapping as text, which reads back as the same data, below the line that names its schema."""
    data = document(head, parts)
    lines = emit.block({key: data[key] for key in ("apiVersion", "kind")}).splitlines()
    lines += _metadata(data["metadata"])
    lines += (
        emit.block({key: data[key] for key in ("output", "items") if key in data}).splitlines() if len(data) > 4 else []
    )
    lines.append("secrets:")
    for part in parts:
        lines += _entry(part)
    text = schema_line + "\n".join(lines) + "\n"
    (parsed,) = parse(text)
    if load(parsed.root) != data:
        raise AssertionError("the text of a mapping must read back as it was meant")
    return text


def entry_text(part: Part) -> str:
    """One entry of a mapping as text."""
    return "\n".join(_entry(part))


def _metadata(value: object) -> list[str]:
    if _is_short(value):
        return [f"metadata: {_flow(value)}"]
    return emit.block({"metadata": value}).splitlines()


def _entry(part: Part) -> list[str]:
    lines = [f"  {comment}" for comment in part.notes.head]
    if isinstance(part.entry, str):
        return [*lines, f"  {emit.key(part.name)} {_scalar(part.entry)}"]
    lines.append(f"  {emit.key(part.name)}")
    entry = as_map(part.entry)
    for field, value in entry.items():
        if field == "from":
            lines += _from(value)
        elif field in ("data", "variables", "labels", "annotations"):
            rows = _values(field, value, part.notes)
            flow = isinstance(value, list) and len(rows) == 1 and rows[0].startswith("[")
            lines += [f"    {field}: {rows[0]}"] if flow else [f"    {field}:", *rows]
        elif field != "spec" and _is_short(value):
            lines.append(f"    {field}: {_flow(value)}")
        else:
            lines += emit.block({field: value}, 4).splitlines()
    return lines


def _from(value: object) -> list[str]:
    if _is_short(value):
        return [f"    from: {_flow(value)}"]
    if isinstance(value, str):
        return [f"    from: {_scalar(value)}"]
    return emit.block({"from": value}, 4).splitlines()


def _items(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]


def _is_short(value: object) -> bool:
    """Whether a map or list of strings fits on one line."""
    texts = isinstance(value, dict | list) and all(isinstance(each, str) and "\n" not in each for each in _items(value))
    return texts and len(_flow(value)) < _WIDTH


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow_word(name)}: {_flow_word(str(item))}" for name, item in value.items()) + "}"
    return "[" + ", ".join(_flow_word(str(item)) for item in _items(value)) + "]"


def _flow_word(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_./-]+", text) and emit.scalar(text) == text else emit.quoted(text)


def _values(field: str, value: object, notes: Notes) -> list[str]:
    lines: list[str] = []
    if isinstance(value, list):
        if not any(any(notes.of(field, key)) for key in value):
            flow = "[" + ", ".join(_flow_word(key) for key in value) + "]"
            if len(flow) < _WIDTH:
                return [flow]
        for key in value:
            lines += _noted([f"      - {emit.scalar(key)}"], notes, field, key)
        return lines
    for key, each in value.items() if isinstance(value, dict) else ():
        lines += _noted(_value(key, each), notes, field, key)
    return lines


def _value(key: str, value: object) -> list[str]:
    if isinstance(value, str) and "\n" not in value:
        return [f"      {emit.key(key)} {_scalar(value)}"]
    if _is_short(value):
        return [f"      {emit.key(key)} {_flow(value)}"]
    return emit.block({key: value}, 6).splitlines()


def _noted(rows: list[str], notes: Notes, field: str, key: str) -> list[str]:
    found = notes.of(field, key)
    before = [*found.before, *(found.beside if len(rows) > 1 else ())]
    beside = "".join(f" {comment}" for comment in found.beside) if len(rows) == 1 else ""
    return [*(f"      {each}" for each in before), *rows[:-1], rows[-1] + beside, *(f"      {e}" for e in found.behind)]


def _scalar(text: str) -> str:
    """A string on one line: references without quotes, and single quotes around what holds double ones."""
    if _REFERENCE.fullmatch(text) and text.lower() not in (".inf", ".nan"):
        return text
    plain = emit.scalar(text)
    if plain != text and '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return plain


def common_name(secrets: Iterable[str]) -> str:
    """A name for the mapping of these Secrets: the words that they begin with, or those of the first."""
    from krm_secrets.migrate.itemnames import app_words

    split = [app_words(secret) for secret in secrets]
    common = []
    for words in zip(*split, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    return "-".join(common or split[0]) or "secrets"
