"""The shorthand's meaning: what each word of a SecretMapping refers to. `docs/shorthand.md` is the law.

What needs more than one entry at a time (aliases, stores, what is fetched how) is decided in `plan`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from krm_secrets.errors import ERROR, Path, Problem
from krm_secrets.mapping.config import Config, StoreRef
from krm_secrets.mapping.forms import MappingForm, SecretForm, SourceForm, ValueForm, read_mapping
from krm_secrets.mapping.items import Source, named, parse_item
from krm_secrets.mapping.template import (
    PATH,
    Ref,
    Template,
    TemplateError,
    line_and_column,
    literal,
    parse_template,
    segments,
)

_CURES = (
    'a value that starts with a dot must be a reference (.field, .alias.field or ."any name", then nothing or a '
    "| pipeline); for text that starts with a dot write '{{ \".x\" }}' or {literal: .x}"
)


class Value(NamedTuple):
    """One key and the template of its value."""

    key: str
    template: Template
    path: Path


class Secret(NamedTuple):
    """One target Secret."""

    name: str
    path: Path
    sources: tuple[Source, ...]
    aliased: bool
    data: tuple[Value, ...] | None
    variables: tuple[Value, ...]
    labels: tuple[Value, ...]
    annotations: tuple[Value, ...]
    store: StoreRef | None
    refresh: str
    form: SecretForm


class SecretMapping(NamedTuple):
    """A mapping whose every Secret could be read; its own store, refresh and items have won over the config's."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    store: StoreRef | None
    refresh: str
    items: Mapping[str, str]
    output: str
    secrets: tuple[Secret, ...]


def parse_mapping(data: object, config: Config, problems: list[Problem]) -> SecretMapping:
    """Read a SecretMapping; Secrets with a mistake are left out of it and their mistakes noted in problems."""
    form = read_mapping(data, problems)
    store = _store(form.store, config) if form.store else config.store
    table = {**config.items, **form.items}
    secrets = []
    for secret in form.secrets:
        before = len(problems)
        parsed = _secret(secret, form, store, table, config, problems)
        if all(problem.severity != ERROR for problem in problems[before:]):
            secrets.append(parsed)
    return SecretMapping(
        form.metadata.name,
        form.metadata.namespace,
        form.metadata.labels,
        store,
        form.refresh or config.refresh,
        table,
        form.output,
        tuple(secrets),
    )


def _secret(
    form: SecretForm,
    mapping: MappingForm,
    store: StoreRef | None,
    table: Mapping[str, str],
    config: Config,
    problems: list[Problem],
) -> Secret:
    own = _store(form.store, config) if form.store else None
    declared = {*config.stores, *config.route.values()} | {ref.name for ref in (config.store, store, own) if ref}
    sources = (_source(source, declared, table, problems) for source in form.sources)
    return Secret(
        form.name,
        form.path,
        tuple(source for source in sources if source),
        form.aliased,
        None if form.data is None else _values(form.data, problems, references=True),
        _values(form.variables, problems, references=True),
        _values(form.labels, problems),
        _values(form.annotations, problems),
        own,
        form.refresh or mapping.refresh or config.refresh,
        form,
    )


def _store(form: tuple[str, str], config: Config) -> StoreRef:
    name, kind = form
    return StoreRef(name, kind) if kind else config.store_ref(name)


def _source(
    form: SourceForm, stores: Collection[str], table: Mapping[str, str], problems: list[Problem]
) -> Source | None:
    if isinstance(form.item, str):
        item = parse_item(form.item, form.path, stores, table, problems)
    else:
        item = named(form.item, form.path, table, problems)
    return Source(form.alias, item, form.path) if item else None


def _values(forms: tuple[ValueForm, ...], problems: list[Problem], references: bool = False) -> tuple[Value, ...]:
    values = []
    for form in forms:
        try:
            values.append(Value(form.key, _template(form, references), form.path))
        except _Mistake as mistake:
            problems.append(Problem(form.path, str(mistake)))
    return tuple(values)


class _Mistake(Exception):
    """What is wrong with one value; never holds the value."""


def _template(form: ValueForm, references: bool) -> Template:
    if form.is_literal:
        return Template((literal(form.text),))
    if form.is_field:
        return Template(("{{ ", Ref(".", (form.text,)), " }}"))
    if references and form.text.startswith("."):
        return _reference(form.text)
    return _composite(form.text)


def _reference(text: str) -> Template:
    match = re.fullmatch(rf"({PATH})(?:\s*\|.*\S)?", text, re.DOTALL)
    if match is None or "{{" in text or "}}" in text:
        raise _Mistake(_CURES)
    template = _composite("{{ " + text + " }}", -len("{{ "))
    if len(segments(match[1])) > 2:
        raise _Mistake("a reference has at most two parts: .alias.field")
    return template


def _composite(text: str, shift: int = 0) -> Template:
    try:
        return parse_template(text)
    except TemplateError as error:
        line, column = line_and_column(text, error.offset)
        column += shift if line == 1 else 0
        raise _Mistake(f"the template breaks at line {line}, column {column}: {error.message}") from None
