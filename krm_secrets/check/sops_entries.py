"""What there is to say of one encrypted file: by itself, and beside the creation rule that it falls under."""

from __future__ import annotations

import os
from collections.abc import Callable

from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.sops_problems import Beside, SopsProblem, of_error, of_parts, of_rule, of_values
from krm_secrets.check.sops_rulebook import Config, RuleBook
from krm_secrets.errors import ERROR, INFO, WARNING, clean
from krm_secrets.sops.creation import CreationRule
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import Format, by_name
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.sops.recipients import Groups, of_block
from krm_secrets.sops.recognition import Recognized
from krm_secrets.sops.rules import selector


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
    problems: tuple[SopsProblem, ...] = ()

    @property
    def selector(self) -> tuple[str, str] | None:
        return None if self.format == "binary" or self.metadata is None else selector(self.block)


def no_identities(_: Metadata, __: list[SopsProblem]) -> None:
    """For who has no identities to try."""


def entries_of(
    file: str,
    found: Recognized,
    book: RuleBook,
    opens: Callable[[Metadata, list[SopsProblem]], bool | None] = no_identities,
) -> list[Entry]:
    """An entry for all documents of a file that share a block; `opens` says whether an identity opens them."""
    config = book.config(file)
    rule = config.first(os.path.abspath(file)) if config is not None else None
    common = [*_of_name(file, found.format), *of_parts(found.parts)]
    if found.error:
        common.append(SopsProblem(ERROR, "unreadable", found.error))
        return [Entry(file, (), 0, found.format, (), {}, None, None, config, rule, tuple(common))]
    shared: dict[object, tuple[dict[str, object], list[int]]] = {}
    for number, part in enumerate(found.parts):
        if part.block is not None:
            shared.setdefault(_frozen(part.block), (part.block, []))[1].append(number)
    entries: list[Entry] = []
    for block, numbers in shared.values():
        problems = list(common) if not entries else []
        groups = of_block(block)
        opened: bool | None = None
        metadata = _metadata(block, problems)
        if metadata is not None:
            problems += of_values({number: found.parts[number] for number in numbers}, metadata, found.format)
            opened = opens(metadata, problems)
            problems += _beside(config, rule, block, metadata, groups, found.format)
        head = Entry(file, tuple(numbers), len(found.parts), found.format, groups, block, metadata, opened, config)
        entries.append(head._replace(rule=rule, problems=tuple(problems)))
    return entries


def _frozen(value: object) -> object:
    """The same as something that a table may have as a key: to compare each block with each takes the square."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(below)) for key, below in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _of_name(file: str, form: Format) -> list[SopsProblem]:
    named = by_name(file)
    if named == form:
        return []
    message = f"sops takes it for {named} by its name, and it is {form}: give --input-type {form}"
    return [SopsProblem(INFO, "name-differs", message)]


def _metadata(block: dict[str, object], problems: list[SopsProblem]) -> Metadata | None:
    try:
        return parse(block)
    except SopsError as error:
        problems.append(of_error(error, "invalid-block"))
    return None


def _beside(
    config: Config | None,
    rule: CreationRule | None,
    block: dict[str, object],
    metadata: Metadata,
    groups: Groups,
    form: Format,
) -> list[SopsProblem]:
    if config is None or config.rules is None or config.rules.rules is None:
        return []
    if rule is None:
        return [
            SopsProblem(
                WARNING, "no-rule", f"no rule of {clean(config.shown)} matches it, so that sops updatekeys fails"
            )
        ]
    where = f"{clean(config.shown)}:{rule.line}"
    if rule.hit is None:
        return [SopsProblem(WARNING, "no-rule", f"sops cannot compile the path_regex at {where}, and stops there")]
    return of_rule(block, metadata, groups, Beside(rule, where, form))
