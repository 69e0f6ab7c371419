"""What is to change in a tree, and how it looks as a unified diff."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, clean, quiet
from krm_secrets.krm.atomic import EDITED
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Source
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import Mapping, YamlError

CREATED, UPDATED, REMOVED = "created", "updated", "removed"

_VEIL = "# (a line of a Secret, not shown)"
_ABSENT = "/dev/null"


class Change(NamedTuple):
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

    def __repr__(self) -> str:
        return quiet(self)


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
    """The lines of a file, with others in the place of those that hold what a Secret holds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows = [f"{row}\n" for row in text.split("\n")]
    last = rows.pop()[:-1]
    rows += [last] if last else []
    if "ecret" in text or BLOCK in text:
        for begin, end in _veiled(text):
            rows[begin - 1 : end] = [f"{_VEIL}\n"] * len(rows[begin - 1 : end])
    return rows


def _veiled(text: str) -> Iterator[tuple[int, int]]:
    """The first and the last lines of what Secrets and encrypted documents hold."""
    try:
        source = Source(text)
        items = read_files([source]).items
        for item in items:
            whole = type(item.node.get(BLOCK)) is Mapping
            keys = ("data", "stringData") if is_secret(item) else ("secretGenerator",)
            nodes = [item.node] if whole else [node for key in keys if (node := item.node.get(key)) is not None]
            for node in nodes:
                yield source.line_of(node.start), source.line_of(max(node.start, node.end - 1))
    except (Failure, YamlError):  # no file of Kubernetes
        return
