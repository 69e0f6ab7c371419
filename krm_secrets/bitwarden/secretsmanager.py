"""Bitwarden Secrets Manager: what its provider ignores, and how often it may be called.

Facts of the provider (providers/v1/bitwarden, 2.9) and of Bitwarden's limits: every call logs in anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Problem
from krm_secrets.externalsecrets import duration, names
from krm_secrets.settings.config import STORE_KINDS, StoreRef
from krm_secrets.shape import Node

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias


LOGINS = 10
"""How many logins a minute Bitwarden allows from one address."""

IsManager: TypeAlias = "Callable[[StoreRef], bool]"

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


def check_manager(secret: Node, is_manager: IsManager) -> None:
    """Check a finished spec; the node holds it and stands at the Secret in the mapping."""
    spec, used = _map(secret.value), False
    for path, fetch, reference in _fetches(spec, is_manager):
        used = True
        place = Node(None, (*secret.path, "spec", *path), secret.problems)
        if fetch == "find":
            place.wrong(_FIND)
        for field in ("property", "version"):
            if field in reference:
                place.at(field, None).wrong("Bitwarden Secrets Manager does not read it, and gives the whole value")
    policy = _map(spec.get("target")).get("deletionPolicy", "Retain")
    if used and policy != "Retain":
        secret.problems.append(Problem((*secret.path, "policy"), f"{policy} {_GONE}", WARNING))
    count = calls(spec, is_manager).number
    if count > LOGINS:
        message = f"calls Bitwarden {count} times at each refresh, which allows {LOGINS} logins a minute: {_CURE}"
        secret.problems.append(Problem(secret.path, message, WARNING))


def calls(spec: Mapping[str, object], is_manager: IsManager) -> Calls:
    """How often an ExternalSecret calls Bitwarden at each refresh: once for an id, at least twice for a name."""
    count = 0
    for _, _, reference in _fetches(spec, is_manager):
        key = str(reference.get("key", ""))
        count += 1 if names.is_uuid(key) or names.has_variable(key) else 2
    interval = str(spec.get("refreshInterval", "1h0m0s"))
    once = spec.get("refreshPolicy") in ("CreatedOnce", "OnChange") or interval.startswith("$")
    return Calls(count, "" if once or not duration.nanoseconds(interval) else interval)


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


def _fetches(
    spec: Mapping[str, object], is_manager: IsManager
) -> Iterator[tuple[tuple[str | int, ...], str, Mapping[str, object]]]:
    """What is fetched from Secrets Manager: where it says so, how, and the reference."""
    default = _map(spec.get("secretStoreRef"))
    for field, kinds in (("dataFrom", ("extract", "find")), ("data", ("remoteRef",))):
        for index, entry in enumerate(map(_map, _list(spec.get(field)))):
            store = _map(_map(entry.get("sourceRef")).get("storeRef")) or default
            name, kind = store.get("name"), store.get("kind", STORE_KINDS[1])
            if not isinstance(name, str) or not is_manager(StoreRef(name, str(kind))):
                continue
            for fetch in kinds:
                if isinstance(entry.get(fetch), Mapping):
                    yield (field, index, fetch), fetch, _map(entry[fetch])


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
