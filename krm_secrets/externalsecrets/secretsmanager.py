"""Bitwarden Secrets Manager: what its provider ignores, and how often it may be called.

Facts of the provider (providers/v1/bitwarden, 2.9) and of Bitwarden's limits: every call logs in anew.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Path
from krm_secrets.externalsecrets import duration, names
from krm_secrets.externalsecrets.target import interval
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from krm_secrets.shape import Node

    IsManager: TypeAlias = Callable[[str, str], bool]
    """Whether the store of a name and kind is one of Secrets Manager."""


LOGINS = 10
"""How many logins a minute Bitwarden allows from one address."""

_FIND = (
    "Bitwarden Secrets Manager ignores what find looks for and gives every secret of the organization: name the items"
)
_GONE = (
    "does nothing with Bitwarden Secrets Manager, which never says that an item is gone: the Secret stays, and the"
    " ExternalSecret fails"
)
_CURE = "put several values into one item, and name items by their ids, since each name costs a second call"


class Calls(NamedTuple):
    """What one ExternalSecret costs at each refresh; without an interval it is not refreshed."""

    number: int
    interval: str


def check_manager(spec: Node, is_manager: IsManager) -> None:
    """Check a spec for what its stores of Secrets Manager ignore; the node holds it."""
    given, used = as_map(spec.value), False
    for path, fetch, reference in _fetches(given, is_manager):
        used = True
        if fetch == "find":
            spec.place(*path).wrong(_FIND, "bitwarden-find-all")
        for field in ("property", "version"):
            if field in reference:
                message = "Bitwarden Secrets Manager does not read it, and gives the whole value"
                spec.place(*path, field).wrong(message, "bitwarden-property-ignored")
    policy = as_map(given.get("target")).get("deletionPolicy", "Retain")
    if used and policy != "Retain":
        place = spec.place("target", "deletionPolicy")
        place.wrong(f"{policy} {_GONE}", "bitwarden-deletion-policy", WARNING)
    count = calls(given, is_manager).number
    if count > LOGINS:
        message = f"calls Bitwarden {count} times at each refresh, which allows {LOGINS} logins a minute: {_CURE}"
        spec.wrong(message, "call-budget", WARNING)


def calls(spec: Mapping[str, object], is_manager: IsManager) -> Calls:
    """How often an ExternalSecret calls Bitwarden at each refresh: once for an id, at least twice for a name."""
    count = 0
    for _, _, reference in _fetches(spec, is_manager):
        key = str(reference.get("key", ""))
        count += 1 if names.is_uuid(key) or names.has_variable(key) else 2
    again = interval(spec)
    return Calls(count, again if duration.nanoseconds(again) else "")


def budget(all_calls: Iterable[Calls]) -> str:
    """What to tell when the ExternalSecrets of a run together go beyond the limit; empty when they do not."""
    groups: dict[str, list[int]] = {}
    for each in all_calls:
        if each.number and each.interval:
            groups.setdefault(each.interval, []).append(each.number)
    rate = sum(sum(counts) * 60e9 / duration.nanoseconds(interval) for interval, counts in groups.items())
    together = sum(map(sum, groups.values()))
    what = f"Bitwarden Secrets Manager allows {LOGINS} logins a minute, and each call is one: "
    if rate > LOGINS:
        return f"{what}the ExternalSecrets call it {rate:.0f} times a minute on average; refresh less often, {_CURE}"
    worst = max((i for i in groups if len(groups[i]) > 1), key=lambda i: sum(groups[i]), default="")
    if worst and sum(groups[worst]) > LOGINS:
        more = f" ({together} calls in all)" if together > sum(groups[worst]) else ""
        return (
            f"{what}{len(groups[worst])} ExternalSecrets call it {sum(groups[worst])} times at once, every {worst}"
            f"{more}; spread them with refresh: 1h±10%, {_CURE}"
        )
    return ""


def _fetches(spec: Mapping[str, object], is_manager: IsManager) -> Iterator[tuple[Path, str, Mapping[str, object]]]:
    """What is fetched from Secrets Manager: where it says so, how, and the reference."""
    default = as_map(spec.get("secretStoreRef"))
    for field, kinds in (("dataFrom", ("extract", "find")), ("data", ("remoteRef",))):
        for index, entry in enumerate(map(as_map, as_list(spec.get(field)))):
            store = as_map(as_map(entry.get("sourceRef")).get("storeRef")) or default
            name, kind = as_text(store.get("name")), as_text(store.get("kind")) or "SecretStore"
            for fetch in kinds if name and is_manager(name, kind) else ():
                if isinstance(entry.get(fetch), dict):
                    yield (field, index, fetch), fetch, as_map(entry[fetch])
