"""Which words may stand where: names of objects, keys of Secrets, aliases, ids.

`${VAR}` belongs to Flux, which fills it in after us, so it may stand wherever a letter may. The patterns are written in
what Python, ECMAScript and Go's RE2 have in common (but for the lookahead in KEY), since the JSON Schemas repeat them.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import Usual, pattern

VARIABLE = r"\$\{[^{}]*\}"


def _is_name(text: str) -> bool:
    return is_word(text, "-") and text == text.lower() and "-" not in (text[0], text[-1])


def _is_key(text: str) -> bool:
    return is_word(text, "-._") and not text.startswith("..")


def is_word(text: str, marks: str) -> bool:
    """Whether the text is of ASCII letters, digits and these marks, and not of marks alone."""
    for mark in marks:
        text = text.replace(mark, "")
    return text.isascii() and text.isalnum()


def is_identifier(text: str) -> bool:
    """Whether a template can say `.text`."""
    return text.isascii() and text.isidentifier()


_END = rf"(?:[a-z0-9]|{VARIABLE})"
_MIDDLE = rf"(?:[-a-z0-9]|{VARIABLE})"
_LABEL = rf"{_END}(?:{_MIDDLE}*{_END})?"

NAME = Usual(rf"^{_LABEL}(?:\.{_LABEL})*$", _is_name)
"""A DNS-1123 subdomain: the name of a Secret, an ExternalSecret or a store."""

LABEL = Usual(rf"^{_LABEL}$", _is_name)
"""A DNS-1123 label: the name of a namespace or Service."""

KEY = Usual(rf"^(?!\.$|\.\.)(?:[-._a-zA-Z0-9]|{VARIABLE})+$", _is_key)
"""A key of a Secret."""

TEMPLATE = rf"^(?:configMap|secret)/{_LABEL}(?:\.{_LABEL})*#(?:[-._a-zA-Z0-9]|{VARIABLE})+$"
"""A key of a ConfigMap or Secret that holds a template."""

ALIAS = Usual(r"^[A-Za-z_][A-Za-z0-9_]*$", is_identifier)
"""What Go's templates can name after a dot, in ASCII since ESO takes nothing else for a key."""

OUTPUT = r"^[A-Za-z0-9_][-A-Za-z0-9._]*\.ya?ml$"

LONGEST = 253
LONGEST_LABEL = 63
RESERVED_ALIASES = ("store", "key", "property", "decoding")
"""The fields of an item's long form; a map that has one of them is an item, not a table of aliases."""

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_GROUPS = [8, 4, 4, 4, 12]
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF-")
_HAS_VARIABLE = pattern(VARIABLE)

UUID = rf"^(?:{_UUID}|{VARIABLE})$"
"""An id of Bitwarden."""

URL = rf'^(?:https?://[!"$-.0->@-~]+|{VARIABLE})(?:/[!"$-.0->@-~]+)*$'
"""An address without a slash at its end, query or fragment."""

NAME_RULE = "must be a lower-case name: letters a-z, digits, - and ., with a letter or digit at both ends of each part"
LABEL_RULE = "must be a lower-case name: letters a-z, digits and -, with a letter or digit at both ends"
UUID_RULE = "must be a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12"
URL_RULE = "must be a URL: http:// or https://, a host and perhaps a path, no query"
KEY_RULE = "must be a Secret key: letters, digits, -, _ and . only"
TEMPLATE_RULE = "must be configMap/name#key or secret/name#key"
ALIAS_RULE = "must be an alias: letters, digits and _, with no digit first"
OUTPUT_RULE = "must be the name of a YAML file beside the mapping, such as externalsecret.yaml"


def identifier(text: str) -> str:
    """The text with everything replaced that a template cannot name."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in text)
    return safe if is_identifier(safe) else f"_{safe}"


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID, as Bitwarden's ids are."""
    return list(map(len, text.split("-"))) == _GROUPS and _HEXADECIMAL.issuperset(text)


def is_placeholder(text: str) -> bool:
    """Whether an id was left for somebody to fill in."""
    return text.lstrip(".<_").upper().startswith("PLACEHOLDER")


def has_variable(text: str) -> bool:
    """Whether Flux will change the text before anybody uses it."""
    return "${" in text and _HAS_VARIABLE.search(text) is not None
