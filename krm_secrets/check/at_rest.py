"""What is wrong with files before they are committed and with those that sops encrypted, once for each, by rule."""

from __future__ import annotations

import os
from collections.abc import Iterator

from krm_secrets.check import places
from krm_secrets.check.commit.commit_rules import NOT_ENCRYPTED, problems
from krm_secrets.check.commit.due_encryption import BY_NAME
from krm_secrets.check.commit.objects_at_rest import MAYBE
from krm_secrets.check.finding import LOW, Hit, Place
from krm_secrets.check.sops_entries import entries_of
from krm_secrets.errors import Failure, Location, ResourceRef, Result
from krm_secrets.krm.files import SUFFIXES
from krm_secrets.krm.resource import Source
from krm_secrets.sops.creation import FILE
from krm_secrets.sops.recognition import HEAD, is_text, recognize
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.check.tree_files import Committed, Files


def hits(subject: Subject, rule: str) -> Iterator[Hit]:
    """What is found by a rule."""
    yield from subject.once(_found).get(rule, ())


def _found(subject: Subject) -> dict[str, list[Hit]]:
    found: dict[str, list[Hit]] = {}
    files = subject.files
    if files is None:
        return found
    for file in files.committed():
        if not is_text(file.data[:HEAD]):
            continue
        if os.path.basename(file.name) == FILE:
            files.book.config(file.name)  # what is wrong in it is told below
        told = set[object]()
        for result in (*_of_sops(file, files), *problems(file.name, file.data, files.book, file.items, file.text)):
            key = (result.rule, result.location.path, result.location.line)
            if key not in told:
                told.add(key)
                found.setdefault(result.rule, []).append(_hit(result, file))
    for config in files.book.configs.values():
        for result in config.results:
            found.setdefault(result.rule, []).append(_hit(result, None))
    return found


def _of_sops(file: Committed, files: Files) -> Iterator[Result]:
    """What there is to say of an encrypted file."""
    recognized = recognize(os.path.basename(file.name), file.data)
    for entry in entries_of(file.name, recognized, files.book) if recognized is not None else ():
        for each in entry.problems:
            number = each.document if each.document is not None else entry.documents[0] if entry.documents else None
            place = Location(file=file.name, path=each.path, position=number)
            yield Result(each.severity, each.message, place, each.rule)


def _hit(result: Result, file: Committed | None) -> Hit:
    where = result.location
    ref = where.resource if where.resource is not None and where.resource.kind else None
    other = "" if where.path else result.message
    # A rule may mean more than its author thought of.
    guess = result.rule == NOT_ENCRYPTED and BY_NAME not in result.message
    hit = Hit(_place(where, file), result.message, _shown(ref), other=other, severity=result.severity)
    return hit._replace(confidence=LOW) if guess else hit._replace(severity=None) if result.rule == MAYBE else hit


def _shown(ref: ResourceRef | None) -> ResourceRef | None:
    return ref.shown() if ref is not None else None


def _place(where: Location, file: Committed | None) -> Place:
    """The field, where the file is YAML that can be read; else the line that is told, or the first."""
    line = max(where.line, 1)
    around = Place(where.file, line, 1, line, 2, where.path, where.position)
    if file is None or not where.path or not file.name.endswith(SUFFIXES):
        return around
    try:
        source = Source(decode(file.data).text, file.name)
        document = source.documents[where.position or 0]
        start, end = places.span(document.root, where.path)
    except (Failure, YamlError, IndexError):
        return around
    return places.in_text(source, start, end)._replace(path=where.path, document=where.position)
