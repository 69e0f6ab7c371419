"""`krm-secrets run`: the function over files and folders, printed."""

from __future__ import annotations

import os
from collections.abc import Callable

from krm_secrets.cli.configurations import nearest_to, of_run, set_aside
from krm_secrets.cli.intake import Taken, take
from krm_secrets.cli.printing import reported
from krm_secrets.configuration import read
from krm_secrets.errors import ERROR, Result, worst
from krm_secrets.function import run as function
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.krm.resource import Resource
from krm_secrets.krm.writing import write as text_of
from krm_secrets.settings.config import DEFAULT
from krm_secrets.settings.kinds import is_kustomization
from krm_secrets.shell import prepare, read_config
from krm_secrets.stages.context import Context

_TOOLS = frozenset(("kustomize.config.k8s.io", "kpt.dev"))


def run(paths: tuple[str, ...], config: str = "", placeholder: bool = False) -> int:
    """Print the result for all objects in the paths; returns the exit code."""

    def result(taken: Taken, named: str, results: list[Result]) -> str:
        items = function(taken.objects, _prepared(taken, paths, named, placeholder, results))
        if worst(results) == ERROR:
            return ""
        return text_of(taken.given, [item for item in items if item.made or item.inner or is_applied(item)])

    return _printed(paths, config, result)


def explain(paths: tuple[str, ...], config: str = "", as_json: bool = False) -> int:
    """Print who uses which Secret and what restarts whom, for all objects in the paths; returns the exit code."""
    from krm_secrets.cli import restarts_report
    from krm_secrets.function import explain
    from krm_secrets.secrets.secret import hides_its_kind

    def result(taken: Taken, named: str, results: list[Result]) -> str:
        context = _prepared(taken, paths, named, False, results)
        if context.config.decrypt == "sops":  # what a Secret holds says nothing of who uses it, so no key is needed
            context = context._replace(config=context.config._replace(decrypt="placeholder"))
        # One that hides its kind has nothing to tell, and no placeholder can stand for it.
        objects = [_named(each) for each in taken.objects if not hides_its_kind(each)]
        found = explain(objects, context, is_applied)
        return restarts_report.as_json(found) if as_json else restarts_report.as_table(found)

    return _printed(paths, config, result)


def _named(item: Resource) -> Resource:
    """The object, with a name where it is a kustomization in a file, which needs none."""
    file = item.slot.source.file
    if item.name or not file or not is_kustomization(item):
        return item
    from krm_secrets.repository.survey import called  # most kustomizations bring no charts

    return called(item, os.path.realpath(file))


def _prepared(taken: Taken, paths: tuple[str, ...], config: str, placeholder: bool, results: list[Result]) -> Context:
    """What the stages need. Files that somebody names are one build, those in folders belong to builds of their own."""
    context = prepare(taken.objects_only(), config, placeholder, results)
    folder = next((path for path in paths if os.path.isdir(path)), "")
    if not folder:
        return context
    from krm_secrets.repository.inputs import Builds
    from krm_secrets.repository.worktree import root_of

    return context._replace(builds=Builds(root_of(folder), taken.given.sources, taken.given.items))


def _printed(paths: tuple[str, ...], config: str, result: Callable[[Taken, str, list[Result]], str]) -> int:
    def work(results: list[Result]) -> str:
        used = config or nearest_to(next((path for path in paths if path != "-"), "."))
        taken = take(paths, _left_out(used), results)
        if not config:
            results += [*set_aside(taken.given.items, used), *of_run(paths, used)]
        return result(taken, used, results)

    return reported(work)


def _left_out(config: str) -> Callable[[str], bool]:
    """What a configuration leaves out of folders; its mistakes are told when the run reads it."""
    found = read(read_config(config), lambda _: None) if config else DEFAULT
    if not found.ignore:
        return lambda _: False
    from krm_secrets.settings.ignoring import matcher

    return matcher(found.ignore, config)


def is_applied(item: Resource) -> bool:
    """Whether an object is one for the API server, and not for the tools that build."""
    if not item.kind or not item.api_version:
        return False
    return item.api_version.partition("/")[0] not in _TOOLS and item.annotations.get(LOCAL_CONFIG) != "true"
