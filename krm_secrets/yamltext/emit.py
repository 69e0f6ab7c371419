"""Text for what we write ourselves: block style, two spaces, no aliases, strings safe under every reader.

A string is plain only when go-yaml, PyYAML, YAML 1.1 and 1.2 all read it as that string; every other string is
double-quoted, or a literal block where that holds the same bytes.
"""

from __future__ import annotations

_ESCAPES = {i: f"\\u{i:04x}" for i in (*range(0x20), *range(0x7F, 0xA1), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}
_ESCAPES |= {ord("\t"): "\\t", ord("\r"): "\\r"}

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf", "infinity"))
# What `str.strip` takes off whole holds these characters alone: regular expressions would cost a start as much as all
# that is written here.
_DIGITS, _LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST = frozenset(_LETTERS + "_/")
# No `$` and no braces: a number must not come of Flux's `${VAR}`, and templates read better quoted.
_WORDS_AND_SPACES = _DIGITS + _LETTERS + "_./@+=%()~,:- "
# A number has digits, signs, a base letter, hexadecimal digits, `_`, `.` and `:`; one letter beyond them rules it out.
_ONE_WORD = _DIGITS + _LETTERS + "_./-"
_IN_NO_NUMBER = frozenset(_LETTERS + "/") - frozenset("abcdefoxABCDEFOX")
_INFINITE = (float("inf"), float("-inf"))
MAX_KEY = 1000
"""Longer simple keys than about this need the `? key` form (YAML 1.2, 7.3.3)."""


def quoted(text: str) -> str:
    """A double-quoted scalar on one line: valid YAML, in any place, and valid JSON."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    # `translate` looks up every character, and most texts need no escape.
    return f'"{text}"' if text.isascii() and text.isprintable() else f'"{text.translate(_ESCAPES)}"'


def scalar(value: object) -> str:
    """A scalar on one line that reads back as the value everywhere."""
    if isinstance(value, str):
        return value if is_plain(value) else quoted(value)
    return atom(value)


def atom(value: object) -> str:
    """null, true, false and numbers as YAML and JSON both write them; strings double-quoted."""
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, float):
        return _float(value)
    raise TypeError(f"no YAML for {type(value).__name__}")


def _float(value: float) -> str:
    if value != value or value in _INFINITE:
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 wants a point in every float.
    return mantissa + (".0" if e and "." not in mantissa else "") + e + exponent


def key(text: str) -> str:
    """A key in block style with its `:`; a long one takes two lines, which the caller indents."""
    name = scalar(text)
    return f"{name}:" if len(name) <= MAX_KEY else f"? {name}\n:"


def flow_key(text: str) -> str:
    """A key in flow style with its `:`."""
    name = quoted(text)
    return f"{name}:" if len(name) <= MAX_KEY else f"? {name} :"


def flow(value: object) -> str:
    """The value on one line in JSON's own style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow_key(name)} {flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return atom(value)


def block(value: object, indent: int = 0, dashes_at_keys: bool = False) -> str:
    """The value as block lines, each ending in a newline, indented by `indent` spaces.

    With `dashes_at_keys` a list below a key is indented no deeper than the key.
    """
    lines: list[str] = []
    deeper = "" if dashes_at_keys else "  "
    if isinstance(value, dict) and value:
        _mapping(value, " " * indent, lines, deeper)
    elif isinstance(value, list) and value:
        _sequence(value, " " * indent, lines, deeper)
    else:
        lines.append(" " * indent + flow(value))
    return "\n".join(lines) + "\n"


def _mapping(value: dict[str, object], margin: str, lines: list[str], deeper: str) -> None:
    for name, item in value.items():
        head = margin + key(name).replace("\n", "\n" + margin)
        if isinstance(item, list) and item:
            lines.append(head)
            _sequence(item, margin + deeper, lines, deeper)
        else:
            _entry(head, item, margin + "  ", lines, deeper)


def _sequence(value: list[object], margin: str, lines: list[str], deeper: str) -> None:
    for item in value:
        if isinstance(item, dict) and item:
            at = len(lines)
            _mapping(item, margin + "  ", lines, deeper)
            lines[at] = margin + "- " + lines[at][len(margin) + 2 :]
        elif isinstance(item, list) and item:
            lines.append(f"{margin}-")
            _sequence(item, margin + "  ", lines, deeper)
        else:
            _entry(f"{margin}-", item, margin + "  ", lines, deeper)


def _entry(head: str, item: object, margin: str, lines: list[str], deeper: str) -> None:
    if isinstance(item, dict) and item:
        lines.append(head)
        _mapping(item, margin, lines, deeper)
    elif isinstance(item, str):
        _string(head, item, margin, lines)
    else:
        lines.append(f"{head} {flow(item)}")


def _string(head: str, item: str, margin: str, lines: list[str]) -> None:
    rows = item.removesuffix("\n").split("\n")
    if "\n" in item and _is_literal(rows):
        lines.append(f"{head} {'|' if item.endswith(chr(10)) else '|-'}")
        lines.extend(margin + row if row else "" for row in rows)
    else:
        lines.append(f"{head} {scalar(item)}")


def _is_literal(rows: list[str]) -> bool:
    """Whether a literal block holds the string byte for byte and hosts leave it alone.

    Leading white space would need an indentation indicator, trailing white space and tabs make hosts re-quote it.
    """
    return (
        bool(rows[0])
        and bool(rows[-1])
        and not rows[0].startswith(" ")
        and all(row.isprintable() and row == row.rstrip() for row in rows)
        and not any(ord(c) in _ESCAPES for row in rows for c in row if not c.isascii())
    )


def is_plain(text: str) -> bool:
    """Whether a string needs no quotes in block style."""
    first = text[:1]
    if first in _FIRST:
        return (
            not text.strip(_WORDS_AND_SPACES)
            and text[-1] not in " :"
            and text.lower() not in _WORDS
            and ": " not in text
            and "  " not in text
        )
    return first.isdecimal() and not text.strip(_ONE_WORD) and not _IN_NO_NUMBER.isdisjoint(text)
