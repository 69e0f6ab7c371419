"""YAML files as sops reads and prints them.

Source: getsops/sops 3.13, `stores/yaml`, over go.yaml.in/yaml/v3 3.0.4.
"""

from __future__ import annotations

import re
from typing import Any

from krm_secrets.errors import Failure
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.yamlcomments import Comments, find
from krm_secrets.sops.files.yamlwriter import INDENT, Collection, Text, scalar, write
from krm_secrets.sops.tree import Branch, Inline, Tree, split_metadata, text_of
from krm_secrets.sops.value import Comment
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import (
    MAX_DEPTH,
    Alias,
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlError,
    describe,
    line_of,
)
from krm_secrets.yamltext.scalars import resolve

_LATER_MARK = re.compile("[\n\r\x85\u2028\u2029]\ufeff")

MAX_COPIED = 100_000
"""Values of one file that come out of aliases, which sops replaces by copies: nested ones grow exponentially."""


def load(data: bytes) -> tuple[Tree, dict[str, object] | None]:
    """The tree and metadata of a YAML file; SopsError when it is none, or holds what sops refuses."""
    try:
        text, codec, mark = decode(data)
        _refuse_marks(text, mark.decode(codec))
        documents = parse(text)
    except Failure as failure:
        raise SopsError("; ".join(map(str, failure.results))) from None
    try:
        loader = _Loader(find(text, documents))
        if documents:
            _check_keys(documents[0].root)
        tree = [loader.document(document) for document in documents]
    except YamlError as error:
        raise SopsError(describe(error, text)) from None
    return tree, split_metadata(tree)


def emit(tree: Tree, indent: int = INDENT) -> bytes:
    """All branches as YAML documents; SopsError when a comment cannot stand in YAML."""
    try:
        return write(map(_collection, tree), indent).encode()
    except UnicodeEncodeError:
        pass
    raise SopsError("a comment is no UTF-8 text, which YAML cannot hold")


def _refuse_marks(text: str, before: str) -> None:
    """A byte order mark begins a file; go-yaml loses its place at one that begins a line, which libyaml passes over."""
    later = _LATER_MARK.search(text)
    if later is not None or len(before) > 1:
        line = line_of(text, later.end()) if later is not None else 1
        raise SopsError(f"line {line}: begins with a byte order mark, which sops cannot read: take it out")


def _check_keys(node: Node) -> None:
    """sops looks for duplicate keys in the first document only, which is how go-yaml offers it."""
    if type(node) is Mapping:
        node.entries()
        list(node.merges())
        for _, value in node.pairs():
            _check_keys(value)
    elif type(node) is Sequence:
        for item in node.items:
            _check_keys(item)


class _Loader:
    def __init__(self, comments: dict[int, Comments]) -> None:
        self.comments = comments
        self.depth = self.copying = self.copied = 0

    def of(self, node: Node | Document) -> Comments:
        return self.comments.get(id(node)) or Comments()

    def document(self, document: Document) -> Branch:
        comments = self.of(document)
        branch = Branch(_lines(comments.head))
        root = document.root
        if type(root) is Mapping:
            branch += self.mapping(root, self.of(root))
        elif type(root) is Scalar and self.scalar(root) is None:
            mine = self.of(root)
            branch += (*_lines(mine.head), *_lines(mine.line))
        else:
            raise YamlError("a document that is no mapping, which sops refuses", root.start)
        branch += _lines(comments.foot)
        return branch

    def mapping(self, node: Mapping, mine: Comments) -> Branch:
        """`mine` are the comments of the node itself, unless they stand around it already."""
        branch = Branch((*_lines(mine.head), *_lines(mine.line)))
        for key, value in node.pairs():
            above, on = self.of(key), self.of(value)
            branch += (*_lines(above.head), *_lines(above.line))
            simple = type(value) is Scalar or type(value) is Alias
            if simple:
                branch += (*_lines(on.head), *_lines(on.line, Inline))
            branch.append((self.key(key), self.value(value, simple)))
            if simple:
                branch += _lines(on.foot)
            branch += _lines(above.foot)
        branch += _lines(mine.foot)
        return branch

    def sequence(self, node: Sequence, mine: Comments) -> list[object]:
        items: list[object] = [line for line, _ in (*_lines(mine.head), *_lines(mine.line))]
        for item in node.items:
            on = self.of(item)
            items += (line for line, _ in (*_lines(on.head), *_lines(on.line, Inline)))
            items.append(self.value(item, True))
            items += (line for line, _ in _lines(on.foot))
        items += (line for line, _ in _lines(mine.foot))
        return items

    def value(self, node: Node, handled: bool) -> object:
        if type(node) is Scalar:
            self.copied += self.copying
            return self.scalar(node)
        if self.depth >= MAX_DEPTH or self.copied > MAX_COPIED:
            raise YamlError("aliases expand to too many values or levels", node.start)
        alias = type(node) is Alias
        self.depth += 1
        self.copying += alias
        self.copied += self.copying
        value = self.inner(node, handled)
        self.copying -= alias
        self.depth -= 1
        return value

    def inner(self, node: Node, handled: bool) -> object:
        if type(node) is Alias:
            return self.value(node.target, False)
        mine = Comments() if handled else self.of(node)
        if type(node) is Sequence:
            return self.sequence(node, mine)
        assert type(node) is Mapping
        return self.mapping(node, mine)

    def scalar(self, node: Scalar) -> object:
        value = resolve(node)
        return text_of(value) if isinstance(value, bytes) else value

    def key(self, node: Node) -> str:
        target = node.target if type(node) is Alias else node
        value = self.scalar(target) if type(target) is Scalar else None
        if type(value) is bytes:
            return value.decode(errors="surrogateescape")
        if type(value) is not str:
            raise YamlError("a key that is no string, which sops refuses; quote it", node.start)
        return value


def _lines(comment: str, kind: type[Comment] = Comment) -> list[tuple[str, object]]:
    return [(kind(line[1:]), None) for line in comment.split("\n") if line]


def _node(value: object) -> Text | Collection:
    return _collection(value) if isinstance(value, list) else scalar(value)


def _collection(items: list[Any]) -> Collection:
    """A branch, of keys with values, or a list."""
    node, waiting = Collection(isinstance(items, Branch)), _Waiting()
    last: Text | Collection | None = None
    for item in items:
        first = item[0] if node.is_mapping else item
        if isinstance(first, Comment):
            waiting.add(first)
            continue
        if last is None:
            waiting.above(node)
        entry = [scalar(first), _node(item[1])] if node.is_mapping else [_node(item)]
        last = entry[0]
        waiting.above(last)
        waiting.beside(entry[-1])
        node.children += entry
    waiting.below(node, last)
    return node


class _Waiting:
    """Comments on their way to the item that they belong to."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.inlines: list[str] = []

    def add(self, comment: Comment) -> None:
        (self.inlines if isinstance(comment, Inline) else self.heads).append(f"#{comment}")

    def above(self, node: Text | Collection) -> None:
        node.head = "\n".join(filter(None, (*self.heads, node.head)))
        self.heads = []

    def beside(self, node: Text | Collection) -> None:
        node.line = "\n".join(filter(None, (node.line, *self.inlines)))
        self.inlines = []

    def below(self, node: Collection, last: Text | Collection | None) -> None:
        """What is left at the end: a head of an empty collection, else a foot of its last item."""
        self.heads += self.inlines
        if last is None:
            self.above(node)
        else:
            last.foot = "\n".join(filter(None, (last.foot, *self.heads)))
