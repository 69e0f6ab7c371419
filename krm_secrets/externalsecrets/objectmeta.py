"""Labels and annotations as the API server takes them: it refuses an object for one bad label."""

from __future__ import annotations

from krm_secrets.externalsecrets.names import has_variable
from krm_secrets.shape import Node, matches

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_VALUE = 63
LONGEST_PREFIX = 253

_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_VALUE = rf"^(?:{_WORD})?$"
_NAME = rf"^{_WORD}$"
_PREFIX = r"^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$"

VALUE_RULE = "must be the value of a label: at most 63 letters, digits, -, _ and ., with a letter or digit at both ends"
NAME_RULE = "the name must be at most 63 letters, digits, -, _ and ., perhaps after a DNS name and a slash"


def check_labels(node: Node, labels: Mapping[str, str], templated: bool = False) -> None:
    """Note bad labels; with `templated` a value may hold `{{ }}`, which nobody knows yet."""
    for key, value in labels.items():
        _check_name(node, key)
        known = not has_variable(value) and not (templated and "{{" in value)
        if known and not (len(value) <= LONGEST_VALUE and matches(_VALUE, value)):
            node.at(key, value).wrong(VALUE_RULE, "label-refused")


def check_annotations(node: Node, annotations: Mapping[str, str]) -> None:
    """Note bad names of annotations; their values are free."""
    for key in annotations:
        _check_name(node, key)


def _check_name(node: Node, key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if has_variable(key):
        return
    good = len(name) <= LONGEST_VALUE and matches(_NAME, name)
    if not good or (slash and not (len(prefix) <= LONGEST_PREFIX and matches(_PREFIX, prefix))):
        node.at(key, None).wrong(NAME_RULE, "label-refused")
