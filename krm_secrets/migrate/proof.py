"""No entry is offered that was not expanded again and found to mean the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NO_ENTRIES, QuietTuple
from krm_secrets.errors import ERROR, Problem, field
from krm_secrets.externalsecrets.names import has_variable, is_uuid
from krm_secrets.migrate.candidates import Entry, candidates
from krm_secrets.migrate.learning import fields_of
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.original import NotShort, Reading
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.shape import API_VERSION
from krm_secrets.shorthand.externalsecret import expand
from krm_secrets.shorthand.grammar import parse_mapping


class Shortened(QuietTuple):
    """An ExternalSecret and the entry of a SecretMapping that means the same."""

    reading: Reading
    entry: object
    has_spec: bool


def shorten(reading: Reading, config: Config) -> Shortened:
    """The entry for an ExternalSecret; raises NotShort with the reason when there is none."""
    reason, odd = "", odd_ids([reading], config)
    for entry in candidates(reading, config, config.items):
        value = entry["from"] if list(entry) == ["from"] and isinstance(entry["from"], str) else entry
        problems: list[Problem] = []
        objects = expanded({reading.target: value}, reading.namespace, config, problems, odd)
        errors = [problem for problem in problems if problem.severity == ERROR]
        if not errors and [meaning(each) for each in objects] == [reading.meaning]:
            return Shortened(reading, value, "spec" in entry)
        reason = _reason(errors[0]) if errors else "its meaning would change"
    raise NotShort(reason)


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
    metadata = {"name": "shortened", **({"namespace": namespace} if namespace else {})}
    document: Entry = {"apiVersion": API_VERSION, "kind": "SecretMapping", "metadata": metadata}
    if items:
        document["items"] = dict(items)
    return expand(parse_mapping({**document, "secrets": dict(secrets)}, config, problems), config, problems)


def _reason(problem: Problem) -> str:
    """The last candidate holds the spec as it was, so that what is said of it is true of the ExternalSecret."""
    return f"{field(problem.path[2:])}: {problem.message}" if problem.path[2:] else problem.message
