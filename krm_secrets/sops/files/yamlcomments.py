"""Which node a comment belongs to, as go-yaml's parser decides it from the scanner's notes.

The nodes are known already; this walks them in the order of the original's events and asks for tokens when it does,
since what a comment becomes depends on how far the scanner has read.

Source: go.yaml.in/yaml/v3 3.0.4, parserc.go and decode.go (what has `comment` in it), read and run.
"""

from __future__ import annotations

from krm_secrets.sops.files.yamlruns import Note
from krm_secrets.sops.files.yamlscan import Scanner
from krm_secrets.sops.files.yamltokens import Token
from krm_secrets.yamltext.nodes import Alias, Document, Mapping, Node, Scalar, Sequence

_PROPERTIES = ("Anchor", "Tag")
_NO_ENTRY = ("BlockEntry", "BlockEnd")
_NO_INDENTLESS_ENTRY = ("BlockEntry", "Key", "Value", "BlockEnd")
_NO_KEY = _NO_VALUE = ("Key", "Value", "BlockEnd")
_NO_CONTENT = ("Directive", "DocumentStart", "DocumentEnd", "StreamEnd")


class Comments:
    """The comments of a node: above it, on its line, below it; lines that begin with `#`."""

    __slots__ = ("foot", "head", "line")

    def __init__(self) -> None:
        self.head = self.line = self.foot = ""


def find(text: str, documents: list[Document]) -> dict[int, Comments]:
    """All comments of a stream, by the identity of the node or document that they belong to."""
    parser = _Parser(text)
    for document in documents if "#" in text else ():
        parser.document(document, document is documents[0])
    return parser.found


class _Parser:
    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self.next = 1  # behind the start of the stream
        self.ready = False
        self.noted = 0
        self.head = self.line = self.foot = ""
        self.stem: str | None = None
        self.found: dict[int, Comments] = {}

    def peek(self) -> Token:
        """The next token, when two more are read behind it; comments up to it are taken in."""
        scanner = self.scanner
        while not self.ready:
            if self.next < len(scanner.tokens) - 2 and not scanner.is_undecided(self.next):
                self.ready = True
            else:
                scanner.fetch()
        token = scanner.tokens[self.next]
        self._take_notes(token)
        return token

    def _take_notes(self, token: Token) -> None:
        notes = self.scanner.notes
        while self.noted < len(notes) and token.start >= notes[self.noted].at:
            note = notes[self.noted]
            if note.head and token.kind == "BlockEnd":
                return  # it is the head of what follows the block
            self.head = _joined(self.head, note.head)
            self.foot = _joined(self.foot, note.foot)
            self.line = _joined(self.line, note.line)
            notes[self.noted] = Note(0, 0, 0, 0)  # once handed out nothing of it counts any more, not even its place
            self.noted += 1

    def skip(self) -> None:
        self.ready = False
        self.next += 1

    def give(self, node: Node | Document) -> Comments:
        """What was taken in so far is this node's."""
        comments = self.comments(node)
        comments.head, comments.line, comments.foot = self.head, self.line, self.foot
        self.head = self.line = self.foot = ""
        self.stem = None
        return comments

    def comments(self, node: Node | Document) -> Comments:
        return self.found.setdefault(id(node), Comments())

    def document(self, document: Document, first: bool) -> None:
        token = self.peek()
        while not first and token.kind == "DocumentEnd":
            self.skip()
            token = self.peek()
        head = ""
        if first and token.kind not in ("Directive", "DocumentStart"):
            head = self._document_head()
        else:
            while token.kind == "Directive":
                self.skip()
                token = self.peek()
            self.skip()
        if self.peek().kind not in _NO_CONTENT:
            self.node(document.root, ("BlockEnd",))
        if self.peek().kind == "DocumentEnd":
            self.skip()
        end = self.give(document)
        end.foot = end.foot or end.head
        end.head = head

    def _document_head(self) -> str:
        """The comments above the last empty line belong to the document, the ones below it to what follows."""
        at = self.head.rfind("\n\n")
        last = len(self.head) - 1
        if last > 0 and self.head[last] == "\n":
            head, self.head = self.head[:last], ""
        elif at >= 0:
            head, self.head = self.head[:at], self.head[at + 2 :]
        else:
            head = ""
        return head

    def node(self, node: Node, absent: tuple[str, ...], indentless: bool = False) -> None:
        """A node, unless a token of `absent` comes next: then it is empty, and no event takes comments."""
        token = self.peek()
        if token.kind in absent:
            return
        if type(node) is Alias:
            self.give(node)
            self.skip()
            return
        while token.kind in _PROPERTIES:
            self.skip()
            token = self.peek()
        if type(node) is Scalar:
            if token.kind == "Scalar":
                self.give(node)
                self.skip()
        elif type(node) is Sequence:
            if node.flow:
                self.flow_sequence(node)
            else:
                self.block_sequence(node, indentless and token.kind == "BlockEntry")
        else:
            assert type(node) is Mapping
            (self.flow_mapping if node.flow else self.block_mapping)(node)

    def block_sequence(self, node: Sequence, indentless: bool) -> None:
        if not indentless:
            self._stem_to(node)
            self.skip()
        for item in node.items:
            self.peek()
            heads = len(self.head)
            self.skip()
            self._split_stem(heads)
            self.node(item, _NO_INDENTLESS_ENTRY if indentless else _NO_ENTRY)
        self.peek()
        if not indentless:
            self.skip()
        comments = self.comments(node)
        comments.line = comments.foot = ""

    def _split_stem(self, length: int) -> None:
        """The head of an item that is a block itself belongs to the block, not to its first entry."""
        if length and self.peek().kind in ("BlockSequenceStart", "BlockMappingStart"):
            self.stem = self.head[:length]
            self.head = self.head[length + 1 :]

    def _stem_to(self, node: Node) -> None:
        if self.stem is not None:
            self.comments(node).head = self.stem
            self.stem = None

    def block_mapping(self, node: Mapping) -> None:
        self._stem_to(node)
        self.skip()
        previous: Comments | None = None
        for key, value in node.pairs():
            self.peek()
            self.skip()
            self.node(key, _NO_KEY, indentless=True)
            mine = self.comments(key)
            if mine.foot and previous is not None:
                previous.foot, mine.foot = mine.foot, ""
            if self.peek().kind == "Value":
                self.skip()
                self.node(value, _NO_VALUE, indentless=True)
            self._lift_foot(mine, value)
            previous = mine
        self.peek()
        end = self._end(node)
        if end.foot and previous is not None:
            previous.foot, end.foot = end.foot, ""

    def _lift_foot(self, key: Comments, value: Node) -> None:
        below = self.comments(value)
        if below.foot and not key.foot:
            key.foot, below.foot = below.foot, ""

    def _end(self, node: Node) -> Comments:
        """The end of a collection takes what is there as its line and foot; a head is lost."""
        comments = self.comments(node)
        head = comments.head
        self.give(node)
        comments.head = head
        self.skip()
        return comments

    def flow_sequence(self, node: Sequence) -> None:
        self.give(node)
        self.skip()
        for n, item in enumerate(node.items):
            token = self._flow_entry(n)
            if token.kind == "Key" and type(item) is Mapping:
                self.skip()
                self._pair(item, "FlowSequenceEnd")
            else:
                self.node(item, ())
        self._flow_end("FlowSequenceEnd")
        self._end(node)

    def _pair(self, node: Mapping, end: str) -> None:
        """`[key: value]`, a mapping without brackets."""
        for key, value in node.pairs():
            self.node(key, ("Value", "FlowEntry", end))
            if self.peek().kind == "Value":
                self.skip()
                self.node(value, ("FlowEntry", end))
            self._lift_foot(self.comments(key), value)

    def flow_mapping(self, node: Mapping) -> None:
        self.give(node)
        self.skip()
        for n, (key, value) in enumerate(node.pairs()):
            if self._flow_entry(n).kind == "Key":
                self.skip()
                self.node(key, ("Value", "FlowEntry", "FlowMappingEnd"))
                if self.peek().kind == "Value":
                    self.skip()
                    self.node(value, ("FlowEntry", "FlowMappingEnd"))
            else:
                self.node(key, ())
                self.peek()
            self._lift_foot(self.comments(key), value)
        self._flow_end("FlowMappingEnd")
        self._end(node)

    def _flow_entry(self, n: int) -> Token:
        token = self.peek()
        if n and token.kind == "FlowEntry":
            self.skip()
            token = self.peek()
        return token

    def _flow_end(self, end: str) -> None:
        if self.peek().kind != end:  # behind a last comma
            self.skip()
            self.peek()


def _joined(above: str, below: str) -> str:
    return f"{above}\n{below}" if above and below else above or below
