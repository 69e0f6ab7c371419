"""What Helm's `tpl` makes of a name in the values: the forms in which people write names of Secrets.

Known are the release's name and namespace, other values, the `fullname` of app-template, `printf` with `%s`, and the
functions that shorten names. An expression of any other form stays as it was written, and then names nothing.
"""

from __future__ import annotations

import re

from krm_secrets._startup.records import QuietTuple

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


FULLNAME = "bjw-s.common.lib.chart.names.fullname"

_TOKEN = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|([()|])|(\d+)(?![^\s()|])|([^\s()|"`]+))""")
_MAX_TOKENS = 40


class Scope(QuietTuple):
    """What the expressions can ask for; empty names are unknown."""

    name: str
    namespace: str
    values: Mapping[str, object] = {}
    fullname: str = ""


def render(text: str, scope: Scope) -> str:
    """The text with every expression filled in that is understood."""
    if "{{" not in text:
        return text
    head, *tails = text.split("{{")
    done = head
    for tail in tails:
        inside, closed, after = tail.partition("}}")
        value = _value(inside.removeprefix("-").removesuffix("-"), scope) if closed else ""
        done += f"{value}{after}" if value else "{{" + tail
    return done


def _value(text: str, scope: Scope) -> str:
    """The value of an expression; empty when it is not understood."""
    tokens: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) == _MAX_TOKENS:
            return ""
        at = match.end()
        string, raw, sign, number, word = match.groups()
        if string is not None or raw is not None:
            tokens.append(("text", raw if string is None else string.replace('\\"', '"').replace("\\\\", "\\")))
        else:
            tokens.append(("sign", sign) if sign else ("text", number) if number else ("word", word))
    parser = _Parser(tokens, scope)
    value = parser.pipeline()
    return value if value is not None and parser.at == len(tokens) else ""


class _Parser:
    """Reads one expression; None stands for what is not understood."""

    __slots__ = ("at", "scope", "tokens")

    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self.tokens = tokens
        self.scope = scope
        self.at = 0

    def sign(self, expected: str) -> bool:
        """Whether the sign comes next, which is then taken."""
        found = self.tokens[self.at : self.at + 1] == [("sign", expected)]
        self.at += found
        return found

    def pipeline(self) -> str | None:
        """`command | command …`: each gets the value before it as its last argument."""
        value = self.command(None)
        while value is not None and self.sign("|"):
            value = self.command(value)
        return value

    def command(self, piped: str | None) -> str | None:
        """A function with its arguments, or a single value."""
        arguments: list[str | None] = []
        function = ""
        while self.at < len(self.tokens) and self.tokens[self.at] not in (("sign", "|"), ("sign", ")")):
            kind, text = self.tokens[self.at]
            if kind == "word" and text in _FUNCTIONS and not arguments and not function:
                function = text
                self.at += 1
            else:
                arguments.append(self.argument())
        if piped is not None:
            arguments.append(piped)
        if not function:
            return arguments[0] if len(arguments) == 1 and piped is None else None
        known = [each for each in arguments if each is not None]
        if len(known) < len(arguments):
            return self.fallback(arguments) if function == "default" else None
        if function == "include":
            return self.scope.fullname if known == [FULLNAME, "."] and self.scope.fullname else None
        return _FUNCTIONS[function](known)

    def argument(self) -> str | None:
        """A string, a number, a field or something in parentheses."""
        if self.sign("("):
            value = self.pipeline()
            return value if self.sign(")") else None
        kind, text = self.tokens[self.at]
        self.at += 1
        return text if kind == "text" else self.field(text) if kind == "word" else None

    def field(self, path: str) -> str | None:
        """What a field holds, if it is text."""
        path = path.removeprefix("$") or "."
        if path == ".":
            return path
        if path in (".Release.Name", ".Release.Namespace"):
            return (self.scope.name if path == ".Release.Name" else self.scope.namespace) or None
        if not path.startswith(".Values."):
            return None
        node: object = self.scope.values
        for part in path.split(".")[2:]:
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, str) and "{{" not in node else None

    @staticmethod
    def fallback(arguments: list[str | None]) -> str | None:
        """`default "x" .Values.y` where the value is not set."""
        return arguments[0] if len(arguments) == 2 else None


def _printf(arguments: list[str]) -> str | None:
    form, *values = arguments
    parts = form.split("%s")
    if "%" in "".join(parts) or len(parts) != len(values) + 1:
        return None
    return "".join(part + value for part, value in zip(parts, [*values, ""], strict=True))


def _cut(arguments: list[str]) -> str | None:
    length, text = arguments if len(arguments) == 2 else ("", "")
    return text[: int(length)] if length.isdecimal() and len(length) < 5 else None


def _two(function: Callable[[str, str], str]) -> Callable[[list[str]], str | None]:
    return lambda arguments: function(arguments[1], arguments[0]) if len(arguments) == 2 else None


def _one(function: Callable[[str], str]) -> Callable[[list[str]], str | None]:
    return lambda arguments: function(arguments[0]) if len(arguments) == 1 else None


_FUNCTIONS: Mapping[str, Callable[[list[str]], str | None]] = {
    "printf": _printf,
    "trunc": _cut,
    "trimSuffix": _two(str.removesuffix),
    "trimPrefix": _two(str.removeprefix),
    "default": _two(lambda value, fallback: value or fallback),
    "lower": _one(str.lower),
    "trim": _one(str.strip),
    "toString": _one(str),
    "include": _one(str),
}
