"""What a Secret can hold: strings under `stringData`, base64 under `data`, and the keys that may name them.

Source: Kubernetes 1.37, `ValidateSecret`, and its JSON decoder, which takes null for no value and skips line breaks in
base64. A value that Flux, envsubst or a vault plugin fills in later is not judged, and one that sops encrypted only by
the type that sops noted.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path, Problem
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import MASKS
from krm_secrets.sops.marks import is_whole
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Sequence
from krm_secrets.yamltext.scalars import resolve

DATA, STRING_DATA = "data", "stringData"
SECTIONS = (DATA, STRING_DATA)

TYPED = "sops-typed-value"
"""The rule for numbers and booleans that sops encrypted in a Secret."""

NO_BASE64 = "is no base64, which data holds: encode it, or move it to stringData"

_BASE64 = pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_KEY = pattern(r"[-._a-zA-Z0-9]{1,253}")
_KEY_RULE = "the key must have letters, digits, -, _ and . only, at most 253 of them, and not be . or begin with .."
# By Flux, tools that replace tokens, Helm and Jinja; by envsubst, Argo CD's vault plugin, vals, 1Password, Bank-Vaults.
_TEMPLATES = (("${", "}"), ("#{", "}"), ("{{", "}}"))
_WHOLE = pattern(r"\$[A-Za-z_][A-Za-z0-9_]*|<[^>]*>|(?:secret)?(?:ref\+\w+|op)://\S+|vault:\S+")
_TYPES = {"int": "a number", "float": "a number", "bool": "a boolean", "time": "a time"}


class Held(NamedTuple):
    """What is wrong with the values of a Secret.

    `typed` are the fields of `stringData` in which sops encrypted a number, a boolean or a time: as strings, if
    whoever decrypts them makes them strings.
    """

    problems: list[Problem]
    typed: list[Path]


def held(secret: Resource) -> Held:
    """Look at all values of a Secret; YamlError when they cannot be read."""
    found = Held([], [])
    for section in SECTIONS:
        values = secret.node.get(section)
        if type(values) is Mapping:
            for key in values.names():
                _check((section, key), values.get(key), found)
        elif (value := _value(values)) is not None:
            from krm_secrets.shape import kind_of  # only mistakes pay for it

            found.problems.append(Problem((section,), f"must be a map of strings, not {kind_of(value)}"))
    return found


def by_flux(path: Path) -> Problem:
    """What is wrong with a typed field that is not decrypted here."""
    return Problem(path, f"is a number or a boolean to sops, {_REFUSED}; {_QUOTED}", rule=TYPED)


def is_base64(text: str) -> bool:
    """Whether the API server decodes the text."""
    text = text.replace("\r", "").replace("\n", "")
    try:
        # Python's decoder passes over what is no base64, so that what comes out again is as it was written.
        return b2a_base64(a2b_base64(text), newline=False).decode() == text or _BASE64.fullmatch(text) is not None
    except ValueError:
        return False


def is_filled_in(text: str) -> bool:
    """Whether something may put the value in later: a variable of Flux, a template, a path of a vault."""
    templates = (text.find(end, text.find(begin)) for begin, end in _TEMPLATES if begin in text)
    return any(end >= 0 for end in templates) or _WHOLE.fullmatch(text.strip()) is not None


_REFUSED = "which the API server refuses in a Secret once it is decrypted"
_QUOTED = "put quotes around it with sops edit"


def _check(path: Path, node: Node | None, found: Held) -> None:
    section, key = path
    if not _is_key(str(key)) and not is_filled_in(str(key)):
        found.problems.append(Problem(path, _KEY_RULE))
    value = _value(node)
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if value is None:
        return
    if not isinstance(value, str):
        from krm_secrets.shape import Node as Cursor  # here, too

        Cursor(value, path, found.problems).anything()
    elif is_whole(value):
        kind = value.rstrip().removesuffix("]").rpartition(",type:")[2]
        if kind in _TYPES and section == STRING_DATA:
            found.typed.append(path)
        elif kind in _TYPES:
            found.problems.append(Problem(path, f"is {_TYPES[kind]} to sops, {_REFUSED}; {_QUOTED}", rule=TYPED))
    elif section == DATA and not is_base64(value) and not is_filled_in(value) and value.strip() not in MASKS:
        found.problems.append(Problem(path, NO_BASE64))


def _is_key(key: str) -> bool:
    usual = key.replace("-", "a").replace("_", "a").replace(".", "a")
    if usual.isalnum() and usual.isascii() and len(key) < 254 and key[0] != ".":
        return True
    return _KEY.fullmatch(key) is not None and key != "." and not key.startswith("..")


def _value(node: Node | None) -> object:
    if type(node) is Scalar:
        return resolve(node)
    return {} if type(node) is Mapping else [] if type(node) is Sequence else None
