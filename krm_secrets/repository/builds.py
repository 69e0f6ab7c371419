"""Builds: which files kustomize and Flux put together, and which namespace they give them.

A build starts at a kustomization file that no other one lists, or at the `spec.path` of a Flux Kustomization. Of a
folder that has no such file Flux takes all manifests below it. Files in no build are taken folder by folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.kustomization import NAMES, Kustomization
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.repository.worktree import Worktree
from krm_secrets.yamltext.nodes import Mapping as MappingNode
from krm_secrets.yamltext.nodes import Scalar, Sequence, resolved

FLUX_GROUP = "kustomize.toolkit.fluxcd.io"


class FluxBuild(NamedTuple):
    """What a Flux Kustomization builds: a folder of a source, with components, into a namespace if it names one."""

    folder: str
    namespace: str
    components: tuple[str, ...] = ()


class Build(NamedTuple):
    """Files with the namespaces that the build gives them, "" where it gives none, and kustomizations on the way alike.

    `generated` is set where Flux takes every manifest of a folder, listed or not.
    """

    start: str
    members: dict[str, frozenset[str]]
    folders: dict[str, frozenset[str]]
    generated: bool = False


def is_flux(item: Resource) -> bool:
    """Whether an object is a Flux Kustomization."""
    return item.kind == "Kustomization" and item.api_version.partition("/")[0] == FLUX_GROUP


def flux_build(item: Resource, tree: Worktree, folder: str) -> FluxBuild | None:
    """What a Flux Kustomization in a folder builds, if its path is one of the tree.

    A path is meant from the root of the source, whatever that is: this repository, or what somebody made of a part of
    it. Where nothing is there from our root, it is meant from the nearest folder above that has it.
    The root itself counts only with a kustomization file: whole repositories are built by those who fetch them from
    elsewhere, and all files of this one would be one build.
    """
    spec = item.node.get("spec")
    path = text_at(spec, "path").lstrip("/")
    listed = spec.get("components") if type(spec) is MappingNode else None
    base, above = _folder(tree, tree.root, path), folder
    while not base and above != tree.root:
        base, above = _folder(tree, above, path), os.path.dirname(above)
    if not base or not path or (base == tree.root and not any(f"{base}/{name}" in tree.files for name in NAMES)):
        return None
    names = [resolved(each) for each in listed.items] if type(listed) is Sequence else []
    components = tuple(each.value for each in names if type(each) is Scalar)
    return FluxBuild(base, text_at(spec, "targetNamespace"), components)


def _folder(tree: Worktree, folder: str, path: str) -> str:
    found = tree.find(folder, path)
    return found if found in tree.folders else ""


def all_builds(
    root: Worktree, kustomizations: Mapping[str, Kustomization], fluxes: Iterable[FluxBuild], files: Iterable[str]
) -> list[Build]:
    """The builds of a tree: `kustomizations` by their folders, files by their real paths."""
    tree = _Tree(root, kustomizations, sorted(files))
    found = [tree.flux(flux) for flux in dict.fromkeys(fluxes)]
    built = {folder for build in found for folder in build.folders}
    listed = {each for folder in kustomizations for each in tree.listed(folder) if each != folder}
    found += [tree.build(folder) for folder in kustomizations if folder not in listed and folder not in built]
    # Kustomizations that list each other in a circle, which kustomize refuses.
    reached = {folder for build in found for folder in build.folders}
    found += [tree.build(folder) for folder in kustomizations if folder not in reached]
    return found


class _Tree:
    __slots__ = ("_listed", "files", "known", "kustomizations", "root")

    def __init__(self, root: Worktree, kustomizations: Mapping[str, Kustomization], files: list[str]) -> None:
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
            self._listed[folder] = [path for path in found if path]
        return self._listed[folder]

    def build(self, folder: str) -> Build:
        """All that a kustomization lists."""
        gathering = _Gathering(self)
        gathering.take(folder, "")
        return gathering.build(folder)

    def flux(self, flux: FluxBuild) -> Build:
        """All that a Flux Kustomization builds: what the kustomization lists, or every manifest where there is none."""
        gathering = _Gathering(self)
        generated = flux.folder not in self.kustomizations
        if generated:
            for path in self.below(flux.folder):
                gathering.take(path, flux.namespace)
        else:
            gathering.take(flux.folder, flux.namespace)
        for component in flux.components:
            gathering.take(self.root.find(flux.folder, component), flux.namespace)
        return gathering.build(flux.folder, generated)

    def below(self, folder: str) -> list[str]:
        """The manifests below a folder as Flux finds them: a kustomization, where there is one, and nothing deeper."""
        start = folder.rstrip(os.sep) + os.sep
        inner = sorted((each for each in self.kustomizations if each.startswith(start)), key=lambda each: each + os.sep)
        tops: list[str] = []
        for each in inner:  # a folder comes right before those in it
            if not tops or not each.startswith(tops[-1] + os.sep):
                tops.append(each)
        within = tuple(each + os.sep for each in tops)
        return tops + [file for file in self.files if file.startswith(start) and not file.startswith(within)]


class _Gathering:
    """The files of one build, while they are found."""

    __slots__ = ("_done", "_members", "_tree")

    def __init__(self, tree: _Tree) -> None:
        self._tree = tree
        self._members: dict[str, set[str]] = {}
        self._done: set[tuple[str, str]] = set()

    def take(self, path: str, outer: str) -> None:
        """Take a file, or all that the kustomization of a folder lists; the outermost namespace wins."""
        waiting = [(path, outer)]
        while waiting:
            path, outer = waiting.pop()
            if path in self._tree.known:
                self._members.setdefault(path, set()).add(outer)
            one = self._tree.kustomizations.get(path)
            if one is not None and (path, outer) not in self._done:  # each once, also where they go round in circles
                self._done.add((path, outer))
                waiting += ((entry, outer or one.namespace) for entry in reversed(self._tree.listed(path)))

    def build(self, start: str, generated: bool = False) -> Build:
        members = {path: frozenset(each) for path, each in self._members.items()}
        folders: dict[str, frozenset[str]] = {}
        for path, outer in self._done:
            namespace = outer or self._tree.kustomizations[path].namespace
            folders[path] = folders.get(path, frozenset()) | {namespace}
        return Build(start, members, folders, generated)
