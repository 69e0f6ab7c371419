"""Where what replaces the ExternalSecrets of a file goes: into the same file, or beside it where others stay in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Result
from krm_secrets.externalsecrets import names
from krm_secrets.krm.writing import without
from krm_secrets.migrate.found import stays
from krm_secrets.migrate.mappings import Short
from krm_secrets.repository.argocd import Directory
from krm_secrets.repository.builds import Build
from krm_secrets.repository.survey import Survey
from krm_secrets.shape import matches

USUAL = "externalsecret.yaml"
"""The name that render takes where a mapping gives none."""


class Target(QuietTuple):
    """A file with ExternalSecrets that are moved: `output` is the file that will be generated, `rest` what stays in the
    file itself, nothing when that is the generated one. `lists` are the folders of the kustomizations that list it."""

    path: str
    output: str
    rest: str
    lists: tuple[str, ...]
    shorts: tuple[Short, ...]


def targets(
    shorts: Iterable[Short],
    seen: Survey,
    builds: Iterable[Build],
    argo: Iterable[Directory] = (),
    begun: Callable[[str, Sequence[Short], Sequence[str]], str] = lambda *_: "",
) -> tuple[list[Target], list[Result]]:
    """The files to be changed, and the ExternalSecrets that cannot be moved with the reason.

    `begun` is given a file, what of it is to be moved and who lists it; it knows the output that an earlier run chose.
    """
    built = frozenset().union(*(build.members for build in builds))
    lists = _lists(seen)
    paths = {id(one.source): path for path, one in seen.parsed.items()}
    by_file: dict[str, list[Short]] = {}
    for short in shorts:
        by_file.setdefault(paths[id(short.original.item.slot.source)], []).append(short)
    found: list[Target] = []
    refused: list[Result] = []
    taken = set(seen.tree.files)
    for path, here in sorted(by_file.items()):
        reason = _hindrance(path, seen, lists, built)
        inside = [short for short in here if short.original.item.slot.parent is not None]
        if reason:
            refused += [stays(short.original.item, reason) for short in here]
            continue
        refused += [stays(short.original.item, "it stands in a list of objects") for short in inside]
        moved = tuple(short for short in here if short not in inside)
        if moved:
            listing = tuple(lists.get(path, ()))
            target = _target(path, moved, seen, listing, taken, begun(path, moved, listing))
            if any(each.takes(seen, path) and not each.takes(seen, target.output) for each in argo):
                reason = f"Argo CD takes its file, but would not take {os.path.basename(target.output)} beside it"
                refused += [stays(short.original.item, reason) for short in moved]
                continue
            taken.add(target.output)
            found.append(target)
    return found, refused


def _lists(seen: Survey) -> dict[str, list[str]]:
    """The kustomizations that list a file among their resources, by its real path."""
    found: dict[str, list[str]] = {}
    for folder, one in seen.kustomizations.items():
        for entry in one.content.resources:
            found.setdefault(seen.tree.find(folder, entry), []).append(folder)
    return found


def _hindrance(path: str, seen: Survey, lists: dict[str, list[str]], built: frozenset[str]) -> str:
    """Why nothing of a file can be moved."""
    file = seen.tree.files[path]
    if len(file.places) > 1 or file.places[0] != path:
        return "its file is reached by a symbolic link"
    if not matches(names.OUTPUT, os.path.basename(path)):
        return "no generated file can have the name of its file"
    if path in lists or path in built:
        return ""
    folder = os.path.dirname(path)
    near = folder in seen.kustomizations or any(os.path.dirname(each) == folder for each in lists)
    # What is generated is listed, so that moving the file would put what it makes into a build.
    return "no kustomization lists its file, but render would list what it generates" if near else ""


def _target(
    path: str, shorts: tuple[Short, ...], seen: Survey, lists: tuple[str, ...], taken: set[str], begun: str
) -> Target:
    source = seen.parsed[path].source
    moved = {id(short.original.item.slot) for short in shorts}
    documents = {id(short.original.item.slot.document) for short in shorts}
    others = [
        document
        for document in source.documents
        if id(document) not in documents and document.root.end > document.root.start
    ]
    items = [item for item in seen.parsed[path].items if id(item.slot) in moved]
    if not any(source.text[each.root.start : each.root.end] not in ("null", "~", "{}") for each in others):
        return Target(path, path, "", lists, shorts)
    folder, name = os.path.split(path)
    if begun not in ("", name):
        return Target(path, os.path.join(folder, begun), without(source, items), lists, shorts)
    stem = name.rpartition(".")[0]
    own = f"{stem}-generated" if stem.startswith("externalsecret") else f"{stem}-externalsecret"
    wishes = (USUAL, f"{own}.yaml", *(f"{own}-{n}.yaml" for n in range(2, 1000)))
    output = next(
        each for wish in wishes if (each := os.path.join(folder, wish)) not in taken and not os.path.lexists(each)
    )
    return Target(path, output, without(source, items), lists, shorts)
