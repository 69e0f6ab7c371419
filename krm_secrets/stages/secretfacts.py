"""What is known of the Secrets of a run: their names, their keys, and whether they ask for restarts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.claims import World
from krm_secrets.stages.labelling import annotation_of
from krm_secrets.stages.producers import ANYWHERE, Producers
from krm_secrets.stages.secretkeys import keys_of


def world(items: Sequence[Resource], known: Producers, match: str) -> World:
    """The facts, each looked up when it is asked for; `match` is the annotation that `search` looks for."""
    keys_known: dict[tuple[str, str], frozenset[str] | None] = {}
    by_namespace: dict[str, set[str]] = {}
    makers = list(items)  # before anything is done about them

    def keys(name: str, namespace: str) -> frozenset[str] | None:
        if (name, namespace) not in keys_known:
            found = [keys_of(makers[index], name) for index in known.holders(name, namespace)]
            sure = [each for each in found if each]
            # Whoever finds it without any key will fill it in.
            keys_known[name, namespace] = frozenset[str]().union(*sure) if sure and len(sure) == len(found) else None
        return keys_known[name, namespace]

    def names(namespace: str) -> Collection[str]:
        if not by_namespace:
            for name, place in (*known.items, *known.plain):
                by_namespace.setdefault(place, set()).add(name)
        return by_namespace.get(namespace, set()) | by_namespace.get(ANYWHERE, set())

    def matched(name: str, namespace: str) -> bool | None:
        found = known.holders(name, namespace)
        return any(annotation_of(makers[index], match) == "true" for index in found) if found else None

    return World(keys, names, matched)
