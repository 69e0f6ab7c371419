"""Who uses which Secret, what makes it, and what restarts whom: the run's own finding and decision, told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.action import ANYWHERE, Decision
from krm_secrets.secrets.effect import UNKNOWN, Effect, Judge, Use
from krm_secrets.secrets.reloader import IGNORE
from krm_secrets.stages.context import Context
from krm_secrets.stages.labelling import annotation_of, label_of
from krm_secrets.stages.producers import Producers, producers
from krm_secrets.stages.reload import Wiring, restarting
from krm_secrets.yamltext.nodes import Shared, YamlError

_WATCH = {"reconcile.fluxcd.io/watch": "Enabled", "cnpg.io/reload": "true"}

_BY_HAND = Effect("", "an anchor (&) shares the place for the annotation with others: add it by hand")

_CLUSTER_WIDE = frozenset(
    (
        "ClusterIssuer",
        "ClusterSecretStore",
        "ClusterGenerator",
        "PersistentVolume",
        "StorageClass",
        "VolumeSnapshotClass",
    )
)
"""Kinds without a namespace, which may name Secrets without one."""


class User(NamedTuple):
    """An object that uses a Secret in some places, all with the same effect."""

    item: Resource
    places: tuple[Path, ...]
    keys: tuple[str, ...]
    """The keys that it names; none stands for all."""
    effect: Effect


class Explained(NamedTuple):
    """One Secret; nobody makes it, or nobody uses it, where these are empty."""

    name: str
    namespace: str
    makers: tuple[Resource, ...]
    users: tuple[User, ...]


def explained(
    items: Sequence[Resource], context: Context, told: Callable[[Resource], bool], known: Producers | None = None
) -> list[Explained]:
    """Every Secret that the items make or name, by namespace and name.

    The items are those that the reload stage would get; `told` says which of them count as users. What cannot be read
    is reported and left out. `known` is what the items make, where somebody knows more of their namespaces.
    """
    known = known or producers(items)
    wiring = Wiring(items, known, context)
    judge = _judge(wiring)
    table: dict[tuple[str, str], list[User]] = {secret: [] for secret in (*known.items, *known.plain)}
    for item in filter(told, wiring.items):
        try:
            found = wiring.found(item)
            decision = wiring.decided(found)
            uses = list(judge.uses(found, decision))
            if _is_by_hand(item, decision):
                uses = [use._replace(effect=_BY_HAND) if use.effect.added else use for use in uses]
            uses += (use for use in judge.guesses(found) if known.holders(use.reference.name, use.namespace))
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
            continue
        for secret, user in _users(item, uses, known):
            table.setdefault(secret, []).append(user)
    return [
        Explained(name, namespace, tuple(items[index] for index in known.holders(name, namespace)), tuple(users))
        for (name, namespace), users in sorted(table.items(), key=lambda entry: entry[0][::-1])
    ]


def _is_by_hand(item: Resource, decision: Decision) -> bool:
    try:
        restarting(item, decision)
    except Shared:
        return True
    return False


def _users(item: Resource, uses: Iterable[Use], known: Producers) -> list[tuple[tuple[str, str], User]]:
    """The uses of one item, those of a Secret with the same effect together."""
    grouped: dict[tuple[tuple[str, str], Effect], list[Use]] = {}
    for use in uses:
        secret = (use.reference.name, use.namespace)
        if secret not in known.items and known.find(*secret):
            secret = (secret[0], ANYWHERE)
        elif not use.namespace and item.kind in _CLUSTER_WIDE:
            # Its operator knows where to look; here it is enough when only one Secret has the name.
            same_name = [each for each in (*known.items, *known.plain) if each[0] == secret[0]]
            secret = same_name[0] if len(same_name) == 1 else secret
        grouped.setdefault((secret, use.effect), []).append(use)
    return [
        (secret, User(item, tuple(use.reference.path for use in same), _keys(same), effect))
        for (secret, effect), same in grouped.items()
    ]


def _keys(uses: Iterable[Use]) -> tuple[str, ...]:
    keys = [use.reference.keys for use in uses]
    return tuple(dict.fromkeys(key for each in keys for key in each)) if all(keys) else ()


def _judge(wiring: Wiring) -> Judge:
    def says(name: str, namespace: str, key: str) -> bool:
        makers = (wiring.items[index] for index in wiring.known.holders(name, namespace))
        return any(annotation_of(maker, key) == "true" for maker in makers)

    def matched(name: str, namespace: str) -> bool:
        return says(name, namespace, wiring.policy.reloader.keys.match)

    def ignored(name: str, namespace: str) -> bool:
        return says(name, namespace, IGNORE)

    def labelled(name: str, namespace: str, key: str) -> Effect:
        makers = [wiring.items[index] for index in wiring.known.holders(name, namespace)]
        if not makers:
            return Effect("", UNKNOWN)
        there = f"the label {key} on the Secret"
        value, cure = label_of(makers[0], key)
        if value:
            return Effect("-", there) if value == _WATCH[key] else Effect("", f"{there} is set to something else")
        if wiring.policy.mode == "off":
            return Effect("", "reload is off")
        if is_secret(makers[0]) and not wiring.known.find(name, namespace):
            return Effect("", f"the Secret has no label {key}")
        return Effect("", f"needs {there}: {cure}") if cure else Effect("-", there, True)

    return Judge(wiring.policy, wiring.secrets, matched, ignored, labelled)
