"""Nodes with source spans, built from libyaml's events.

A node knows where it stands in the text, not what it means; `scalars.resolve` and `load` say that. Spans are code
points, `text[node.start:node.end]`, from the anchor or tag to the last character of the content. A block
collection ends where its last child ends: libyaml's own end mark lies behind the comments that follow.
"""

from __future__ import annotations

from krm_secrets.errors import Path, clean
from krm_secrets.yamltext.linenumbers import Lines

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


MAX_DEPTH = 200
"""Nested collections in one document; deeper input is refused, so that recursion over nodes is safe."""

MAX_SHOWN = 100
"""Characters of a key that a message shows."""

BREAKS = "\n\r\x85\u2028\u2029"
"""What libyaml and go-yaml take for a line break."""

TOO_MANY = "aliases expand to too many values"

SPACE = " \t" + BREAKS


class YamlError(Exception):
    """A document that cannot be read as what it is used for: duplicate keys, a key that is no string, a cycle."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start


class Node:
    """Any node: its span, and its tag and anchor if it has them."""

    __slots__ = ("anchor", "end", "start", "tag")

    def __init__(self, start: int, end: int, tag: str | None, anchor: str | None) -> None:
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor


class Scalar(Node):
    """A scalar; `style` is "" for plain, else one of `'`, `"`, `|`, `>`."""

    __slots__ = ("style", "value")

    def __init__(self, start: int, end: int, tag: str | None, anchor: str | None, value: str, style: str) -> None:
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self.value = value
        self.style = style


class Sequence(Node):
    """A list of nodes."""

    __slots__ = ("flow", "items")

    def __init__(self, start: int, end: int, tag: str | None, anchor: str | None, flow: bool) -> None:
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self.flow = flow
        self.items: list[Node] = []


class Alias(Node):
    """`*name`, with the node that it stands for."""

    __slots__ = ("document", "target")

    def __init__(self, start: int, end: int, target: Node, document: Document) -> None:
        super().__init__(start, end, None, None)
        self.target = target
        self.document = document

    def read(self) -> Node:
        """The node, for who reads all that is in it; YamlError where aliases make far too much of the document.

        Each of many objects in one document may name the same large value, so that what all of them are together
        grows with the square: the whole document is counted, once.
        """
        if not self.document.bounded:
            raise YamlError(TOO_MANY, self.start)
        return self.target


class Mapping(Node):
    """A mapping; `children` holds keys and values in turn, duplicates and merge keys as they were written."""

    __slots__ = ("_entries", "children", "flow")

    def __init__(self, start: int, end: int, tag: str | None, anchor: str | None, flow: bool) -> None:
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self.flow = flow
        self.children: list[Node] = []
        self._entries: dict[str, int] | None = None

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Keys with their values in source order."""
        children = iter(self.children)
        return zip(children, children, strict=True)

    def entries(self) -> dict[str, int]:
        """Where each written key stands in `children`; YamlError when a key is written twice.

        Keys go by their text, whatever their type: `8080`, `true` and `"true"` are keys like any other. Merge keys are
        left out, and so are keys that are no scalars: nothing we read has one.
        """
        if self._entries is None:
            found: dict[str, int] = {}
            children, merge = self.children, -1
            for i in range(0, len(children), 2):
                key = children[i]
                if type(key) is Alias:
                    key = key.target
                if type(key) is not Scalar:
                    continue
                text = key.value
                if text == "<<" and is_merge(children[i]):
                    if merge >= 0:
                        raise self._twice(text)
                    merge = i
                elif text in found:
                    raise self._twice(text)
                else:
                    found[text] = i
            self._entries = found
        return self._entries

    def _twice(self, text: str) -> DuplicateKey:
        keys = self.children[::2]
        return DuplicateKey(text, tuple(key.start for key in keys if getattr(resolved(key), "value", None) == text))

    def written(self, key: str) -> Node | None:
        """The value that this mapping itself gives to the key, aliases unresolved."""
        at = self.entries().get(key)
        return None if at is None else self.children[at + 1]

    def get(self, key: str) -> Node | None:
        """The value of the key with aliases and merge keys resolved, or None."""
        entries = self._entries or self.entries()
        at = entries.get(key)
        if at is not None:
            return resolved(self.children[at + 1])
        if 2 * len(entries) == len(self.children):
            return None
        found = (each.written(key) for each in self.merged())
        return next((resolved(node) for node in found if node is not None), None)

    def names(self) -> list[str]:
        """All keys, written and merged, the written ones first."""
        keys = dict.fromkeys(self.entries())
        if 2 * len(keys) == len(self.children):
            return list(keys)
        for each in self.merged():
            keys |= dict.fromkeys(each.entries())
        return list(keys)

    def merged(self) -> Iterator[Mapping]:
        """All mappings that reach this one through merge keys, the strongest first, each once."""
        seen = {id(self)}
        waiting = list(self.merges())[::-1]
        while waiting:
            each = waiting.pop()
            if id(each) not in seen:
                seen.add(id(each))
                yield each
                waiting += list(each.merges())[::-1]

    def merges(self) -> Iterator[Mapping]:
        """The mappings that this one's own `<<` names, the strongest first."""
        for i in range(0, len(self.children), 2):
            if is_merge(self.children[i]):
                value = _read(self.children[i + 1])
                for each in value.items if type(value) is Sequence else (value,):
                    each = _read(each)
                    if type(each) is not Mapping:
                        raise YamlError("a merge key (<<) takes mappings", self.children[i].start)
                    yield each


class Document:
    """One document of a stream.

    `start` is where its directives or `---` begin, or its content when it has neither; `end` is where its content,
    or its `...`, ends. `aliases` are all alias nodes in source order. `repeats` is set where a key may stand twice;
    `bounded` is not where the document is far larger than it looks, once its aliases are expanded.
    """

    __slots__ = ("_targets", "aliases", "bounded", "end", "explicit", "repeats", "root", "start")

    def __init__(self, start: int, explicit: bool) -> None:
        self.start = start
        self.end = start
        self.explicit = explicit
        self.root: Node = Scalar(start, start, None, None, "", "")
        self.aliases: list[Alias] = []
        self.bounded = True
        self.repeats = False
        self._targets: list[tuple[int, int]] | None = None

    def targets(self) -> list[tuple[int, int]]:
        """Where what an alias names begins, and where the alias does, in the order of the first."""
        if self._targets is None:
            self._targets = sorted((alias.target.start, alias.start) for alias in self.aliases)
        return self._targets


def is_merge(key: Node) -> bool:
    """Whether the key is go-yaml's merge key: a plain or explicitly tagged `<<`."""
    return (
        type(key) is Scalar
        and key.value == "<<"
        and ((key.style == "" and key.tag in (None, "!")) or key.tag == "tag:yaml.org,2002:merge")
    )


def _read(node: Node) -> Node:
    return node.read() if type(node) is Alias else node


def resolved(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    return node.target if type(node) is Alias else node


def below(node: Node) -> list[Node]:
    """The keys, values and items of a collection; nothing stands below a scalar or an alias."""
    return node.children if type(node) is Mapping else node.items if type(node) is Sequence else []


def line_of(text: str, index: int) -> int:
    """The line, counted from 1 as editors count, in which the index stands."""
    return Lines(text).of(index)


class Shared(YamlError):
    """An addition that would reach others through an anchor, or copy what it holds."""

    def __init__(self, start: int) -> None:
        super().__init__("what is to be added here would reach other places through an anchor", start)


class DuplicateKey(YamlError):
    """A key that stands more than once in one mapping; `starts` are the places, and the message gets their lines by
    `describe`."""

    def __init__(self, key: str, starts: tuple[int, ...]) -> None:
        many = len(starts) > 2
        times, cure = (f"{len(starts)} times", "keep") if many else ("twice", "remove")
        super().__init__(f'the key "{shown(key)}" stands {times} in one mapping; {cure} one of them', starts[-1])
        self.key = key
        self.starts = starts

    def lines(self, line_of: Callable[[int], int]) -> str:
        """Where it stands: `lines 3, 4 and 9`."""
        *before, last = (str(line_of(start)) for start in self.starts)
        return f"lines {', '.join(before)} and {last}"


def shown(key: str) -> str:
    """A key for a message; one that lost its `:` or is long may hold a value."""
    return "(encrypted)" if "ENC[" in key else clean(key) if len(key) <= MAX_SHOWN else f"{clean(key[:MAX_SHOWN])}…"


def describe(error: YamlError, text: str, begin: int = -1) -> str:
    """What is wrong, with the lines where it stands: of the text, or of the object that begins at an index of it."""
    return described(error, Lines(text).of, begin)


def described(error: YamlError, line_of: Callable[[int], int], begin: int = -1) -> str:
    """The same for who can say in which line an index stands."""
    before = line_of(begin) - 1 if begin >= 0 else 0

    def line(index: int) -> int:
        return line_of(index) - before

    where = error.lines(line) if isinstance(error, DuplicateKey) else f"line {line(error.start)}"
    return f"{where}{' of the object' if begin >= 0 else ''}: {error.message}"


def deepest(node: Node, path: Path) -> Node:
    """The node at the path, or the last one on the way that exists; a key rather than its value, for its line."""
    at: Node = node
    for part in path:
        node = resolved(node)
        if type(node) is Mapping and isinstance(part, str):
            index = node.entries().get(part)
            if index is None:
                return at
            at, node = node.children[index], node.children[index + 1]
        elif type(node) is Sequence and isinstance(part, int) and 0 <= part < len(node.items):
            at = node = node.items[part]
        else:
            return at
    return at
