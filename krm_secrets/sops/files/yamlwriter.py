"""YAML text as sops writes it: go-yaml's emitter in block style, without aliases and line folding.

The emitter's own state decides where blank lines and comments go, and some comments move or vanish because of it;
the same state is kept here, so that the bytes are the same.

Source: go.yaml.in/yaml/v3 3.0.4, encode.go and emitterc.go, read and run.
"""

from __future__ import annotations

import re

from krm_secrets.sops.files.yamlscalars import (
    DOUBLE,
    LITERAL,
    SINGLE,
    break_at,
    double_quoted,
    is_multiline,
    literal_hints,
    present,
)
from krm_secrets.yamltext.nodes import BREAKS

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


INDENT = 4
_INDENTS = range(2, 10)
_SIMPLE_KEY = 128
_UNMARKED = re.compile(f"([{BREAKS}])(?=[^#{BREAKS}])")


class Text:
    """A scalar to write: its text, the tag and style that go-yaml chose, and its comments."""

    __slots__ = ("foot", "head", "line", "style", "tag", "text")

    def __init__(self, text: str, tag: str, style: str) -> None:
        self.text = text
        self.tag = tag
        self.style = style
        self.head = self.line = self.foot = ""


class Collection:
    """A mapping (keys and values in turn) or a list to write."""

    __slots__ = ("children", "foot", "head", "is_mapping", "line")

    def __init__(self, is_mapping: bool) -> None:
        self.is_mapping = is_mapping
        self.children: list[Text | Collection] = []
        self.head = self.line = self.foot = ""


Out = Text | Collection


def scalar(value: object) -> Text:
    """A scalar, without comments."""
    return Text(*present(value))


def write(documents: Iterable[Collection], step: int = INDENT) -> str:
    """The documents as one stream, indented by `step`; go-yaml takes 2 for an indent that it does not know."""
    writer = _Writer(step if step in _INDENTS else _INDENTS[0])
    for n, root in enumerate(documents):
        writer.document(root, n == 0)
    return "".join(writer.out)


class _Writer:
    def __init__(self, step: int) -> None:
        self.out: list[str] = []
        self.step = step
        self.column = 0
        self.indent = -1
        self.foot_indent = -1  # where a foot ended, behind which go-yaml leaves a line empty
        self.whitespace = self.indention = True
        self.head = self.line = self.foot = self.tail = self.key_line = ""

    def document(self, root: Collection, first: bool) -> None:
        if not first:
            self.margin()
            self.indicator("---", True)
            self.margin()
        self.take(root.head)
        self.write_head()
        self.node(root, False)
        self.foot_indent = 0
        self.write_foot()
        self.foot_indent = -1
        self.margin()

    def take(self, head: str = "", line: str = "", foot: str = "", tail: str = "") -> None:
        """An event brings its comments; those that still wait and are not replaced stay."""
        self.head, self.line = head or self.head, line or self.line
        self.foot, self.tail = foot or self.foot, tail or self.tail

    def node(self, node: Out, in_list: bool) -> None:
        """A node whose first event was taken in, and the comments behind it."""
        if isinstance(node, Text):
            self.scalar(node, in_list)
            self.write_line()
            self.write_foot()
            return
        # The comments behind the beginning of a collection come before what it holds.
        self.write_line()
        self.write_foot()
        if not node.children:
            self.empty(node, in_list)
        elif node.is_mapping:
            self.mapping(node, in_list)
        else:
            self.sequence(node, in_list)

    def empty(self, node: Collection, in_list: bool) -> None:
        self.indicator("{" if node.is_mapping else "[", True, is_whitespace=True)
        outer, self.indent = self.indent, self.deeper(in_list, flow=True)
        self.take(line=node.line, foot=node.foot)
        if node.is_mapping:
            self.write_head()
        self.indent = outer
        self.indicator("}" if node.is_mapping else "]", False)
        self.write_line()
        self.write_foot()

    def sequence(self, node: Collection, in_list: bool) -> None:
        outer, self.indent = self.indent, self.deeper(in_list)
        for item in node.children:
            self.begin(item)
            self.write_head()
            self.margin()
            self.indicator("-", True, is_indention=True)
            self.node(item, True)
        self.take(line=node.line, foot=node.foot)
        self.indent = outer

    def mapping(self, node: Collection, in_list: bool) -> None:
        outer, self.indent = self.indent, self.deeper(in_list)
        # The foot of a key comes behind its value, which may be long: it is the tail that the next key brings.
        tail = ""
        pairs = iter(node.children)
        for key, value in zip(pairs, pairs, strict=True):
            assert isinstance(key, Text)
            self.take(key.head, key.line, tail=tail)
            tail = key.foot
            self.write_head()
            self.margin()
            self.key(key, value)
            self.node(value, False)
        self.take(tail=tail, line=node.line, foot=node.foot)
        self.write_head()
        self.indent = outer

    def begin(self, node: Out) -> None:
        """Take in the first event of a node: a collection brings line and foot with its last."""
        if isinstance(node, Text):
            self.take(node.head, node.line, node.foot)
        else:
            self.take(node.head)

    def key(self, key: Text, value: Out) -> None:
        if self.line:
            self.key_line, self.line = self.line, ""
        simple = not is_multiline(key.text) and len(_bytes(key.text)) + len(key.tag) <= _SIMPLE_KEY
        if not simple:
            self.indicator("?", True, is_indention=True)
        self.scalar(key, False)
        self.begin(value)
        if simple:
            self.indicator(":", False)
        else:
            self.margin()
            self.indicator(":", True, is_indention=True)
        if not self.key_line:
            return
        if isinstance(value, Collection):
            self.line, self.key_line = self.key_line, self.line
            self.write_line()
            self.line, self.key_line = self.key_line, self.line
        elif not self.line:
            self.line, self.key_line = self.key_line, ""

    def deeper(self, in_list: bool, flow: bool = False) -> int:
        """The indent below this one: two more behind a dash, else the next multiple."""
        if self.indent < 0:
            return self.step if flow else 0
        return self.indent + 2 if in_list else self.step * (self.indent // self.step + 1)

    def put(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def end_line(self, end: str = "\n") -> None:
        self.out.append(end)
        self.column = 0
        self.indention = True

    def margin(self) -> None:
        """Begin a line, unless one was just begun, and indent it."""
        indent = max(self.indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self.end_line()
        if self.foot_indent == indent:
            self.end_line()
        if self.column < indent:
            self.put(" " * (indent - self.column))
        self.whitespace = True
        self.foot_indent = -1

    def indicator(self, text: str, spaced: bool, is_whitespace: bool = False, is_indention: bool = False) -> None:
        if spaced and not self.whitespace:
            self.put(" ")
        self.put(text)
        self.whitespace = is_whitespace
        self.indention = self.indention and is_indention

    def scalar(self, node: Text, in_list: bool) -> None:
        style = node.style
        if node.tag:
            self.indicator(node.tag, True)
        outer, self.indent = self.indent, self.deeper(in_list, flow=True)
        if style == LITERAL:
            self.literal(node.text)
        elif style == DOUBLE:
            self.indicator(double_quoted(node.text), True)
        elif style == SINGLE:
            self.single_quoted(node.text)
        else:
            self.indicator(node.text, True)
        self.indent = outer

    def single_quoted(self, text: str) -> None:
        self.indicator("'", True)
        self.broken_lines(text.replace("'", "''"), False)
        self.indicator("'", False)

    def literal(self, text: str) -> None:
        self.indicator("|", True)
        hints = literal_hints(text, self.step)
        if hints:
            self.indicator(hints, False)
        if self.line:
            self.write_line()
        else:
            self.end_line()
        self.whitespace = True
        self.broken_lines(text, True)

    def broken_lines(self, text: str, at_break: bool) -> None:
        """Text with its own line breaks, each line behind a break indented."""
        at = 0
        while at < len(text):
            end = break_at(text, at)
            if end > at:
                if at_break:
                    self.margin()
                self.put(text[at:end])
                self.indention = at_break = False
            if end < len(text):
                self.end_line(text[end])
                at_break = True
            at = end + 1

    def write_head(self) -> None:
        if self.tail:
            self.margin()
            self.comment(self.tail)
            self.tail = ""
            self.foot_indent = max(self.indent, 0)
        if self.head:
            self.margin()
            self.comment(self.head)
            self.head = ""

    def write_line(self) -> None:
        if self.line:
            if not self.whitespace:
                self.put(" ")
            self.comment(self.line)
            self.line = ""

    def write_foot(self) -> None:
        if self.foot:
            self.margin()
            self.comment(self.foot)
            self.foot = ""
            self.foot_indent = max(self.indent, 0)

    def comment(self, text: str) -> None:
        # A line break that YAML knows and the source of the comment does not begins another line of it.
        self.broken_lines(_UNMARKED.sub(r"\1# ", text), False)
        if break_at(text, len(text) - 1) == len(text):
            self.end_line()
        self.whitespace = True


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
