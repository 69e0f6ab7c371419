"""What is wrong with how an object uses Secrets, by rules: what nothing restarts, what it takes for granted in vain.

Only what is certain is said: of Secrets that the build knows with all their keys, and of names in plain text.
"""

from __future__ import annotations

from krm_secrets.errors import INFO, WARNING, Path, Problem, clean, closest, did_you_mean
from krm_secrets.plain import as_text
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.refused_annotations import refused
from krm_secrets.secrets.reloader_scope import AT_ONCE
from krm_secrets.secrets.uses.reference import KEEPS, Reference, find
from krm_secrets.secrets.uses.workloads import KINDS, is_stuck

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krm_secrets.secrets.effect import Effects, Judged
    from krm_secrets.secrets.reloader import Answer, Reading
    from krm_secrets.secrets.world import World

_LISTS = "the list leaves out the Secret"

KEPT, STALE, _LEFT_OUT = "operator-pods-not-restarted", "no-restart", "reloader-list-misses"
"""Rules by which several things are found."""


def findings(effects: Effects) -> list[Problem]:
    """All of them for one object, each once."""
    if effects.policy.mode == "off":
        return []
    found = refused(effects.found.obj) if effects.found.kind in KINDS else []
    found += unnoticed(effects)
    for judged in effects.workloads:
        found += left_out(judged, effects.world)
    found += chart_left_out(effects)
    told = {problem.path for problem in found}
    found += missing_keys(_references(effects), effects.world)
    for judged in effects.workloads:
        if judged.reading.layers:
            found += strangers(judged, effects.world, told)
            found += unmatched(judged, effects.world)
    return list(dict.fromkeys(found)) if found else found


def unnoticed(effects: Effects) -> Iterator[Problem]:
    """A notice for each place where a known Secret is used and a change of it is not noticed, or more than that."""
    stuck = is_stuck(effects.found.kind, as_text(effects.found.obj.get("apiVersion")))
    for ref in effects.found.values:
        if ref.how == KEEPS and effects.world.knows(ref.name, _at(ref, effects.found.released)):
            yield Problem(
                ref.path, f'nothing restarts this when the Secret "{clean(ref.name)}" changes: {KEEPS}', INFO, KEPT
            )
    if effects.found.installs and effects.chart is not None:
        yield from _unreached(effects, effects.chart)
    for judged in effects.workloads:
        for ref in (ref for group in judged.workload.references for ref in group):
            if not effects.world.knows(ref.name, judged.workload.namespace):
                continue
            if not ref.restart:
                if "volumes" in ref.path:
                    text = f'no container mounts this volume, so that no Pod reads the Secret "{clean(ref.name)}" here'
                    yield Problem(ref.path, text, INFO, "volume-not-mounted")
            elif stuck:
                text = f'nothing restarts this when the Secret "{clean(ref.name)}" changes: {_STUCK}'
                yield Problem(ref.path, text, INFO, "nothing-restarts-kind")
            else:
                yield from _fates(effects, judged, ref)


def _fates(effects: Effects, judged: Judged, ref: Reference) -> Iterator[Problem]:
    """What Reloader's own answer for one use gives cause to say."""
    now, name = effects.answer(judged, ref), clean(ref.name)
    if ref.frozen and now.fate in ("excluded", "left out", "off"):
        text = (
            "a file mounted with subPath never changes in a running Pod, and by the annotations here nothing"
            f' restarts it when the Secret "{name}" changes'
        )
        yield Problem(ref.path, text, INFO, "subpath-frozen")
    elif now.fate == "restarts" and judged.reading.kind in AT_ONCE:
        yield Problem(ref.path, _at_once(judged, now, name), WARNING, "reloader-restarts-job")
    elif now.fate == "unlabelled":
        yield Problem(ref.path, f'nothing restarts this when the Secret "{name}" changes: {now.how}', WARNING, STALE)
    elif now.fate != "late" and not judged.reading.fails and (how := effects.stopped(judged, ref)):
        yield Problem(ref.path, f'nothing restarts this when the Secret "{name}" changes: {how}', WARNING, STALE)


def _at_once(judged: Judged, now: Answer, name: str) -> str:
    """What to say where Reloader starts or replaces what would read the Secret anew in any case."""
    kind, keys = judged.reading.kind, judged.reading.flags.keys
    type_, what, _ = AT_ONCE[kind]
    by = now.how.partition(", ")[0]
    cure = f'write {keys.auto}: "false" here' if judged.reading.takes_all else "remove the annotation"
    return (
        f'Reloader {what} when the Secret "{name}" changes, by {by}, though each new Pod reads it anew: if nobody wants'
        f" that, {cure}, or start Reloader with --ignored-workload-types={type_}"
    )


_STUCK = "Reloader does not know the kind"


def _unreached(effects: Effects, reading: Reading) -> Iterator[Problem]:
    """The same for a chart that another host than Flux installs, so that no patch of ours reaches what it makes."""
    world, found = effects.world, effects.found
    for ref in found.values:
        namespace = _at(ref, found.released)
        fate = reading.answer(ref, effects.around(ref, found.released)).fate
        if fate == "open" and not ref.how and world.knows(ref.name, namespace):
            yield Problem(
                ref.path,
                f'nothing restarts what this chart makes when the Secret "{clean(ref.name)}" changes:'
                " say under `charts` in the SecretsConfig where it takes annotations",
                INFO,
                "chart-not-known",
            )


def _at(ref: Reference, namespace: str) -> str:
    return namespace if ref.namespace is None else ref.namespace


def left_out(judged: Judged, world: World) -> Iterator[Problem]:
    """A warning for each Secret that the author's list leaves out and the workload uses, and that ever changes."""
    for name in missing(judged):
        if world.fixed(name, judged.workload.namespace):
            continue
        close = slip(name, judged.reading.lists[0].entries)
        cure = f'"{clean(close)}" in it may be a slip' if close else "add the name"
        cure = f"this workload uses it and will not restart when it changes; {cure}"
        yield Problem(judged.reading.list_path, f'{_LISTS} "{clean(name)}": {cure}', WARNING, _LEFT_OUT)


def missing(judged: Judged) -> list[str]:
    """The Secrets that the author's list leaves out and the workload uses."""
    reading = judged.reading
    if judged.workload.place is None or reading.ignored or reading.takes_all or not reading.only_lists:
        return []
    names = regex_list.writable((judged.needs.seen | judged.needs.unseen) - reading.excluded)
    return [name for name in sorted(names) if not reading.is_listed(name)]


def chart_left_out(effects: Effects) -> Iterator[Problem]:
    """The same for what the values of a chart name."""
    reading, found, mode = effects.chart, effects.found, effects.policy.mode
    if reading is None or reading.ignored or reading.takes_all or not reading.only_lists:
        return
    names = {
        ref.name
        for ref in found.values
        if not ref.how and (mode == "all" or effects.world.knows(ref.name, _at(ref, found.released)))
    }
    for name in sorted(regex_list.writable(names)):
        if not reading.is_listed(name) and not effects.world.fixed(name, found.released):
            message = f'{_LISTS} "{clean(name)}", which the values name; add the name'
            yield Problem(reading.list_path, message, WARNING, _LEFT_OUT)


def missing_keys(refs: Iterable[tuple[Reference, str]], world: World) -> Iterator[Problem]:
    """A warning for each key that a Secret never gets; `refs` come with the namespaces of their objects."""
    seen: set[Path] = set()
    for ref, namespace in refs:
        if not ref.keys or ref.optional or ref.path in seen:
            continue
        seen.add(ref.path)
        there = world.keys(ref.name, namespace if ref.namespace is None else ref.namespace)
        in_env = ref.path[-1] == "name" and ref.path[-2:-1] == ("secretKeyRef",)
        for key in ref.keys:
            if there is not None and key not in there and "{" not in key:
                meant = did_you_mean(key, world.first(there))
                message = f'the Secret "{clean(ref.name)}" never gets the key "{clean(key)}"{meant}'
                yield Problem((*ref.path[:-1], "key") if in_env else ref.path, message, WARNING, "key-not-made")


def strangers(judged: Judged, world: World, told: set[Path]) -> Iterator[Problem]:
    """Names in a list that nothing makes and that the workload itself does not use."""
    workload, reading = judged.workload, judged.reading
    if not reading.lists or reading.list_path in told:
        return
    used = {ref.name for group in workload.references for ref in group}
    there = world.names(workload.namespace, every=True)
    for name in sorted(regex_list.plain(reading.value(reading.flags.keys.named) or "")):
        if name not in used and name not in there and not world.may_make(name, workload.namespace):
            meant = did_you_mean(name, sorted({*world.first(there), *used}))
            message = f'nothing here makes the Secret "{clean(name)}", nor does this workload use it{meant}'
            if elsewhere := sorted(world.namespaces(name)):
                place = f"the namespace {clean(elsewhere[0])}" if elsewhere[0] else "no namespace"
                message = (
                    f'the Secret "{clean(name)}" is made in {place}, where this workload is not, nor does it use it'
                )
            yield Problem(reading.list_path, message, WARNING, "reloader-list-stranger")


def unmatched(judged: Judged, world: World) -> Iterator[Problem]:
    """`search` where none of the Secrets that the workload uses asks to be looked for."""
    workload, reading = judged.workload, judged.reading
    if not reading.searched or reading.asked or reading.takes_all:
        return
    match = reading.flags.keys.match
    used = {
        ref.name: world.says(ref.name, workload.namespace, match)
        for group in workload.references
        for ref in group
        if ref.restart and not reading.is_listed(ref.name) and world.makers(ref.name, workload.namespace)
    }
    if used and not any(used.values()):
        message = f'restarts this only for Secrets with {match}: "true", which "{clean(min(used))}" has not'
        place = find(reading.layers, reading.flags.keys.search)
        assert place is not None
        path = (*place[0], reading.flags.keys.search)
        yield Problem(path, message, WARNING, "reloader-search-unmatched")


def _references(effects: Effects) -> Iterator[tuple[Reference, str]]:
    found = effects.found
    for workload in found.workloads:
        for group in workload.references:
            yield from ((ref, workload.namespace) for ref in group)
    yield from ((ref, found.released) for ref in found.values)
    yield from ((each.reference, found.namespace) for each in found.watched)


def slip(name: str, entries: Iterable[str]) -> str:
    """The entry of a list that comes so close to a name that it may be meant for it."""
    return closest(name, sorted(set(entries)), 0.8)
