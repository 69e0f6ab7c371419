"""`ignore`: patterns of the files that are left out of folders, in the syntax of .gitignore."""

from __future__ import annotations

import os

from krm_secrets.shape import Node

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias


_LONGEST = 1000

LeftOut: TypeAlias = "Callable[[str], bool]"


def read(node: Node) -> tuple[str, ...]:
    """The patterns of a list; one that Git would not understand is a mistake."""
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern  # most configurations have no pattern

    found = []
    for element in node.elements():
        text = element.text(longest=_LONGEST)
        try:
            GitIgnoreSpecPattern(text)
        except ValueError:
            element.wrong("is no pattern of .gitignore")
        else:
            found.append(text)
    return tuple(found)


def matcher(patterns: Sequence[str], config: str) -> LeftOut:
    """Whether an absolute path is left out by the patterns of a configuration file.

    They count from its folder. A path that does not lie below it, since the file was named from elsewhere, is seen
    from the root.
    """
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    # RE2 takes linear time, whatever a contributor's pattern is.
    spec = GitIgnoreSpec(map(GitIgnoreSpecPattern, patterns), backend="re2")
    base = os.path.dirname(os.path.realpath(config)).rstrip(os.sep) + os.sep

    def left_out(path: str) -> bool:
        below = path[len(base) :] if path.startswith(base) else path.lstrip(os.sep)
        return spec.match_file(below.encode(errors="surrogateescape").decode(errors="replace"))

    return left_out
