"""Go's text/template, read just far enough: where each action ends, and which names in it stand for fetched data.

The tokens follow Go's own lexer (text/template/parse/lex.go). Two spellings that Go rejects are understood besides, so
that a reference looks the same inside and outside of braces: `.client-id` and `."any name"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from krm_secrets.mapping.names import VARIABLE

_LETTER = rf"(?:[^\W\d]|{VARIABLE})"
NAME = rf"{_LETTER}(?:\w|{VARIABLE}|-+(?=\w|\$\{{))*"
"""A field name after a dot; Flux's variables may be part of it."""

_STRING = r'"(?:\\.|[^"\\\n])*"'
PATH = rf"(?:\.(?:{NAME}|{_STRING}))+"
"""A chain of fields."""

_SPACE = r"[ \t\r\n]"
# The order decides: a number may begin with a dot, and only `$` alone is the root.
_TOKENS = rf"""
    (?P<close>(?:{_SPACE}-)?\}}\}})
  | (?P<space>(?:{_SPACE}(?!-\}}\}}))+)
  | (?P<string>{_STRING}|`[^`]*`|'(?:\\.|[^'\\\n])+')
  | (?P<number>(?:[-+]?\.?[0-9]|[-+](?=[0-9.]))(?:[eEpP][-+]|[\w.])*)
  | (?P<path>{PATH})
  | (?P<dot>\.)
  | (?P<word>{_LETTER}(?:\w|{VARIABLE})*)
  | (?P<root>\$(?!\w))
  | (?P<variable>\$\w+)
  | (?P<open>\()
  | (?P<shut>\))
  | (?P<mark>:=|=|\||,)
"""
_OPERANDS = ("string", "number", "path", "dot", "word", "root", "variable", "shut")
_BLOCKS = ("if", "range", "with", "define", "block")


class Ref(NamedTuple):
    """A place that names fetched data: `.app.user`, `$.app.user` or `index . "user"`."""

    root: str
    segments: tuple[str, ...]


class Template(NamedTuple):
    """A value in pieces: text that stays as it is, and references that get the name under which the data is fetched."""

    parts: tuple[str | Ref, ...]
    uses_all: bool = False

    @property
    def refs(self) -> Iterator[Ref]:
        """The references, in order."""
        return (part for part in self.parts if isinstance(part, Ref))

    @property
    def only(self) -> Ref | None:
        """The reference, when the template is nothing but one."""
        if len(self.parts) != 3:
            return None
        before, ref, after = self.parts
        if isinstance(ref, str) or isinstance(before, Ref) or isinstance(after, Ref):
            return None
        return ref if before.rstrip() == "{{" and after.lstrip() == "}}" else None


class TemplateError(Exception):
    """The template cannot be read; the offset counts from the start of the text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Block(NamedTuple):
    keyword: str
    start: int
    dot: bool  # the dot is still the root
    dollar: bool  # `$` is


def parse_template(text: str) -> Template:
    """Read a template; raises TemplateError."""
    return _Reader(text).read()


def actions(text: str) -> list[tuple[int, int]]:
    """The spans of the actions, from `{{` to `}}`; raises TemplateError."""
    reader = _Reader(text)
    reader.read()
    return reader.spans


def literal(text: str) -> str:
    """A template that renders to exactly this text."""
    return text.replace("{{", '{{ "{{" }}')


def quoted(text: str) -> str:
    """The text as a string constant of a template."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def segments(path: str, offset: int = 0) -> tuple[str, ...]:
    """The names in a chain of fields."""
    found = re.findall(rf"\.(?:({NAME})|({_STRING}))", path)
    return tuple(name or _unquote(string, offset) for name, string in found)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where in the text an offset is; both count from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str | Ref] = []
        self.copied = 0
        self.uses_all = False
        self.blocks: list[_Block] = []
        self.spans: list[tuple[int, int]] = []

    def read(self) -> Template:
        position = self.text.find("{{")
        while position >= 0:
            end = self._action(position)
            self.spans.append((position, end))
            position = self.text.find("{{", end)
        if self.blocks:
            block = self.blocks[-1]
            raise TemplateError(f'"{block.keyword}" has no "end"', block.start)
        self._copy(len(self.text))
        return Template(tuple(self.parts), self.uses_all)

    def _copy(self, end: int) -> None:
        if end > self.copied:
            self.parts.append(self.text[self.copied : end])
        self.copied = end

    def _replace(self, root: str, names: tuple[str, ...], start: int, end: int) -> None:
        self._copy(start)
        self.parts.append(Ref(root, names))
        self.copied = end

    def _action(self, start: int) -> int:
        trimmed = re.compile(rf"\{{\{{-(?={_SPACE})").match(self.text, start)
        position = trimmed.end() if trimmed else start + 2
        # A comment must follow the trim marker's one space at once; anywhere else `/*` is an error, as in Go.
        if self.text.startswith("/*", position + bool(trimmed)):
            return self._comment(start, position)
        tokens = self._tokens(start, position)
        end = tokens.pop().end
        if not tokens:
            raise TemplateError('"{{ }}" is empty', start)
        self._names(tokens)
        return end

    def _comment(self, start: int, position: int) -> int:
        end = self.text.find("*/", position)
        closing = re.compile(rf"\*/(?:{_SPACE}-)?\}}\}}").match(self.text, end) if end >= 0 else None
        if closing is None:
            raise TemplateError('the comment is not closed by "*/}}"', start)
        return closing.end()

    def _tokens(self, start: int, position: int) -> list[_Token]:
        """The tokens of one action without spaces; the last one is the closing braces."""
        pattern = re.compile(_TOKENS, re.VERBOSE)
        tokens: list[_Token] = []
        open_at: list[int] = []
        while not tokens or tokens[-1].kind != "close":
            match = pattern.match(self.text, position)
            if match is None:
                raise self._unreadable(start, position)
            kind, position = match.lastgroup or "", match.end()
            if kind == "open":
                open_at.append(match.start())
            elif kind == "shut" and not open_at:
                raise TemplateError('")" has no "("', match.start())
            elif kind == "shut":
                open_at.pop()
            if kind != "space":
                tokens.append(_Token(kind, match.group(), match.start(), match.end()))
        if open_at:
            raise TemplateError('"(" has no ")"', open_at[-1])
        return tokens

    def _unreadable(self, start: int, position: int) -> TemplateError:
        if position >= len(self.text):
            return TemplateError('"{{" has no "}}"', start)
        if self.text[position] in "\"'`":
            return TemplateError("the quoted text is not closed", position)
        # Not the character itself: it could be part of a secret.
        return TemplateError("a character that no template may hold here", position)

    def _names(self, tokens: list[_Token]) -> None:
        """Collect the references of one action, and follow the blocks, since they change what a dot means."""
        keyword = tokens[0].text if tokens[0].kind == "word" else ""
        if keyword in ("else", "end"):
            self._leave(keyword, tokens)
        dot, dollar = (self.blocks[-1].dot, self.blocks[-1].dollar) if self.blocks else (True, True)
        index = 0
        while index < len(tokens):
            index += self._name(tokens, index, dot, dollar)
        inner = tokens[1].text if keyword == "else" and len(tokens) > 1 else keyword
        if keyword in _BLOCKS:
            own = keyword in ("define", "block")
            changed = own or keyword in ("range", "with")
            self.blocks.append(_Block(keyword, tokens[0].start, dot and not changed, dollar and not own))
        elif keyword == "else" and inner == "with":
            self.blocks[-1] = self.blocks[-1]._replace(dot=False)

    def _leave(self, keyword: str, tokens: list[_Token]) -> None:
        if not self.blocks:
            raise TemplateError(f'"{keyword}" has no block to belong to', tokens[0].start)
        block = self.blocks.pop()
        if keyword == "else":
            if block.keyword in ("define", "block"):
                raise TemplateError('"else" has no block to belong to', tokens[0].start)
            # After else the dot is what it was before range or with.
            outer = self.blocks[-1].dot if self.blocks else True
            self.blocks.append(block._replace(dot=outer))

    def _name(self, tokens: list[_Token], index: int, dot: bool, dollar: bool) -> int:
        """Look at one token; how many were used."""
        token = tokens[index]
        follows = index + 1 < len(tokens) and tokens[index + 1].start == token.end
        chained = index > 0 and tokens[index - 1].end == token.start and tokens[index - 1].kind in _OPERANDS
        if token.kind == "word" and token.text == "index":
            return self._index(tokens, index, dot, dollar)
        if token.kind == "root" and dollar:
            if follows and tokens[index + 1].kind == "path":
                path = tokens[index + 1]
                self._replace("$.", segments(path.text, path.start), token.start, path.end)
                return 2
            self.uses_all = True
        elif token.kind == "dot" and dot and not chained:
            self.uses_all = True
        elif token.kind == "path" and not chained and dot:
            self._replace(".", segments(token.text, token.start), token.start, token.end)
        elif token.kind == "path" and not _is_go(token.text):
            raise TemplateError("a quoted or dashed name stands only for a fetched field", token.start)
        return 1

    def _index(self, tokens: list[_Token], index: int, dot: bool, dollar: bool) -> int:
        """`index . "name"`, which plain templates need for names that are no identifiers, is `."name"`."""
        rest = tokens[index + 1 : index + 4]
        before = tokens[index - 1] if index else None
        starts = before is None or before.kind in ("open", "word") or before.text in (":=", "=")
        alone = len(rest) < 3 or rest[2].kind in ("shut", "mark")
        if not (starts and alone and len(rest) > 1 and rest[1].kind == "string"):
            return 1
        if not ((rest[0].kind == "dot" and dot) or (rest[0].kind == "root" and dollar)):
            return 1
        name = _unquote(rest[1].text, rest[1].start)
        self._replace("." if rest[0].kind == "dot" else "$.", (name,), tokens[index].start, rest[1].end)
        return 3


def _is_go(path: str) -> bool:
    return re.fullmatch(rf"(?:\.(?:\w|{VARIABLE})+)+", path) is not None


def _unquote(text: str, offset: int) -> str:
    if text[0] == "`":
        return text[1:-1]
    if re.search(r"\\[^\"\\]", text.replace("\\\\", "")):
        raise TemplateError('a quoted name knows no escapes but \\" and \\\\', offset)
    name = re.sub(r"\\(.)", r"\1", text[1:-1])
    if not name:
        raise TemplateError("a quoted name must not be empty", offset)
    return name
