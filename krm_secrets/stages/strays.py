"""Ciphertext that nothing decrypts where it stands: copied by a replacement, left behind by a patch, or a whole SOPS
file as a value of another kind.

Prose and texts of several lines may only quote ciphertext, and pass here; `guard` asks about them.
"""

from __future__ import annotations

from krm_secrets.errors import Path, Problem
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.secrets.secret import is_config_map, is_secret
from krm_secrets.sops.marks import BLOCK, ENCODED

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


OPT_OUT = "kustomize.toolkit.fluxcd.io/decrypt"

# What a text with ciphertext has, or with escapes that can spell it in a quoted scalar.
_HINTS = ("ENC[", *ENCODED, "\\u", "\\U", "\\x", "\\\n", "\\\r")

_LEFT = f"leave it encrypted by the annotation {OPT_OUT}: disabled"
_FILE = (
    "holds a file that is encrypted with sops, which is decrypted as a value of a Secret only; move it there, or"
    f" {_LEFT}"
)
_CONFIG_MAP = (
    "holds a file that is encrypted with sops, and only those in Secrets are decrypted; add ConfigMap to decryptKinds,"
    f" make a Secret of it with a SopsGenerator, or {_LEFT}"
)
_BASE64 = "holds in base64 a file that is encrypted with sops, which is decrypted under binaryData only; move it there"
_NOT_BY_FLUX = (
    f"holds a file that is encrypted with sops, which Flux decrypts in a Secret's data only; move it there, or {_LEFT}"
)
_LOST = (
    "is ciphertext, and the object has no sops block to decrypt it with: a patch or a tool dropped the block, or copied"
    " the value; take the whole encrypted file"
)
_LINE = (
    "is ciphertext in base64, which nothing decrypts here: kustomize's secretGenerator took a line of an encrypted file"
    f" for a value; list the file in a SopsGenerator, or {_LEFT}"
)
_COPIED = (
    "{} ciphertext, which nothing decrypts here: a replacement, a patch or a tool copied it before it was decrypted;"
    f" copy the plaintext, behind krm-secrets, or {_LEFT}"
)


class Hints:
    """Which objects may hold ciphertext at all: few builds have one beside those that are decrypted."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[int, tuple[str, ...]] = {}

    def allow(self, item: Resource) -> bool:
        source = item.slot.source
        hints = self._found.get(id(source))
        if hints is None:
            hints = self._found[id(source)] = _hints(source)
        if not hints:
            return False
        if item.slot.document.aliases:  # what they name stands elsewhere
            return True
        node, text = item.node, source.text
        return any(text.find(hint, node.start, node.end) >= 0 for hint in hints)


def _hints(source: Source) -> tuple[str, ...]:
    return tuple(hint for hint in _HINTS if hint in source.text)


def strays(item: Resource, kept: bool, shown: bool) -> Iterator[Problem]:
    """The places of an object without a `sops` block; YamlError where it cannot be read.

    `kept` says that Flux decrypts later; `shown` that files in the object's own values are decrypted though it is no
    Secret.
    """
    from krm_secrets.stages.leftovers import CIPHERTEXT, FILE, hidden, leftovers

    lost = False
    secret, config_map = is_secret(item), is_config_map(item)
    for path, found, in_key in leftovers({key: value for key, value in item.data.items() if key != BLOCK}):
        if found.quoted or found.kind not in (CIPHERTEXT, FILE):
            continue
        own = len(path) == 2 and not in_key
        if found.kind == FILE and own and _is_value(path, found.layers, secret, config_map and shown):
            continue
        if found.kind != FILE:
            is_own = secret and own and found.whole and path[0] in ("data", "stringData")
            if is_own and lost:  # with the block, or the file: one mistake, of which one value is enough
                continue
            lost = lost or is_own
            copied = _COPIED.format("is" if found.whole else "holds")
            yield Problem(hidden(path), (_LINE if found.layers else _LOST) if is_own else copied)
        elif kept:
            yield Problem(hidden(path), _NOT_BY_FLUX)
        elif config_map and own and found.whole:
            yield Problem(hidden(path), _BASE64 if shown else _CONFIG_MAP)
        else:
            yield Problem(hidden(path), _FILE)


def _is_value(path: Path, layers: int, secret: bool, config_map: bool) -> bool:
    """Whether a file stands where it is decrypted."""
    if secret:
        return (path[0], layers) in (("data", 1), ("stringData", 0))
    return config_map and (path[0], layers) in (("data", 0), ("binaryData", 1))
