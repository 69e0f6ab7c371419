"""Stakater Reloader's annotations: what an author's own ones mean, and which to add."""

from __future__ import annotations

from collections.abc import Collection

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Path, Problem, clean
from krm_secrets.plain import entries
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.uses.reference import Annotations, Workload, find
from krm_secrets.settings.restarts import DOMAIN, Keys

EXCLUDE = f"secrets.exclude.{DOMAIN}/reload"
"""No flag of Reloader renames it."""

IGNORE = f"{DOMAIN}/ignore"
"""On a Secret: no workload restarts for it."""

MAX_COMPARED = 50
"""Entries of a list that may be slips; comparing takes time."""

_OTHER_TYPES = tuple(
    f"{resource}.{DOMAIN}/{action}"
    for resource in ("configmap", "secretproviderclass")
    for action in ("auto", "reload")
)

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))


class Annotate(NamedTuple):
    """An annotation to add."""

    path: Path
    """Keys from the object's root to the map of annotations; the map may be missing or null."""
    key: str
    value: str


def excluded(workload: Workload) -> frozenset[str]:
    """The Secrets that the author shut out; Reloader reads this on the workload only, as plain names."""
    found = find(workload.annotations, EXCLUDE)
    return frozenset(part.strip() for part in text_of(found[1]).split(",")) if found else frozenset()


def chosen(workload: Workload, keys: Keys) -> tuple[Annotations, ...]:
    """The layers in which the author made a choice; none when the choice is ours."""
    choices = set(keys.choices)
    for layers in (workload.annotations, workload.pod):
        for layer in layers:
            if not choices.isdisjoint(layer.entries):
                return layers
    return ()


def wants_all(workload: Workload, keys: Keys) -> bool:
    """Whether the author asked on the workload itself for restarts by whatever it uses, and made no list."""
    layers = workload.annotations
    asked = (find(layers, key) for key in (keys.auto, keys.typed_auto))
    return find(layers, keys.named) is None and any(is_true(found[1]) for found in asked if found)


def left_out(layers: tuple[Annotations, ...], names: Collection[str], keys: Keys) -> list[Problem]:
    """A warning for each Secret that the author's list leaves out.

    `auto` and `search` decide for all Secrets, "false" included, and then there is nothing to warn of.
    """
    found = find(layers, keys.named)
    if found is None or any(find(layers, key) for key in keys.choices if key != keys.named):
        return []
    path, value = found
    listed = regex_list.parse(text_of(value))
    return [
        Problem(
            (*path, keys.named),
            f'the list leaves out the Secret "{clean(name)}": this workload uses it and will not restart '
            f"when it changes; {_cure(name, listed)}",
            WARNING,
        )
        for name in sorted(regex_list.writable(names))
        if not listed.matches(name)
    ]


def _cure(name: str, listed: regex_list.NameList) -> str:
    """What to do about a name that the list has not: add it, or write an entry right that comes close."""
    from difflib import get_close_matches  # only mistakes pay for it

    close = get_close_matches(name, sorted(listed.literals)[:MAX_COMPARED], 1, 0.8)
    return f'"{clean(close[0])}" in it may be a slip' if close else "add the name"


def automatic(workload: Workload, place: Path, keys: Keys) -> Annotate:
    """The annotation that watches all Secrets which Reloader sees the workload use."""
    # Where the author chose ConfigMaps by hand, `auto` would overrule that choice.
    layers = (*workload.annotations, *workload.pod)
    by_hand = any(find(layers, key) for key in _OTHER_TYPES)
    return Annotate(place, keys.typed_auto if by_hand else keys.auto, "true")


def named(place: Path, names: Collection[str], keys: Keys) -> list[Annotate]:
    """The annotation that watches these Secrets, whether or not Reloader sees them used."""
    listable = regex_list.writable(names)
    return [Annotate(place, keys.named, regex_list.write(listable))] if listable else []


def mentions(renderers: object, keys: Keys) -> bool:
    """Whether an author's post renderers have to do with Reloader."""
    words = (DOMAIN, *keys)
    todo = [renderers]
    while todo:
        node = todo.pop()
        if isinstance(node, str) and any(word in node for word in words):
            return True
        todo += [child for _, child in entries(node)]
    return False


def is_true(value: object) -> bool:
    """Whether Go's ParseBool, which Reloader asks, takes the value for true."""
    return value is True or (isinstance(value, str | int) and str(value) in _TRUE)


def is_label_map(path: Path) -> bool:
    """Whether the map at the path holds labels."""
    return bool(path) and str(path[-1]).lower().endswith("labels")


def text_of(value: object) -> str:
    """The value as the API server would hold it; lists and maps, which it refuses, count as empty."""
    return str(value) if isinstance(value, str | int | float) else ""
