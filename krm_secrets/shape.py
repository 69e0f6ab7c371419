"""Reading plain data by type: one cursor that hands out checked values and collects what is wrong.

A reader never stops at a mistake. It answers with an empty value, and whoever asked looks at the problems in the end.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import Usual
from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.errors import ERROR, Path, Problem, clean, did_you_mean

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeVar

    from krm_secrets.errors import Severity

    Word = TypeVar("Word", bound=str)


API_VERSION = "krm-secrets.dev/v1alpha1"

# Kubernetes' ObjectMeta: hosts add to it, and none of it is ours to judge, but a misspelt field is still found.
_OBJECT_META = (
    "name", "namespace", "labels", "annotations", "generateName", "finalizers", "ownerReferences", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion", "selfLink",
    "uid",
)  # fmt: skip

_QUOTE = "must be a string: put quotes around it"


class Node(NamedTuple):
    """One value of a document, where it stands, and where its mistakes go."""

    value: object
    path: Path
    problems: list[Problem]

    def wrong(self, message: str, rule: str = "", severity: Severity = ERROR) -> None:
        """Note a mistake at this place."""
        self.problems.append(Problem(self.path, message, severity, rule))

    def at(self, key: str | int, value: object) -> Node:
        """The value below this one."""
        return Node(value, (*self.path, key), self.problems)

    def place(self, *path: str | int) -> Node:
        """A place below this one, for what is wrong there."""
        return Node(None, (*self.path, *path), self.problems)

    def text(self, pattern: str = "", rule: str = "", longest: int = 0) -> str:
        """A string that is not empty, matches the pattern and is no longer than told; else an empty one."""
        if not isinstance(self.value, str):
            self.wrong(_not_a_string(self.value))
        elif not self.value:
            self.wrong("must not be empty")
        elif pattern and not matches(pattern, self.value):
            self.wrong(rule)
        elif longest and len(self.value) > longest:
            self.wrong(f"must have at most {longest} characters")
        else:
            return self.value
        return ""

    def anything(self) -> str:
        """Any string."""
        if isinstance(self.value, str):
            return self.value
        self.wrong(_not_a_string(self.value))
        return ""

    def choice(self, options: Sequence[Word]) -> Word:
        """One of the words; the first one after a mistake."""
        for option in options:
            if self.value == option:
                return option
        if isinstance(self.value, str):
            self.wrong(f"must be one of {', '.join(options)}{did_you_mean(self.value, options)}")
        else:
            self.wrong(f"must be one of {', '.join(options)}, not {kind_of(self.value)}")
        return options[0]

    def fields(self, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, Node]:
        """The fields of a map with fixed field names."""
        found, meant = dict(self.entries()), ""
        for key in [key for key in found if key not in known]:
            node = found.pop(key)
            hint = did_you_mean(key, known) or _meant_inside(node.value, known)
            meant += hint
            node.wrong(f"unknown field{hint}", "unknown-field")
        if isinstance(self.value, dict):
            for key in required:
                if key not in found and f'"{key}"' not in meant:  # else it is there, and the mistake is told
                    self.at(key, None).wrong("is required")
        return found

    def entries(self, pattern: str = "", rule: str = "", longest: int = 0) -> Iterator[tuple[str, Node]]:
        """The entries of a map with free keys."""
        if not isinstance(self.value, dict):
            self.wrong(f"must be a map, not {kind_of(self.value)}")
            return
        for key, value in self.value.items():
            node = self.at(key if isinstance(key, str) else str(key), value)
            if not isinstance(key, str):
                node.wrong(f"the key {_QUOTE}")
            elif pattern and not matches(pattern, key):
                node.wrong(f"the key {rule}")
            elif longest and len(key) > longest:
                node.wrong(f"the key must have at most {longest} characters")
            else:
                yield key, node

    def texts(self) -> dict[str, str]:
        """A map of strings, such as labels."""
        return {key: node.anything() for key, node in self.entries()}

    def elements(self) -> list[Node]:
        """The elements of a list."""
        if isinstance(self.value, list):
            return [self.at(index, value) for index, value in enumerate(self.value)]
        self.wrong(f"must be a list, not {kind_of(self.value)}")
        return []

    def filled(self, what: str) -> None:
        """Note a mistake when a map or list is empty."""
        if self.value in ({}, []):
            self.wrong(f"must hold at least one {what}")

    def distinct(self) -> None:
        """Note each string of a list that stood there before."""
        seen: set[str] = set()
        for index, value in enumerate(self.value if isinstance(self.value, list) else ()):
            if isinstance(value, str):
                if value in seen:
                    self.at(index, value).wrong(f'"{clean(value)}" is listed twice')
                seen.add(value)


def chosen(fields: Mapping[str, Node], key: str, options: Sequence[Word]) -> Word:
    """The word of a field, and the first one where it is not given."""
    return fields[key].choice(options) if key in fields else options[0]


class Metadata(NamedTuple):
    """What we use of an object's metadata."""

    name: str = ""
    namespace: str = ""
    labels: Mapping[str, str] = NO_ENTRIES


def read_head(fields: Mapping[str, Node], kind: str) -> Metadata:
    """Check apiVersion, kind and metadata, which our kinds have in common."""
    for field, expected in (("apiVersion", API_VERSION), ("kind", kind)):
        if field in fields and fields[field].value != expected:
            fields[field].wrong(f"must be {expected}")
    if "metadata" not in fields:
        return Metadata()
    metadata = fields["metadata"].fields(_OBJECT_META, ("name",))
    labels = metadata["labels"].texts() if "labels" in metadata else {}
    if "annotations" in metadata:
        metadata["annotations"].texts()
    return Metadata(
        name=metadata["name"].text() if "name" in metadata else "",
        namespace=metadata["namespace"].anything() if "namespace" in metadata else "",
        labels=labels,
    )


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches; `$` alone would let Python overlook a newline at the end."""
    if isinstance(pattern, Usual) and pattern.surely(text):
        return True
    import re  # few texts need it

    return re.match(pattern, text) is not None and not text.endswith("\n")


def _meant_inside(value: object, known: Sequence[str]) -> str:
    """A hint at fields that stand one level too deep, as below a `spec` that the kind does not have."""
    if not isinstance(value, dict) or not value or not all(key in known for key in value):
        return ""
    return "; write {} one level up, without it".format(" and ".join(f'"{key}"' for key in value))


def kind_of(value: object) -> str:
    """What a value is, for a message that must not show it."""
    if value is None:
        return "null"
    for kind, name in ((bool, "a boolean"), (str, "a string"), (dict, "a map"), (list, "a list")):
        if isinstance(value, kind):
            return name
    return "a number"


def _not_a_string(value: object) -> str:
    kind = kind_of(value)
    if kind in ("a map", "a list"):
        return f"must be a string, not {kind}"
    if kind == "a number":
        return f"{_QUOTE} (a number may already have changed: 0644 is read as 420)"
    return f"{_QUOTE} (without them it is {kind})"
