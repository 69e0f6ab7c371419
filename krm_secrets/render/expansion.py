"""What the mappings of a tree make: the content of the generated files beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import INFO, WARNING, Problem, Result, clean
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.krm.resource import Resource
from krm_secrets.render import generated
from krm_secrets.render.settings import Settings
from krm_secrets.repository.argocd import HOOK, SKIP, Directory, directories
from krm_secrets.repository.builds import Build
from krm_secrets.repository.survey import Parsed, Survey
from krm_secrets.settings.kinds import BITWARDEN_STORE, SECRET_MAPPING, is_ours
from krm_secrets.stages.expand import check_kinds, check_strays, declared_stores, makings
from krm_secrets.stages.knownstores import rotating
from krm_secrets.stages.placement import Made
from krm_secrets.yamltext.lines import newline_of

KINDS = (SECRET_MAPPING, BITWARDEN_STORE)

APPLIED = "mapping-applied"
"""The rule for documents that a build would hand to the API server."""


class Output(QuietTuple):
    """A generated file: its real path, its content, and for each of its objects the document that it comes from.

    `model` is the path of the file that holds the first of these.
    """

    path: str
    text: str
    makers: tuple[Resource, ...]
    model: str


class _Holder(NamedTuple):
    """A file with documents of ours, at one of the places where the tree has it."""

    folder: str
    name: str
    parsed: Parsed
    documents: tuple[Resource, ...]


def outputs(
    seen: Survey, builds: Iterable[Build], settings: Settings, selected: Callable[[str], bool], whole: bool = False
) -> dict[str, Output]:
    """The generated files of the selected folders, by their paths.

    With `whole`, the documents count too that builds expand which run krm-secrets themselves.
    """
    holders = _holders(seen, list(builds), settings, selected, whole)
    for one in seen.parsed.values():
        if any(map(selected, one.file.places)):
            check_strays(one.items, settings.report)
    declared = declared_stores(
        [item for one in seen.parsed.values() for item in one.items if is_ours(item, BITWARDEN_STORE)]
    )
    generators = rotating(item for one in seen.parsed.values() for item in one.items) if holders else frozenset()
    folders: dict[str, list[_Holder]] = {}
    for holder in holders:
        folders.setdefault(holder.folder, []).append(holder)
    found: dict[str, Output] = {}
    for folder, group in settings.watch(list(folders.items()), "expanding mappings"):
        context = settings.context(folder)
        context = context._replace(config=context.config._replace(rotating=generators))
        files: dict[str, list[tuple[_Holder, Made]]] = {}
        for holder in group:
            check_kinds(holder.documents, context)
            stores = [item for item in holder.documents if item.kind == BITWARDEN_STORE]
            mappings = [item for item in holder.documents if item.kind == SECRET_MAPPING]
            for made in makings(stores, mappings, context, dict(declared)):
                files.setdefault(made.output, []).append((holder, made))
        for name, all_made in files.items():
            path = os.path.join(folder, name)
            found[path] = _output(path, all_made)
    return found


def _output(path: str, files: list[tuple[_Holder, Made]]) -> Output:
    ordered = sorted(files, key=lambda each: (each[0].name, each[1].maker.node.start))
    objects = [data for _, made in ordered for data in made.objects]
    makers = tuple(made.maker for _, made in ordered for _ in made.objects)
    text = generated.text(objects, list(dict.fromkeys(holder.name for holder, _ in ordered)))
    newline = newline_of(ordered[0][0].parsed.file.text)
    return Output(path, text.replace("\n", newline), makers or (ordered[0][1].maker,), ordered[0][0].parsed.file.path)


def _holders(
    seen: Survey, builds: list[Build], settings: Settings, selected: Callable[[str], bool], whole: bool
) -> list[_Holder]:
    """All files with documents to render, by their paths; what else there is to say of them is reported."""
    running = {folder for folder in seen.kustomizations if seen.runs_us(folder)}
    run_with = seen.configurations()
    argo = directories(seen)
    takers: dict[str, list[Build]] = {}
    for build in builds:
        for path in build.members:
            takers.setdefault(path, []).append(build)
    listing: dict[str, str] = {}  # the first kustomization file that lists a file, by the latter's path
    for folder, path in seen.entries():
        listing.setdefault(path, seen.kustomizations[folder].file.name)
    left: list[Resource] = []
    found: list[_Holder] = []
    for path, parsed in seen.parsed.items():
        ours = [item for item in parsed.items if is_ours(item)]
        places = [place for place in parsed.file.places if selected(place)]
        if not ours or not places:
            continue
        taking = takers.get(path, [])
        applied = [item for item in ours if item.latest().annotations.get(LOCAL_CONFIG) != "true"]
        if path in run_with or (taking and any(running & build.folders.keys() for build in taking)):
            if not whole:
                left += [item for item in applied if item.kind in KINDS]
                ours = [item for item in ours if item not in applied]
        elif taking:
            _warn(listing.get(path, ""), taking, applied, settings.report)
        _warn_of_argo(seen, path, argo, ours, settings.report)
        for place in places:
            folder, name = os.path.split(place)
            if any(item.kind not in ("SecretsConfig", "SopsGenerator") for item in ours):
                found.append(_Holder(folder, name, parsed, tuple(ours)))
    if left:
        settings.report(_left(left))
    return sorted(found, key=lambda holder: (holder.folder, holder.name))


def _warn_of_argo(
    seen: Survey, path: str, argo: list[Directory], items: list[Resource], report: Callable[[Result], None]
) -> None:
    """Say of documents that Argo CD would apply how they stay out of it."""
    source = next((each for each in argo if each.takes(seen, path)), None)
    if source is None:
        return
    for item in items:
        if SKIP not in item.annotations.get(HOOK, "").split(","):
            message = (
                f"the API server knows no {item.kind}, and {source.name} applies every file of this folder: give the"
                f" document the annotation {HOOK}: {SKIP}"
            )
            report(item.result(Problem((), message, WARNING, APPLIED)))


def _left(items: list[Resource]) -> Result:
    first = items[0]
    more = len(items) - 1
    count = "" if not more else ", and so is one more document" if more == 1 else f", and so are {more} more documents"
    message = f"is left to the kustomize build that lists it and runs krm-secrets{count}; nothing is generated for it"
    return first.result(Problem((), message, INFO))


def _warn(listing: str, taking: list[Build], items: list[Resource], report: Callable[[Result], None]) -> None:
    """Say of documents that a build would hand to the API server how they stay out of it; `listing` is the
    kustomization file that lists theirs, if any does."""
    for item in items:
        if listing:
            message = (
                f"the API server knows no {item.kind}, and {clean(listing)} lists this file: take it out of the list,"
                f' or give the document the annotation {LOCAL_CONFIG}: "true"'
            )
        elif any(build.generated for build in taking):
            message = (
                f"the API server knows no {item.kind}, and Flux applies every file of a folder without kustomization"
                f' file: give the document the annotation {LOCAL_CONFIG}: "true"'
            )
        else:
            continue
        report(item.result(Problem((), message, WARNING, APPLIED)))
