"""From references to fetches: what one Secret fetches, under which names, and what its templates then say.

The names under which values are fetched are identifiers, so that no template needs `index`, which turns a missing field
into an empty one.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import MAX_OWN, WARNING, Path, Problem, clean, did_you_mean, some
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.template import Ref, Template
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.shape import matches
from krm_secrets.shorthand.access import ANY, BULK, EITHER, ENTRY, Access, Bulk, Entry, Router, Unaliased, into_map
from krm_secrets.shorthand.fetchnames import Taken, begun_by
from krm_secrets.shorthand.grammar import Secret, Value
from krm_secrets.shorthand.items import Usage

_NO_COPY = {
    "property": "the store serves single properties, so no item can be copied whole: list the fields in data",
    "value": "the store serves values without a name: write from: {KEY: item}",
}


class Plan(NamedTuple):
    """What one ExternalSecret fetches and renders; without `data` the Secret's keys are the fetched ones."""

    bulks: tuple[Bulk, ...]
    entries: tuple[tuple[str, Entry], ...]
    data: dict[str, str] | None
    labels: dict[str, str]
    annotations: dict[str, str]
    store: StoreRef | None
    usages: tuple[Usage, ...]


class _Field(NamedTuple):
    """What a reference means: a field of one source, or of whichever un-aliased source has it."""

    source: int | None
    name: str
    access: Access


def make_plan(secret: Secret, default: StoreRef | None, config: Config, problems: list[Problem]) -> Plan | None:
    """Plan one Secret; None when a mistake keeps it from being planned."""
    before = len(problems)
    planner = _Planner(secret, Router(secret, default, config, problems))
    plan = planner.plan()
    if len(problems) > before:
        return None
    if plan.bulks or plan.entries:
        problems.extend(
            Problem(path, "no value refers to this item", WARNING, "fetched-not-used") for path in planner.unused
        )
    return plan


class _Planner:
    def __init__(self, secret: Secret, router: Router) -> None:
        self.secret = secret
        self.router = router
        self.wrong = router.wrong
        self.sources = secret.sources
        self.unaliased: Unaliased | None = None
        self.aliases = {source.alias: index for index, source in enumerate(secret.sources)}
        self.fields: dict[tuple[str, ...], _Field] = {}
        self.bulks: dict[int, Bulk] = {}
        self.entries: dict[Entry, str] = {}
        self.prefixed = False
        self.variables: dict[str, Entry] = {}
        self.copies = secret.data is None and not secret.variables
        self.unused: list[Path] = []
        self.open = secret.form.sees_names

    def plan(self) -> Plan:
        data = self._copied() if self.copies else self.secret.data or ()
        elsewhere = self._fetch_variables()
        values = (*data, *self.secret.labels, *self.secret.annotations)
        for value in values:
            for ref in value.template.refs:
                self._resolve(ref.segments, value.path)
        self._choose(any(value.template.uses_all for value in values), elsewhere)
        direct = self._direct(data)
        if direct:
            self.entries = dict(direct)
        else:
            self._name_entries()
        rendered = None if direct or self.copies else self._render(data)
        labels, annotations = self._render(self.secret.labels), self._render(self.secret.annotations)
        # In the order of their names: kustomize sorts the keys of a mapping, and every host is to get the same lists.
        named = {name: entry for entry, name in self.entries.items()} | self.variables
        entries = tuple(sorted(named.items()))
        bulks = tuple(dict.fromkeys(self.bulks.values()))
        used = [*(bulk.store for bulk in bulks), *(entry.store for _, entry in entries)]
        stores = [store for store in used if store]
        fetches = not {"data", "dataFrom"}.isdisjoint(self.secret.form.overlay)
        of_default = self.router.default in stores or (fetches and not stores)
        store = self.router.default if of_default else next(iter(stores), None)
        return Plan(bulks, entries, rendered, labels, annotations, store, tuple(self.router.usages))

    # What the references mean.

    def _fetch_variables(self) -> set[int | None]:
        """Plan what templates elsewhere use, by the names that they give it; the sources of it."""
        used: set[int | None] = set()
        for value in self.secret.variables:
            only = value.template.only
            if only is None:
                self.wrong(value.path, "must be a reference and nothing else: .field or .alias.field")
                continue
            known = only.segments in self.fields
            self._resolve(only.segments, value.path)
            field = self.fields.get(only.segments) if known else self.fields.pop(only.segments, None)
            used.add(field.source if field else None)
            if field and field.access.entry and not field.access.steps:
                self.variables[value.key] = field.access.entry
            elif field:
                message = "is not fetched by itself: only a field of a store, or a whole value, can be a variable"
                self.wrong(value.path, message)
        for name, entry in sorted(self.variables.items()):
            if names.is_identifier(name):  # our own templates can say it too
                self.entries.setdefault(entry, name)
        if self.variables and not self.open:
            self.wrong((*self.secret.path, "variables"), "are for templates elsewhere: name those under templates")
        return used

    def _resolve(self, segments: tuple[str, ...], path: Path) -> None:
        if segments in self.fields:
            return
        if not self.sources:
            self._foreign(segments, path)
            return
        source = self._alias(segments, path) if self.secret.aliased else self._unaliased(segments, path)
        if source is None:
            return
        name, rest = (segments[1:2], segments[2:]) if self.secret.aliased else (segments[:1], segments[1:])
        field = name[0] if name else ""
        if source == ANY:
            self.fields[segments] = _Field(None, field, Access(BULK))
            self._nameable(field, path)
            return
        access = self.router.access(self.sources[source], field, rest, path)
        if access is not None:
            self.fields[segments] = _Field(source, field, access)
            if access.mode == BULK:
                self._nameable(field, path)

    def _foreign(self, segments: tuple[str, ...], path: Path) -> None:
        """Without `from` only an overlay can have fetched what a template names."""
        if {"data", "dataFrom"}.isdisjoint(self.secret.form.overlay):
            self.wrong(path, "refers to fetched data, but from is missing")
            return
        self.fields[segments] = _Field(None, ".".join(segments), Access(BULK))
        for segment in segments:
            self._nameable(segment, path)

    def _alias(self, segments: tuple[str, ...], path: Path) -> int | None:
        if segments[0] in self.aliases:
            return self.aliases[segments[0]]
        # The name stays out of these messages: what looks like a reference may be a secret that was meant as text.
        hint = did_you_mean(segments[0], self.aliases, MAX_OWN) or f"; declared are {some(list(self.aliases))}"
        if len(segments) == 1 and not hint.startswith("; did"):
            hint += ": a field is .alias.field"
        self.wrong(path, f"refers to an alias that from does not declare{hint}")
        return None

    def _unaliased(self, segments: tuple[str, ...], path: Path) -> int | None:
        """The source of a field; ANY when any of several may have it."""
        self.unaliased = self.unaliased or Unaliased(self.sources, self.router)
        if len(segments) > 1 and not self.unaliased.is_value(segments[0]):
            self.wrong(path, "refers to an alias, but from declares none: write .field, or from: {alias: item}")
            return None
        found = self.unaliased.source(segments[0])
        if found is None:
            self.wrong(path, "which of the items has this field is not clear: give them aliases in from")
        return found

    def _nameable(self, field: str, path: Path) -> None:
        if not names.is_identifier(field):
            reason = "only a single item of a store lets it be fetched by itself"
            self.wrong(path, f"no template can say the name of this field, and {reason}")

    # What is copied when `data` is missing.

    def _copied(self) -> tuple[Value, ...]:
        """Values for the items that give one value each; the others are fetched in bulk."""
        singles = [(index, s) for index, s in enumerate(self.sources) if self._is_single(index)]
        for index in range(len(self.sources)):
            if not self._is_single(index):
                self._take(index)
        values = []
        for _, source in singles:
            key = source.alias or source.item.property
            if not key:
                self.wrong(source.path, _NO_COPY[self.router.fetch(source.item)])
            elif not matches(names.KEY, key):
                self.wrong(source.path, f'"{clean(key)}" is no key of a Secret: say under data which key it gets')
            else:
                values.append(Value(key, Template(("{{ ", Ref(".", (key,)), " }}")), source.path))
        if not self.bulks and values:
            self.copies = False
        elif values:
            values = []
            self.wrong(self.secret.path, "some items give one value and others all their fields: data is needed")
        return tuple(values)

    def _is_single(self, index: int) -> bool:
        item = self.sources[index].item
        return self.router.fetch(item, item.property) != "extract"

    # How it is fetched.

    def _choose(self, whole: bool, used: set[int | None]) -> None:
        """Decide for each source between one fetch for all its fields and one for each."""
        all_fields = self.open and not self.variables
        by_source: dict[int | None, list[_Field]] = {}
        for field in self.fields.values():
            by_source.setdefault(field.source, []).append(field)
        anywhere = None in by_source
        for index, source in enumerate(self.sources):
            fields = by_source.get(index, [])
            either = [field for field in fields if field.access.mode == EITHER]
            simple = all(names.is_identifier(field.name) for field in either)
            wanted = any(field.access.mode == BULK for field in fields) or bool(either and simple)
            wanted |= anywhere and not source.item.property
            wanted |= (whole or all_fields) and not self.secret.aliased
            wanted |= all_fields and not fields
            if wanted and self.router.fetch(source.item) == "extract":
                self._take(index)
            elif not fields and not self.copies and index not in used:
                self.unused.append(source.path)
        self._prefix()

    def _take(self, index: int) -> None:
        """Fetch a source in bulk."""
        source = self.sources[index]
        store = None
        if index not in self.bulks:
            if not source.item.generator:
                store, _ = self.router.used(source, source.item.property if self.copies else "")
            self.bulks[index] = Bulk(source.item, store)

    def _prefix(self) -> None:
        self.prefixed = self.secret.aliased and (self.copies or len(self.bulks) > 1)
        if not self.prefixed:
            return
        prefixes = {index: f"{self.sources[index].alias}_" for index in self.bulks}
        ordered = sorted(prefixes.values())
        for index, prefix in prefixes.items():
            self.bulks[index] = self.bulks[index]._replace(prefix=prefix)
            for other in begun_by(prefix, ordered):
                # app_ and app_db_ would give app_db_x two meanings.
                message = f'the fields of "{prefix[:-1]}" and "{other[:-1]}" could get equal names: rename an alias'
                self.wrong(self.sources[index].path, message)

    def _by_entry(self, field: _Field) -> bool:
        if field.access.mode == EITHER:
            return field.source not in self.bulks or not names.is_identifier(field.name)
        return field.access.mode == ENTRY

    def _direct(self, data: tuple[Value, ...]) -> list[tuple[Entry, str]]:
        """The fetches when each of them is one key of the Secret as it is, so that no template is needed; else none."""
        metadata = (*self.secret.labels, *self.secret.annotations)
        if self.bulks or self.open or any(list(value.template.refs) for value in metadata):
            return []
        if self.secret.form.may_lack and not self.copies:
            return []
        direct: dict[Entry, str] = {}
        for value in data:
            field = self.fields.get(value.template.only.segments) if value.template.only else None
            entry = field.access.entry if field else None
            if field is None or entry is None or field.access.steps or entry in direct:
                return []
            direct[entry] = value.key
        return list(direct.items())

    def _name_entries(self) -> None:
        in_bulk = {self._bulk_name(field) for field in self.fields.values() if not self._by_entry(field)}
        taken = Taken(in_bulk | self.variables.keys())

        # Not in the order of the keys, which hosts sort; what is an identifier already keeps its name.
        def order(field: _Field) -> tuple[int, bool, str]:
            return field.source or 0, not names.is_identifier(field.name), field.name

        for field in sorted(self.fields.values(), key=order):
            entry = field.access.entry
            if entry is None or entry in self.entries or not self._by_entry(field):
                continue
            if self.copies:
                self.wrong(self.secret.path, "labels and annotations that need a field of their own need data as well")
            source = self.sources[field.source or 0]
            part = "" if field.access.steps else field.name
            base = names.identifier("_".join(filter(None, (source.alias, part))) or "value")
            self.entries[entry] = taken.free(base)

    def _bulk_name(self, field: _Field) -> str:
        prefix = self.bulks[field.source].prefix if field.source in self.bulks else ""
        return prefix + field.name

    # What the templates say.

    def _render(self, values: tuple[Value, ...]) -> dict[str, str]:
        return {value.key: "".join(map(self._text, value.template.parts)) for value in values}

    def _text(self, part: str | Ref) -> str:
        if isinstance(part, str):
            return part
        field = self.fields.get(part.segments)
        if field is None:
            return ""
        if not self._by_entry(field) or field.access.entry is None:
            return part.root + self._bulk_name(field)
        name = part.root + self.entries[field.access.entry]
        return into_map(name, field.access.steps, field.access.reader) if field.access.steps else name
