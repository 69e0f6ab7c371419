"""The subject of a tree, as rendering would leave it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from krm_secrets.check.commit.committed_files import committed_files
from krm_secrets.check.finding import Place
from krm_secrets.check.places import of_field
from krm_secrets.check.subject import Subject
from krm_secrets.check.suppression import Suppression, in_configuration
from krm_secrets.check.tree_files import Files
from krm_secrets.errors import Result
from krm_secrets.krm.files import read_source
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource
from krm_secrets.render.planning import FoundTree, found_tree
from krm_secrets.render.settings import Settings, listed
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.worktree import shown
from krm_secrets.settings.ignoring import matcher

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.settings.checks import Ignored


def tree_subject(
    seen: Survey,
    settings: Settings,
    selected: Callable[[str], bool],
    paths: Sequence[str] = (),
    told: Sequence[Result] = (),
) -> Subject:
    """What rules see of a tree; what rendering refuses, and what cannot be read, is reported through the settings.

    `paths` are those below which files are looked at whatever they are. `told` is where the settings report to.
    """
    return subject_of(found_tree(seen, settings, selected), seen, settings, paths, told)


def subject_of(
    found: FoundTree, seen: Survey, settings: Settings, paths: Sequence[str], told: Sequence[Result] = ()
) -> Subject:
    """The same of a tree that was found before."""

    folders: dict[str, str] = {}
    named = {os.path.normpath(path) for path in paths}

    def real(name: str) -> str:
        """The real path of a file; below what is named none is a link, nor is a folder."""
        if name in paths:
            return os.path.realpath(name)
        folder, base = os.path.split(name)
        return os.path.join(real_folder(folder), base)

    def real_folder(folder: str) -> str:
        if folder not in folders:
            above, base = os.path.split(folder)
            inner = folder not in named and base not in ("", os.curdir, os.pardir)
            folders[folder] = os.path.join(real_folder(above), base) if inner else os.path.realpath(folder)
        return folders[folder]

    def committed() -> list[str]:
        unlisted: list[Result] = []
        names = [name for name in committed_files(paths, unlisted) if not settings.leaves_out(real(name))]
        for result in unlisted:
            settings.report(result)
        return names

    tree = found.tree
    return Subject(
        tree.items,
        tree.worlds,
        lambda item: settings.of(os.path.dirname(tree.path(item))),
        tree.policy,
        listed,
        Files(seen, found.builds, found.touched, committed, settings.report, real, found.stale),
        found.documents,
        lambda: _decisions(settings),
        lambda file: settings.of(os.path.dirname(os.path.realpath(file))),
        told,
    )


def _decisions(settings: Settings) -> Iterator[Suppression]:
    """What the configurations that counted say of findings."""
    for path, config in settings.counted().items():
        if config.check is not None and config.check.ignore:
            item = read_files([read_source(path, shown(os.path.realpath(path), settings.here))]).items[0]
            yield from in_configuration(
                config.check.ignore,
                partial(_place, item),
                _meant(path, config.check.ignore, settings),
            )


def _place(config: Resource, number: int) -> Place:
    return of_field(config, ("check", "ignore", number))


def _meant(path: str, entries: Sequence[Ignored], settings: Settings) -> Callable[[int, str], bool]:
    """Whether a configuration counts for a file, and the paths of an entry in it mean it."""
    specs = [matcher(entry.paths, path) if entry.paths else None for entry in entries]

    def meant(number: int, file: str) -> bool:
        real = os.path.realpath(file)
        spec = specs[number]
        return settings.path_for(os.path.dirname(real)) == path and (spec is None or spec(real))

    return meant
