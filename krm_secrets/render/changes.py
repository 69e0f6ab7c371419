"""What is to change in a tree, and how it looks as a unified diff."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, Literal

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Failure, clean
from krm_secrets.krm.atomic import EDITED
from krm_secrets.krm.resource import Source
from krm_secrets.render.generated import is_generated
from krm_secrets.secrets.secret import LAST_APPLIED
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError, resolved

CREATED: Final = "created"
UPDATED: Final = "updated"
REMOVED: Final = "removed"

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
    def kind(self) -> Literal["created", "updated", "removed"]:
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


VEIL = "# (a line of a Secret, not shown)"

_SECRETS = re.compile(r"(?:Sops|Sealed)?Secret(?:List)?|SopsGenerator|ksops|Fake|ENC\[.*", re.DOTALL)
_HEAD = frozenset(("apiVersion", "kind", "type", "immutable"))
_METADATA = frozenset(("name", "namespace", "labels"))
# What holds values of Secrets wherever it stands: charts, patches, stores for tests.
_FIELDS = frozenset(("stringData", "secretGenerator", "encryptedData", "secretTemplates", "fake", LAST_APPLIED))
_TELLING = re.compile(
    r"kind[\"']?\s*:\s*[\"']?(?:Sops|Sealed)?Secret(?:List)?\b|stringData|secretGenerator|last-applied-configuration|ENC\["
    r"|AGE-SECRET-KEY-"
)
_PATCHED = re.compile(r"/(?:data|stringData)\b")
_COMMENT = re.compile(r"(?:^|\s)#")


def veiled(text: str, rows: list[str], ours: bool) -> set[int]:
    """The rows (counted from 0) that are not to be shown; `ours` says that we wrote the file, comments and all."""
    try:
        found = _Veil(text)
    except (Failure, YamlError, RecursionError):
        return set(range(len(rows)))
    hidden = found.rows()
    if hidden and not ours:
        hidden |= {n for n, row in enumerate(rows) if _COMMENT.search(row)}
    return hidden | set(_told_in_comments(rows))


def _told_in_comments(rows: list[str]) -> Iterator[int]:
    """Blocks of comments that quote a Secret, such as one that somebody commented out."""
    block: list[int] = []
    for n, row in enumerate([*rows, "end"]):
        if row.lstrip().startswith("#") or not row.strip():
            block.append(n)
            continue
        if _TELLING.search("".join(rows[m] for m in block)):
            yield from block
        block = []


class _Veil:
    """The spans of a text that hold values, those of Secrets, and what in Secrets is their head and what is not."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.values: set[int] = set()
        self.secrets: set[int] = set()
        self.heads: set[int] = set()
        self.others: set[int] = set()
        self.followed: set[int] = set()
        for document in Source(text).documents:
            self.look(document.root)

    def rows(self) -> set[int]:
        return self.values | (self.secrets - (self.heads - self.others))

    def of(self, begin: int, end: int) -> range:
        """The rows between two places."""
        return range(bisect_right(self.starts, begin) - 1, bisect_right(self.starts, max(begin, end - 1)))

    def look(self, node: Node) -> None:
        """Hide what of the node and below it may hold a value. What an alias names is looked at where it stands."""
        if type(node) is Sequence:
            for item in node.items:
                self.look(item)
        elif type(node) is Scalar:
            if _TELLING.search(node.value):
                self.hide(node)
        elif type(node) is Mapping:
            self.mapping(node)

    def hide(self, node: Node) -> None:
        self.values.update(self.of(node.start, node.end))
        self.follow(node)

    def follow(self, node: Node) -> None:
        """Hide what aliases take from elsewhere."""
        if type(node) is Alias and id(node.target) not in self.followed:
            self.followed.add(id(node.target))
            self.hide(node.target)
        for below in node.children if type(node) is Mapping else node.items if type(node) is Sequence else ():
            self.follow(below)

    def mapping(self, node: Mapping) -> None:
        if type(node.get(BLOCK)) is Mapping:
            self.hide(node)
            return
        if _SECRETS.fullmatch(_text(node.get("kind"))) and not _is_reference(node):
            self.secret(node)
            return
        patch = node.get("patch")
        if patch is not None and _may_be_of_a_secret(node.get("target"), patch):
            self.hide(node)
        for key, value in node.pairs():
            if _text(key) in _FIELDS:
                self.hide(value)
            else:
                self.look(value)

    def secret(self, node: Mapping) -> None:
        """Hide all of a Secret but the lines that hold its head alone."""
        self.secrets.update(self.of(node.start, node.end))
        self.follow(node)
        for key, value in node.pairs() if not node.flow else ():
            if _text(key) == "metadata" and type(value) is Mapping and not value.flow:
                self.heads.update(self.of(key.start, key.end))
                for inner, below in value.pairs():
                    self.part(inner, below, _METADATA)
            else:
                self.part(key, value, _HEAD)

    def part(self, key: Node, value: Node, shown: frozenset[str]) -> None:
        (self.heads if _text(key) in shown else self.others).update(self.of(key.start, value.end))


def _text(node: Node | None) -> str:
    node = resolved(node) if node is not None else None
    return node.value if type(node) is Scalar else ""


def _is_reference(node: Mapping) -> bool:
    """Whether it names a Secret, and is none: that has mappings in it."""
    return all(type(value) is Scalar for value in node.children) and node.get("data") is None


def _may_be_of_a_secret(target: Node | None, patch: Node) -> bool:
    """Whether a patch says no kind in its text and may change the values of a Secret."""
    target = resolved(target) if target is not None else None
    kind = _text(target.get("kind")) if type(target) is Mapping else ""
    return "Secret" in kind or (not kind and _PATCHED.search(_text(patch)) is not None)
