"""What is to change in a tree, and how it looks as a unified diff."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import clean
from krm_secrets.krm.atomic import EDITED
from krm_secrets.render.generated import is_generated
from krm_secrets.render.veil import VEIL, veiled

CREATED, UPDATED, REMOVED = "created", "updated", "removed"

_ABSENT = "/dev/null"


class Change(QuietTuple):
    """A file as it is and as it is to be; None where it is not. `mode` is for a new one, `step` its turn."""

    path: str
    name: str
    before: str | None
    after: str | None
    old: bytes | None
    new: bytes | None
    mode: int
    step: int = EDITED

    @property
    def kind(self) -> str:
        return CREATED if self.before is None else REMOVED if self.after is None else UPDATED


def diff(change: Change) -> str:
    """The change as a unified diff; lines with values of Secrets are not shown."""
    name = clean(change.name)
    sides = (change.before, change.after)
    old, new = (_ABSENT if side is None else f"{letter}/{name}" for letter, side in zip("ab", sides, strict=True))
    import difflib  # only differences pay for it

    before, after = (_lines(side) if side is not None else [] for side in sides)
    return "".join(_ended(row) for row in difflib.unified_diff(before, after, old, new))


def _ended(row: str) -> str:
    return row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """The lines of a file, safe for a terminal, with others in the place of those that hold what a Secret holds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows = [f"{row}\n" for row in text.split("\n")]
    last = rows.pop()[:-1]
    rows += [last] if last else []
    hidden = veiled(text, rows, is_generated(text))
    return [f"{VEIL}\n" if n in hidden else _cleaned(row) for n, row in enumerate(rows)]


def _cleaned(row: str) -> str:
    end = "\n" if row.endswith("\n") else ""
    return "\t".join(map(clean, row.removesuffix("\n").split("\t"))) + end
