"""The text of a SecretsConfig that was learnt, in which every field says why it is there."""

from __future__ import annotations

from krm_secrets.migrate.learning import Learnt
from krm_secrets.migrate.mappingtext import LOCAL_CONFIG
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.parsing import parse

LOCAL = "builds leave this file out"

_TABLES = ("stores", "route", "items", "reloader")


def config_text(learnt: Learnt, schema_line: str = "") -> str:
    """The SecretsConfig as text, which reads back as the same data, below the line that names its schema."""
    rows: list[str] = []
    for field, value in learnt.document.items():
        reason = learnt.reasons.get((field,), "")
        if field in _TABLES and isinstance(value, dict):
            rows += [f"# {reason}"] if reason else []
            rows.append(f"{field}:")
            for name, entry in value.items():
                rows.append(_line(f"  {emit.key(name)}", entry, learnt.reasons.get((field, name), "")))
        elif isinstance(value, dict):
            rows += _annotated(emit.block({field: value}).splitlines())
        else:
            rows.append(_line(emit.key(field), value, reason))
    text = schema_line + "\n".join(rows) + "\n"
    (parsed,) = parse(text)
    if load(parsed.root) != learnt.document:
        raise AssertionError("the text of a configuration must read back as it was meant")
    return text


def _line(head: str, value: object, reason: str) -> str:
    if isinstance(value, dict):
        shown = "{" + ", ".join(f"{key}: {emit.scalar(each)}" for key, each in value.items()) + "}"
    elif isinstance(value, list):
        shown = emit.flow(value)
    else:
        shown = emit.scalar(value)
    return f"{head} {shown}" + (f"  # {reason}" if reason else "")


def _annotated(rows: list[str]) -> list[str]:
    return [f"{row}  # {LOCAL}" if LOCAL_CONFIG in row else row for row in rows]
