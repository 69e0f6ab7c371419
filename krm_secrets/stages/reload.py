"""What makes the users of this run's Secrets restart or look again when a Secret changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krm_secrets.errors import WARNING, Path, Problem, clean
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context
from krm_secrets.stages.producers import Producers, producers
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import Shared, YamlError
from krm_secrets.yamltext.splice import Updates

if TYPE_CHECKING:
    from krm_secrets.secrets.action import Decision, KnownSecret, Label
    from krm_secrets.secrets.claims import World
    from krm_secrets.secrets.uses.finder import Found
    from krm_secrets.secrets.uses.helm_values import Releases

# What a Secret's name is made of, but for Flux's `${VAR}`.
_WORD = re.compile(r"[-A-Za-z0-9_.]+")

# Templates, escapes, aliases, values from elsewhere and a chart's default can name a Secret that is not written there.
_ELSEWHERE = ("{{", "\\", "*", "valuesFrom", "externalSecretRef", "bitwarden-sdk-server")

# Kinds that name nothing of others, or that name their own Secret.
_MAKERS = frozenset(("Secret", "ConfigMap", "ExternalSecret", "SealedSecret", "SopsSecret", "CustomResourceDefinition"))

_RELOADER = "reloader.stakater.com"


def reload(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Annotate or label for the consumers among the items; what the author set stays."""
    mode = context.config.reload
    if mode == "off" or all(map(is_secret, items)):  # a Secret uses none
        return list(items)
    known = producers(items)
    if not known.items and mode != "all":
        return list(items)
    return Wiring(items, known, context).done()


class Wiring:
    """The items of a run, what uses the Secrets among them, and what is done about it."""

    __slots__ = ("_labels", "_listed", "_releases", "_words", "_world", "items", "known", "policy", "report", "secrets")

    def __init__(self, items: Sequence[Resource], known: Producers, context: Context) -> None:
        from krm_secrets.secrets.action import KnownSecret

        self.items = list(items)
        self.known = known
        self.policy = context.config.restarts
        self._words = [_RELOADER, *(key for key in self.policy.reloader.keys if _RELOADER not in key)]
        self.report = context.report
        self._listed = context.listed
        self._releases: Releases | None = None
        self._world: World | None = None
        self.secrets: frozenset[KnownSecret] = frozenset(KnownSecret(*secret) for secret in known.items)
        self._labels: dict[tuple[str, str, str], tuple[Label, Resource]] = {}

    def found(self, item: Resource) -> Found:
        """What one of the items uses; YamlError when it cannot be read."""
        from krm_secrets.secrets.uses.finder import find

        return find(self.releases.whole(item) if item.kind == "HelmRelease" else item.data, self.policy)

    @property
    def world(self) -> World:
        """What is known of the Secrets, as far as somebody asks."""
        if self._world is None:
            from krm_secrets.stages.secretfacts import world

            self._world = world(self.items, self.known, self.policy.reloader.keys.match)
        return self._world

    @property
    def releases(self) -> Releases:
        """What HelmReleases refer to."""
        if self._releases is None:
            from krm_secrets.secrets.uses.helm_values import Releases  # many runs have no HelmRelease

            self._releases = Releases(self.items, self._listed)
        return self._releases

    def decided(self, found: Found) -> Decision:
        """What is to be done about what an item uses, and what to be said of it."""
        from krm_secrets.secrets.action import decide
        from krm_secrets.secrets.claims import claims

        decision = decide(found, self.secrets, self.policy)
        wrong = claims(found, self.policy, self.world, decision.problems)
        return decision._replace(problems=(*decision.problems, *wrong)) if wrong else decision

    def done(self) -> list[Resource]:
        """The items with all of it done."""
        searched = _searchable(self.known)
        names = searched if self.policy.mode != "all" else frozenset()
        keyed = searched | {name for name, _ in self.known.plain}
        for index in range(len(self.items)):
            self.wire(index, names, keyed)
        if self._labels:
            self.label()
        return self.items

    def wire(self, index: int, names: frozenset[str], keyed: frozenset[str]) -> None:
        """Do what is to be done about one of the items, or say which keys it expects in vain.

        `names` are the Secrets that may matter to it, or none for any; `keyed` those whose keys are looked at.
        """
        from krm_secrets.secrets.action import looks_relevant

        item = self.items[index]
        try:
            if looks_relevant(item.kind, item.api_version, self.policy):
                if may_name(item, names):
                    self.items[index] = self.acted(item, self.decided(self.found(item)))
            elif keyed and item.kind not in _MAKERS and _names_a_key(item, keyed):
                self._check(item)
        except YamlError as error:
            self.report(item.unreadable(error).results[0])

    def _check(self, item: Resource) -> None:
        """Say which keys an object expects that nobody makes, though nothing is to be done about it."""
        from krm_secrets.secrets.claims import claims, missing_keys

        found = self.found(item)
        problems = claims(found, self.policy, self.world)
        problems += missing_keys(list(found.rest()), found.namespace, self.world)
        for problem in problems:
            self.report(item.result(problem))

    def acted(self, item: Resource, decision: Decision) -> Resource:
        """The item with what makes its own Pods restart; labels that Secrets need are noted."""
        for label in decision.labels:
            self._labels.setdefault((*label.secret, label.key), (label, item))
        problems: list[Problem] = []
        text = item.slot.source.text[item.node.start : item.node.end]
        if any(word in text for word in self._words):
            from krm_secrets.secrets.lint_annotations import mistakes

            problems = mistakes(item.data, self.policy.reloader.keys)
        for problem in (*problems, *decision.problems):
            self.report(item.result(problem))
        try:
            return restarting(item, decision)
        except Shared:
            self.report(item.result(_by_hand(decision)))
        return item

    def label(self) -> None:
        """Give Secrets the labels that their users need, through the items that make them."""
        from krm_secrets.stages.labelling import Wanted, labelled, shared

        wanted: dict[int, list[Wanted]] = {}
        for label, user in self._labels.values():
            for index in self.known.find(*label.secret):
                wanted.setdefault(index, []).append(Wanted(label, user))
        for index, group in wanted.items():
            producer = self.items[index]
            problems: list[Problem] = []
            try:
                self.items[index] = labelled(producer, group, problems)
            except Shared:
                problems += map(shared, group)
            except YamlError as error:
                self.report(producer.unreadable(error).results[0])
            for problem in problems:
                self.report(producer.result(problem))


def restarting(item: Resource, decision: Decision) -> Resource:
    """The item with what makes its own Pods restart; Shared where an anchor of its file keeps us from it."""
    if decision.annotations:
        return item.updated(_updates(decision.annotations))
    if decision.patch:
        from krm_secrets.stages.rendering import with_renderer

        return with_renderer(item, decision.patch.renderer())
    return item


def may_name(item: Resource, names: frozenset[str]) -> bool:
    """Whether the item's text can name one of the Secrets; no names stand for any.

    Reading an object as data costs ten times as much.
    """
    text = item.slot.source.text[item.node.start : item.node.end]
    if not names or any(sign in text for sign in _ELSEWHERE):
        return True
    return not names.isdisjoint(_WORD.findall(text))


def _names_a_key(item: Resource, names: frozenset[str]) -> bool:
    """Whether the item's text names one of the Secrets and may name one of its keys."""
    text = item.slot.source.text[item.node.start : item.node.end]
    return "key" in text and not names.isdisjoint(_WORD.findall(text))


def _searchable(known: Producers) -> frozenset[str]:
    """The names to look for in texts; none when one of them is no single word."""
    names = frozenset(name for name, _ in known.items)
    return names if all(map(_WORD.fullmatch, names)) else frozenset()


def _by_hand(decision: Decision) -> Problem:
    """What a person has to add, where an anchor keeps us from it."""
    path: Path = ("spec", "postRenderers")
    what = "a post renderer"
    if decision.annotations:
        where, key, value = decision.annotations[0]
        path, what = (*where, key), f'{key}: "{clean(value)}"'
    return Problem(
        path,
        f"needs {what} to restart when the Secret changes, but an anchor (&) shares this place with others, so that"
        " nothing was changed: add it by hand",
        WARNING,
    )


def _updates(found: Iterable[tuple[tuple[str | int, ...], str, str]]) -> Updates:
    updates: Updates = {}
    for path, key, value in found:
        at = updates
        for part in path:
            inner = at.setdefault(part, {})
            assert isinstance(inner, dict)
            at = inner
        at[key] = emit.quoted(value)
    return updates
