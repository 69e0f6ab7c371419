"""What a change of a Secret does to one object that uses it, as things stand and once that is wired.

It is decided once: what is wired, what is told of each use and what is warned of are read off the same answers.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path, Problem
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets import regex_list, reloader
from krm_secrets.secrets.reloader import Answer, Around, Reading
from krm_secrets.secrets.uses.finder import Found, guessed
from krm_secrets.secrets.uses.reference import ANEW, ITSELF, Reference, Workload, find, noticed
from krm_secrets.secrets.uses.workloads import HOMES, workloads
from krm_secrets.secrets.world import World
from krm_secrets.settings.restarts import Policy

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from krm_secrets.secrets.chart_patch import Patch
    from krm_secrets.secrets.makers.labels import Label
    from krm_secrets.settings.config import Reload

RELOADER, OPERATOR = "Reloader", "its operator"
UNKNOWN = "the Secret is not known here"
SEEMS = "seems to name it; nothing is known of the kind"
LOOKS = "reads it when it needs it"
OPERATED = "an operator makes its Pods, and may or may not restart them"
OFF = "reload is off"
UNLISTABLE = "the name cannot be written into a list"
UNREACHED = "nobody knows where the chart takes annotations: `charts` in the SecretsConfig can say so"
WATCHERS = {"cnpg.io/reload": "CloudNativePG", "reconcile.fluxcd.io/watch": "Flux"}  # who looks at which label


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


class Annotate(NamedTuple):
    """An annotation to add."""

    path: Path
    """Keys from the object's root to the map of annotations; the map may be missing or null."""
    key: str
    value: str


class Needs(NamedTuple):
    """The Secrets for which a workload must restart."""

    seen: frozenset[str] = frozenset()
    """Those that Reloader's auto notices."""
    unseen: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.seen or self.unseen)


class Judged(NamedTuple):
    """A workload, what Reloader reads there, and what is added."""

    workload: Workload
    reading: Reading
    needs: Needs
    added: tuple[Annotate, ...]


class Effects(NamedTuple):
    """All of it for one object in one world."""

    found: Found
    world: World
    policy: Policy
    workloads: tuple[Judged, ...] = ()
    chart: Reading | None = None
    """What Reloader reads at a chart's workloads, where the values name Secrets."""
    patch: Patch | None = None
    """The patch for a release whose chart takes annotations in a place that nobody can tell."""

    @property
    def annotations(self) -> list[Annotate]:
        """What is added to the object."""
        return [each for judged in self.workloads for each in judged.added]

    def labels(self) -> list[Label]:
        """What the Secrets need that the object uses."""
        found = self.found
        if not found.watched:  # as most objects
            return []
        from krm_secrets.secrets.makers.labels import Label, needs_label

        return [
            Label(each.reference.name, found.namespace, *each.label, each.reference.path)
            for each in (found.watched if self.policy.mode != "off" else ())
            if self.policy.needs(each.label[0])
            and needs_label(found.obj, self.world.makers(each.reference.name, found.namespace))
        ]

    def uses(self) -> Iterator[Use]:
        """Every use of a Secret in the object, each place once."""
        found = self.found
        seen: set[object] = set()
        for judged in self.workloads:
            workload = judged.workload
            for ref in (ref for group in workload.references for ref in group):
                effect = self._of_workload(judged, ref)
                # What controllers share is told once, unless it comes to something else for one of them.
                if (ref.path, effect) not in seen:
                    seen.add((ref.path, effect))
                    yield Use(ref, _where(ref, workload.namespace), effect)
        if self.chart is not None:
            for ref in found.values:
                yield Use(ref, _where(ref, found.released), self._of_chart(self.chart, ref))
        for each in found.watched:
            ref, (key, value) = each.reference, each.label
            yield Use(ref, found.namespace, self._of_label(ref.name, key, value))
        for ref in found.rest():
            by = OPERATOR if ref.how == ITSELF else ""
            effect = Effect(by, ref.how or (OPERATED if ref.restart else LOOKS), needed=ref.restart)
            yield Use(ref, self.where(ref), effect)

    def guesses(self) -> Iterator[Use]:
        """What the object seems to use, if its kind is one that nobody told us of."""
        for ref in guessed(self.found):
            yield Use(ref, self.where(ref), Effect("", ref.how or SEEMS, needed=False))

    def where(self, ref: Reference) -> str:
        """The namespace of a Secret that the object itself names, and no workload in it."""
        default = HOMES.get(self.found.kind)
        if ref.namespace is not None or default is None:
            return _where(ref, self.found.namespace)
        return self.world.home(ref.name, default or self.found.namespace)

    def answer(self, judged: Judged, ref: Reference) -> Answer:
        """What becomes of a use by a workload as things stand."""
        now = judged.reading.answer(noticed(judged.workload, ref), self.around(ref, judged.workload.namespace))
        if now.fate == "restarts" and (how := self.stopped(judged, ref)):
            late = judged.workload.idle == ANEW  # which is then not started either
            return Answer("late", ANEW, needed=False) if late else Answer("stopped", how)
        return now

    def _of_workload(self, judged: Judged, ref: Reference) -> Effect:
        now, keys = self.answer(judged, ref), self.policy.reloader.keys
        if now.fate in ("open", "blind"):
            around = self.around(ref, judged.workload.namespace)
            for each in judged.added:
                by_list = each.key == keys.named and regex_list.parse(each.value).matches(ref.name)
                if by_list or (each.key != keys.named and noticed(judged.workload, ref).auto):
                    if how := self.stopped(judged, ref):
                        return Effect("", how)
                    return Effect(RELOADER, f"{each.key}{judged.reading.condition(around)}", added=True)
            if judged.needs and judged.reading.fails:
                return Effect("", judged.reading.fails)
        if now.fate != "restarts" and self.world.hashed(ref.name, judged.workload.namespace):
            return Effect("kustomize", "the hash in its name")
        return self._told(now, ref.name, judged.workload.namespace)

    def _of_chart(self, reading: Reading, ref: Reference) -> Effect:
        if ref.how:
            return Effect("", ref.how, needed=ref.restart)
        patch, namespace = self.patch, _where(ref, self.found.released)
        around = self.around(ref, self.found.released)
        now = reading.answer(ref, around)
        if patch is not None and now.fate == "open":
            return Effect(RELOADER, f"{patch.key} by a patch{reading.condition(around)}", added=True)
        told = self._told(now, ref.name, namespace)
        return Effect("", UNREACHED) if self.found.installs and told.how == UNLISTABLE else told

    def stopped(self, judged: Judged, ref: Reference) -> str:
        """What keeps Reloader from coming to the workload when the Secret changes."""
        workload = judged.workload
        keys = self.policy.reloader.keys
        # Reloader goes from kind to kind, Deployments first, and in each by name, which only a manifest tells.
        own = as_text(as_map(self.found.obj.get("metadata")).get("name")) if self.found.kind == workload.kind else ""
        for item in self.world.holding(keys.pause, reloader.is_no_duration).get(workload.namespace, ()):
            if workload.kind in ("Deployment", "") and not (own and item.ref.name < own):
                continue
            for other in workloads(item.data, self.policy):
                reading = reloader.read(other, self.policy.reloader, self.world.namespace_labels)
                uses = [each for group in other.references for each in group if each.name == ref.name]
                uses += [Reference(ref.name, (), auto=False, restart=False)]
                if any(reading.answer(use, self.around(use, other.namespace)).fate == "stopped" for use in uses):
                    return f"{item.ref} stops Reloader before it comes here: {keys.pause} is no duration"
        return ""

    def _of_label(self, name: str, key: str, value: str) -> Effect:
        """What a label on the Secret comes to."""
        from krm_secrets.secrets.makers.labels import label_of, watched_anyway  # only told uses pay for it

        makers = self.world.makers(name, namespace := self.found.namespace)
        if not makers or not self.policy.needs(key) or watched_anyway(self.found.obj, makers):
            return Effect(WATCHERS[key], ITSELF) if makers else Effect("", UNKNOWN)
        there = f"the label {key} on the Secret"
        given, cure = label_of(makers[0], key)
        if given:
            return Effect(WATCHERS[key], there) if given == value else Effect("", f"{there} is set to something else")
        if self.policy.mode == "off":
            return Effect("", OFF)
        if not self.world.knows(name, namespace):
            return Effect("", f"the Secret has no label {key}")
        return Effect("", f"needs {there}: {cure}") if cure else Effect(WATCHERS[key], there, True)

    def _told(self, now: Answer, name: str, namespace: str) -> Effect:
        """What is told of a use for which nothing is added."""
        if now.fate == "restarts":
            return Effect(RELOADER, now.how, needed=now.needed)
        if now.fate != "open":
            return Effect("", now.how, needed=now.needed)
        if self.policy.mode == "off":
            return Effect("", OFF)
        if self.policy.mode != "all" and not self.world.knows(name, namespace):
            return Effect("", UNKNOWN)
        return Effect("", UNLISTABLE)

    def around(self, ref: Reference, namespace: str) -> Around:
        """What Reloader asks of the Secret that a user in the namespace names."""
        secret = (ref.name, _where(ref, namespace))
        return Around(lambda key: self.world.says(*secret, key), lambda: self.world.labels(*secret))

    def problems(self) -> list[Problem]:
        """What to tell of it."""
        from krm_secrets.secrets.findings import findings

        return findings(self)


def effects(found: Found, world: World, policy: Policy) -> Effects:
    """What a change of the Secrets does that the object uses; nothing is added where its author decided."""
    groups: dict[int, Needs] = {}
    judged = []
    for workload in found.workloads:
        for group in workload.references:
            if id(group) not in groups:  # controllers share them
                groups[id(group)] = _needs(group, workload.namespace, world, policy.mode)
        needs = _together([groups[id(group)] for group in workload.references])
        reading = reloader.read(workload, policy.reloader, world.namespace_labels)
        judged.append(Judged(workload, reading, needs, tuple(_added(workload, reading, needs, policy))))
    if not found.values:
        return Effects(found, world, policy, tuple(judged))
    from krm_secrets.secrets import chart_patch  # releases of app-template need none of it

    chart = chart_patch.read(found, policy, world.namespace_labels)
    open_now = not (chart.layers or chart.idle or chart.ignored or policy.reloader.reloads_all)
    wanted = {
        ref.name
        for ref in found.values
        if open_now and not ref.how and _is_wanted(ref.name, _where(ref, found.released), world, policy.mode)
    }
    return Effects(found, world, policy, tuple(judged), chart, chart_patch.patch(found, wanted, policy))


def _is_wanted(name: str, namespace: str, world: World, mode: Reload) -> bool:
    """Whether the configuration asks for restarts by a Secret."""
    return mode != "off" and (mode == "all" or world.knows(name, namespace))


def _needs(references: Sequence[Reference], namespace: str, world: World, mode: Reload) -> Needs:
    seen, unseen = set[str](), set[str]()
    for ref in references:
        if ref.restart and _is_wanted(ref.name, namespace, world, mode):
            (seen if ref.auto else unseen).add(ref.name)
    return Needs(frozenset(seen), frozenset(unseen))


def _together(parts: list[Needs]) -> Needs:
    """All needs in one; a single part is not copied, so that what controllers share costs nothing."""
    parts = [part for part in parts if part]
    if len(parts) == 1:
        return parts[0]
    return Needs(frozenset[str]().union(*(p.seen for p in parts)), frozenset[str]().union(*(p.unseen for p in parts)))


def _added(workload: Workload, reading: Reading, needs: Needs, policy: Policy) -> Iterator[Annotate]:
    """The annotations that a workload gets."""
    if not needs or workload.place is None or reading.ignored or reading.fails:
        return
    keys, (seen, unseen) = reading.flags.keys, needs
    if reading.excluded:
        seen, unseen = seen - reading.excluded, unseen - reading.excluded
    unseen -= seen
    if reading.layers:
        if reading.layers is not workload.annotations or reading.lists or not reading.asked:
            return
        seen = frozenset()  # the author wants all of them, and `auto` sees these
    elif reading.flags.reloads_all:
        seen = frozenset()
    elif policy.mode == "named":
        seen, unseen = frozenset(), seen | unseen
    if seen:
        # Where the author chose ConfigMaps by hand, `auto` would overrule that choice.
        by_hand = any(find((*workload.annotations, *workload.pod), key) for key in reloader.other_types(keys))
        yield Annotate(workload.place, keys.typed_auto if by_hand else keys.auto, "true")
    if listable := regex_list.writable(unseen):
        yield Annotate(workload.place, keys.named, regex_list.write(listable))


def _where(ref: Reference, namespace: str) -> str:
    return namespace if ref.namespace is None else ref.namespace
