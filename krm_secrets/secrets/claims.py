"""What an object takes for granted and what does not hold: keys that nobody makes, names of nobody, a missing match.

Only what is certain is said: of Secrets that the run knows with all their keys, and of names in plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Path, Problem, clean, did_you_mean
from krm_secrets.secrets import regex_list, reloader
from krm_secrets.secrets.reloader import MAX_COMPARED
from krm_secrets.secrets.uses.finder import Found
from krm_secrets.secrets.uses.reference import Reference, Workload, find
from krm_secrets.settings.restarts import Policy


class World(NamedTuple):
    """What is known of the Secrets, by name and namespace."""

    keys: Callable[[str, str], frozenset[str] | None]
    """All keys of a Secret; None when they, or the Secret, are not known."""
    names: Callable[[str], Collection[str]]
    """The Secrets that are made, or are there, in a namespace."""
    matched: Callable[[str, str], bool | None]
    """Whether a Secret carries the annotation that `search` looks for; None for a Secret that is not known."""


def claims(found: Found, policy: Policy, world: World, told: Collection[Problem] = ()) -> list[Problem]:
    """A warning for each; `told` are the mistakes that the object is told of anyway."""
    seen: set[Path] = set()
    problems: list[Problem] = []
    for ref, namespace in _references(found):
        if ref.keys and ref.path not in seen:
            seen.add(ref.path)
            problems += _keys(ref, namespace, world)
    lists = {problem.path for problem in told}
    for workload in found.workloads:
        layers = reloader.chosen(workload, policy.reloader.keys)
        if not layers:
            continue
        listed = find(layers, policy.reloader.keys.named)
        if listed is not None and (*listed[0], policy.reloader.keys.named) not in lists:
            problems += _strangers(
                workload, (*listed[0], policy.reloader.keys.named), reloader.text_of(listed[1]), world
            )
        problems += _unmatched(workload, policy, world)
    return list(dict.fromkeys(problems)) if problems else problems


def _references(found: Found) -> Iterator[tuple[Reference, str]]:
    for workload in found.workloads:
        for group in workload.references:
            yield from ((ref, workload.namespace) for ref in group)
    yield from ((ref, found.released) for ref in found.values)
    yield from ((each.reference, found.namespace) for each in found.watched)


def missing_keys(refs: Collection[Reference], namespace: str, world: World) -> list[Problem]:
    """A warning for each key that nobody makes, for references of an object that holds no workload."""
    return [problem for ref in refs for problem in _keys(ref, namespace, world)]


def _keys(ref: Reference, namespace: str, world: World) -> Iterator[Problem]:
    if not ref.keys or ref.optional:
        return
    there = world.keys(ref.name, namespace if ref.namespace is None else ref.namespace)
    if there is None:
        return
    path = (*ref.path[:-1], "key") if ref.path[-1] == "name" and ref.path[-2:-1] == ("secretKeyRef",) else ref.path
    for key in ref.keys:
        if key not in there and "{" not in key:
            meant = did_you_mean(key, sorted(there)[:MAX_COMPARED])
            yield Problem(path, f'the Secret "{clean(ref.name)}" never gets the key "{clean(key)}"{meant}', WARNING)


def _strangers(workload: Workload, path: Path, text: str, world: World) -> Iterator[Problem]:
    """Names in a list that nothing makes and that the workload itself does not use."""
    used = {ref.name for group in workload.references for ref in group}
    there = world.names(workload.namespace)
    for name in sorted(regex_list.plain(text)):
        if name not in used and name not in there:
            meant = did_you_mean(name, sorted({*there, *used})[:MAX_COMPARED])
            message = f'nothing here makes the Secret "{clean(name)}", nor does this workload use it{meant}'
            yield Problem(path, message, WARNING)


def _unmatched(workload: Workload, policy: Policy, world: World) -> Iterator[Problem]:
    """`search` where none of the Secrets that the workload uses asks to be looked for."""
    keys = policy.reloader.keys
    layers = reloader.chosen(workload, keys)
    found = find(layers, keys.search)
    if found is None or reloader.text_of(found[1]) != "true":
        return
    asked = (find(layers, keys.auto), find(layers, keys.typed_auto))
    if any(each is not None and reloader.is_true(each[1]) for each in asked):
        return
    named = find(layers, keys.named)
    listed = regex_list.parse(reloader.text_of(named[1])) if named is not None else None
    used = {
        ref.name: world.matched(ref.name, workload.namespace)
        for group in workload.references
        for ref in group
        if ref.restart and not (listed is not None and listed.matches(ref.name))
    }
    if True not in used.values() and (
        names := sorted(name for name, is_matched in used.items() if is_matched is False)
    ):
        message = f'restarts this only for Secrets with {keys.match}: "true", which "{clean(names[0])}" has not'
        yield Problem((*found[0], keys.search), message, WARNING)
