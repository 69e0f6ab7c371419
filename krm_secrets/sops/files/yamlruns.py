"""Comments between two tokens: which are a foot of what precedes, and which a head of what follows.

Source: go.yaml.in/yaml/v3 3.0.4, scannerc.go (`yaml_parser_scan_comments`), read and run.
"""

from __future__ import annotations

from krm_secrets.yamltext.nodes import BREAKS

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.sops.files.yamlscan import Scanner

END = "\0"
"""What stands behind the end of the text, as in go-yaml's buffer."""

LOOKAHEAD = 512
"""Characters in which go-yaml looks for the next comment."""


class Note:
    """A comment: its text as head, line or foot, and the place (`at`) from which a token takes it."""

    __slots__ = ("at", "column", "end", "foot", "head", "line", "row", "scan", "start")

    def __init__(self, at: int, start: int, column: int, row: int, scan: int = 0, end: int = 0) -> None:
        self.at = at
        self.start = start
        self.column = column
        self.row = row
        self.scan = scan
        self.end = end
        self.head = self.line = self.foot = ""


class Run:
    """One run of comment lines with nothing but white space between."""

    def __init__(self, scanner: Scanner, scan: int, scan_row: int) -> None:
        self.scanner = scanner
        token = scanner.tokens[-1]
        if token.kind == "FlowEntry" and len(scanner.tokens) > 1:
            token = scanner.tokens[-2]
        self.scan = scan
        self.at = token.start
        self.behind_value = token.kind == "Value"
        self.text = ""
        self.start = self.start_row = self.start_column = 0
        self.indent = max(scanner.indents[-1], 0)
        self.after_empty = False
        self.first_empty = scanner.newlines <= 1
        self.row, self.column = scanner.row, scanner.column
        # The line in which a comment must begin to be a foot: this one, or the next where content stands before it.
        self.foot_row = -1
        if scan_row > 0:
            self.foot_row = scanner.row - scanner.newlines + 1 + (scanner.newlines == 0 and scanner.column > 1)
        self.peek = 0

    def read(self) -> None:
        """Read it to its end, and note all of it."""
        while self.peek < LOOKAHEAD and self.step():
            self.peek += 1
        if self.text:
            self.add("head", self.start, self.scanner.pos + self.peek - 1)

    def step(self) -> bool:
        """Look at one character; False at the end of the run."""
        scanner = self.scanner
        self.column += 1
        char = scanner.text[scanner.pos + self.peek]
        if char in " \t":
            return True
        closes = scanner.flow > 0 and char in "]}"
        if closes or char in BREAKS or char == END:
            if closes or not self.after_empty:
                self.empty_line(closes, char)
            self.first_empty, self.after_empty = False, True
            self.column = 0
            self.row += 1
            return char in BREAKS
        if self.text and self.column - 1 < self.indent and self.column != self.start_column:
            self.foot()
        if char == "#":
            self.comment_line(scanner.pos + self.peek)
        return char == "#"

    def empty_line(self, closes: bool, char: str) -> None:
        """What came before the first empty line may be a foot of the last token; the rest is a head of the next."""
        dedented = self.start_column - 1 < self.indent
        is_foot = self.first_empty and ((self.start_row == self.foot_row and not self.behind_value) or dedented)
        if closes or is_foot:
            if self.text:
                if dedented:
                    self.at = self.start
                self.foot()
        elif self.text and char != END:
            self.text += "\n"

    def comment_line(self, place: int) -> None:
        if self.text:
            self.text += "\n"
        else:
            self.start, self.start_row, self.start_column = place, self.row, self.column
        self.after_empty = False
        self.text += self.scanner.comment_text(place)
        # go-yaml begins again behind the first character of the line break: of CRLF the second counts as an empty line.
        self.peek = 0
        self.column = 0
        self.row = self.scanner.row

    def foot(self) -> None:
        place = self.scanner.pos + self.peek
        self.add("foot", self.at, place)
        self.scan = self.at = place
        self.text = ""

    def add(self, kind: str, at: int, end: int) -> None:
        note = Note(at, self.start, self.start_column, self.start_row, self.scan, end)
        setattr(note, kind, self.text)
        self.scanner.notes.append(note)
