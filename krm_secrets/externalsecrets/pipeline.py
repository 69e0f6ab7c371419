"""What may stand between the braces of an action: the pipelines of Go's text/template (text/template/parse/parse.go).

Whatever passes here Go can read too; what a function makes of its arguments shows only when the template is rendered.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.externalsecrets.functions import KNOWN, unknown
from krm_secrets.externalsecrets.names import has_variable
from krm_secrets.externalsecrets.tokens import TemplateError, Token

CONSTANTS = ("true", "false", "nil")
KEYWORDS = ("if", "else", "end", "range", "with", "define", "block", "template", "break", "continue")

_NUMBER = pattern(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)i?"
)
_UNDERSCORE = pattern(r"(?<=[\da-fA-F])_(?=[\da-fA-F])")
_MISPLACED = "nothing more may stand here"


def read_action(keyword: str, tokens: list[Token], variables: list[str]) -> None:
    """Check the tokens of an action; variables are those that it can see, and it adds its own. Raises TemplateError."""
    rest = tokens[1:]
    if keyword in ("end", "break", "continue"):
        _nothing(rest)
    elif keyword == "else":
        if rest and rest[0].kind == "word" and rest[0].text in ("if", "with"):
            _pipeline(rest[1:], rest[0], variables, 1)
        else:
            _nothing(rest)
    elif keyword in ("define", "block", "template"):
        if not rest or rest[0].kind != "string" or rest[0].text[0] == "'":
            raise TemplateError(f'"{keyword}" needs a name in quotes', tokens[0].start)
        if keyword == "define":
            _nothing(rest[1:])
        elif keyword == "block" or rest[1:]:
            _pipeline(rest[1:], tokens[0], variables, 1)
    elif keyword:
        _pipeline(rest, tokens[0], variables, 2 if keyword == "range" else 1)
    else:
        _pipeline(tokens, tokens[0], variables, 1)


def _nothing(tokens: list[Token]) -> None:
    if tokens:
        raise TemplateError(_MISPLACED, tokens[0].start)


def _pipeline(tokens: list[Token], before: Token, variables: list[str], declares: int) -> None:
    names = [token.text for token in tokens[: 2 * declares : 2]]
    start = _declaration(tokens, declares)
    position = _commands(tokens, start, before, variables)
    if position < len(tokens):
        raise TemplateError(_MISPLACED, tokens[position].start)
    variables.extend(names[: start // 2])


def _declaration(tokens: list[Token], most: int) -> int:
    """How many tokens a declaration like `$a :=` takes."""
    for count in range(1, most + 1):
        taken = tokens[: 2 * count]
        marks = [token.text for token in taken[1::2]]
        if (
            len(taken) == 2 * count
            and all(token.kind == "variable" for token in taken[::2])
            and marks[-1] in (":=", "=")
            and all(mark == "," for mark in marks[:-1])
        ):
            return 2 * count
    return 0


def _commands(tokens: list[Token], position: int, before: Token, variables: list[str]) -> int:
    """Read commands with pipes between them, up to the end or a closing parenthesis; where that is."""
    piped = False
    while True:
        first = position
        while position < len(tokens) and tokens[position].kind != "shut" and tokens[position].text != "|":
            position = _operand(tokens, position, variables, piped and position == first)
        at_end = position == len(tokens) or tokens[position].kind == "shut"
        if position == first and not (piped and at_end):  # Go overlooks a pipe that leads nowhere
            place = tokens[position] if position < len(tokens) else before
            raise TemplateError("a value is missing", place.start)
        if at_end:
            return position
        before, piped = tokens[position], True
        position += 1


def _operand(tokens: list[Token], position: int, variables: list[str], takes: bool) -> int:
    """Read one operand; `takes` is whether it gets what stands before a pipe. Where the next one begins."""
    token = tokens[position]
    constant = token.kind in ("string", "number", "dot") or token.text in CONSTANTS
    if token.kind == "mark":
        raise TemplateError(f'"{token.text}" may not stand here', token.start)
    if takes and constant:
        raise TemplateError("only a function can take what stands before the pipe", token.start)
    if token.kind == "number" and not _NUMBER.fullmatch(_UNDERSCORE.sub("", token.text)):
        raise TemplateError("not a number, nor anything else", token.start)
    if token.kind == "word" and token.text not in CONSTANTS:
        _function(token)
    elif token.kind == "variable" and token.text not in variables:
        raise TemplateError("this variable is not declared", token.start)
    elif token.kind == "open":
        position = _commands(tokens, position + 1, token, variables)
    after = position + 1
    if after < len(tokens) and tokens[after].start == tokens[position].end:
        after = _adjacent(tokens, after, constant or token.kind == "path")
    return after


def _function(token: Token) -> None:
    if token.text in KEYWORDS:
        raise TemplateError(f'"{token.text}" may stand only at the beginning of an action', token.start)
    if token.text not in KNOWN and not has_variable(token.text):
        raise TemplateError(unknown(token.text), token.start, "template-function-unknown")


def _adjacent(tokens: list[Token], position: int, complete: bool) -> int:
    """What may follow an operand without a space: its fields, a pipe or a closing parenthesis."""
    token = tokens[position]
    if token.kind == "path" and not complete:
        position += 1
        if position == len(tokens) or tokens[position].start != token.end:
            return position
        token = tokens[position]
    if token.kind != "shut" and token.text != "|":
        raise TemplateError("a space is missing", token.start)
    return position
