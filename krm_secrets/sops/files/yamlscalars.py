"""How go-yaml presents a scalar: plain, quoted or as a literal block, and its tag where it needs one.

Source: go.yaml.in/yaml/v3 3.0.4, encode.go and emitterc.go, read and run.
"""

from __future__ import annotations

import re
from base64 import b64encode

from krm_secrets.sops.files.gotext import atom, general
from krm_secrets.yamltext.nodes import BREAKS
from krm_secrets.yamltext.scalars import Timestamp, plain

PLAIN, SINGLE, DOUBLE, LITERAL = "plain", "single", "double", "literal"

_BREAK = re.compile(f"[{BREAKS}]")
# What go-yaml's reader of UTF-8 takes for printable: nothing beyond the Basic Multilingual Plane.
_SPECIAL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_ESCAPED = re.compile('[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\\\]')
_ANY = re.compile("(?s:.)")
_ESCAPES = dict(zip('\0\a\b\t\n\v\f\r\x1b"\\\x85\xa0\u2028\u2029', '0abtnvfre"\\N_LP', strict=True))
_INDICATOR = re.compile(r"""[#,\[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|\Z)|---|\.\.\.""")
_INNER_INDICATOR = re.compile(f":(?:[ \t]|\\Z)|[ \t{BREAKS}\0]#")
_OLD_BOOLS = re.compile("y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_BINARY_LINE = 70
_INFINITE = {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}


def present(value: object) -> tuple[str, str, str]:
    """Text, tag and style of a scalar."""
    if isinstance(value, Timestamp):
        return value, "", PLAIN
    if isinstance(value, bytes):
        return _binary(value)
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return _binary(value.encode(errors="surrogateescape"))
        return value, "!!merge" if value == "<<" else "", _style(value)
    return atom(value, "null", _float), "", PLAIN


def _float(value: float) -> str:
    text = general(value)
    return _INFINITE.get(text, text)


def _binary(data: bytes) -> tuple[str, str, str]:
    text = b64encode(data).decode()
    if len(text) < _BINARY_LINE:
        return text, "!!binary", PLAIN
    lines = [text[i : i + _BINARY_LINE] for i in range(0, len(text), _BINARY_LINE)]
    return "\n".join((*lines, "")), "!!binary", LITERAL


def _style(text: str) -> str:
    """go-yaml wishes for a style first, and falls back from it where the text does not allow it."""
    if not text:
        return DOUBLE
    special = _SPECIAL.search(text) or re.search(f" [{BREAKS}]", text)
    if "\n" in text:
        # A literal block that begins with a tab cannot be read back, and sops, which does so, prints null for it.
        return DOUBLE if special or text[-1] == " " or text[0] == "\t" else LITERAL
    if type(plain(text)) is not str or _OLD_BOOLS.fullmatch(text) or _BASE_60.fullmatch(text):
        return DOUBLE
    if special or "\t" in text or re.search(f"[{BREAKS}] ", text):
        return DOUBLE
    if text[0] == " " or text[-1] == " " or _BREAK.search(text):
        return SINGLE
    return SINGLE if _INDICATOR.match(text) or _INNER_INDICATOR.search(text) else PLAIN


def is_multiline(text: str) -> bool:
    """Whether the text has a line break of any kind."""
    return _BREAK.search(text) is not None


def break_at(text: str, at: int) -> int:
    """Where the next line break stands, or the end of the text."""
    match = _BREAK.search(text, at)
    return match.start() if match else len(text)


def double_quoted(text: str) -> str:
    """The text in double quotes, on one line."""
    # go-yaml looks for a byte order mark at the beginning, whichever character it is at.
    escaped = _ANY if text.startswith("\ufeff") else _ESCAPED
    return f'"{escaped.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ESCAPES:
        return f"\\{_ESCAPES[char]}"
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def literal_hints(text: str, indent: int) -> str:
    """What stands behind the `|`: the indent where the text itself begins with space, and what becomes of its end."""
    hint = str(indent) if text[0] == " " or text[0] in BREAKS else ""
    if text[-1] not in BREAKS:
        return f"{hint}-"
    return f"{hint}+" if len(text) == 1 or text[-2] in BREAKS else hint
