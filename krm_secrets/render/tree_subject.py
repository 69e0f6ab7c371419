"""The subject of a tree, as rendering would leave it."""

from __future__ import annotations

import os

from krm_secrets.check.commit.committed_files import committed_files
from krm_secrets.check.subject import Subject
from krm_secrets.check.tree_files import Files
from krm_secrets.render.planning import found_tree
from krm_secrets.render.settings import Settings, listed

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from krm_secrets.errors import Result
    from krm_secrets.render.planning import FoundTree
    from krm_secrets.repository.survey import Survey


def tree_subject(
    seen: Survey, settings: Settings, selected: Callable[[str], bool], paths: Sequence[str] = ()
) -> Subject:
    """What rules see of a tree; what rendering refuses, and what cannot be read, is reported through the settings.

    `paths` are those below which files are looked at whatever they are.
    """
    return subject_of(found_tree(seen, settings, selected), seen, settings, paths)


def subject_of(found: FoundTree, seen: Survey, settings: Settings, paths: Sequence[str]) -> Subject:
    """The same of a tree that was found before."""

    def committed() -> list[str]:
        unlisted: list[Result] = []
        names = [name for name in committed_files(paths, unlisted) if not settings.leaves_out(os.path.realpath(name))]
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
        Files(seen, found.builds, found.touched, committed, settings.report),
        found.documents,
    )
