"""Annotations of a workload that the API server refuses, and with them the whole object."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.errors import WARNING, Path, Problem
from krm_secrets.plain import as_map, entries
from krm_secrets.shape import kind_of

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


def refused(obj: Mapping[str, object]) -> list[Problem]:
    """A warning for each annotation of a workload that the API server refuses."""
    found = []
    for path in (("metadata",), *(path for path in _TEMPLATES if as_map(_at(obj, path)))):
        annotations = _at(obj, (*path, "annotations"))
        if annotations is not None and not isinstance(annotations, dict):
            message = f"the API server refuses this object: annotations are a map, and this is {kind_of(annotations)}"
            found.append(Problem((*path, "annotations"), message, WARNING, _RULE))
        for key, value in entries(as_map(annotations)):
            place = (*path, "annotations", key)
            if value is not None and not isinstance(value, str):
                message = f"the API server refuses this object: an annotation is a string, and this is {kind_of(value)}"
                found.append(Problem(place, f"{message}; write it in quotes", WARNING, _RULE))
            elif not _KEY.fullmatch(str(key)) and "${" not in str(key):
                found.append(Problem(place, f"the API server refuses this object: {_KEY_RULE}", WARNING, _RULE))
    return found


_RULE = "annotation-refused"
_TEMPLATES = (
    ("spec", "template", "metadata"),
    ("spec", "jobTemplate", "metadata"),
    ("spec", "jobTemplate", "spec", "template", "metadata"),
)
_KEY = pattern(
    r"(?:(?=[^/]{1,253}/)[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_KEY_RULE = "the key of an annotation has at most one slash, and at most 63 letters, digits, -, _ and . after it"


def _at(obj: object, path: Path) -> object:
    for part in path:
        obj = as_map(obj).get(str(part))
    return obj
