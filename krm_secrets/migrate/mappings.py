"""ExternalSecrets as entries of SecretMappings, and these gathered: one mapping for each file and namespace.

No entry is offered that was not expanded again and found to mean the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from krm_secrets._startup.records import NO_ENTRIES, QuietTuple
from krm_secrets.errors import ERROR, Problem, Result, field
from krm_secrets.externalsecrets.names import has_variable, is_uuid
from krm_secrets.migrate.candidates import candidates
from krm_secrets.migrate.learning import fields_of
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.notes import place
from krm_secrets.migrate.original import NotShort, Original, Reading, counted, stays
from krm_secrets.migrate.texts import Head, Part, common_name, document, entry_text, mapping_text
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.shorthand.externalsecret import expand
from krm_secrets.shorthand.fetchnames import Taken
from krm_secrets.shorthand.grammar import parse_mapping


class Short(QuietTuple):
    """An ExternalSecret with its entry, and the configuration that counts for it."""

    original: Original
    part: Part
    config: Config


class Mapped(QuietTuple):
    """A SecretMapping and the ExternalSecrets that it replaces, which all stand in one file."""

    head: Head
    shorts: tuple[Short, ...]

    @property
    def file(self) -> str:
        return self.shorts[0].original.item.slot.source.file

    @property
    def parts(self) -> list[Part]:
        return [short.part for short in self.shorts]

    def text(self, schema_line: str = "") -> str:
        return mapping_text(self.head, self.parts, schema_line)


def shortened(
    originals: Iterable[Original], config_of: Callable[[Original], Config]
) -> tuple[list[Short], list[Result]]:
    """The entry for each ExternalSecret, and why others have none."""
    shorts: list[Short] = []
    refused: list[Result] = []
    for original in originals:
        config = config_of(original)
        try:
            entry = shorten(original.reading, config)
        except NotShort as error:
            refused.append(stays(original.item, str(error)))
            continue
        notes = place(original.comments(), original.reading, entry)
        shorts.append(Short(original, Part(original.reading.target, entry, notes), config))
    return shorts, refused


def shorten(reading: Reading, config: Config) -> object:
    """The entry that means the same as an ExternalSecret; raises NotShort with the reason when there is none."""
    reason, odd = "", odd_ids([reading], config)
    for entry in candidates(reading, config, config.items):
        value = entry["from"] if list(entry) == ["from"] and isinstance(entry["from"], str) else entry
        problems: list[Problem] = []
        objects = expanded({reading.target: value}, reading.namespace, config, problems, odd)
        errors = [problem for problem in problems if problem.severity == ERROR]
        if not errors and [meaning(each) for each in objects] == [reading.meaning]:
            return value
        reason = _reason(errors[0]) if errors else "its meaning would change"
    raise NotShort(reason)


def _reason(problem: Problem) -> str:
    """The last candidate holds the spec as it was, so that what is said of it is true of the ExternalSecret."""
    return f"{field(problem.path[2:])}: {problem.message}" if problem.path[2:] else problem.message


def odd_ids(readings: Iterable[Reading], config: Config) -> dict[str, str]:
    """The ids that a mapping of these must declare, since among UUIDs they would be taken for a slip."""
    if not config.items.are_ids:
        return {}
    keys: dict[StoreRef, set[str]] = {}
    for reading in readings:
        for _, field_ in fields_of(reading):
            if field_.store is not None and field_.key:
                keys.setdefault(field_.store, set()).add(field_.key)
    odd = {store: sorted(key for key in used if not is_uuid(key)) for store, used in keys.items()}
    single = {found[0] for store, found in odd.items() if len(found) == 1 and (config.items or len(keys[store]) > 1)}
    return {key: key for key in sorted(single) if key not in config.items and not has_variable(key)}


def expanded(
    secrets: Mapping[str, object],
    namespace: str,
    config: Config,
    problems: list[Problem],
    items: Mapping[str, str] = NO_ENTRIES,
) -> list[dict[str, object]]:
    """The ExternalSecrets of a mapping with these entries."""
    mapping = {**document(Head("shortened", namespace, items=items), ()), "secrets": dict(secrets)}
    return expand(parse_mapping(mapping, config, problems), config, problems)


def gathered(
    shorts: Iterable[Short],
    known: Iterable[tuple[str, str]] = (),
    there: Callable[[Mapped], str] = lambda _: "",
) -> list[Mapped]:
    """Mappings by file and namespace; what would meet there twice gets a mapping of its own.

    `known` are namespaces and names of mappings that are there already, `there` gives the name of one that is the same.
    """
    # By its name the next run knows what a mapping generated.
    taken: defaultdict[str, Taken] = defaultdict(lambda: Taken((), "-"))
    for namespace, name in known:
        taken[namespace].free(name)
    found = []
    for mapped in grouped(shorts):
        names = [part.name for part in mapped.parts]
        free = taken[mapped.head.namespace].free
        name = there(mapped) or free(common_name(names), names[0])
        found.append(mapped._replace(head=mapped.head._replace(name=name)))
    return found


def grouped(shorts: Iterable[Short]) -> list[Mapped]:
    """The same without names."""
    places: dict[tuple[str, str], list[Short]] = {}
    order: dict[int, int] = {}
    for short in shorts:
        order[id(short)] = len(order)
        place = (short.original.item.slot.source.file, short.original.reading.namespace)
        places.setdefault(place, []).append(short)
    groups: list[list[Short]] = []
    for waiting in places.values():
        while waiting:
            first = {short.part.name: short for short in reversed(waiting)}  # one for each name of an entry
            group = _fitting([], [short for short in waiting if first[short.part.name] is short]) or waiting[:1]
            groups.append(group)
            taken = set(map(id, group))
            waiting = [short for short in waiting if id(short) not in taken]
    return [_mapped(group) for group in sorted(groups, key=lambda group: order[id(group[0])])]


def _mapped(group: list[Short]) -> Mapped:
    readings = [short.original.reading for short in group]
    return Mapped(Head("", readings[0].namespace, items=odd_ids(readings, group[0].config)), tuple(group))


def _fitting(group: list[Short], more: list[Short]) -> list[Short]:
    """The group with those of the others that one mapping can hold too; most fit, and are tried together."""
    together = [*group, *more]
    if _fits(together):
        return together
    half = len(more) // 2
    return _fitting(_fitting(group, more[:half]), more[half:]) if half else group


def _fits(together: list[Short]) -> bool:
    """Whether a mapping can hold all of them: it expands to what they mean, without a mistake."""
    entries = {each.part.name: each.part.entry for each in together}
    readings = [each.original.reading for each in together]
    config = together[-1].config
    problems: list[Problem] = []
    objects = expanded(entries, readings[0].namespace, config, problems, odd_ids(readings, config))
    wrong = any(problem.severity == ERROR for problem in problems)
    return not wrong and [meaning(each) for each in objects] == [reading.meaning for reading in readings]


def offered(shorts: Sequence[Short]) -> tuple[list[Mapped], list[tuple[Short, str]]]:
    """The mappings that are worth it, and what stays with the reason."""
    kept, staying = list(shorts), list[tuple[Short, str]]()
    while True:
        mapped = gathered(kept)
        found = [each for one in mapped for each in longer(one)]
        if not found:
            return mapped, staying
        staying += found
        kept = without(kept, found)


def without(shorts: Iterable[Short], staying: Iterable[tuple[Short, str]]) -> list[Short]:
    """Those that do not stay."""
    gone = {id(short) for short, _ in staying}
    return [short for short in shorts if id(short) not in gone]


def longer(mapped: Mapped) -> list[tuple[Short, str]]:
    """The ExternalSecrets that are better left as they are, since nothing gets shorter, with the reason."""
    before, after = lines_before([mapped]), lines_after([mapped])
    if after > before:
        return [(short, f"its mapping would be longer: {after} lines for {before}") for short in mapped.shorts]
    rows = [(short, counted(short.original.text()), counted(entry_text(short.part))) for short in mapped.shorts]
    return [(s, f"its part of a mapping would be longer: {new} lines for {old}") for s, old, new in rows if new > old]


def lines_before(mapped: Iterable[Mapped]) -> int:
    """The lines of the ExternalSecrets, without blank ones and comments."""
    return sum(counted(short.original.text()) for each in mapped for short in each.shorts)


def lines_after(mapped: Iterable[Mapped]) -> int:
    """The lines of the mappings, counted in the same way."""
    return sum(counted(each.text()) for each in mapped)
