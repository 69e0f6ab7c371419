"""Env files as kustomize reads them: no quotes, no `$`, no comments behind a value.

Source: kustomize 5.8, api/kv, read and run. KSOPS reads them with another parser, which cuts ` #` and expands `$NAME`,
so that `pa$SWORD` is lost: who moves over from it is told. What kustomize takes and the API server does not is an error
here: names that no Secret can have as a key, and lines without `=`, which are mostly the rest of a value that spans
lines.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern

_NAME = pattern(r"[-._a-zA-Z0-9]{1,253}")
# What Go takes for white space; Python takes four control characters more.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

# godotenv 1.5: quotes and blanks around a value, a comment behind it, a variable of capitals, an escaped dollar.
_BLANK = r"[\t\v\f\r \x85\xa0]"
_OF_KSOPS = pattern(rf"\A(?:{_BLANK}|[\"'])|{_BLANK}(?:\Z|#)|\$[({{]{{0,2}}[A-Z0-9_]|\\\$")


class EnvFileError(ValueError):
    """A line that is no `KEY=value`; the message names the line and never shows it."""


def parse(data: bytes) -> list[tuple[str, str]]:
    """Keys and values in order; EnvFileError names the line that is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EnvFileError(f"line {line} is no UTF-8 text") from None
    pairs = []
    for number, row in enumerate(text.split("\n"), 1):
        row = row.removesuffix("\r").lstrip(_SPACE)
        if not row or row.startswith("#"):
            continue
        key, equals, value = row.partition("=")
        if not equals:
            raise EnvFileError(f"line {number} has no `=`")
        if not _NAME.fullmatch(key) or key == "." or key.startswith(".."):
            raise EnvFileError(f"line {number} has a name that cannot be a key: letters, digits, -, _ and . can")
        pairs.append((key, value))
    return pairs


def differs_in_ksops(value: str) -> bool:
    """Whether KSOPS makes something else of a value than what stands there."""
    return _OF_KSOPS.search(value) is not None
