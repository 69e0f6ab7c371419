"""Builds: which files kustomize, Flux and Argo CD put together, and what they give to the objects in them.

A build starts at a kustomization file that no other one lists, at the `spec.path` of a Flux Kustomization, or at the
path of an Application. Of a folder that has no such file Flux takes all manifests below it, and Argo CD those that the
Application says. Files in no build are taken folder by folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.krm.kustomization import COMPONENTS, NAMES, Kustomization, Pairs, pairs
from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.repository.scopes import under
from krm_secrets.repository.substitution import Find, Variables, variables
from krm_secrets.repository.worktree import Worktree
from krm_secrets.yamltext.nodes import Mapping as MappingNode, Scalar, Sequence, resolved

FLUX_GROUP = "kustomize.toolkit.fluxcd.io"


MAX_NAME = 253
"""No name is longer, so that kustomizations which list each other in a circle come to an end."""


class Way(NamedTuple):
    """All that is given to an object; "" and nothing where the builds on the way give none."""

    namespace: str = ""
    prefix: str = ""
    suffix: str = ""
    labels: Pairs = ()
    annotations: Pairs = ()
    default: str = ""
    """The namespace of an object that would have none otherwise."""

    def into(self, one: Kustomization) -> Way:
        """The way of what a kustomization takes, when this is that of the kustomization: the outer one has its way."""
        return self._replace(
            namespace=self.namespace or one.namespace,
            prefix=(self.prefix + one.prefix)[:MAX_NAME],
            suffix=(one.suffix + self.suffix)[:MAX_NAME],
            labels=_merged(one.labels, self.labels),
            annotations=_merged(one.annotations, self.annotations),
        )


def _merged(inner: Pairs, outer: Pairs) -> Pairs:
    """Labels or annotations with those that are given later."""
    return tuple(sorted({**dict(inner), **dict(outer)}.items())) if inner or outer else ()


class Start(NamedTuple):
    """A folder that Flux or Argo CD builds, with what they add to its kustomization or put in place of what it says.

    `takes` says which files are taken of a folder without kustomization; without it these are all.
    """

    folder: str
    namespace: str = ""
    prefix: str = ""
    suffix: str = ""
    components: tuple[str, ...] = ()
    way: Way = Way()
    """What is given to all objects at last."""
    variables: Variables | None = None
    takes: Callable[[str], bool] | None = None


class Build(NamedTuple):
    """Files with the ways on which the build takes them, and the kustomizations with those of what they list.

    `generated` is set where every manifest of a folder is taken, listed or not.
    """

    start: str
    members: dict[str, frozenset[Way]]
    folders: dict[str, frozenset[Way]]
    generated: bool = False
    variables: Variables | None = None


def is_flux(item: Resource) -> bool:
    """Whether an object is a Flux Kustomization."""
    return item.kind == "Kustomization" and item.api_version.partition("/")[0] == FLUX_GROUP


def flux_build(item: Resource, tree: Worktree, folder: str, find: Find = lambda *_: []) -> Start | None:
    """What a Flux Kustomization in a folder builds, if its path is one of the tree; `find` is for its variables.

    A path is meant from the root of the source, whatever that is: this repository, or what somebody made of a part of
    it. Where nothing is there from our root, it is meant from the nearest folder above that has it.
    The root itself counts only with a kustomization file: whole repositories are built by those who fetch them from
    elsewhere, and all files of this one would be one build.
    """
    spec = item.latest().node.get("spec")
    path = text_at(spec, "path").lstrip("/")
    listed = spec.get("components") if type(spec) is MappingNode else None
    base, above = _folder(tree, tree.root, path), folder
    while not base and above != tree.root:
        base, above = _folder(tree, above, path), os.path.dirname(above)
    if not base or not path or (base == tree.root and not any(f"{base}/{name}" in tree.files for name in NAMES)):
        return None
    names = [resolved(each) for each in listed.items] if type(listed) is Sequence else []
    components = tuple(each.value for each in names if type(each) is Scalar)
    common = at(spec, "commonMetadata")
    way = Way(labels=pairs(at(common, "labels")), annotations=pairs(at(common, "annotations")))
    namespace, prefix, suffix = (text_at(spec, key) for key in ("targetNamespace", "namePrefix", "nameSuffix"))
    return Start(base, namespace, prefix, suffix, components, way, variables(at(spec, "postBuild"), find))


def _folder(tree: Worktree, folder: str, path: str) -> str:
    found = tree.find(folder, path)
    return found if found in tree.folders else ""


def all_builds(
    root: Worktree,
    kustomizations: Mapping[str, Kustomization],
    starts: Iterable[Start],
    files: Iterable[str],
    run: Mapping[str, list[str]] = NO_ENTRIES,
) -> list[Build]:
    """The builds of a tree: `kustomizations` by their folders, files by their real paths.

    `run` is what kustomizations get from generators, by their folders: files as if they were listed.
    """
    tree = _Tree(root, kustomizations, sorted(files), run)
    found = [tree.started(start) for start in _each_once(starts)]
    built = {folder for build in found for folder in build.folders}
    listed = {each for folder in kustomizations for each in tree.listed(folder) if each != folder}
    found += [tree.build(folder) for folder in kustomizations if folder not in listed and folder not in built]
    # Kustomizations that list each other in a circle, which kustomize refuses.
    reached = {folder for build in found for folder in build.folders}
    found += [tree.build(folder) for folder in kustomizations if folder not in reached]
    return found


def _each_once(starts: Iterable[Start]) -> list[Start]:
    found: list[Start] = []
    known: dict[str, list[Start]] = {}
    for start in starts:
        same = known.setdefault(start.folder, [])
        if start not in same:
            same.append(start)
            found.append(start)
    return found


class _Tree:
    def __init__(
        self,
        root: Worktree,
        kustomizations: Mapping[str, Kustomization],
        files: list[str],
        run: Mapping[str, list[str]],
    ) -> None:
        self.run = run
        self.root = root
        self.kustomizations = kustomizations
        self.files = files
        self.known = frozenset(files)
        self._listed: dict[str, list[str]] = {}

    def listed(self, folder: str) -> list[str]:
        """The real paths of what a kustomization lists."""
        if folder not in self._listed:
            one = self.kustomizations[folder]
            found = (self.root.find(folder, entry) for entry in (*one.resources, *one.components))
            self._listed[folder] = [path for path in found if path] + self.run.get(folder, [])
        return self._listed[folder]

    def build(self, folder: str) -> Build:
        """All that a kustomization lists."""
        gathering = _Gathering(self)
        gathering.take(folder, Way())
        return gathering.build(folder)

    def started(self, start: Start) -> Build:
        """All of a folder: what the kustomization lists, or every manifest where there is none."""
        gathering = _Gathering(self)
        one = self.kustomizations.get(start.folder) if start.takes is None else None
        entries = one.resources if one is not None else ()
        paths = [path for each in entries if (path := self.root.find(start.folder, each))]
        paths += self.run.get(start.folder, [])
        if one is None:
            paths = self.below(start.folder)
            if start.takes is not None:
                paths = [file for file in under(self.files, start.folder) if start.takes(file)]
        given = one or Kustomization("Kustomization", "", {})
        given = given._replace(
            namespace=start.namespace or given.namespace,
            prefix=start.prefix or given.prefix,
            suffix=start.suffix or given.suffix,
            lists={COMPONENTS: (*given.components, *start.components)},
        )
        gathering.enter(start.folder, given, paths, start.way)
        return gathering.build(start.folder, one is None and start.takes is None, start.variables)

    def below(self, folder: str) -> list[str]:
        """The manifests below a folder as Flux finds them: a kustomization, where there is one, and nothing deeper."""
        inner = sorted(under(sorted(self.kustomizations), folder), key=lambda each: each + os.sep)
        tops: list[str] = []
        for each in inner:  # a folder comes right before those in it
            if not tops or not each.startswith(tops[-1] + os.sep):
                tops.append(each)
        within = tuple(each + os.sep for each in tops)
        return tops + [file for file in under(self.files, folder) if not file.startswith(within)]


class _Gathering:
    """The files of one build, while they are found."""

    def __init__(self, tree: _Tree) -> None:
        self._tree = tree
        self._members: dict[str, set[Way]] = {}
        self._done: set[tuple[str, Way]] = set()
        self._waiting: list[tuple[str, Way]] = []

    def take(self, path: str, way: Way) -> None:
        """Take a file, or all that the kustomization of a folder lists."""
        self._waiting.append((path, way))
        self._go()

    def enter(self, folder: str, one: Kustomization, paths: Iterable[str], way: Way) -> None:
        """Take the paths as what a kustomization lists."""
        self._done.add((folder, way))
        self._wait(folder, one, paths, way)
        self._go()

    def _go(self) -> None:
        tree = self._tree
        while self._waiting:
            path, way = self._waiting.pop()
            if path in tree.known:
                self._members.setdefault(path, set()).add(way)
            one = tree.kustomizations.get(path)
            if one is not None and (path, way) not in self._done:  # each once, also where they go round in circles
                self._done.add((path, way))
                listed = [p for each in one.resources if (p := tree.root.find(path, each))]
                self._wait(path, one, listed + tree.run.get(path, []), way)

    def _wait(self, folder: str, one: Kustomization, paths: Iterable[str], way: Way) -> None:
        """What a component gives, all get that was there before it; what the kustomization gives comes last."""
        tree = self._tree
        inner = way.into(one)
        for entry in reversed(one.components):
            path = tree.root.find(folder, entry)
            self._waiting.append((path, inner))
            inner = self._beside(path, inner, frozenset())
        self._waiting += ((path, inner) for path in paths)

    def _beside(self, folder: str, way: Way, above: frozenset[str]) -> Way:
        """The way of what stands beside a component."""
        one = self._tree.kustomizations.get(folder)
        if one is None or folder in above:
            return way
        inner = way.into(one)
        for entry in reversed(one.components):
            inner = self._beside(self._tree.root.find(folder, entry), inner, above | {folder})
        return inner

    def build(self, start: str, generated: bool = False, found: Variables | None = None) -> Build:
        members = {path: frozenset(each) for path, each in self._members.items()}
        folders: dict[str, frozenset[Way]] = {}
        for path, way in self._done:
            one = self._tree.kustomizations.get(path)
            folders[path] = folders.get(path, frozenset()) | {way if one is None else way.into(one)}
        return Build(start, members, folders, generated, found)
