"""`krm-secrets sops inspect`: all encrypted files below some paths, and what there is to say about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from krm_secrets import keys
from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write
from krm_secrets.check.sops_entries import Entry, entries_of
from krm_secrets.check.sops_problems import SopsProblem, of_error
from krm_secrets.check.sops_rulebook import Config, RuleBook
from krm_secrets.check.tree_files import MAX_SIZE
from krm_secrets.cli.progress import watched
from krm_secrets.errors import ERROR, INFO, WARNING, Location, Result, failure, worst
from krm_secrets.krm.files import read_bytes
from krm_secrets.krm.folders import too_deep
from krm_secrets.shell import explain, tell
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.identities import Identities
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.recipients import Recipient
from krm_secrets.sops.recognition import HEAD, Recognized, is_text, recognize


class Report(NamedTuple):
    """The result of a run: `mine` are the public halves of the user's own identities."""

    entries: list[Entry]
    configs: list[Config]
    mine: frozenset[str]

    def is_mine(self, recipient: Recipient) -> bool:
        """Whether one of the user's own identities is the recipient."""
        return recipient.kind == "age" and _plain(recipient.name) in self.mine

    def severities(self) -> Iterator[str]:
        """Of all problems."""
        for entry in self.entries:
            yield from (problem.severity for problem in entry.problems)
        for config in self.configs:
            yield from (result.severity for result in config.results)


def inspect(paths: tuple[str, ...], as_json: bool, check: bool) -> int:
    """Print the report; returns the exit code. What cannot be read is told on stderr and is an error."""
    from krm_secrets.cli import sops_report

    results: list[Result] = []
    report = survey(paths, results, Identities(keys.sources(os.environ)))
    tell(results)
    text = sops_report.as_json(report) if as_json else sops_report.as_table(report)
    # In JSON half a surrogate pair, which a file's name may hold, is written exactly so.
    code = write(text.encode(errors="backslashreplace"))
    found = check and any(severity in (ERROR, WARNING) for severity in report.severities())
    return 1 if found or worst(results) == ERROR else code


def survey(paths: Iterable[str], results: list[Result], identities: Identities) -> Report:
    """Look at all files; `results` gets what could not be looked at."""
    mine = frozenset(_plain(shown) for shown in identities.at_hand())
    book = RuleBook(os.environ.get("SOPS_CONFIG", ""))
    entries: list[Entry] = []

    def opens(metadata: Metadata, problems: list[SopsProblem]) -> bool | None:
        return _opens(metadata, identities, problems)

    for file, named in watched(list(listing(paths, results)), "looking for encrypted files"):
        try:
            found = recognized(file)
            if found is not None:
                entries += entries_of(file, found, book, opens)
            elif named:
                results.append(Result(INFO, "is not encrypted with sops", Location(file=file)))
        except Exception as error:
            results += (result.in_file(file) for result in explain(error))
    return Report(entries, list(book.configs.values()), mine)


def _plain(recipient: str) -> str:
    """Without the comment that may follow an SSH key."""
    return " ".join(recipient.split(" ")[:2])


def listing(paths: Iterable[str], results: list[Result]) -> Iterator[tuple[str, bool]]:
    """The files that are named, and those in named folders: hidden ones too, but none of hidden folders."""
    for path in paths:
        if not os.path.isdir(path):
            yield path, True
            continue
        unlisted: list[OSError] = []
        for folder, folders, files in os.walk(path, onerror=unlisted.append):
            if (deep := too_deep(path, folder)) is not None:
                results += deep.results
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                file = os.path.normpath(os.path.join(folder, name))
                if os.path.isfile(file):  # no pipe, and no link to nowhere
                    yield file, False
        for error in unlisted:
            message = f"cannot be listed: {error.strerror}"
            results += failure(message, Location(file=str(error.filename))).results


def recognized(file: str) -> Recognized | None:
    """What sops left in the file, or None; Failure when it cannot be read."""
    if os.path.isfile(file):
        with suppress(OSError), open(file, "rb") as opened:  # why it cannot be read is said below
            if not is_text(opened.read(HEAD)):
                return None
    return recognize(os.path.basename(file), read_bytes(file, MAX_SIZE))


def _opens(metadata: Metadata, identities: Identities, problems: list[SopsProblem]) -> bool | None:
    try:
        identities.unlock(metadata)
    except SopsError as error:
        # A damaged key is a mistake in the file; a file for somebody else is none.
        if error.outside and not identities.at_hand() and not any(source.asks for source in identities.sources):
            return None
        problems.append(of_error(error, "not-opened", INFO if error.outside else WARNING))
        return False
    return True
