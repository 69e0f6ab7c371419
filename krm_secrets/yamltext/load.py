"""Text to documents of nodes, and nodes to plain data as Kubernetes tools read them.

In the data aliases and merge keys are resolved, and keys are strings.
"""

from __future__ import annotations

from krm_secrets.errors import Failure, Location, failure
from krm_secrets.yamltext.nodes import TOO_MANY, Alias, Document, Mapping, Node, Scalar, Sequence, YamlError, resolved
from krm_secrets.yamltext.scalars import Timestamp, plain, resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence as List


MAX_NODES = 500_000
"""Nodes that one object may have after its aliases are expanded: nested aliases grow exponentially."""

_MERGE_COST = 5
_NO_KEY = "a key is a list or a mapping, which no Kubernetes object has"
_QUOTES = "; a template such as {{ .field }} needs quotes"


def parse(text: str) -> list[Document]:
    """All documents of a stream; Failure when the text is no YAML.

    The text must carry no byte order mark. A message gives line and reason, never the text.
    """
    from krm_secrets.yamltext import events  # the import of PyYAML costs more than most runs of this program

    try:
        return events.build(text)
    except events.ERRORS as error:
        line, reason = events.explain(error, text)
    raise failure(f"not valid YAML: {reason}", Location(line=line))


def documents(text: str, broken: List[object] = ()) -> List[object]:
    """The documents of a text as data; `broken` where it is no YAML, or such that no tool reads."""
    try:
        return [load(document.root) for document in parse(text)]
    except (Failure, YamlError):
        return broken


def load(node: Node) -> object:
    """The data of a node: dict, list, str, int, float, bool, None, or bytes for `!!binary`.

    Keys and timestamps stay the text that was written. YamlError on duplicate keys, keys that are collections,
    and alias bombs.
    """
    try:
        return Loader().value(node)
    except RecursionError:
        raise YamlError("aliases nest too deeply", node.start) from None


def reread(node: Node, old: Node, data: object) -> object:
    """The data of a node, of which what it shares with another one is a part of the data of that one."""
    if node is old or node is (old := resolved(old)):
        return data
    if type(node) is Mapping and type(old) is Mapping and isinstance(data, dict):
        entries, before = node.entries(), old.entries()
        if 2 * len(entries) == len(node.children):
            return {
                key: reread(node.children[at + 1], old.children[before[key] + 1], data[key])
                if key in before
                else load(node.children[at + 1])
                for key, at in entries.items()
            }
    if type(node) is Sequence and type(old) is Sequence and isinstance(data, list):
        return [reread(*each) for each in zip(node.items, old.items, data, strict=True)]
    return load(node)


class Loader:
    """Reads one node; `left` is how much it may still expand to."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_NODES

    def count(self, node: Node, cost: int = 1) -> None:
        self.left -= cost
        if self.left < 0:
            raise YamlError(TOO_MANY, node.start)

    def value(self, node: Node) -> object:
        if type(node) is Alias:
            self.count(node)
            node = node.read()
        if type(node) is Mapping:
            return self.mapping(node)
        self.count(node)
        if type(node) is Scalar:
            return _scalar(node)
        assert type(node) is Sequence
        return [self.value(item) for item in node.items]

    def mapping(self, node: Mapping) -> dict[str, object]:
        """Written keys first, each over what `<<` brings in: go-yaml's order of precedence."""
        entries, children = node.entries(), node.children
        data: dict[str, object] = {}
        if 2 * len(entries) != len(children):
            for key, _ in node.pairs():
                if type(resolved(key)) is not Scalar:
                    raise YamlError(_NO_KEY + (_QUOTES if _is_braces(node, key) else ""), key.start)
            for merged in reversed(list(node.merges())):
                self.count(merged, _MERGE_COST)
                data.update(self.mapping(merged))
        self.count(node, 1 + len(entries))
        for key_text, i in entries.items():
            value = children[i + 1]
            # Like most; a call more for each would double what it costs.
            if type(value) is Scalar:
                data[key_text] = value.value if value.style and value.tag is None else _scalar(value)
            elif type(value) is Mapping:
                data[key_text] = self.mapping(value)
            else:
                data[key_text] = self.value(value)
        return data


def _is_braces(node: Mapping, key: Node) -> bool:
    return node.flow and type(key) is Mapping and key.flow and key.start == node.start + 1


def _scalar(node: Scalar) -> object:
    value = plain(node.value) if node.tag is None and not node.style else resolve(node)
    return value.source if type(value) is Timestamp else value
