"""What no cluster may get: ciphertext, SOPS files, placeholders and Flux's masks, wherever in an object they stand.

They are seen as a value, inside a longer text, in keys, and in base64, up to three times, also of what gzip packed.
What nobody makes by accident is not looked for. Prose that only names the form of a ciphertext passes.
"""

from __future__ import annotations

import re

from krm_secrets import base64layers
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.secrets.secret import MASKS
from krm_secrets.sops.marks import ENCODED, holds_value, is_built_in, is_file, is_whole
from krm_secrets.stages.placeholder import PREFIX

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, Literal, TypeAlias

    What: TypeAlias = Literal["ciphertext", "file", "placeholder", "mask"]

CIPHERTEXT: Final = "ciphertext"
FILE: Final = "file"
PLACEHOLDER: Final = "placeholder"
MASK: Final = "mask"

_LEAST = 8
_MAX_LAYERS = 3
# The name is a key of a Secret or of a mapping; in a text it ends with the first two points.
_PLACEHOLDER = re.compile(re.escape(PREFIX) + r"[^\s{}<>%\"']+?\.\.")
# `..PLACEHOLDER_` in base64, by the three places where it can begin, and in halves.
_SIGNS = (*ENCODED, "Li5QTEFDR", "UhPTERFUl", "4uUExBQ0V", "IT0xERVJf", "uLlBMQUNF", "SE9MREVSX")
_EVERY = (*_SIGNS, PREFIX, *MASKS, "ENC[", "ENC%5", base64layers.ZIPPED)
"""What a text has that is or holds one, or is wholly in base64."""


class Leftover(NamedTuple):
    """What was found in a value.

    `whole` says that it is all of the value, be it in base64; `quoted` that the text around it may only quote it, like
    prose or a manifest in a manifest. `layers` counts how often it is encoded.
    """

    kind: What
    whole: bool = True
    quoted: bool = False
    layers: int = 0


def leftover(value: str | bytes, encrypted: bool = True) -> Leftover | None:
    """The first of them in a value; without `encrypted` only what was made without a key: placeholders and masks."""
    text = value if isinstance(value, str) else value.decode("latin-1")
    return _found(text, encrypted, 0) if len(text) >= _LEAST else None


def leftovers(value: object, path: Path = (), encrypted: bool = True) -> Iterator[tuple[Path, Leftover, bool]]:
    """Where they stand in plain data, and whether as a part of the key itself."""
    return _leftovers(value, path, encrypted) if _may_hold(_texts(value), 0) else iter(())


def _may_hold(texts: set[str], layers: int) -> bool:
    """Whether one may stand in any of the texts: they are searched as one, and so is what they are the base64 of."""
    joined = "\n".join(texts)
    if any(sign in joined for sign in _EVERY):
        return True
    long = (text for text in texts if len(text) >= base64layers.LEAST)
    decoded = map(base64layers.whole, long if layers < _MAX_LAYERS else ())
    inner = {text for text in decoded if text is not None}
    return bool(inner) and _may_hold(inner, layers + 1)


def _texts(value: object) -> set[str]:
    """All texts in plain data, keys included, each once."""
    texts, waiting = set[str](), [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            texts.update(node)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, (str, bytes)):
            texts.add(node if isinstance(node, str) else node.decode("latin-1"))
    return texts


def _leftovers(value: object, path: Path, encrypted: bool) -> Iterator[tuple[Path, Leftover, bool]]:
    if isinstance(value, dict):
        for key, below in value.items():
            found = leftover(key, encrypted)
            if found is not None:
                yield (*path, key), found, True
            yield from _leftovers(below, (*path, key), encrypted)
    elif isinstance(value, list):
        for n, below in enumerate(value):
            yield from _leftovers(below, (*path, n), encrypted)
    elif isinstance(value, (str, bytes)):
        found = leftover(value, encrypted)
        if found is not None:
            yield path, found, False


def hidden(path: Path) -> Path:
    """The path as a message may name it: that hides ciphertext in a key, and must not show its base64 either."""
    return tuple("ENC[" if isinstance(part, str) and _is_encoded(part) else part for part in path)


def _is_encoded(key: str) -> bool:
    found = leftover(key)
    return found is not None and found.layers > 0


def _found(text: str, encrypted: bool, layers: int) -> Leftover | None:
    if "ENC%5" in text:  # in a URL, as Ignition has whole files
        text = re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)
    if encrypted and "ENC[" in text:
        if is_whole(text):
            return Leftover(CIPHERTEXT, layers=layers)
        if is_file(text):
            return Leftover(FILE, layers=layers)
        if holds_value(text):
            return Leftover(CIPHERTEXT, False, _is_long(text) or not is_built_in(text), layers)
    if PREFIX in text:
        line = text.strip()
        if line.startswith(PREFIX) and line.endswith("..") and not _is_long(line):
            return Leftover(PLACEHOLDER, layers=layers)
        if _PLACEHOLDER.search(text):
            return Leftover(PLACEHOLDER, False, _is_long(text), layers)
    if text.strip() in MASKS:
        return Leftover(MASK, layers=layers)
    if layers == _MAX_LAYERS or len(text) < base64layers.LEAST:
        return None
    inner = base64layers.whole(text)
    found = _found(inner, encrypted, layers + 1) if inner is not None else None
    if found is not None:
        return found
    for part in base64layers.parts(text, _SIGNS):
        found = _found(part, encrypted, layers + 1)
        if found is not None and found.kind != MASK:
            return found._replace(whole=False, quoted=found.quoted or _is_long(text))
    for part in base64layers.unpacked(text):
        found = _found(part, encrypted, layers + 1)
        if found is not None and found.kind != MASK:  # an archive may well hold encrypted files on purpose
            return Leftover(found.kind if found.kind == PLACEHOLDER else CIPHERTEXT, False, True, found.layers)
    return None


def _is_long(text: str) -> bool:
    return "\n" in text.strip()
