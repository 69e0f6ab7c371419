"""JSON files as sops reads and prints them.

Source: getsops/sops 3.13, `stores/json`, over Go's encoding/json.
"""

from __future__ import annotations

import json
import re
from json.decoder import JSONDecodeError

from krm_secrets.errors import Failure
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.flat import twice
from krm_secrets.sops.files.gotext import atom, scientific
from krm_secrets.sops.tree import Branch, Tree, split_metadata
from krm_secrets.sops.value import Comment, float_text
from krm_secrets.yamltext.nodes import MAX_DEPTH

_SPACE = " \t\r\n"
_MAX_DIGITS = 20
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile('[\0-\x1f"\\\\<>&\u2028\u2029\ud800-\udfff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def load(data: bytes) -> tuple[Tree, dict[str, object] | None]:
    """The tree and metadata of a JSON file; what stands behind its first value does not count, as in sops."""
    text = data.decode(errors="replace")
    start = len(text) - len(text.lstrip(_SPACE))
    decoder = json.JSONDecoder(
        object_pairs_hook=_branch, parse_int=_whole, parse_float=_float, parse_constant=_constant
    )
    reason = ""
    try:
        value, _ = decoder.raw_decode(text, start)
        _check_depth(value, MAX_DEPTH)
    except JSONDecodeError as error:
        reason = f"line {error.lineno}: {error.msg}"
    except RecursionError:
        reason = f"more than {MAX_DEPTH} levels of nesting"
    except _Number:
        reason = "it holds a number that is none in JSON, or too large"
    if reason:
        raise SopsError(f"not valid JSON: {reason}")
    if not isinstance(value, Branch):
        raise SopsError("the file is not a JSON object, which is what sops encrypts")
    tree = [value]
    try:
        return tree, split_metadata(tree)
    except SopsError as error:
        raise SopsError(_located(text) or error.message, error.path) from None


def _located(text: str) -> str:
    """In which lines a key stands twice; JSON is YAML, whose reader knows lines."""
    from krm_secrets.yamltext.load import parse
    from krm_secrets.yamltext.nodes import DuplicateKey, Mapping, line_of

    try:
        root = parse(text)[0].root
        _ = root.entries() if type(root) is Mapping else None
    except DuplicateKey as error:
        return twice(line_of(text, error.starts[0]), line_of(text, error.starts[-1]))
    except Failure:  # what is JSON, and no YAML
        pass
    return ""


def _check_depth(value: object, left: int) -> None:
    if isinstance(value, list):
        if not left:
            raise RecursionError
        for item in value:
            _check_depth(item[1] if isinstance(item, tuple) else item, left - 1)


class _Number(Exception):
    pass


def _branch(pairs: list[tuple[str, object]]) -> Branch:
    return Branch((_text(key), _value(value)) for key, value in pairs)


def _value(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list) and not isinstance(value, Branch):
        return [_value(item) for item in value]
    return value


def _text(text: str) -> str:
    """Go puts U+FFFD in the place of half a surrogate pair."""
    return _SURROGATE.sub("\ufffd", text)


def _whole(text: str) -> int | float:
    number = int(text) if len(text) <= _MAX_DIGITS else 2**64
    return number if -(2**63) <= number < 2**63 else _float(text)


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _Number
    return number


def _constant(_: str) -> float:
    raise _Number


def emit(tree: Tree, indent: int | None = None) -> bytes:
    """The first branch as JSON, indented by tabs, or by spaces."""
    parts: list[str] = []
    _write(tree[0], "\n", "\t" if indent is None else " " * indent, parts)
    return ("".join(parts) + "\n").encode()


def _write(value: object, margin: str, step: str, out: list[str]) -> None:
    if isinstance(value, Branch):
        rows = [(f"{quoted(key)}: ", item) for key, item in value if not isinstance(key, Comment)]
        _rows(rows, "{}", margin, step, out)
    elif isinstance(value, list):
        _rows([("", item) for item in value if not isinstance(item, Comment)], "[]", margin, step, out)
    else:
        # Each byte that is no UTF-8 becomes one half surrogate, which `quoted` replaces.
        text = value.decode(errors="surrogateescape") if isinstance(value, bytes) else value
        out.append(quoted(text) if isinstance(text, str) else atom(text, "null", _number))


def _rows(rows: list[tuple[str, object]], brackets: str, margin: str, step: str, out: list[str]) -> None:
    if not rows:
        out.append(brackets)
        return
    out.append(brackets[0])
    for n, (name, item) in enumerate(rows):
        out.append(f"{',' if n else ''}{margin}{step}{name}")
        _write(item, margin + step, step, out)
    out.append(f"{margin}{brackets[1]}")


def quoted(text: str) -> str:
    """A string as Go's encoding/json writes it, with what HTML could misread escaped."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise SopsError("holds infinity or NaN, which JSON cannot write")
    if value and not 1e-6 <= abs(value) < 1e21:
        digits, exponent = scientific(value)
        return f"{digits}e{exponent:+d}"
    return float_text(value)
