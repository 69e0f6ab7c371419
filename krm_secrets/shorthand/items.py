"""Remote items: what `from` names, and whether the name can be right."""

from __future__ import annotations

from itertools import chain

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Path, Problem, clean, did_you_mean
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.words import GENERATORS
from krm_secrets.shape import matches

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from krm_secrets.settings.config import ItemTable

_VARIABLE_OR_MARK = pattern(rf"{names.VARIABLE}|#")


class Item(NamedTuple):
    """One remote item, or with a generator's kind the object that makes values."""

    key: str
    property: str = ""
    store: str = ""
    decoding: str = ""
    generator: str = ""


class Source(NamedTuple):
    """One entry of `from`."""

    alias: str
    item: Item
    path: Path


class Usage(NamedTuple):
    """That a mapping fetches this item from this store."""

    store: str
    key: str
    path: Path


def parse_item(
    text: str, path: Path, is_store: Callable[[str], bool], table: Mapping[str, str], problems: list[Problem]
) -> Item | None:
    """Read `[store:]key[#property]` or `gen:Kind/name`."""
    if text.startswith("gen:"):
        return _generator(text[4:], path, problems)
    # The longest of the declared names wins.
    colons = [at for at, char in enumerate(text[: names.LONGEST + 1]) if char == ":"]
    store = next((text[:at] for at in reversed(colons) if is_store(text[:at])), "")
    rest = text[len(store) + 1 :] if store else text
    marks = _marks(rest)
    if len(marks) > 1:
        problems.append(Problem(path, 'has more than one "#": write {key: …, property: …}'))
        return None
    key, property_ = (rest[: marks[0]], rest[marks[0] + 1 :]) if marks else (rest, "")
    if not key or (marks and not property_):
        problems.append(Problem(path, "must be [store:]key[#property]: the key or the property is empty"))
        return None
    return named(Item(key, property_, store), path, table, problems)


def _marks(text: str) -> list[int]:
    """Where a # stands; a variable may hold one of its own: ${NAME#prefix}."""
    if "${" not in text:
        return [at for at, char in enumerate(text) if char == "#"]
    return [match.start() for match in _VARIABLE_OR_MARK.finditer(text) if match.group() == "#"]


def named(item: Item, path: Path, table: Mapping[str, str], problems: list[Problem]) -> Item | None:
    """The item with its id in place of its name in the `items` table.

    A name may be declared before its item is there: the table says so in one place, and what uses it need not change.
    """
    key = table.get(item.key, item.key)
    if item.key in table and names.is_placeholder(key):
        message = f'"{clean(item.key)}" stands for a placeholder: put the id of the item into the items table'
        problems.append(Problem(path, message, WARNING, "placeholder-key"))
    elif names.is_placeholder(key):
        told = f'"{clean(key)}" is a placeholder: put the id of the item there'
        problems.append(Problem(path, told, rule="placeholder-key"))
        return None
    return item._replace(key=key)


def _generator(text: str, path: Path, problems: list[Problem]) -> Item | None:
    kind, slash, name = text.partition("/")
    if not slash:
        problems.append(Problem(path, "must be gen:Kind/name"))
    elif kind not in GENERATORS:
        hint = did_you_mean(kind, GENERATORS)
        problems.append(Problem(path, f'External Secrets knows no generator of kind "{clean(kind)}"{hint}'))
    elif len(name) > names.LONGEST or not matches(names.NAME, name):
        problems.append(Problem(path, f"the generator's name {names.NAME_RULE}"))
    else:
        return Item(name, generator=kind)
    return None


def check_ids(usages: Collection[Usage], tables: Sequence[ItemTable], problems: list[Problem]) -> None:
    """Find the key that is no UUID on a store whose items are all UUIDs: a misspelt name, or an id cut short."""
    keys: dict[str, set[str]] = {}
    for usage in usages:
        keys.setdefault(usage.store, set()).add(usage.key)
    odd = {store: [key for key in used if not names.is_uuid(key)] for store, used in keys.items()}
    alone = [usage for usage in dict.fromkeys(usages) if odd[usage.store] == [usage.key]]
    if not alone or not all(table.are_ids for table in tables):
        return
    for usage in alone:
        if (any(tables) or len(keys[usage.store]) > 1) and not names.has_variable(usage.key):
            hint = did_you_mean(usage.key, chain(*tables)) or "; if it is right, declare it under items"
            problems.append(
                Problem(usage.path, f'"{clean(usage.key)}" is no UUID, but all other items known here are{hint}')
            )
