"""Where go-yaml's scanner finds comments, and from which token on it hands them out.

sops keeps comments, and takes their place from go-yaml: a comment is the head of what follows, stands on the line of
what precedes, or is the foot of what ended, by rules of columns, blank lines and lookahead that no document states.
To print what sops prints, this module makes the same decisions over libyaml's tokens, which are go-yaml's. Names of
the original's fields stand where they explain a number; a column of a Note counts from 1, all else from 0.

Source: go.yaml.in/yaml/v3 3.0.4, scannerc.go (what has `comment` in it), read and run.
"""

from __future__ import annotations

import re

from krm_secrets.sops.files.yamlruns import END, LOOKAHEAD, Note, Run
from krm_secrets.sops.files.yamltokens import FLOW_ENDS, FLOW_STARTS, Fetch, Token, fetches
from krm_secrets.yamltext.nodes import BREAKS

_BLANKS = re.compile("[ \t]*")
_BREAK = re.compile(f"[{BREAKS}]")
_LINE = re.compile(f"[^{BREAKS}{END}]*")
_KEY_LENGTH = 1024
_LAST = ("StreamEnd", "DocumentStart", "DocumentEnd", "Directive")
_KEY_BEGINS = (*FLOW_STARTS, "Anchor", "Alias", "Tag", "Scalar")
_BLOCK_STYLES = ("|", ">")


class Scanner:
    """go-yaml's scanner: tokens on demand, and comments on the way to them."""

    def __init__(self, text: str) -> None:
        self.text = text + 2 * END
        self.source = fetches(text)
        self.coming: Fetch | None = next(self.source)
        self.tokens: list[Token] = [Token("StreamStart", 0)]
        self.notes: list[Note] = []
        self.pos = self.row = self.row_start = 0
        self.newlines = 0  # line breaks since the last character that is no white space
        self.indents = [-1]
        self.flow = 0
        # Keys whose VALUE is to come: where KEY will stand among the tokens, the block that begins, and its column.
        self.keys: list[tuple[int, str, int, int]] = []
        self.key_allowed = True
        self.possible: list[tuple[int, int, int] | None] = [None]  # simple keys by flow depth: token, row, place

    @property
    def column(self) -> int:
        return self.pos - self.row_start

    def is_undecided(self, token: int) -> bool:
        """Whether the token may still turn out to be a simple key, for which go-yaml reads on."""
        return any(
            key is not None and key[0] == token and key[1] >= self.row and key[2] + _KEY_LENGTH >= self.pos
            for key in self.possible
        )

    def fetch(self) -> None:
        """Read on to the next token."""
        scan = self.pos
        self._to_next_token()
        fetch = self.coming
        if fetch is None:
            self.tokens.append(Token("StreamEnd", self.pos))
            return
        self._unroll(self.column if self.flow == 0 else -2, scan)
        if fetch.kind in _LAST:
            self._last(fetch)
            return
        mark = self.pos
        if self.text[self.pos] == (":" if self.flow == 0 else ","):
            mark = self.tokens[-1].start
        self._append(fetch)
        self._advance(fetch)
        self.coming = next(self.source, None)
        if self.tokens[-1].kind != "BlockEntry":
            self._line_comment(mark)

    def _last(self, fetch: Fetch) -> None:
        """A token at which all blocks end."""
        self._unroll(-1, self.pos)
        self.possible[-1] = None
        self.key_allowed = False
        self.tokens.append(Token(fetch.kind, fetch.start))
        if fetch.kind == "Directive":
            self._move(_LINE.match(self.text, fetch.end).end())  # type: ignore[union-attr]
            self._break()
        else:
            self._move(fetch.end)
        self.coming = next(self.source, None)

    def _unroll(self, column: int, scan: int) -> None:
        """End the blocks that are indented deeper, before the comments that are feet of their parents."""
        place = scan - 1
        while column > -2 and self.indents[-1] > column:
            stop = place
            for note in reversed(self.notes):
                if note.end < stop:
                    break
                if note.column == self.indents[-1] + 1:
                    place = note.start
                stop = note.scan
            self.tokens.append(Token("BlockEnd", place))
            self.indents.pop()

    def _append(self, fetch: Fetch) -> None:
        kind, start = fetch.kind, fetch.start
        if fetch.after_key:
            at, opens, key_start, column = self.keys.pop()
            self.tokens.insert(at, Token("Key", key_start))
            if opens:
                self.tokens.insert(at, Token(opens, key_start))
                self.indents.append(column)
            self.possible[-1] = None
        elif fetch.key:
            self.keys.append((len(self.tokens), fetch.opens, start, self.column))
        elif fetch.opens:
            self.tokens.append(Token(fetch.opens, start))
            self.indents.append(self.column)
        if kind in _KEY_BEGINS and fetch.style not in _BLOCK_STYLES:
            if self.key_allowed:
                self.possible[-1] = (len(self.tokens), self.row, self.pos)
        elif not fetch.after_key and kind != "Value":
            self.possible[-1] = None
        if kind in FLOW_STARTS:
            self.possible.append(None)
            self.flow += 1
        elif kind in FLOW_ENDS:
            self.possible.pop()
            self.flow -= 1
        self.key_allowed = (
            kind in (*FLOW_STARTS, "FlowEntry", "BlockEntry")
            or (kind in ("Key", "Value") and not fetch.after_key and self.flow == 0)
            or fetch.style in _BLOCK_STYLES
        )
        self.tokens.append(Token(kind, start))

    def _advance(self, fetch: Fetch) -> None:
        """Behind the token, and behind the white space that a scalar takes with it."""
        if fetch.style in _BLOCK_STYLES:
            self._block_header(fetch)
        self._move(fetch.end)
        if fetch.style in _BLOCK_STYLES:
            while self.text[self.pos] == " ":
                self.pos += 1
        elif fetch.kind == "Scalar" and not fetch.style:
            while self._skip_blanks() in BREAKS:
                self._break()
                self.key_allowed = True

    def _block_header(self, fetch: Fetch) -> None:
        """The comment behind `|` or `>`, which ends in the first line."""
        at = fetch.start + 1
        while self.text[at] in "+-0123456789 \t":
            at += 1
        if self.text[at] == "#":
            self._move(at)
            self._line_comment(fetch.start)

    def _move(self, to: int) -> None:
        """Go on to a place, counting lines; CRLF is one break."""
        while self.pos < to:
            match = _BREAK.search(self.text, self.pos, to)
            end = match.start() if match else to
            if self.text[self.pos : end].strip(" \t"):
                self.newlines = 0
            self.pos = end
            if match:
                self._break()

    def _break(self) -> None:
        if self.text[self.pos] not in BREAKS:
            return
        self.pos += 2 if self.text.startswith("\r\n", self.pos) else 1
        self.row += 1
        self.row_start = self.pos
        self.newlines += 1

    def _skip_blanks(self) -> str:
        self.pos = _BLANKS.match(self.text, self.pos).end()  # type: ignore[union-attr]
        return self.text[self.pos]

    def _to_next_token(self) -> None:
        scan, scan_row = self.pos, self.row
        while True:
            if self._skip_blanks() == "#":
                Run(self, scan, scan_row).read()
            if self.text[self.pos] not in BREAKS:
                return
            self._break()
            if self.flow == 0:
                self.key_allowed = True

    def _line_comment(self, mark: int) -> None:
        """The comment that begins on the line of the last token."""
        if self.newlines > 0:
            return
        start = _BLANKS.match(self.text, self.pos, self.pos + LOOKAHEAD).end()  # type: ignore[union-attr]
        if self.text[start] != "#":
            return
        note = Note(mark, start, start - self.row_start, self.row)
        note.line = self.comment_text(start)
        self.notes.append(note)

    def comment_text(self, start: int) -> str:
        """The comment that begins at a place, to the end of its line; the scanner is there afterwards."""
        self._move(start)
        end = _LINE.match(self.text, start).end()  # type: ignore[union-attr]
        self._move(end)
        return self.text[start:end]
