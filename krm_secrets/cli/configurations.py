"""Which configuration a command took, and which ones somebody wrote for nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from krm_secrets.configuration import CONFIG_FILE
from krm_secrets.errors import INFO, WARNING, Location, Problem, Result, clean
from krm_secrets.krm.annotations import FUNCTION
from krm_secrets.krm.folders import nearest
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.survey import Survey
from krm_secrets.settings.kinds import SECRETS_CONFIG, is_ours

_KPT = "Kptfile"

IGNORED = "configuration-ignored"
"""The rule for a SecretsConfig that does not count."""


def nearest_to(path: str) -> str:
    """The configuration in a folder, in that of a file, or above; "" where there is none."""
    return nearest(CONFIG_FILE, path if os.path.isdir(path) else os.path.dirname(path))


def of_run(paths: Sequence[str], config: str) -> Iterator[Result]:
    """Which file counts for `run`, where it is not in sight, and which nearer one of another path does not."""
    first, *others = [path for path in paths if path != "-"] or ["."]
    if config and not _is_below(config, first):
        yield _took(config, f"the nearest above {clean(first)}")
    told = {config}
    for path in others:
        if (other := nearest_to(path)) and other not in told:
            told.add(other)
            which = f"{clean(os.path.relpath(config))} is" if config else "none is"
            message = f"does not count for {clean(path)}: a run takes what is nearest to its first path, and {which}"
            yield Result(WARNING, message, Location(file=os.path.relpath(other)))


def of_render(files: Iterable[str], paths: Sequence[str]) -> Iterator[Result]:
    """Which files counted for `render`, where they are not in sight."""
    for file in sorted(files):
        if not any(_is_below(file, path) for path in paths):
            yield _took(file, f"the nearest above {', '.join(map(clean, paths))}")


def set_aside(items: Iterable[Resource], config: str) -> Iterator[Result]:
    """A warning for each SecretsConfig among the objects of `run` that does not count, since a nearer file does."""
    for item in items if config else ():
        if is_ours(item, SECRETS_CONFIG) and os.path.realpath(item.slot.source.file) != os.path.realpath(config):
            message = (
                f"does not count: {clean(os.path.relpath(config))} is the configuration; or choose this one with `-c`"
            )
            yield item.result(Problem((), message, WARNING, IGNORED))


def of_other_names(seen: Survey, selected: Callable[[str], bool], named: str) -> Iterator[Result]:
    """A warning for each SecretsConfig of a tree that has no name by which it counts, and that no build uses."""
    used = seen.configurations()
    for path, item in ((path, item) for path, one in seen.parsed.items() for item in one.items):
        if not is_ours(item, SECRETS_CONFIG) or os.path.basename(path) == CONFIG_FILE or _is_function(item):
            continue
        if selected(path) and path not in used and path != os.path.realpath(named or ".") and not _is_of_kpt(path):
            message = f"does not count: a configuration is called {CONFIG_FILE}; rename it, or name it with `-c`"
            yield item.result(Problem((), message, WARNING, IGNORED))


def _took(file: str, why: str) -> Result:
    return Result(INFO, f"is the configuration: {why}", Location(file=os.path.relpath(file)))


def _is_below(file: str, path: str) -> bool:
    """Whether a file lies in a folder, or beside a file; who sees the one sees the other."""
    folder = os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path) or ".")
    return os.path.realpath(file).startswith(folder.rstrip(os.sep) + os.sep)


def _is_function(item: Resource) -> bool:
    return any(item.annotation(key) for key in FUNCTION)


def _is_of_kpt(path: str) -> bool:
    """Whether a Kptfile beside the file names it as what configures a function."""
    try:
        with open(os.path.join(os.path.dirname(path), _KPT), encoding="utf-8", errors="replace") as file:
            return os.path.basename(path) in file.read()
    except OSError:
        return False
