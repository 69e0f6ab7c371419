"""The text of a SecretMapping, as a person would have written it, with the comments of what it replaces; and that of a
SecretsConfig that was learnt, in which every field says why it is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.migrate.learning import Learnt, app_words
from krm_secrets.migrate.notes import Notes
from krm_secrets.migrate.sources import common_start
from krm_secrets.plain import as_map, filled
from krm_secrets.repository.argocd import HOOK, SKIP
from krm_secrets.shape import API_VERSION
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.load import load, parse

LOCAL = "builds leave this file out"

_WIDTH = 110
_REFERENCE = re.compile(r"\.[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*(?: \| [A-Za-z0-9_]+)*")
_TABLES = ("stores", "route", "items", "reloader")


class Part(QuietTuple):
    """One entry of `secrets`, and the comments for it."""

    name: str
    entry: object
    notes: Notes

    @property
    def has_spec(self) -> bool:
        """Whether the grammar had no words for all of it."""
        return "spec" in as_map(self.entry)


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
    marks = ({LOCAL_CONFIG: "true"} if head.local else {}) | ({HOOK: SKIP} if head.skipped else {})
    metadata = filled({"namespace": head.namespace, "annotations": marks})
    return {
        "apiVersion": API_VERSION,
        "kind": "SecretMapping",
        "metadata": {"name": head.name, **metadata},
        **filled({"output": head.output, "items": dict(head.items)}),
        "secrets": {part.name: part.entry for part in parts},
    }


def mapping_text(head: Head, parts: Sequence[Part], schema_line: str = "") -> str:
    """The SecretMapping as text, below the line that names its schema."""
    data = document(head, parts)
    lines = _block({key: data[key] for key in ("apiVersion", "kind")})
    lines += _field("metadata", data["metadata"])
    lines += _block({key: data[key] for key in ("output", "items") if key in data})
    lines.append("secrets:")
    for part in parts:
        lines += _entry(part)
    return _checked(schema_line, lines, data)


def config_text(learnt: Learnt, schema_line: str = "") -> str:
    """The SecretsConfig as text, below the line that names its schema."""
    lines: list[str] = []
    for field, value in learnt.document.items():
        reason = learnt.reasons.get((field,), "")
        if field in _TABLES and isinstance(value, dict):
            lines += [f"# {reason}"] if reason else []
            lines.append(f"{field}:")
            for name, entry in value.items():
                lines.append(_line(f"  {emit.key(name)}", entry, learnt.reasons.get((field, name), "")))
        elif isinstance(value, dict):
            lines += [f"{row}  # {LOCAL}" if LOCAL_CONFIG in row else row for row in _block({field: value})]
        else:
            lines.append(_line(emit.key(field), value, reason))
    return _checked(schema_line, lines, learnt.document)


def entry_text(part: Part) -> str:
    """One entry of a mapping as text."""
    return "\n".join(_entry(part))


def _checked(schema_line: str, lines: Iterable[str], data: object) -> str:
    text = schema_line + "\n".join(lines) + "\n"
    (parsed,) = parse(text)
    assert load(parsed.root) == data, "what is written must read back as it was meant"
    return text


def _line(head: str, value: object, reason: str) -> str:
    if isinstance(value, dict):
        shown = "{" + ", ".join(f"{key}: {emit.scalar(each)}" for key, each in value.items()) + "}"
    else:
        shown = emit.flow(value) if isinstance(value, list) else emit.scalar(value)
    return f"{head} {shown}" + (f"  # {reason}" if reason else "")


def _entry(part: Part) -> list[str]:
    lines = [f"  {comment}" for comment in part.notes.head]
    if isinstance(part.entry, str):
        return [*lines, *_field(part.name, part.entry, 2)]
    lines.append(f"  {emit.key(part.name)}")
    for field, value in as_map(part.entry).items():
        if field in ("data", "variables", "labels", "annotations"):
            lines += _keys(field, value, part.notes)
        else:
            lines += _block({field: value}, 4) if field == "spec" else _field(field, value, 4)
    return lines


def _block(value: dict[str, object], indent: int = 0) -> list[str]:
    return emit.block(value, indent).splitlines() if value else []


def _field(key: str, value: object, indent: int = 0) -> list[str]:
    """A field on one line where that can be read, else as a block."""
    if isinstance(value, str) and "\n" not in value:
        return [f"{' ' * indent}{emit.key(key)} {_scalar(value)}"]
    if isinstance(value, dict | list) and _is_short(value):
        return [f"{' ' * indent}{emit.key(key)} {_flow(value)}"]
    return _block({key: value}, indent)


def _is_short(value: dict[str, object] | list[object]) -> bool:
    """Whether a map or list of strings fits on one line."""
    texts = value.values() if isinstance(value, dict) else value
    return all(isinstance(each, str) and "\n" not in each for each in texts) and len(_flow(value)) < _WIDTH


def _flow(value: dict[str, object] | list[object]) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow_word(name)}: {_flow_word(str(item))}" for name, item in value.items()) + "}"
    return "[" + ", ".join(_flow_word(str(item)) for item in value) + "]"


def _flow_word(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_./-]+", text) and emit.scalar(text) == text else emit.quoted(text)


def _keys(field: str, value: object, notes: Notes) -> list[str]:
    """A field whose keys may have comments, be it a list of them or a map."""
    if isinstance(value, list):
        if _is_short(value) and not any(any(notes.of(field, key)) for key in value):
            return _field(field, value, 4)
        rows = {key: [f"      - {emit.scalar(key)}"] for key in value}
    else:
        rows = {key: _field(key, each, 6) for key, each in as_map(value).items()}
    lines = [f"    {field}:"]
    for key, own in rows.items():
        lines += _noted(own, notes, field, key)
    return lines


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
    split = [app_words(secret) for secret in secrets]
    return "-".join(common_start(split) or split[0]) or "secrets"
