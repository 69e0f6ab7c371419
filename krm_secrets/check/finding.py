"""What `check` says: a finding, with the places that belong to it.

No part of a finding holds a value: messages, labels and hints name objects, fields and keys alone.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path, ResourceRef

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.errors import Severity
    from krm_secrets.yamltext.edits import Edit

Safety: TypeAlias = Literal["safe", "unsafe"]

HIGH, MEDIUM, LOW = "high", "medium", "low"
CONFIDENCES = (HIGH, MEDIUM, LOW)


class Place(NamedTuple):
    """A span of a file: lines and columns count from 1, and the end is behind the last character.

    Zero stands for unknown, as in a ResourceList, whose lines nobody sees; `file` is then the one that the host names.
    `path` is the field in the object, `document` counts the documents of the file from 0.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    path: Path = ()
    document: int | None = None


NOWHERE = Place()


class Related(NamedTuple):
    """Another place of the chain, and what there is to say of it in a few words."""

    place: Place
    label: str
    object: ResourceRef | None = None


class FileEdit(QuietTuple):
    """An edit of the text of a file, which is named as findings name it."""

    file: str
    edit: Edit


class Fix(NamedTuple):
    """What mends it; `unsafe` where that may change what the cluster does beside what is found."""

    safety: Safety
    edits: tuple[FileEdit, ...]


class Hit(NamedTuple):
    """What a rule finds; the rest of the finding is the same for all that it finds.

    `other` is the name of the other end, which tells findings at one field apart. `severity` and `confidence` are set
    where they differ from those of the rule, and `rule` where it has the name of another one.
    """

    place: Place
    message: str
    object: ResourceRef | None = None
    related: tuple[Related, ...] = ()
    hint: str = ""
    fix: Fix | None = None
    other: str = ""
    severity: Severity | None = None
    confidence: str = ""
    rule: str = ""


class Finding(NamedTuple):
    """What is wrong, where, why it is so, and what to do. `related` is the chain in its order."""

    rule: str
    severity: Severity
    confidence: str
    message: str
    object: ResourceRef | None
    location: Place
    related: tuple[Related, ...]
    hint: str
    fix: Fix | None
    fingerprint: str
    url: str
