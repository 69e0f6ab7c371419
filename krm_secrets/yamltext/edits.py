"""Edits of a text: spans replaced, aliases kept meaning what they meant, and the copies that this takes.

A copy of a node has one line, for a place where an alias can no longer stand for what it named.
"""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.yamltext.emit import MAX_KEY, flow_key, quoted
from krm_secrets.yamltext.nodes import Alias, Document, Mapping, Node, Scalar, Sequence, YamlError, is_merge, resolved
from krm_secrets.yamltext.scalars import plain, resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


DELETE = None
if TYPE_CHECKING:
    Updates = dict[str | int, "Updates | str | None"]
else:
    Updates = dict  # a name in quotes would be compiled, which is the slowest thing that an annotation can ask for

MAX_COPIED = 4 * 1024 * 1024
"""Characters that copies made together may have, about: nested aliases grow exponentially."""

NO_MAPPING = "a mapping is needed here"

_URI = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!:/;?@&=+$*()")
_PREFIX = "tag:yaml.org,2002:"


def copy(node: Node | None, updates: Updates | None = None) -> str:
    """The node in flow style with the updates made, without anchors and aliases.

    Plain numbers, booleans and nulls keep the way they were written, strings are double-quoted.
    """
    return Copier().copy(node, updates or {})


def creates(change: Updates | str | None) -> bool:
    """Whether a change brings anything in; deletions do nothing where there is nothing."""
    return any(map(creates, change.values())) if isinstance(change, dict) else change is not DELETE


def without(value: Node, keys: Iterable[str]) -> str:
    """What a merge key brings in, less these keys."""
    return Copier().merged(value, dict.fromkeys(keys, DELETE))


class Copier:
    """Copies that are made together and share one limit."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_COPIED

    def copy(self, node: Node | None, updates: Updates) -> str:
        """See `copy`."""
        try:
            return self.node(node, updates)
        except RecursionError:
            raise YamlError("aliases nest too deeply", node.start if node else 0) from None

    def node(self, node: Node | None, updates: Updates) -> str:
        if type(node) is Alias:
            node = node.target
        if node is None:
            return self.mapping(None, updates)
        self.left -= 8 + (len(node.value) if type(node) is Scalar else 0)
        if self.left < 0:
            raise YamlError("aliases expand to too many values", node.start)
        if type(node) is Scalar:
            if not creates(updates):
                return _scalar(node)
            if resolve(node) is not None:
                raise YamlError(NO_MAPPING, node.start)
            return self.mapping(None, updates)
        if type(node) is Sequence:
            if any(isinstance(key, str) for key in updates):
                raise YamlError(NO_MAPPING, node.start)
            changes = ((item, updates.get(i, {})) for i, item in enumerate(node.items))
            return _tag(node) + "[" + ", ".join(self.changed(n, c) for n, c in changes if c is not DELETE) + "]"
        assert type(node) is Mapping
        return _tag(node) + self.mapping(node, updates)

    def mapping(self, node: Mapping | None, updates: Updates) -> str:
        rest = {str(key): change for key, change in updates.items()}
        gone: Updates = {key: DELETE for key, change in rest.items() if change is DELETE}
        rows = []
        for key, value in node.pairs() if node else ():
            if is_merge(key):
                rows.append(f"<<: {self.merged(value, gone)}")
                continue
            name = resolved(key)
            change = rest.pop(name.value, {}) if type(name) is Scalar else {}
            if change is not DELETE:
                text = self.node(key, {})
                rows.append(f"{text if len(text) <= MAX_KEY else f'? {text} '}: {self.changed(value, change)}")
        added = (
            f"{flow_key(key)} {self.changed(node.get(key) if node else None, change)}"
            for key, change in rest.items()
            if change is not DELETE and creates(change)
        )
        return "{" + ", ".join([*added, *rows]) + "}"

    def merged(self, value: Node, gone: Updates) -> str:
        value = resolved(value)
        if type(value) is Sequence:
            return "[" + ", ".join(self.node(each, gone) for each in value.items) + "]"
        return self.node(value, gone)

    def changed(self, node: Node | None, change: Updates | str) -> str:
        return change if isinstance(change, str) else self.node(node, change)


def _tag(node: Node) -> str:
    if node.tag is None:
        return ""
    if node.tag == "!":
        return "! "
    if node.tag.startswith(_PREFIX):
        return f"!!{_uri(node.tag.removeprefix(_PREFIX))} "
    return f"!<{_uri(node.tag)}> "


def _uri(text: str) -> str:
    return "".join(c if c in _URI else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)


def _scalar(node: Scalar) -> str:
    value = node.value
    if node.style or node.tag not in (None, "!") or type(plain(value)) is str:
        return _tag(node) + quoted(value)
    # Timestamps may have a comma, which would end them in flow style.
    return _tag(node) + (value.replace(",", ".") or "null")


class Edit(QuietTuple):
    """Replace `text[start:end]`; edits at one place apply in the order in which they were made."""

    start: int
    end: int
    text: str
    everywhere: bool = False
    """Whether all aliases of what it changes are to mean what it makes of it."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new, _ in sorted(edits, key=lambda e: e[:2]):
        if start < at:
            raise ValueError("edits overlap")
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def unshare(document: Document, edits: list[Edit]) -> list[Edit]:
    """Further edits that keep every alias meaning what it meant, where an edit reaches the value that it stands for."""
    if not document.aliases or not edits:
        return []
    from bisect import bisect_left, bisect_right  # few documents have aliases

    ordered = sorted((e for e in edits if not e.everywhere), key=lambda e: e[:2])
    shared = sorted(e.start for e in edits if e.everywhere)
    starts, ends = [e.start for e in ordered], [e.end for e in ordered]
    copier = Copier()
    found = []
    for alias in document.aliases:
        target = alias.target
        last = bisect_left(starts, target.end) - 1
        if last < 0 or ends[last] <= target.start:
            continue
        around = bisect_right(starts, alias.start) - 1
        if around < 0 or ends[around] < alias.end:
            if bisect_left(shared, target.start) < bisect_right(shared, target.end):
                raise YamlError("what the alias names is changed in two ways; write it out", alias.start)
            found.append(Edit(alias.start, alias.end, copier.copy(target, {})))
    return found
