"""The report of `krm-secrets doctor`, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from krm_secrets.cli.doctor_ways import ABSENT, NO, STEP, YES
from krm_secrets.cli.printing import grid, json_text, printed
from krm_secrets.errors import clean
from krm_secrets.sops.recipients import Recipient

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.cli.doctor import Diagnosis, File

VERSION = 1
"""Of the JSON shape; it grows by fields, and changes its number when a field goes or means something else."""

_STYLES = {YES: "green", STEP: "yellow", NO: "bold red", ABSENT: "dim"}
_LISTED = 10


def as_json(found: Diagnosis) -> str:
    """The diagnosis as the JSON that `docs/how-to/doctor.md` describes."""
    data = {
        "version": VERSION,
        "program": {"version": found.version, "path": found.path},
        "programs": [
            {"name": p.name, "version": p.version or None, "path": p.path, "problem": p.problem or None}
            for p in found.programs
        ],
        "plugins": {
            "home": found.plugins.home,
            "linked": list(found.plugins.linked),
            "broken": list(found.plugins.broken),
            "helm": found.plugins.helm or None,
        },
        "keys": [
            {"source": k.source, "recipients": list(k.recipients), "note": k.note or None, "problem": k.problem}
            for k in found.keys
        ],
        "files": [{"file": f.file, "opens": f.opens} for f in found.files],
        "ways": [{"way": w.name, "works": w.works, "command": w.command, "note": w.note or None} for w in found.ways],
        "problems": list(found.problems),
        "notes": list(found.notes),
    }
    return json_text(data)


def as_table(found: Diagnosis) -> str:
    """The diagnosis as text."""

    def draw(console: Console) -> None:
        console.print(_programs(found), "", _ways(found), "", _keys(found))
        for line in (*_files(found.files), *_problems(found), *_notes(found)):
            console.print(line, soft_wrap=True)

    return printed(draw)


def _programs(found: Diagnosis) -> Table:
    others = [(each.name, each.version or Text("?", style=_STYLES[NO]), clean(each.path)) for each in found.programs]
    return grid("PROGRAM", "VERSION", "PATH", rows=[("this one", found.version, clean(found.path)), *others])


def _ways(found: Diagnosis) -> Table:
    rows = [(w.name, Text(w.works, style=_STYLES[w.works]), w.command or "-", w.note or "-") for w in found.ways]
    return grid("WAY", "WORKS", "HOW", "NOTE", rows=rows)


def _keys(found: Diagnosis) -> Table:
    table = grid("KEYS FROM", "RECIPIENTS", "NOTE")
    for key in found.keys:
        note = Text(key.note or "-", style=_STYLES[NO] if key.problem else "")
        table.add_row(key.source, "\n".join(Recipient("age", r).readable for r in key.recipients) or "-", note)
    if not found.keys:
        table.add_row("-", "-", "no age identity found")
    return table


def _files(files: tuple[File, ...]) -> Iterator[Text]:
    yield Text("")
    if not files:
        yield Text("no file that sops encrypted")
        return
    opened = sum(file.opens is True for file in files)
    yield Text(f"{opened} of {len(files)} encrypted files open")
    others = [file for file in files if file.opens is not True]
    for file in others[:_LISTED]:
        why = "does not open" if file.opens is False else "was not tried, since that would ask"
        yield Text(f"  {clean(file.file)}: {why}")
    if len(others) > _LISTED:
        yield Text(f"  and {len(others) - _LISTED} more; krm-secrets sops inspect shows all")


def _problems(found: Diagnosis) -> Iterator[Text]:
    yield Text("")
    for problem in found.problems:
        yield Text.assemble(("problem:", _STYLES[NO]), f" {problem}")
    if not found.problems:
        yield Text("nothing stands in the way")


def _notes(found: Diagnosis) -> Iterator[Text]:
    for note in found.notes:
        yield Text.assemble(("note:", _STYLES[STEP]), f" {note}")
