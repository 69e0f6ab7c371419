"""The subject of a tree, as rendering would leave it."""

from __future__ import annotations

import os

from krm_secrets.check.subject import Files, Subject
from krm_secrets.render.planning import found_tree
from krm_secrets.render.settings import Settings, listed

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from krm_secrets.repository.survey import Survey


def tree_subject(seen: Survey, settings: Settings, selected: Callable[[str], bool]) -> Subject:
    """What rules see of a tree; what rendering refuses is reported through the settings."""
    found = found_tree(seen, settings, selected)
    tree = found.tree
    return Subject(
        tree.items,
        tree.worlds,
        lambda item: settings.of(os.path.dirname(tree.path(item))),
        tree.policy,
        listed,
        Files(seen, found.builds),
        found.documents,
    )
