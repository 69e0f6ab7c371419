"""Which objects of a tree are changed or deleted, and by which kustomization, Flux Kustomization or Application."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import clean
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.plain import as_list, as_map
from krm_secrets.repository.argocd import is_argo, sources
from krm_secrets.repository.builds import Build, flux_build, is_flux
from krm_secrets.repository.patches import DELETE, GIVEN, READ, Act, Data, acts, files, first, handed_on, targets
from krm_secrets.repository.scopes import Scopes
from krm_secrets.repository.selectors import Selector, strings, top_map
from krm_secrets.repository.survey import Survey
from krm_secrets.secrets.makers.table import makers
from krm_secrets.settings.kinds import describes

_WORDS = re.compile(
    r"patch|replacements|[lL]abels|[aA]nnotations|[nN]ame(?:Prefix|Suffix)|transformers|configurations|vars:|buildMetadata"
)

_WORK = frozenset(
    ("patches", "patchesJson6902", "patchesStrategicMerge", "commonMetadata", "namePrefix", "nameSuffix", "components")
)
"""What a Flux Kustomization may say that does something to objects."""


class Actor(NamedTuple):
    """Who does things to objects: how messages call it, the kustomization's folder, the files whose objects it takes
    (all of them where it is not known which), and what it does."""

    name: str
    folder: str
    scope: frozenset[str] | None
    acts: tuple[Act, ...]
    starts: int = 0
    """For one that starts a build: how many others start theirs at its folder, itself included."""


_KEPT = frozenset(
    (
        "image", "replicas", "resources", "affinity", "tolerations", "nodeSelector", "topologySpreadConstraints",
        "args", "command", "ports", "livenessProbe", "readinessProbe", "startupProbe", "securityContext", "strategy",
        "labels", "updateStrategy", "priorityClassName", "terminationGracePeriodSeconds", "schedule", "suspend",
        "interval", "retryInterval", "refreshInterval", "timeout", "minReplicas", "maxReplicas", "rules",
        "ingressClassName", "storage", "storageClassName", "accessModes", "storageClass", "concurrencyPolicy",
        "install", "upgrade", "rollback", "uninstall", "driftDetection", "maxHistory", "chart", "version",
        "chartRef", "dependsOn", "hosts",
    )
)  # fmt: skip
"""Fields, with all below them, that say nothing of Secrets."""


def _matters(act: Act) -> bool:
    """Whether what is done may concern a Secret, what makes it, or a use."""
    if act.how in (READ, GIVEN) and not act.configured:  # the ways of builds say what these give
        return False
    return act.how == DELETE or any(_KEPT.isdisjoint(leaf) for leaf in act.leaves)


class Touched:
    """What is done to the objects of a tree."""

    def __init__(self, seen: Survey) -> None:
        reader = _Reader(seen)
        self._at: dict[str, list[Actor]] = {}
        self._by_folder: dict[str, list[Actor]] = {}
        self._everywhere: list[Actor] = []
        self._found: dict[tuple[str, int], list[tuple[Actor, Act]]] = {}
        self._kinds: dict[tuple[int, str, str], tuple[Act, ...]] = {}
        for actor in reader.actors():
            if actor.acts and actor.scope is None:
                self._everywhere.append(actor)
            elif actor.acts:
                self._by_folder.setdefault(actor.folder, []).append(actor)
            for path in (actor.scope or ()) if actor.acts else ():
                self._at.setdefault(path, []).append(actor)
        self.patches = frozenset(reader.patches)
        self.targets = reader.targets
        self._given = frozenset(reader.given)
        self._affixes = reader.affixes
        self._namespaces = reader.namespaces

    def acts(self, path: str, item: Resource) -> Iterator[tuple[Actor, Act]]:
        """What is done to an object of a file anywhere."""
        meant: dict[Selector, bool] = {}  # many builds do the same
        for actor in (*self._at.get(path, ()), *self._everywhere):
            for act in self._of_kind(actor, item):
                if act.selector not in meant:
                    meant[act.selector] = self._is_meant(act.selector, item)
                if meant[act.selector]:
                    yield actor, act

    def _of_kind(self, actor: Actor, item: Resource) -> tuple[Act, ...]:
        """What is done to some objects of a kind, looked for once for all of these."""
        key = (id(actor), item.api_version, item.kind)
        if key not in self._kinds:
            group = group_of(item.api_version)
            self._kinds[key] = tuple(act for act in actor.acts if act.selector.takes_kind(group, item.kind))
        return self._kinds[key]

    def _all(self, path: str, item: Resource) -> list[tuple[Actor, Act]]:
        """The same, looked for once however many builds take the object."""
        key = (path, id(item.slot))
        if key not in self._found:
            self._found[key] = list(self.acts(path, item))
        return self._found[key]

    def deleted(self, build: Build, path: str, item: Resource) -> bool:
        """Whether a build takes the object and deletes it again, for certain."""
        return any(
            act.how == DELETE and _is_certain(build, actor, act.selector, item)
            for actor, act in self._all(path, item)
            if actor.folder in build.folders and actor.scope is not None
        )

    def doubtful(self, build: Build, path: str, item: Resource) -> bool:
        """Whether a build does something to the object that may change its Secrets, or how it uses them."""
        return any(
            _matters(act)
            for actor, act in self._all(path, item)
            if actor.folder in build.folders or actor.scope is None
        ) or (describes(item) and self._is_made_doubtful(build, item))

    def _is_made_doubtful(self, build: Build, item: Resource) -> bool:
        """Whether a build may change a Secret that a generator gives, which stands in no file that is taken."""
        names = [maker.made.name for maker in makers(item)]
        actors = [*self._everywhere, *(actor for folder in build.folders for actor in self._by_folder.get(folder, ()))]
        return any(
            _matters(act) and self._has(act.selector, "", "Secret", name)
            for actor in actors
            for act in actor.acts
            for name in names
        )

    def _has(self, selector: Selector, group: str, kind: str, name: str) -> bool:
        """Whether group, kind and name are such as the selector means."""
        return selector.takes_kind(group, kind) and (not selector.name or self._is_named(selector, name))

    def _is_meant(self, selector: Selector, item: Resource) -> bool:
        """Whether an object of such a kind as the selector takes is meant."""
        own = item.ref.namespace
        return (
            (not selector.name or self._is_named(selector, item.ref.name))
            and (not own or selector.takes(selector.namespace, (own, *self._namespaces)))
            and selector.is_labelled(item, self._given)
        )

    def _is_named(self, selector: Selector, name: str) -> bool:
        """Whether an object may have the name on its way through builds, which put prefixes and suffixes to it."""
        names = (name, *(f"{before}{name}{after}" for before, after in self._affixes))
        return selector.takes(selector.name, names) or (bool(self._affixes) and name in selector.name)


def _is_certain(build: Build, actor: Actor, selector: Selector, item: Resource) -> bool:
    """Whether the object is meant, whatever others do to it, and by this build rather than another of the folder."""
    if selector.labels or selector.annotations or (actor.starts and (actor.starts > 1 or build.start != actor.folder)):
        return False
    return selector.takes(selector.name, (item.ref.name,))


class _Reader:
    """Reads all that does something, and gathers what matters for who is meant."""

    def __init__(self, seen: Survey) -> None:
        self.seen = seen
        self.patches: set[str] = set()
        self.targets: dict[str, list[tuple[str, Selector | None]]] = {}
        self.given: set[tuple[str, str]] = set()
        self.affixes: set[tuple[str, str]] = set()
        self.namespaces = {one.content.namespace for one in seen.kustomizations.values()}
        self.scopes = Scopes(seen)
        self.starts = Counter(start.folder for start in seen.starts())

    def actors(self) -> Iterator[Actor]:
        for folder, one in self.seen.kustomizations.items():
            if _WORDS.search(one.file.text):
                yield from self.actor(one.file.name, folder, self.scopes.of(folder), first(one.file.text), folder)
        for path, parsed in self.seen.parsed.items():
            for item in parsed.items:
                if is_flux(item):
                    yield from self.flux(item, os.path.dirname(path))
                elif is_argo(item):
                    yield from self.argo(item)

    def actor(
        self, name: str, folder: str, scope: frozenset[str] | None, data: Data, files_in: str = "", starts: int = 0
    ) -> Iterator[Actor]:
        """What these fields do; `files_in` is the folder from which they name files."""
        tree, read = self.seen.tree, partial(self.seen.tree.text, files_in)
        if files_in:
            self.patches |= {path for name in files(data) if (path := tree.find(files_in, name)) in tree.files}
            for name_of_file, target in targets(data):
                self.targets.setdefault(tree.find(files_in, name_of_file), []).append((files_in, target))
        self.gather(data)
        yield Actor(name, folder, scope, tuple(acts(data, read)), starts)
        for inner in handed_on(data, read):
            self.gather(inner)
            yield Actor(name, "", None, tuple(acts(inner, lambda _: None)))

    def gather(self, data: Data) -> None:
        """Labels and annotations that objects are given, and what is put around their names."""
        common = as_map(data.get("commonMetadata"))
        tables = [
            data.get("commonLabels"),
            data.get("commonAnnotations"),
            common.get("labels"),
            common.get("annotations"),
        ]
        tables += (as_map(each).get("pairs") for each in as_list(data.get("labels")))
        self.given |= {pair for table in tables for pair in strings(table).items()}
        self.namespaces.add(str(data.get("namespace") or data.get("targetNamespace") or ""))
        affix = (str(data.get("namePrefix") or ""), str(data.get("nameSuffix") or ""))
        if any(affix):
            self.affixes.add(affix)

    def flux(self, item: Resource, folder: str) -> Iterator[Actor]:
        spec = top_map(item, "spec")
        if _WORK.isdisjoint(spec):
            return
        name = f"{item.ref} in {clean(item.slot.source.file)}"
        build = flux_build(item, self.seen.tree, folder)
        if build is not None:
            taken = self.scopes.started(build.folder)
            for at in (self.seen.tree.find(build.folder, each) for each in build.components):
                one = self.seen.kustomizations.get(at)
                if one is not None:
                    yield from self.actor(one.file.name, at, taken, first(one.file.text), at)
            yield from self.actor(name, build.folder, taken, spec, starts=self.starts[build.folder])
        elif _is_anywhere(str(spec.get("path") or ".")):
            yield from self.actor(name, "", None, spec)

    def argo(self, item: Resource) -> Iterator[Actor]:
        """The kustomize options of an Application, wherever its path leads."""
        for source in sources(item):
            options = source.get("kustomize")
            if isinstance(options, dict):
                path = str(source.get("path") or ".")
                at = self.seen.tree.find(self.seen.tree.root, path.lstrip("/"))
                name = f"{item.ref} in {clean(item.slot.source.file)}"
                if at in self.seen.kustomizations:
                    yield from self.actor(name, at, self.scopes.of(at), options, starts=self.starts[at])
                elif _is_anywhere(path):
                    yield from self.actor(name, "", None, options)


def _is_anywhere(path: str) -> bool:
    """Whether a path that leads nowhere here may still mean a folder of the tree, and not one of another repository."""
    return "{" in path or os.path.normpath(path) in (".", "/")
