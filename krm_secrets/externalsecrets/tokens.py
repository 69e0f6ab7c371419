"""Go's text/template in tokens, as its own lexer (text/template/parse/lex.go) finds them.

Two spellings that Go rejects are understood besides, so that a reference looks the same inside and outside of braces:
`.client-id` and `."any name"`.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets.names import VARIABLE, is_identifier

_LETTER = rf"(?:[^\W\d]|{VARIABLE})"
NAME = rf"{_LETTER}(?:\w|{VARIABLE}|-+(?=\w|\$\{{))*"
"""A field name after a dot; Flux's variables may be part of it."""

_STRING = r'"(?:\\.|[^"\\\n])*"'
PATH = rf"(?:\.(?:{NAME}|{_STRING}))+"
"""A chain of fields."""

_SPACE = r"[ \t\r\n]"
# The order decides: a number may begin with a dot, and only `$` alone is the root.
_TOKEN = pattern(
    rf"""(?x)
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
)
_SEGMENT = pattern(rf"\.(?:({NAME})|({_STRING}))")
_GO_PATH = pattern(rf"(?:\.(?:\w|{VARIABLE})+)+")
_ESCAPE, _ESCAPED = pattern(r"\\[^\"\\]"), pattern(r"\\(.)")
OPERANDS = ("string", "number", "path", "dot", "word", "root", "variable", "shut")
"""The kinds of token after which a field belongs to them."""


class TemplateError(Exception):
    """The template cannot be read, by which rule; the offset counts from the start of the text."""

    def __init__(self, message: str, offset: int, rule: str = "template-syntax") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.rule = rule


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def segments(path: str, offset: int = 0) -> tuple[str, ...]:
    """The names in a chain of fields."""
    if is_plain(path):
        return tuple(path[1:].split("."))
    return tuple(name or unquote(string, offset) for name, string in _SEGMENT.findall(path))


def is_plain(path: str) -> bool:
    """Whether it is a chain of fields with names in ASCII and nothing else, as most are."""
    return path.startswith(".") and all(map(_is_plain_name, path[1:].split(".")))


def _is_plain_name(name: str) -> bool:
    return is_identifier(name.replace("-", "_")) and "-" not in (name[0], name[-1])


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where in the text an offset is; both count from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def told_place(text: str, offset: int, shift: int = 0) -> str:
    """The same for a message; `shift` is how far the first line is from where its author wrote it."""
    line, column = line_and_column(text, offset)
    return f"line {line}, column {column + shift if line == 1 else column}"


def tokens(text: str, start: int, position: int) -> list[Token]:
    """The tokens of the action that opens at start, without spaces; the last one is the closing braces."""
    if simple := _only_path(text, position):
        return simple
    found: list[Token] = []
    open_at: list[int] = []
    while not found or found[-1].kind != "close":
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, start, position)
        kind, position = match.lastgroup or "", match.end()
        if kind == "open":
            open_at.append(match.start())
        elif kind == "shut" and not open_at:
            raise TemplateError('")" has no "("', match.start())
        elif kind == "shut":
            open_at.pop()
        if kind == "space":
            continue
        touches = found and found[-1].end == match.start() and found[-1].kind in ("word", "path", "variable", "root")
        if touches and (kind in ("string", "number", "root", "variable") or match.group() == "="):
            raise TemplateError("a space is missing", match.start())
        found.append(Token(kind, match.group(), match.start(), match.end()))
    if open_at:
        raise TemplateError('"(" has no ")"', open_at[-1])
    return found


def _only_path(text: str, position: int) -> list[Token]:
    """The tokens of an action that is nothing but a plain chain of fields, as `{{ .name }}` is; none where it is more.

    Most actions are so, and whoever writes no others does not wait for `re`.
    """
    close = text.find("}}", position)
    path = text[position:close].strip(" ")
    if close < 0 or not is_plain(path):
        return []
    start = text.index(path, position)
    return [Token("path", path, start, start + len(path)), Token("close", "}}", close, close + 2)]


def _unreadable(text: str, start: int, position: int) -> TemplateError:
    if position >= len(text):
        return TemplateError('"{{" has no "}}"', start)
    if text[position] in "\"'`":
        return TemplateError("the quoted text is not closed", position)
    # Not the character itself: it could be part of a secret.
    return TemplateError("a character that no template may hold here", position)


def is_go(path: str) -> bool:
    """Whether Go itself can read this chain of fields."""
    return _GO_PATH.fullmatch(path) is not None


def unquote(text: str, offset: int) -> str:
    """The name in quotes, as it stands after a dot or `index`."""
    if text[0] == "`":
        return text[1:-1]
    if _ESCAPE.search(text.replace("\\\\", "")):
        raise TemplateError('a quoted name knows no escapes but \\" and \\\\', offset)
    name = _ESCAPED.sub(r"\1", text[1:-1])
    if not name:
        raise TemplateError("a quoted name must not be empty", offset)
    return name
