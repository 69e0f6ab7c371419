"""What makes the users of this run's Secrets restart or look again when a Secret changes."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.secrets.world import Build, World
from krm_secrets.stages import sops_secrets
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import Shared, YamlError

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from krm_secrets.errors import Path, Problem, Result
    from krm_secrets.secrets.chart_patch import Patch
    from krm_secrets.secrets.effect import Effects
    from krm_secrets.secrets.lint_annotations import Rule
    from krm_secrets.secrets.makers.labels import Wanted
    from krm_secrets.secrets.uses.finder import Found
    from krm_secrets.secrets.uses.helm_values import Read, Releases
    from krm_secrets.settings.restarts import Policy, Reloader

# What a Secret's name is made of, but for Flux's `${VAR}`.
_WORD = pattern(r"[-A-Za-z0-9_.]+")

# Templates, escapes, aliases, values from elsewhere and a chart's default can name a Secret that is not written there.
_ELSEWHERE = ("{{", "\\", "*", "valuesFrom", "valueFiles", "valuesFile", "externalSecretRef", "bitwarden-sdk-server")

# Kinds that name nothing of others.
_SILENT = frozenset(("ConfigMap", "CustomResourceDefinition"))

_RELOADER = "reloader.stakater.com"

_AT_ONCE = ("CronJob", "Job")
"""What Reloader starts or replaces, and we never annotate."""


def reload(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Annotate or label for the users among the items; what the author set stays."""
    policy = context.policy(items)
    worlds = worlds_of(items, context)
    if policy.mode != "all" and not any(world.names(None) for world in worlds):
        return list(items)
    wiring = Wiring(items, context.listed, context.report, context.beside)
    for world in worlds:
        for item, other, name in world.contested():
            from krm_secrets.secrets.clashes import contest

            wiring.report(other.result(contest(item, other, name)))
        for item in world.build.items:
            wiring.look(item, world, policy)
    return wiring.done()


def worlds_of(items: Sequence[Resource], context: Context) -> list[World]:
    """The worlds of the builds that the items belong to: one, unless they were read from folders."""
    rules, opened = context.config.restarts.makers, sops_secrets.opened(items, context)
    if context.builds is None:
        return [World(Build(items), rules, opened=opened)]
    return context.builds.worlds(items, rules, opened)


class _Wanted:
    """What one object is to get."""

    __slots__ = ("annotations", "labels", "patch")

    def __init__(self) -> None:
        self.annotations: dict[tuple[Path, str], str] = {}
        self.labels: dict[tuple[str, str], Wanted] = {}
        self.patch: Patch | None = None


class Wiring:
    """What objects get, gathered from all the worlds that they are in, and then done once."""

    __slots__ = ("_around", "_items", "_listed", "_releases", "_report", "_told", "_wanted")

    def __init__(
        self,
        items: Sequence[Resource],
        listed: Read,
        report: Callable[[Result], None],
        around: Sequence[Resource] = (),
    ) -> None:
        self._items = items
        self._around = around
        self._listed = listed
        self._report = report
        self._releases: Releases | None = None
        self._told: set[Result] = set()
        self._wanted: dict[int, _Wanted] = {}

    def found(self, item: Resource, policy: Policy) -> Found:
        """What an object uses; YamlError when it cannot be read."""
        from krm_secrets.secrets.uses.finder import find
        from krm_secrets.secrets.uses.workloads import installs

        others = installs(item.kind, item.api_version)
        if item.kind != "HelmRelease" and not others:
            return find(item.data, policy)
        releases = self._releases
        if releases is None:
            from krm_secrets.secrets.uses.helm_values import Releases  # many runs have no HelmRelease

            releases = self._releases = Releases((*self._items, *self._around), self._listed)
        if others:
            data = item.data
            if item.kind == "Kustomization" and item.given_namespace:  # one further out decides
                data = {**data, "namespace": item.given_namespace}
            return find(data, policy, lambda *of: releases.file(item, *of))
        return find(releases.whole(item), policy)

    def effects(self, item: Resource, world: World, policy: Policy) -> Effects:
        """What a change does to an object; YamlError when it cannot be read."""
        from krm_secrets.secrets.effect import effects

        return effects(self.found(item, policy), world, policy)

    def look(self, item: Resource, world: World, policy: Policy) -> None:
        """Take note of what is to be done about an object, and report what is to be said of it."""
        from krm_secrets.secrets.uses.finder import looks_relevant
        from krm_secrets.secrets.uses.workloads import installs

        text = item.slot.source.text[item.node.start : item.node.end]
        try:
            if looks_relevant(item.kind, item.api_version, policy):
                anywhere = "targetNamespace" in text or installs(item.kind, item.api_version)
                # A list may name what another namespace has.
                names = world.names(None if anywhere or _annotated(text, policy.reloader) else item.namespace)
                if policy.mode == "all" or item.written is not None or may_name(text, names):
                    self._act(item, text, self.effects(item, world, policy))
                else:
                    self._lint(item, text, policy, "harmful")
                return
            starts = item.kind in _AT_ONCE and (policy.reloader.reloads_all or _annotated(text, policy.reloader))
            keyed = item.kind not in _SILENT and ("key" in text or "Key" in text)
            named = (keyed or starts) and _names_another(item, text, world)
            if named:
                self._check(item, world, policy)
            if item.kind in _AT_ONCE:
                self._lint(item, text, policy, "mistakes" if named else "harmful")
            elif _annotated(text, policy.reloader) and world.made_by(item):
                self._lint(item, text, policy, "on_secrets")
        except YamlError as error:
            self.report(item.unreadable(error).results[0])

    def report(self, result: Result) -> None:
        """Report what several worlds may have to say once."""
        if result not in self._told:
            self._told.add(result)
            self._report(result)

    def _check(self, item: Resource, world: World, policy: Policy) -> None:
        """Say which keys an object expects that nobody makes, though nothing is to be done about it."""
        from krm_secrets.secrets.findings import missing_keys

        if id(item.slot) in world.build.doubtful:
            return
        effects = self.effects(item, world, policy)
        rest = missing_keys(((ref, effects.where(ref)) for ref in effects.found.rest()), world)
        for problem in (*effects.problems(), *rest):
            self.report(item.result(problem))

    def label(self, item: Resource, world: World, policy: Policy) -> None:
        """Take note of the labels that Secrets get for an object, of which nothing else can be certain."""
        try:
            self._label(item, self.effects(item, world, policy))
        except YamlError as error:
            self.report(item.unreadable(error).results[0])

    def _label(self, item: Resource, effects: Effects) -> None:
        for label in effects.labels():
            from krm_secrets.secrets.makers.labels import Wanted

            for maker in effects.world.makers(label.secret, label.namespace):
                if not maker.made.plain:
                    labels = self._wanted.setdefault(id(maker.item.slot), _Wanted()).labels
                    labels.setdefault((label.secret, label.key), Wanted(label, maker, item))

    def _act(self, item: Resource, text: str, effects: Effects) -> None:
        wanted = self._wanted.setdefault(id(item.slot), _Wanted())
        self._label(item, effects)
        sure = id(item.slot) not in effects.world.build.doubtful
        if sure:
            self._lint(item, text, effects.policy, "mistakes")
        for problem in effects.problems() if sure else ():
            self.report(item.result(problem))
        for path, key, value in effects.annotations:
            value = _as_written(item, value)
            before = wanted.annotations.get((path, key), value)
            wanted.annotations[path, key] = ",".join(sorted({*before.split(","), *value.split(",")}))
        if effects.patch is not None and wanted.patch is None:
            wanted.patch = effects.patch._replace(value=_as_written(item, effects.patch.value))

    def _lint(self, item: Resource, text: str, policy: Policy, rule: Rule) -> None:
        """Report what is wrong with Reloader's annotations in an object."""
        if _annotated(text, policy.reloader):
            from krm_secrets.secrets.lint_annotations import RULES

            for problem in RULES[rule](item.data, policy.reloader):
                self.report(item.result(problem))

    def done(self) -> list[Resource]:
        """The items with all of it done."""
        items = list(self._items)
        for do in (self._restarting, self._labelled):
            for index, item in enumerate(items):
                if (wanted := self._wanted.get(id(item.slot))) is not None:
                    try:
                        items[index] = do(item, wanted)
                    except YamlError as error:
                        self.report(item.unreadable(error).results[0])
        return items

    def _restarting(self, item: Resource, wanted: _Wanted) -> Resource:
        try:
            return restarting(item, wanted.annotations, wanted.patch)
        except Shared:
            self.report(item.result(_by_hand(wanted)))
            return item

    def _labelled(self, item: Resource, wanted: _Wanted) -> Resource:
        if not wanted.labels:
            return item
        from krm_secrets.secrets.makers.labels import labelled

        problems: list[Problem] = []
        labelled_item = labelled(item, wanted.labels.values(), problems)
        for problem in problems:
            self.report(item.result(problem))
        return labelled_item


def _as_written(item: Resource, names: str) -> str:
    """A list of names with the variables that stand in the text, so that it fits each build that puts values there."""
    if not item.written:
        return names
    return ",".join(item.written.get(name.replace("[.]", "."), name) for name in names.split(","))


def restarting(item: Resource, annotations: Mapping[tuple[Path, str], str], patch: Patch | None) -> Resource:
    """The item with what makes its own Pods restart; Shared where an anchor of its file keeps us from it."""
    if annotations:
        from krm_secrets.stages.inner_text import annotated

        item = annotated(item, annotations)
    if patch is not None:
        from krm_secrets.stages.rendering import with_renderer

        return with_renderer(item, patch.renderer())
    return item


def _by_hand(wanted: _Wanted) -> Problem:
    """What a person has to add, where an anchor keeps us from it."""
    from krm_secrets.errors import WARNING, Problem, clean

    path: Path = ("spec", "postRenderers")
    what = "a post renderer"
    for (where, key), value in wanted.annotations.items():
        path, what = (*where, key), f'{key}: "{clean(value)}"'
        break
    return Problem(
        path,
        f"needs {what} to restart when the Secret changes, but an anchor (&) shares this place with others, so that"
        " nothing was changed: add it by hand",
        WARNING,
        "no-restart",
    )


def _annotated(text: str, flags: Reloader) -> bool:
    """Whether one of Reloader's annotations may stand in a text."""
    return _RELOADER in text or any(key in text for key in flags.keys if _RELOADER not in key)


def may_name(text: str, names: frozenset[str]) -> bool:
    """Whether an object's text can name one of the Secrets.

    Reading an object as data costs ten times as much.
    """
    if not names:
        return False
    if any(sign in text for sign in _ELSEWHERE) or not names.isdisjoint(_WORD.findall(text)):
        return True
    return not all(map(_WORD.fullmatch, names))


def brings_charts(item: Resource) -> bool:
    """Whether it is a kustomization that kustomize renders charts or patches for, though nobody applies it."""
    entries = item.node.entries()
    is_kustomize = item.kind == "Kustomization" and group_of(item.api_version) in ("kustomize.config.k8s.io", "")
    return is_kustomize and any(key == "helmCharts" or key.startswith("patches") for key in entries)


def _near(item: Resource) -> str | None:
    """The namespace of the Secrets that an object can name; None for any."""
    from krm_secrets.secrets.uses.workloads import HOMES

    return None if item.kind in HOMES else item.namespace


def _names_another(item: Resource, text: str, world: World) -> bool:
    """Whether the text names one of the Secrets that the object does not make itself."""
    named = world.names(_near(item), every=True).intersection(_WORD.findall(text))
    return not named <= world.made_by(item)
