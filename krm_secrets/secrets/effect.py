"""What a change of a Secret will do to those who use it: Reloader's decision, and that of others, in words.

The order is Reloader's own (`ShouldReload` of 1.4): exclusion; the list of names; search with match; auto.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.secrets import regex_list, reloader
from krm_secrets.secrets.action import Decision, KnownSecret, is_known
from krm_secrets.secrets.reloader import Annotate
from krm_secrets.secrets.uses.finder import Found, guessed
from krm_secrets.secrets.uses.reference import ANEW, PATCHED, Annotations, Reference, Workload, find
from krm_secrets.settings.restarts import Policy

RELOADER = "Reloader"
UNKNOWN = "the Secret is not known here"
ALL = "--auto-reload-all"
SEEMS = "seems to name it; nothing is known of the kind"
LOOKS = "reads it when it needs it"
OPERATED = "an operator makes its Pods, and may or may not restart them"
_WATCHERS = {"Cluster": "CloudNativePG"}


class Effect(NamedTuple):
    """What makes a user notice a change, or why nothing does."""

    by: str
    """Who restarts it or makes it look again; empty for nobody."""
    how: str
    """By what, or why not."""
    added: bool = False
    """Whether this run added it."""
    needed: bool = True
    """Whether the user would go on with the old value without it."""


class Use(NamedTuple):
    """That an object uses a Secret."""

    reference: Reference
    namespace: str
    """Where the Secret is; empty where it is not set."""
    effect: Effect


class Judge(NamedTuple):
    """What is known beside the object itself."""

    policy: Policy
    secrets: Collection[KnownSecret]
    matched: Callable[[str, str], bool]
    """Whether the Secret of this name and namespace carries the annotation that `search` looks for."""
    ignored: Callable[[str, str], bool]
    """Whether it carries the annotation that keeps Reloader from looking at it."""
    labelled: Callable[[str, str, str], Effect]
    """What a label on the Secret of this name and namespace comes to."""

    def uses(self, found: Found, decision: Decision) -> Iterator[Use]:
        """Every use of a Secret in the object, each place once."""
        seen: set[object] = set()
        for workload in found.workloads:
            for ref in (ref for group in workload.references for ref in group):
                effect = self.of_workload(workload, ref, decision.annotations)
                # What controllers share is told once, unless it comes to something else for one of them.
                if (ref.path, effect) not in seen:
                    seen.add((ref.path, effect))
                    yield Use(ref, _where(ref, workload.namespace), effect)
        if found.values:
            of_chart = self.of_chart(found, decision)
            for ref in found.values:
                yield Use(ref, found.released, of_chart(ref))
        for each in found.watched:
            ref, (key, _) = each.reference, each.label
            effect = self.labelled(ref.name, found.namespace, key)
            by = _WATCHERS.get(found.kind, "Flux") if effect.by else ""
            yield Use(ref, found.namespace, effect._replace(by=by))
        for ref in found.rest():
            effect = Effect("", OPERATED if ref.restart else LOOKS, needed=ref.restart)
            yield Use(ref, _where(ref, found.namespace), effect)

    def guesses(self, found: Found) -> Iterator[Use]:
        """What the object seems to use, if its kind is one that nobody told us of."""
        for ref in guessed(found):
            yield Use(ref, _where(ref, found.namespace), Effect("", SEEMS, needed=False))

    def of_workload(self, workload: Workload, ref: Reference, added: Iterable[Annotate]) -> Effect:
        """What becomes of one reference of a workload."""
        keys = self.policy.reloader.keys
        if not ref.restart:
            return Effect("", _late(ref), needed=False)
        if workload.idle == ANEW:
            return Effect("", ANEW, needed=False)
        if workload.namespace in self.policy.reloader.ignored:
            return Effect("", f"Reloader ignores the namespace {workload.namespace}")
        if self.ignored(ref.name, _where(ref, workload.namespace)):
            return Effect("", f"the Secret asks for it by {reloader.IGNORE}")
        if ref.name in reloader.excluded(workload):
            return Effect("", f"the author excludes it by {reloader.EXCLUDE}")
        own = [each for each in added if each.path == workload.place]
        for each in own:
            by_list = each.key == keys.named and regex_list.parse(each.value).matches(ref.name)
            if by_list or (each.key != keys.named and ref.auto):
                return Effect(RELOADER, each.key, added=True)
        if layers := reloader.chosen(workload, keys):
            return self.by_author(layers, ref, self.matched(ref.name, _where(ref, workload.namespace)))
        if self.policy.reloader.reloads_all and ref.auto:
            return Effect(RELOADER, ALL)
        if workload.idle:
            return Effect(RELOADER if workload.idle == PATCHED else "", workload.idle)
        return Effect("", self.missing(ref.name, workload.namespace))

    def by_author(self, layers: tuple[Annotations, ...], ref: Reference, matched: bool) -> Effect:
        """What the author's own annotations come to."""
        keys, values = self.policy.reloader.keys, _Values(layers)
        listed = values.text(keys.named)
        if listed is not None and regex_list.parse(listed).matches(ref.name):
            return Effect(RELOADER, keys.named)
        asked = [key for key in (keys.auto, keys.typed_auto) if values.is_true(key)]
        searched = values.text(keys.search) == "true"  # Go's other words for true do not count here
        if searched and matched:
            asked.append(keys.search)
        if asked and ref.auto:
            return Effect(RELOADER, asked[0])
        if asked:
            return Effect("", f"{asked[0]} does not see this place")
        if searched:
            return Effect("", f"the author asks for {keys.match} on the Secret, which has none")
        if listed is not None:
            return Effect("", f"the author's list in {keys.named} leaves it out")
        off = next(key for key in keys.choices if values.text(key) is not None)
        return Effect("", f'the author set {off}: "{_word(values.text(off))}"')

    def of_chart(self, found: Found, decision: Decision) -> Callable[[Reference], Effect]:
        """What becomes of what the values of another chart name."""
        from krm_secrets.secrets.uses import other_charts

        keys = self.policy.reloader.keys
        chosen = other_charts.choices(found.obj, keys)
        lists = other_charts.lists(chosen, keys)
        others = [key for each in chosen for key in each.entries if key in keys.choices and key != keys.named]

        def effect(ref: Reference) -> Effect:
            if found.released in self.policy.reloader.ignored:
                return Effect("", f"Reloader ignores the namespace {found.released}")
            if (patch := decision.patch) is not None:
                if patch.key != keys.named or regex_list.parse(patch.value).matches(ref.name):
                    return Effect(RELOADER, f"{patch.key} by a patch", added=True)
                return Effect("", self.missing(ref.name, found.released))
            if any(each.matches(ref.name) for each in lists):
                return Effect(RELOADER, keys.named)
            if others:
                return Effect(RELOADER, f"{others[0]}, as far as the chart puts it on its workloads")
            if chosen:
                return Effect("", f"the author's list in {keys.named} leaves it out")
            if reloader.mentions(found.renderers, keys):
                return Effect(RELOADER, PATCHED)
            if self.policy.reloader.reloads_all:
                return Effect(RELOADER, ALL)
            return Effect("", self.missing(ref.name, found.released))

        return effect

    def missing(self, name: str, namespace: str) -> str:
        """Why nothing was added for a reference about which the author chose nothing."""
        if self.policy.mode == "off":
            return "reload is off"
        if self.policy.mode != "all" and not is_known(name, namespace, self.secrets):
            return UNKNOWN
        return "the name cannot be written into a list"


class _Values:
    """The values of annotations in some layers."""

    __slots__ = ("layers",)

    def __init__(self, layers: tuple[Annotations, ...]) -> None:
        self.layers = layers

    def text(self, key: str) -> str | None:
        found = find(self.layers, key)
        return None if found is None else reloader.text_of(found[1])

    def is_true(self, key: str) -> bool:
        found = find(self.layers, key)
        return found is not None and reloader.is_true(found[1])


def _where(ref: Reference, namespace: str) -> str:
    return namespace if ref.namespace is None else ref.namespace


def _late(ref: Reference) -> str:
    return "read at each pull" if "imagePullSecrets" in ref.path else "no container mounts the volume"


def _word(value: str | None) -> str:
    """A switch's value, which may be anything, as what Reloader takes it for."""
    return "true" if reloader.is_true(value) else "false"
