"""What `check` looks at: work trees around paths, or a stream of what was built."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import read as read_stdin
from krm_secrets.check.finding import Place
from krm_secrets.check.stream import stream_subject
from krm_secrets.check.subject import Subject
from krm_secrets.cli.check_fixes import Fixable
from krm_secrets.cli.render import surveyed
from krm_secrets.errors import ERROR, Location, Result, failure
from krm_secrets.krm.reading import read
from krm_secrets.render.settings import Settings
from krm_secrets.render.tree_subject import tree_subject
from krm_secrets.repository.survey import Survey
from krm_secrets.shell import accepted, prepare


class Look(NamedTuple):
    """A subject, which places of it are asked for, and what could not be read; `root` is "" for a stream."""

    subject: Subject
    selects: Callable[[Place], bool]
    unread: Callable[[], list[Result]]
    root: str = ""
    seen: Survey | None = None

    def __repr__(self) -> str:
        return "<Look>"

    def texts(self) -> Mapping[str, str]:
        """The texts of the files that were read, by the names that findings have for them."""
        sources = (item.slot.source for item in self.subject.objects)
        found = {source.file: source.text for source in sources if source.file}
        if self.seen is not None:
            found |= {file.name: file.text for file in self.seen.tree.files.values()}
        return found

    def files(self) -> dict[str, Fixable]:
        """The files of objects, by the names that findings have for them."""
        if self.seen is None:
            return {}
        return {one.file.name: Fixable(one.file, one.source) for one in self.seen.parsed.values()}


def stream_look(config: str) -> Look:
    """Standard input: all of it."""
    results: list[Result] = []
    given = read(accepted(read_stdin()).text)
    context = prepare(given, config, True, results)
    subject = stream_subject(given.items, context, results)
    return Look(subject, lambda _: True, lambda: list(subject.unread))


def tree_looks(paths: tuple[str, ...], config: str) -> Iterator[Look]:
    """The work tree around each path; of each what lies below its paths."""
    for path in paths:
        if not os.path.lexists(path):
            raise failure("there is no such file or folder", Location(file=path))
    results: list[Result] = []
    told: list[Result] = []
    settings = Settings(config, told.append)
    for seen, selected in surveyed(paths, results, settings, lambda *_: bool):
        told += (result for result in results if result.rule and result.location.resource is not None)
        below = [path for path in paths if seen.tree.holds(os.path.realpath(path))]
        subject = tree_subject(seen, settings, selected, below, told)
        yield Look(
            subject,
            partial(_is_selected, selected),
            partial(_unread, subject, seen, selected, results),
            seen.tree.root,
            seen,
        )
        told.clear()


def _is_selected(selected: Callable[[str], bool], place: Place) -> bool:
    return not place.file or selected(os.path.realpath(place.file))


def _unread(subject: Subject, seen: Survey, selected: Callable[[str], bool], results: list[Result]) -> list[Result]:
    """What could not be read of what was asked for."""
    told = set(subject.told)
    failures = {**seen.tree.unread, **seen.unread}
    wanted = [result for path, error in failures.items() if selected(path) for result in error.results]
    others = [result for result in results if result.severity == ERROR]
    within = [result for result in subject.unread if selected(os.path.realpath(result.location.file))]
    return [*(result for result in wanted if result in told), *others, *within]
