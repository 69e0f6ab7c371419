"""`krm-secrets check`: mistakes in the way of every Secret, found before the commit."""

from __future__ import annotations

import os

from krm_secrets.check.checking import findings
from krm_secrets.cli.render import surveyed
from krm_secrets.render.settings import Settings
from krm_secrets.render.tree_subject import tree_subject

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krm_secrets.check.finding import Finding
    from krm_secrets.check.rule import Rule
    from krm_secrets.errors import Result


def of_trees(paths: tuple[str, ...], config: str, rules: Iterable[Rule], results: list[Result]) -> list[Finding]:
    """What the rules find in the work trees around the paths, as far as the paths select it."""
    settings = Settings(config, results.append)
    found: list[Finding] = []
    for seen, selected in surveyed(paths, results, settings, lambda *_: bool):
        subject = tree_subject(
            seen, settings, selected, [path for path in paths if seen.tree.holds(os.path.realpath(path))]
        )
        found += findings(subject, rules)
        results += subject.unread
    return found
