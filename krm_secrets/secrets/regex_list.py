"""The comma-separated list in `secret.reloader.stakater.com/reload`, each entry of which Reloader reads as `^entry$`.

Entries are Go regular expressions. Those that people write (names, dots, `.*`) are matched here in linear time;
of any other one we cannot say what it leaves out, so it counts as matching.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from krm_secrets._startup.records import NamedTuple

MAX_PATTERNS, MAX_QUANTIFIERS = 16, 4
"""In a list, and in one entry of it. What goes beyond counts as matching, so that the time has a bound."""

_SPECIAL = frozenset("\\.+*?()|[]{}^$")


class NameList(NamedTuple):
    """A list as an author wrote it."""

    literals: frozenset[str]
    patterns: tuple[tuple[_Token, ...], ...]
    unknown: bool

    def matches(self, name: str) -> bool:
        """Whether a change of the Secret would be noticed, as far as can be told."""
        return self.unknown or name in self.literals or any(_match(pattern, name) for pattern in self.patterns)


class _Token(NamedTuple):
    char: str
    """Empty for any character."""
    optional: bool = False
    repeat: bool = False


def parse(text: str) -> NameList:
    """The list behind an annotation's value."""
    parts = [part.strip() for part in text.split(",")]
    complex_parts = [part for part in parts if not _SPECIAL.isdisjoint(part)]
    # Every part may also be meant as it stands: a.b, or ${APP}-secret before Flux has filled it in.
    literals = frozenset(parts)
    if len(complex_parts) > MAX_PATTERNS:
        return NameList(literals, (), True)
    patterns = [_tokens(part) for part in complex_parts]
    known = tuple(tuple(tokens) for tokens in patterns if tokens is not None)
    return NameList(literals, known, len(known) < len(patterns))


def write(names: Iterable[str]) -> str:
    """The list that matches exactly these names, sorted."""
    # [.] and not \.: no layer between here and Reloader (Helm's tpl, Flux substitution, quotes) changes brackets.
    return ",".join(sorted({name.replace(".", "[.]") for name in names}))


def writable(names: Collection[str]) -> frozenset[str]:
    """Those of the names that can stand in a list; templates that nobody resolved cannot, nor what is no name."""
    return frozenset(name for name in names if not any(c.isspace() or c == "," for c in name) and "{{" not in name)


def plain(text: str) -> frozenset[str]:
    """Those entries of a list that are names and nothing else."""
    parts = (part.strip() for part in text.split(","))
    return frozenset(part for part in parts if part and _SPECIAL.isdisjoint(part.replace(".", "")))


def _tokens(pattern: str) -> list[_Token] | None:
    """The pattern as tokens; None when it uses more of the language than names need."""
    tokens: list[_Token] = []
    at = quantifiers = 0
    while at < len(pattern):
        char, size = _atom(pattern, at)
        if not size:
            return None
        at += size
        quantifier = pattern[at : at + 1]
        if quantifier and quantifier in "?*+":
            at += 1
            quantifiers += 1
            if quantifier == "+":
                tokens.append(_Token(char))
            tokens.append(_Token(char, True, quantifier != "?"))
        else:
            tokens.append(_Token(char))
    return tokens if quantifiers <= MAX_QUANTIFIERS else None


def _atom(pattern: str, at: int) -> tuple[str, int]:
    """The character that the pattern wants here (empty: any) and how long it is written; 0 when we cannot tell."""
    char, rest = pattern[at], pattern[at + 1 : at + 3]
    if char == "\\" and rest and not rest[0].isalnum():
        return rest[0], 2
    if char == "[" and len(rest) == 2 and rest[1] == "]" and rest[0] not in "^\\[":
        return rest[0], 3
    if char == ".":
        return "", 1
    return (char, 1) if char not in _SPECIAL else ("", 0)


def _match(tokens: tuple[_Token, ...], name: str) -> bool:
    states = _skip(tokens, {0})
    for char in name:
        after = set()
        for state in states:
            if state < len(tokens) and tokens[state].char in ("", char):
                after.add(state if tokens[state].repeat else state + 1)
        states = _skip(tokens, after)
    return len(tokens) in states


def _skip(tokens: tuple[_Token, ...], states: set[int]) -> set[int]:
    """The states with those that are reached by leaving optional tokens out."""
    todo, reached = list(states), set(states)
    while todo:
        state = todo.pop()
        if state < len(tokens) and tokens[state].optional and state + 1 not in reached:
            reached.add(state + 1)
            todo.append(state + 1)
    return reached
