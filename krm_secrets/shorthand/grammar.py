"""The shorthand's meaning: what each word of a SecretMapping refers to. `docs/reference/shorthand.md` is the law.

What needs more than one entry at a time (aliases, stores, what is fetched how) is decided in `plan`.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, WARNING, Path, Problem, worst
from krm_secrets.externalsecrets import functions
from krm_secrets.externalsecrets.target import interval
from krm_secrets.externalsecrets.template import Ref, Template, literal, parse_template
from krm_secrets.externalsecrets.tokens import PATH, TemplateError, is_plain, segments, told_place
from krm_secrets.externalsecrets.words import REFRESH
from krm_secrets.settings.config import Config, ItemTable, StoreRef
from krm_secrets.shorthand.forms import MappingForm, SecretForm, SourceForm, ValueForm, read_mapping
from krm_secrets.shorthand.items import Source, named, parse_item

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_CURES = (
    'a value that starts with a dot must be a reference (.field, .alias.field or ."any name", then nothing or a '
    "| pipeline); for text that starts with a dot write '{{ \".x\" }}' or {literal: .x}"
)

_REFERENCE = pattern(rf"(?s)({PATH})(?:\s*\|.*\S)?")


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
    interval: str  # after which it is rendered again; empty when it is not
    form: SecretForm


class SecretMapping(NamedTuple):
    """A mapping whose every Secret could be read; its own store and refresh have won over the config's. `items` are its
    own table and that of the config."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    store: StoreRef | None
    refresh: str
    items: tuple[ItemTable, ItemTable]
    output: str
    secrets: tuple[Secret, ...]


def parse_mapping(data: object, config: Config, problems: list[Problem]) -> SecretMapping:
    """Read a SecretMapping; Secrets with a mistake are left out of it and their mistakes noted in problems."""
    form = read_mapping(data, problems)
    store = _store(form.store, config) if form.store else config.store
    table = _table(form.items, config.items)
    declared = {*config.stores, *config.route.values()}
    secrets = []
    for secret in form.secrets:
        before = len(problems)
        parsed = _secret(secret, form, store, table, declared, config, problems)
        if worst(problems[before:]) != ERROR:
            secrets.append(parsed)
    return SecretMapping(
        form.metadata.name,
        form.metadata.namespace,
        form.metadata.labels,
        store,
        form.refresh or config.refresh,
        (form.items, config.items),
        form.output,
        tuple(secrets),
    )


def _table(own: ItemTable, others: ItemTable) -> Mapping[str, str]:
    if not own or not others:
        return own or others
    from collections import ChainMap  # few mappings have a table beside that of the configuration

    return ChainMap(own, others)


def _secret(
    form: SecretForm,
    mapping: MappingForm,
    store: StoreRef | None,
    table: Mapping[str, str],
    declared: set[str],
    config: Config,
    problems: list[Problem],
) -> Secret:
    own = _store(form.store, config) if form.store else None
    named = {ref.name for ref in (config.store, store, own) if ref}

    def is_store(name: str) -> bool:
        return name in named or name in declared

    sources = (_source(source, is_store, table, problems) for source in form.sources)
    refresh = form.refresh or mapping.refresh or config.refresh
    policy = next((word for word in form.policy if word in REFRESH), None)
    again = interval({"refreshPolicy": policy, "refreshInterval": refresh, **form.overlay})
    reader = _Reader(again, problems)
    return Secret(
        form.name,
        form.path,
        tuple(source for source in sources if source),
        form.aliased,
        None if form.data is None else reader.data(form),
        reader.values(form.variables, references=True),
        reader.values(form.labels),
        reader.values(form.annotations),
        own,
        refresh,
        again,
        form,
    )


def _store(form: tuple[str, str], config: Config) -> StoreRef:
    name, kind = form
    return StoreRef(name, kind) if kind else config.store_ref(name)


def _source(
    form: SourceForm, is_store: Callable[[str], bool], table: Mapping[str, str], problems: list[Problem]
) -> Source | None:
    if isinstance(form.item, str):
        item = parse_item(form.item, form.path, is_store, table, problems)
    else:
        item = named(form.item, form.path, table, problems)
    return Source(form.alias, item, form.path) if item else None


class _Mistake(Exception):
    """What is wrong with one value, and perhaps by which rule; never holds the value."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


def _chain(text: str) -> str:
    """The chain of fields of a reference; empty where the text is none."""
    if is_plain(text):
        return text
    match = _REFERENCE.fullmatch(text)
    return match[1] if match is not None and "{{" not in text and "}}" not in text else ""


class _Reader:
    """Reads the values of one Secret, which is rendered again at the interval."""

    def __init__(self, interval: str, problems: list[Problem]) -> None:
        self.interval = interval
        self.problems = problems

    def data(self, form: SecretForm) -> tuple[Value, ...]:
        """The values under `data`; of what makes up one value each is read by itself first, for its own mistakes."""
        before = len(self.problems)
        values = self.values(form.data or (), references=True)
        if not form.type or worst(self.problems[before:]) == ERROR:
            return values
        from krm_secrets.shorthand.docker_login import with_login  # few Secrets have a type

        joined = with_login(form, self.problems)
        if joined == form.data or joined is None or worst(self.problems[before:]) == ERROR:
            return values
        return self.values(joined, references=True)

    def values(self, forms: tuple[ValueForm, ...], references: bool = False) -> tuple[Value, ...]:
        values = []
        for form in forms:
            try:
                values.append(Value(form.key, self._template(form, references), form.path))
            except _Mistake as mistake:
                self.problems.append(Problem(form.path, str(mistake), rule=mistake.rule))
        return tuple(values)

    def _template(self, form: ValueForm, references: bool) -> Template:
        if form.is_literal:
            return Template((literal(form.text),))
        if form.is_field:
            return Template(("{{ ", Ref(".", (form.text,)), " }}"))
        if references and form.text.startswith("."):
            return self._reference(form)
        return self._composite(form.text, form.path)

    def _reference(self, form: ValueForm) -> Template:
        chain = _chain(form.text)
        if not chain:
            raise _Mistake(_CURES)
        template = self._composite("{{ " + form.text + " }}", form.path, -len("{{ "))
        if len(segments(chain)) > 2:
            raise _Mistake("a reference has at most two parts: .alias.field")
        return template

    def _composite(self, text: str, path: Path, shift: int = 0) -> Template:
        try:
            template = parse_template(text)
        except TemplateError as error:
            where = told_place(text, error.offset, shift)
            raise _Mistake(f"the template breaks at {where}: {error.message}", error.rule) from None
        for name, offset in functions.changing(template.calls) if self.interval else ():
            where = told_place(text, offset, shift)
            if name in functions.VOLATILE:
                told = f"at {where}, {functions.volatile(name, self.interval)}"
                raise _Mistake(told, "random-in-template")
            told = f"at {where}, {functions.unordered(name)}"
            self.problems.append(Problem(path, told, WARNING, "unordered-in-template"))
        return template
