"""`check --fix`: what mends findings, written into the files or shown as a diff.

A fix is a splice that keeps every other byte. No file that sops encrypted is touched: its MAC is over all of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from krm_secrets._startup.records import QuietTuple
from krm_secrets._startup.stdio import write
from krm_secrets.krm.atomic import Write, write_all
from krm_secrets.krm.resource import Source
from krm_secrets.krm.writing import applied
from krm_secrets.render.changes import Change, diff
from krm_secrets.shell import say
from krm_secrets.sops.recognition import recognize
from krm_secrets.yamltext.edits import Edit

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding
    from krm_secrets.repository.worktree import File

SAFE, UNSAFE = "safe", "unsafe"
MOST = 10
"""Rounds: what mends one finding may show the next, and two at one place are mended one behind the other."""


class Fixable(QuietTuple):
    """A file that may be mended, as it was read."""

    file: File
    source: Source


def changes(findings: Iterable[Finding], files: Callable[[str], Fixable | None], safety: str) -> list[Change]:
    """What the fixes make of the files; of two that meet at one place the first counts."""
    edits: dict[str, list[Edit]] = {}
    for finding in findings:
        fix = finding.fix
        if fix is None or (fix.safety == UNSAFE and safety != UNSAFE):
            continue
        new = {each.file: [e.edit for e in fix.edits if e.file == each.file] for each in fix.edits}
        if all(_is_free(edits.get(file, []), more) for file, more in new.items()):
            for file, more in new.items():
                there = edits.setdefault(file, [])
                there += (edit for edit in more if edit not in there)
    found = []
    for name, listed in sorted(edits.items()):
        fixable = files(name)
        if fixable is not None and listed:
            found.append(_change(fixable, listed))
    return [change for change in found if change.before != change.after]


def _is_free(taken: list[Edit], new: list[Edit]) -> bool:
    """Whether new edits lie beside those that are made already, or are the same."""
    return all(one == other or one.end < other.start or other.end < one.start for one in new for other in taken)


def _change(fixable: Fixable, edits: list[Edit]) -> Change:
    file = fixable.file
    after = applied(fixable.source, edits)
    old, new = file.encoded.encode(file.text), file.encoded.encode(after)
    return Change(file.path, file.name, file.text, after, old, new, 0)


def is_encrypted(file: File) -> bool:
    """Whether sops left a block in the file."""
    return recognize(os.path.basename(file.path), file.encoded.encode(file.text)) is not None


def show(made: Iterable[Change]) -> int:
    """Print what would change; returns the code of the write."""
    return write("".join(map(diff, made)).encode(errors="backslashreplace"))


def store(made: list[Change]) -> None:
    """Write the files, and say which."""
    writes = [Write(each.path, each.name, each.new, each.old, each.mode, each.step) for each in made]
    write_all(writes, {os.path.dirname(each.path) for each in made})
    for each in made:
        say(f"krm-secrets check: mended {each.name}")
