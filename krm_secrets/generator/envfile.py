"""Env files as kustomize reads them: no quotes, no `$`, no comments behind a value.

Source: kustomize, api/kv. KSOPS reads them with another parser, which cuts ` #` and expands `$NAME`, so that `pa$SWORD`
is lost.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


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
        row = row.removesuffix("\r").lstrip()
        if not row or row.startswith("#"):
            continue
        key, equals, value = row.partition("=")
        if not equals:
            raise EnvFileError(f"line {number} has no `=`")
        if not _NAME.fullmatch(key) or key in (".", "..") or key.startswith(".."):
            raise EnvFileError(f"line {number} has a name that no environment variable can have")
        pairs.append((key, value))
    return pairs
