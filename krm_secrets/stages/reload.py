"""What makes the users of this run's Secrets restart or look again when a Secret changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context
from krm_secrets.stages.producers import Producers, producers
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import YamlError
from krm_secrets.yamltext.splice import Updates

if TYPE_CHECKING:
    from krm_secrets.errors import Problem
    from krm_secrets.reload.action import KnownSecret, Label

# What a Secret's name is made of, but for Flux's `${VAR}`.
_WORD = re.compile(r"[-A-Za-z0-9_.]+")

_RELOADER = "reloader.stakater.com"


def reload(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Annotate or label for the consumers among the items; what the author set stays."""
    mode = context.config.reload
    if mode == "off" or all(map(is_secret, items)):  # a Secret uses none
        return list(items)
    known = producers(items)
    if not known.items and mode != "all":
        return list(items)
    return _Wiring(items, known, context).done()


class _Wiring:
    """The items of a run while what restarts them is added."""

    __slots__ = ("context", "items", "known", "labels", "names", "secrets")

    def __init__(self, items: Sequence[Resource], known: Producers, context: Context) -> None:
        from krm_secrets.reload.action import KnownSecret

        self.items = list(items)
        self.known = known
        self.context = context
        self.secrets: frozenset[KnownSecret] = frozenset(KnownSecret(*secret) for secret in known.items)
        self.names = _searchable(known) if context.config.reload != "all" else frozenset()
        self.labels: dict[tuple[str, str, str], tuple[Label, Resource]] = {}

    def done(self) -> list[Resource]:
        from krm_secrets.reload.action import looks_relevant

        for index, item in enumerate(self.items):
            if not looks_relevant(item.kind, item.api_version) or not _may_name(item, self.names):
                continue
            problems: list[Problem] = []
            try:
                self.items[index] = self.wired(item, problems)
            except YamlError as error:
                self.context.report(item.unreadable(error).results[0])
            for problem in problems:
                self.context.report(item.result(problem))
        if self.labels:
            self.label()
        return self.items

    def wired(self, item: Resource, problems: list[Problem]) -> Resource:
        """The item with what makes its own Pods restart; labels that Secrets need are noted."""
        from krm_secrets.reload import action

        mode, data = self.context.config.reload, item.data
        problems += action.stuck(data, self.secrets)
        for label in action.labels(data, self.secrets):
            self.labels.setdefault((*label.secret, label.key), (label, item))
        if _RELOADER in item.slot.source.text[item.node.start : item.node.end]:
            from krm_secrets.reload.mistakes import mistakes

            problems += mistakes(data)
        if found := action.actions(data, self.secrets, mode, problems):
            return item.updated(_updates(found))
        if patch := action.render(data, self.secrets, mode, problems):
            from krm_secrets.stages.rendering import with_renderer

            return with_renderer(item, patch.renderer())
        return item

    def label(self) -> None:
        """Give Secrets the labels that their users need, through the items that make them."""
        from krm_secrets.stages.labelling import Wanted, labelled

        wanted: dict[int, list[Wanted]] = {}
        for label, user in self.labels.values():
            index = self.known.find(label.secret.name, label.secret.namespace)
            assert index is not None
            wanted.setdefault(index, []).append(Wanted(label, user))
        for index, group in wanted.items():
            producer = self.items[index]
            problems: list[Problem] = []
            try:
                self.items[index] = labelled(producer, group, problems)
            except YamlError as error:
                self.context.report(producer.unreadable(error).results[0])
            for problem in problems:
                self.context.report(producer.result(problem))


def _may_name(item: Resource, names: frozenset[str]) -> bool:
    """Whether the item's text can name one of the Secrets; no names stand for any.

    Reading an object as data costs ten times as much. Templates, escapes and aliases can name a Secret without its
    name being there.
    """
    text = item.slot.source.text[item.node.start : item.node.end]
    if not names or any(sign in text for sign in ("{{", "\\", "*")):
        return True
    return not names.isdisjoint(_WORD.findall(text))


def _searchable(known: Producers) -> frozenset[str]:
    """The names to look for in texts; none when one of them is no single word."""
    names = frozenset(name for name, _ in known.items)
    return names if all(map(_WORD.fullmatch, names)) else frozenset()


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
