"""ExternalSecrets gathered into SecretMappings: one for each file and namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import ERROR, Problem, Result
from krm_secrets.migrate.found import Original, counted, stays
from krm_secrets.migrate.mappingtext import Head, Part, common_name, entry_text, mapping_text
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.notes import place
from krm_secrets.migrate.original import NotShort
from krm_secrets.migrate.proof import Shortened, expanded, odd_ids, shorten
from krm_secrets.settings.config import Config
from krm_secrets.yamltext.comments import Comment


class Short(QuietTuple):
    """An ExternalSecret with its entry."""

    original: Original
    result: Shortened
    part: Part
    lost: tuple[Comment, ...]


class Mapped(QuietTuple):
    """A SecretMapping and the ExternalSecrets that it replaces, which all stand in one file."""

    head: Head
    shorts: tuple[Short, ...]

    @property
    def file(self) -> str:
        return self.shorts[0].original.item.slot.source.file

    def text(self, schema_line: str = "") -> str:
        return mapping_text(self.head, [short.part for short in self.shorts], schema_line)


def shortened(
    originals: Iterable[Original], config_of: Callable[[Original], Config]
) -> tuple[list[Short], list[Result]]:
    """The entry for each ExternalSecret, and why others have none."""
    shorts: list[Short] = []
    refused: list[Result] = []
    for original in originals:
        try:
            result = shorten(original.reading, config_of(original))
        except NotShort as error:
            refused.append(stays(original.item, str(error)))
            continue
        notes = place(original.comments(), original.reading, result.entry)
        part = Part(original.reading.target, result.entry, notes)
        shorts.append(Short(original, result, part, notes.lost))
    return shorts, refused


def gathered(
    shorts: Iterable[Short],
    config_of: Callable[[Original], Config],
    known: Iterable[tuple[str, str]] = (),
    there: Callable[[Mapped], str] = lambda _: "",
) -> list[Mapped]:
    """Mappings by file and namespace; what would meet there twice gets a mapping of its own.

    `known` are namespaces and names of mappings that are there already, `there` gives the name of one that is the same.
    """
    taken = set(known)
    counts: dict[tuple[str, str], int] = {}
    found = []
    for mapped in grouped(shorts, config_of):
        namespace = mapped.head.namespace
        targets = [short.original.reading.target for short in mapped.shorts]
        name = there(mapped) or _free(common_name(targets), targets[0], namespace, taken, counts)
        found.append(mapped._replace(head=mapped.head._replace(name=name)))
    return found


def grouped(shorts: Iterable[Short], config_of: Callable[[Original], Config]) -> list[Mapped]:
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
            group = _fitting([], _distinct(waiting), config_of) or waiting[:1]
            groups.append(group)
            taken = set(map(id, group))
            waiting = [short for short in waiting if id(short) not in taken]
    found = []
    for group in sorted(groups, key=lambda group: order[id(group[0])]):
        readings = [short.original.reading for short in group]
        items = odd_ids(readings, config_of(group[0].original))
        found.append(Mapped(Head("", readings[0].namespace, items=items), tuple(group)))
    return found


def _distinct(shorts: Iterable[Short]) -> list[Short]:
    """The first for each name of an entry."""
    found: dict[str, Short] = {}
    for short in shorts:
        found.setdefault(short.part.name, short)
    return list(found.values())


def _fitting(group: list[Short], more: list[Short], config_of: Callable[[Original], Config]) -> list[Short]:
    """The group with those of the others that one mapping can hold too; most fit, and are tried together."""
    together = [*group, *more]
    if _fits(together, config_of):
        return together
    half = len(more) // 2
    return _fitting(_fitting(group, more[:half], config_of), more[half:], config_of) if half else group


def _fits(together: list[Short], config_of: Callable[[Original], Config]) -> bool:
    """Whether a mapping can hold all of them: it expands to what they mean, without a mistake."""
    entries = {each.part.name: each.part.entry for each in together}
    readings = [each.original.reading for each in together]
    config = config_of(together[-1].original)
    problems: list[Problem] = []
    objects = expanded(entries, readings[0].namespace, config, problems, odd_ids(readings, config))
    wrong = any(problem.severity == ERROR for problem in problems)
    return not wrong and [meaning(each) for each in objects] == [reading.meaning for reading in readings]


def _free(
    name: str, longer: str, namespace: str, taken: set[tuple[str, str]], counts: dict[tuple[str, str], int]
) -> str:
    """A name that no other mapping of the namespace has: by it the next run knows what it generated."""
    wishes = chain((name, longer), (f"{name}-{count}" for count in _counted(counts, (namespace, name))))
    wish = next(each for each in wishes if (namespace, each) not in taken)
    taken.add((namespace, wish))
    return wish


def _counted(counts: dict[tuple[str, str], int], key: tuple[str, str]) -> Iterator[int]:
    """Numbers from 2 on, of which each is given once for a key."""
    while True:
        counts[key] = counts.get(key, 1) + 1
        yield counts[key]


def offered(
    shorts: Sequence[Short], config_of: Callable[[Original], Config]
) -> tuple[list[Mapped], list[tuple[Short, str]]]:
    """The mappings that are worth it, and what stays with the reason."""
    kept, staying = list(shorts), list[tuple[Short, str]]()
    while True:
        mapped = gathered(kept, config_of)
        found = [each for one in mapped for each in longer(one)]
        if not found:
            return mapped, staying
        staying += found
        gone = {id(short) for short, _ in found}
        kept = [short for short in kept if id(short) not in gone]


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
