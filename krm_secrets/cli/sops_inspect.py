"""`krm-secrets sops inspect`: all encrypted files below some paths, and what there is to say about them."""

from __future__ import annotations

import os
from contextlib import suppress

from krm_secrets import keys
from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write
from krm_secrets.cli.progress import watched
from krm_secrets.cli.sops_findings import Beside, Finding, of_error, of_parts, of_rule, of_values
from krm_secrets.cli.sops_rulebook import Config, RuleBook
from krm_secrets.errors import ERROR, INFO, WARNING, Location, Result, clean, failure, worst
from krm_secrets.krm.files import read_bytes, too_deep
from krm_secrets.shell import explain, tell
from krm_secrets.sops.creation import CreationRule
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import Format, by_name
from krm_secrets.sops.identities import Identities
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.sops.recipients import Groups, Recipient, of_block
from krm_secrets.sops.recognition import HEAD, Recognized, is_text, recognize
from krm_secrets.sops.rules import selector

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


MAX_SIZE = 64 * 1024 * 1024


class Entry(NamedTuple):
    """One encrypted file, or those of its documents that share a `sops` block.

    `documents` are counted from 0, and the file has as many as `of` says. `opens` is None where no identity is at
    hand; `metadata` is None where the block cannot be read.
    """

    file: str
    documents: tuple[int, ...]
    of: int
    format: Format
    groups: Groups
    block: dict[str, object]
    metadata: Metadata | None
    opens: bool | None
    config: Config | None
    rule: CreationRule | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def selector(self) -> tuple[str, str] | None:
        return None if self.format == "binary" or self.metadata is None else selector(self.block)


class Report(NamedTuple):
    """The result of a run: `mine` are the public halves of the user's own identities."""

    entries: list[Entry]
    configs: list[Config]
    mine: frozenset[str]

    def is_mine(self, recipient: Recipient) -> bool:
        """Whether one of the user's own identities is the recipient."""
        return recipient.kind == "age" and _plain(recipient.name) in self.mine

    def severities(self) -> Iterator[str]:
        """Of all findings."""
        for entry in self.entries:
            yield from (finding.severity for finding in entry.findings)
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
    for file, named in watched(list(listing(paths, results)), "looking for encrypted files"):
        try:
            found = recognized(file)
            if found is not None:
                entries += _entries(file, found, identities, book)
            elif named:
                results.append(Result(INFO, "is not encrypted with sops", Location(file=file)))
        except Exception as error:
            results += (r._replace(location=r.location._replace(file=file)) for r in explain(error))
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


def _entries(file: str, found: Recognized, identities: Identities, book: RuleBook) -> list[Entry]:
    config = book.config(file)
    rule = config.first(os.path.abspath(file)) if config is not None else None
    common = [*_of_name(file, found.format), *of_parts(found.parts)]
    if found.error:
        common.append(Finding(ERROR, "unreadable", found.error))
        return [Entry(file, (), 0, found.format, (), {}, None, None, config, rule, tuple(common))]
    shared: list[tuple[dict[str, object], list[int]]] = []
    for number, part in enumerate(found.parts):
        if part.block is not None:
            numbers = next((numbers for block, numbers in shared if block == part.block), None)
            if numbers is None:
                shared.append((part.block, [number]))
            else:
                numbers.append(number)
    entries: list[Entry] = []
    for block, numbers in shared:
        findings = list(common) if not entries else []
        groups = of_block(block)
        opens: bool | None = None
        metadata = _metadata(block, findings)
        if metadata is not None:
            findings += of_values({number: found.parts[number] for number in numbers}, metadata, found.format)
            opens = _opens(metadata, identities, findings)
            findings += _beside(config, rule, block, metadata, groups, found.format)
        head = Entry(file, tuple(numbers), len(found.parts), found.format, groups, block, metadata, opens, config)
        entries.append(head._replace(rule=rule, findings=tuple(findings)))
    return entries


def _of_name(file: str, form: Format) -> list[Finding]:
    named = by_name(file)
    if named == form:
        return []
    message = f"sops takes it for {named} by its name, and it is {form}: give --input-type {form}"
    return [Finding(INFO, "name-differs", message)]


def _metadata(block: dict[str, object], findings: list[Finding]) -> Metadata | None:
    try:
        return parse(block)
    except SopsError as error:
        findings.append(of_error(error, "invalid-block"))
    return None


def _opens(metadata: Metadata, identities: Identities, findings: list[Finding]) -> bool | None:
    try:
        identities.unlock(metadata)
    except SopsError as error:
        # A damaged key is a mistake in the file; a file for somebody else is none.
        damaged = error.path != (BLOCK,)
        if not damaged and not identities.at_hand() and not any(source.asks for source in identities.sources):
            return None
        findings.append(of_error(error, "not-opened", WARNING if damaged else INFO))
        return False
    return True


def _beside(
    config: Config | None,
    rule: CreationRule | None,
    block: dict[str, object],
    metadata: Metadata,
    groups: Groups,
    form: Format,
) -> list[Finding]:
    if config is None or config.rules is None or config.rules.rules is None:
        return []
    if rule is None:
        return [
            Finding(WARNING, "no-rule", f"no rule of {clean(config.shown)} matches it, so that sops updatekeys fails")
        ]
    where = f"{clean(config.shown)}:{rule.line}"
    if rule.hit is None:
        return [Finding(WARNING, "no-rule", f"sops cannot compile the path_regex at {where}, and stops there")]
    return of_rule(block, metadata, groups, Beside(rule, where, form))
