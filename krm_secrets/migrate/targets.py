"""Which ExternalSecrets can be moved, and where what replaces those of a file goes: into the same file, or beside it
where others stay in it.

What builds do to an ExternalSecret is part of its meaning, and no other object may have its name or make its Secret.
Mappings are written first, so that nothing is lost. Where a run was killed before it was done, the next one finds the
ExternalSecrets still there, and the mapping that it would write for them: it goes on with that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Result, clean
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.api import KIND
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.krm.writing import without
from krm_secrets.migrate.mappings import Mapped, Short, grouped
from krm_secrets.migrate.original import Original, Reading, Search, stays
from krm_secrets.migrate.texts import document
from krm_secrets.plain import as_map
from krm_secrets.repository.argocd import HOOK, SKIP, Directory
from krm_secrets.repository.builds import Build
from krm_secrets.repository.patches import CONFIGURED, DELETE, GIVEN, PATCH, READ, REPLACEMENT, RUN, Act
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worlds import worlds_of
from krm_secrets.secrets.clashes import clashes
from krm_secrets.settings.kinds import SECRET_MAPPING, is_ours
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION
from krm_secrets.shape import matches
from krm_secrets.yamltext.nodes import YamlError

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
    argo: Iterable[Directory],
    written: Written,
) -> tuple[list[Target], list[Result]]:
    """The files to be changed, and the ExternalSecrets that cannot be moved with the reason."""
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
            target = _target(path, moved, seen, listing, taken, written)
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
    path: str, shorts: tuple[Short, ...], seen: Survey, lists: tuple[str, ...], taken: set[str], written: Written
) -> Target:
    source = seen.parsed[path].source
    moved = {id(short.original.item.slot) for short in shorts}
    documents = {id(short.original.item.slot.document) for short in shorts}
    others = [each.root for each in source.documents if id(each) not in documents]
    if all(source.text[root.start : root.end] in ("", "null", "~", "{}") for root in others):
        return Target(path, path, "", lists, shorts)
    rest = without(source, [item for item in seen.parsed[path].items if id(item.slot) in moved])
    folder, name = os.path.split(path)
    listed = {seen.tree.find(each, entry) for each in lists for entry in seen.kustomizations[each].content.resources}
    begun = written.output(folder, grouped(shorts), lambda output: os.path.join(folder, output) in listed)
    if begun not in ("", name):
        return Target(path, os.path.join(folder, begun), rest, lists, shorts)
    stem = name.rpartition(".")[0]
    own = f"{stem}-generated" if stem.startswith("externalsecret") else f"{stem}-externalsecret"
    wishes = (USUAL, f"{own}.yaml", *(f"{own}-{n}.yaml" for n in range(2, 1000)))
    output = next(
        each for wish in wishes if (each := os.path.join(folder, wish)) not in taken and not os.path.lexists(each)
    )
    return Target(path, output, rest, lists, shorts)


class _There(QuietTuple):
    """A mapping of a folder: its name, the generated file that it makes, and what else it says."""

    name: str
    output: str
    said: dict[str, object]


class Written:
    """The mappings of a tree by their folders, to be found by what they say."""

    __slots__ = ("_folders",)

    def __init__(self, seen: Survey) -> None:
        self._folders: dict[str, list[_There]] = {}
        for path, one in seen.parsed.items():
            for item in one.items:
                if is_ours(item, SECRET_MAPPING):
                    with suppress(YamlError):  # render says it
                        there = _There(item.ref.name, str(item.data.get("output") or USUAL), _said(item.data))
                        self._folders.setdefault(os.path.dirname(path), []).append(there)

    def name(self, folder: str, mapped: Mapped, output: str) -> str:
        """The name of the mapping that says all this already, or nothing."""
        return next((each.name for each in self._like(folder, mapped) if each.output == output), "")

    def output(self, folder: str, all_mapped: Iterable[Mapped], preferred: Callable[[str], bool]) -> str:
        """The generated file that mappings in the folder make of all these already, or nothing.

        Where there are several, since files for several builds hold the same objects, it is the preferred one.
        """
        likes = [[each.output for each in self._like(folder, mapped)] for mapped in all_mapped]
        shared = [output for output in likes[0] if all(output in others for others in likes)]
        return min(shared or [""], key=lambda output: not preferred(output))

    def _like(self, folder: str, mapped: Mapped) -> list[_There]:
        said = _said(document(mapped.head, mapped.parts))
        return [each for each in self._folders.get(folder, ()) if each.said == said]


def _said(data: dict[str, object]) -> dict[str, object]:
    """A mapping without its name, its output, and the marks that builds leave it out."""
    kept = {key: value for key, value in as_map(data.get("metadata")).items() if key != "name"}
    if as_map(kept.get("annotations")).items() <= {LOCAL_CONFIG: "true", HOOK: SKIP}.items():
        kept.pop("annotations", None)
    return {**{key: value for key, value in data.items() if key != "output"}, "metadata": kept}


_HOW = {
    PATCH: "changes it by a patch",
    REPLACEMENT: "changes it by a replacement",
    READ: "takes a value out of it for a replacement",
    RUN: "runs a transformer that may change it",
    CONFIGURED: "changes it by a configuration of its transformers",
    GIVEN: "changes it",
}
_TEMPLATES = ("spec", "target", "template", "templateFrom")
"""Where names of ConfigMaps and Secrets stand, which a mapping keeps in the same place."""

_LABELS = "gives it labels or annotations, which its Secret takes over while it has no template"
_NAME = "changes its name, which its Secret takes over while spec.target has no name"


def unchanged(found: Search, touched: Touched, path_of: Callable[[Original], str]) -> Search:
    """Those that nothing changes in a way that matters; the others stay, each with the reason."""
    kept: list[Original] = []
    refused: list[Result] = []
    for original in found.originals:
        reason = hindrance(original, touched, path_of(original))
        if reason:
            refused.append(stays(original.item, reason))
        else:
            kept.append(original)
    return found._replace(originals=tuple(kept), refused=(*found.refused, *refused))


def hindrance(original: Original, touched: Touched, path: str) -> str:
    """What a build does to an ExternalSecret that would be another thing for the one of a mapping; or nothing."""
    for actor, act in touched.acts(path, original.item):
        how = _matters(act, original.reading)
        if how:
            file = f" ({clean(act.entry)})" if act.entry else ""
            return f"{clean(actor.name)} {how}{file}"
    return ""


def _matters(act: Act, reading: Reading) -> str:
    """How an act changes what the ExternalSecret means; "" where it does the same to the one that a mapping makes."""
    target = as_map(reading.spec.get("target"))
    if act.how == DELETE:
        return ""
    for path in act.paths:
        if path[:2] in (("metadata", "labels"), ("metadata", "annotations")):
            if act.how != READ and not isinstance(target.get("template"), dict):
                return _LABELS
        elif path[:2] == ("metadata", "name"):
            if act.how != READ and not target.get("name"):
                return _NAME
        elif path != ("metadata", "namespace") and not (act.how == CONFIGURED and path[:4] == _TEMPLATES):
            return _HOW[act.how]
    return ""


def alone(
    shorts: Sequence[Short], seen: Survey, builds: list[Build], touched: Touched
) -> tuple[list[Short], list[Result]]:
    """Those that are alone; the others stay, each with the other object, since render would refuse to make them."""
    # What mappings make may be these very ExternalSecrets, in a move that was not finished.
    written = (
        (path, item)
        for path, one in seen.parsed.items()
        for item in one.items
        if item.kind != KIND or not item.annotation(MAPPING_ANNOTATION)
    )
    worlds = worlds_of(written, builds, seen.kustomizations, touched)
    documents = {id(short.original.item.slot): short.original.item for short in shorts}
    refused: list[Result] = []
    while True:  # what stays is a rival of the next
        found = clashes(worlds, documents)
        if not found:
            break
        for item, problem in found:
            if documents.pop(id(item.slot), None) is not None:
                message = problem.message.replace(f"{item.ref} makes", "it makes", 1)
                refused.append(stays(item, message.replace(f"makes {item.ref}, and so does", "it meets", 1)))
    return [short for short in shorts if id(short.original.item.slot) in documents], refused
