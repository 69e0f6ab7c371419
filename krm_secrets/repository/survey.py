"""A look over a whole tree: its objects, its kustomizations and its builds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, ResourceRef
from krm_secrets.krm import kustomization
from krm_secrets.krm.kustomization import Kustomization
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source, at, text_at
from krm_secrets.repository import argocd
from krm_secrets.repository.builds import Build, Start, all_builds, flux_build, is_flux
from krm_secrets.repository.generating import run
from krm_secrets.repository.handed_down import target_namespace, target_namespaces
from krm_secrets.repository.oddities import Odd, odd
from krm_secrets.repository.scopes import reached
from krm_secrets.repository.substitution import put_by
from krm_secrets.repository.worktree import File, Worktree
from krm_secrets.settings.kinds import GROUP, KINDS, KUSTOMIZATION, KUSTOMIZE_GROUP

_LISTINGS = ("configMapGenerator", "secretGenerator", "helmCharts", "patches")


class Parsed(NamedTuple):
    """A file with the objects in it."""

    file: File
    source: Source
    items: tuple[Resource, ...]


class Listed(NamedTuple):
    """A kustomization file."""

    file: File
    content: Kustomization


def listing(file: File, text: str) -> list[Resource]:
    """A kustomization file as an object, where it has charts or makes what may hold their values."""
    if not any(sign in text for sign in _LISTINGS):
        return []
    return [called(item, file.path) for item in read_files([Source(text, file.name)]).items]


def called(item: Resource, path: str) -> Resource:
    """A kustomization with the names of which its file need not say any: its folder's is its own."""
    ref, folder = item.ref, os.path.basename(os.path.dirname(path))
    api_version = ref.api_version or f"{KUSTOMIZE_GROUP}/v1beta1"
    return item.called(ResourceRef(api_version, ref.kind or KUSTOMIZATION, ref.name or folder))


class Survey(NamedTuple):
    """What is in a tree. Kustomizations go by their folder, all else by its real path.

    `unread` are files that may hold objects and could not be parsed. `started` holds what `starts` found, once it did.
    """

    tree: Worktree
    parsed: dict[str, Parsed]
    kustomizations: dict[str, Listed]
    unread: dict[str, Failure]
    started: list[list[Start]]

    def builds(self, kustomizations: Mapping[str, Kustomization], files: Iterable[str]) -> list[Build]:
        """The builds of the tree, were these its kustomizations and files."""
        items = {path: one.items for path, one in self.parsed.items()}
        return all_builds(self.tree, kustomizations, self.starts(), files, run(self.tree, kustomizations, items))

    def saying(self, contents: Mapping[str, Kustomization]) -> Survey:
        """The same tree, were these its kustomizations."""
        listed = {folder: one._replace(content=contents[folder]) for folder, one in self.kustomizations.items()}
        same = all(listed[folder].content is one.content for folder, one in self.kustomizations.items())
        return self if same else self._replace(kustomizations=listed, started=[])

    def starts(self) -> list[Start]:
        """What Flux Kustomizations and Applications of Argo CD build."""
        if not self.started:
            self.started.append(self._starts())
        return self.started[0]

    def _starts(self) -> list[Start]:
        fluxes = [(path, item) for path, one in self.parsed.items() for item in filter(is_flux, one.items)]
        holders: dict[tuple[str, str], list[Resource]] = {}
        for item in (item for one in self.parsed.values() for item in one.items) if fluxes else ():
            if item.kind in ("ConfigMap", "Secret"):
                holders.setdefault((item.kind, item.ref.name), []).append(item)
        unsure = put_by(self._with_variables(fluxes))
        given = list(target_namespaces(self, fluxes))
        found = []
        for path, item in fluxes:
            start = flux_build(item, self.tree, os.path.dirname(path), lambda *key: holders.get(key, []))
            if start is not None:
                known = start.variables and start.variables.beside(unsure)
                namespace = target_namespace(path, item, given)
                start = start if namespace is None else start._replace(namespace=namespace)
                found.append(start._replace(variables=known))
        applications = filter(argocd.is_argo, (item for one in self.parsed.values() for item in one.items))
        return found + [start for item in applications for start in argocd.starts(item, self)]

    def _with_variables(self, fluxes: Iterable[tuple[str, Resource]]) -> list[str]:
        """The texts that may put variables into Flux Kustomizations of others: patches, and what holds some."""
        found = [one.file.text for one in self.kustomizations.values() if "patch" in one.file.text]
        for _, item in fluxes:
            whole = item.latest().node
            spec = at(whole, "spec")
            node = at(spec, "patches") if text_at(spec, "path") else whole
            if node is not None:
                found.append(item.slot.source.text[node.start : node.end])
        return [text for text in found if "substitute" in text]

    def entries(self) -> dict[tuple[str, str], str]:
        """What kustomizations list, as they write it, by their folders and the real paths that are meant."""
        return {
            (folder, path): entry
            for folder, one in self.kustomizations.items()
            for entry in one.content.resources
            if (path := self.tree.find(folder, entry))
        }

    def home(self, path: str, entries: Iterable[tuple[str, str]]) -> str:
        """The folder of the kustomization to list a file in: its own, or one above that lists its neighbours."""
        own = os.path.dirname(path)
        if own in self.kustomizations:
            return own
        above = [
            f for f, entry in entries if os.path.dirname(entry) == own and own.startswith(f.rstrip(os.sep) + os.sep)
        ]
        return max(above, key=len, default="")

    def listed(self, selected: Callable[[str], bool] = bool) -> set[str]:
        """What the kustomizations of selected folders list, by real paths."""
        return {
            self.tree.find(folder, entry)
            for folder, one in self.kustomizations.items()
            for entry in one.content.resources
            if selected(folder + os.sep)
        }

    def odd(self, selected: Callable[[str], bool]) -> list[Odd]:
        """The selected files that are left out, but for what a kustomization lists, which has to be right."""
        listed = self.listed()
        return [each for path, each in self.tree.odd.items() if selected(path) and path not in listed]

    def runs_us(self, folder: str) -> bool:
        """Whether the kustomization of a folder runs krm-secrets itself."""
        return any(self._is_ours(folder, entry) for entry in self.kustomizations[folder].content.run)

    def configurations(self) -> frozenset[str]:
        """The files with which kustomizations run functions."""
        return frozenset(
            self.tree.find(folder, entry) for folder, one in self.kustomizations.items() for entry in one.content.run
        )

    def _is_ours(self, folder: str, entry: str) -> bool:
        """Whether what a kustomization runs is ours: text, a file, or a folder that lists files."""

        def listed(named: tuple[str, str]) -> list[tuple[str, str]]:
            path = self.tree.find(*named)
            one = self.kustomizations.get(path)
            return [(path, each) for each in one.content.resources] if one else []

        return any(GROUP in (self.tree.text(*named) or named[1]) for named in reached((folder, entry), listed))


def _may_be_ours(text: str) -> bool:
    """Whether a text without any `apiVersion` may hold an object of ours, from which it is missing."""
    return any(f"kind: {kind}" in text for kind in KINDS)


def survey(
    tree: Worktree,
    wanted: Callable[[str], bool] = bool,
    watch: Callable[[list[File]], Iterable[File]] = iter,
) -> Survey:
    """Parse what may hold objects that are `wanted`, as their text tells, once; `watch` is shown the files."""
    found = Survey(tree, {}, {}, {}, [])
    for file in watch(list(tree.files.values())):
        path = file.path
        folders = [folder for folder, name in map(os.path.split, file.places) if name in kustomization.NAMES]
        try:
            if folders:
                found.kustomizations.update(dict.fromkeys(folders, Listed(file, kustomization.read(file.text))))
            elif ("apiVersion" in file.text or _may_be_ours(file.text)) and wanted(file.text):
                source = Source(file.text, file.name)
                found.parsed[path] = Parsed(file, source, read_files([source]).items)
        except Failure as error:
            found.unread[path] = error.in_file(file.name)
            if not folders and (left := odd(file.name, file.text.encode(errors="replace"), error)):
                tree.odd[path] = left
    return found
