"""Values that are no secret, since something else puts the secret in: references, templates, words for one to come."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern

# 1Password, vals, Argo CD's vault plugin, Bank-Vaults, envsubst, and the schemes by which tools like them name a place.
_REFERENCE = pattern(
    r"(?:secret)?ref\+\w+://[^\n]+"
    r"|(?:op|secret|vault|keyvault|bws?|bitwarden|doppler|infisical|keepass|akeyless|conjur|aws-?sm|aws-?ps|gcp-?sm|azkv"
    r"|env|file|pass|k8s|secret-manager|secretmanager)://[^\n]+"
    r"|(?:>>)?vault:[^\s#]+#\S+"
    r"|<[^<>]*>|\$\(?[A-Za-z_][A-Za-z0-9_]*\)?|\$\([^()\n]*\)|%[A-Z_][A-Z0-9_]*%"
)
# Words that ask for a value, or say that there is none; a name in capital letters is that of a value to come.
_STAND_IN = pattern(
    r"(?i:place[-_ ]?holder[-\w ]*|(?:please[-_ ])?(?:change|replace|fill)[-_ ]?(?:me|it|this|in)(?:[-_ ][-\w ]*)?"
    r"|your[-_ ][-\w ]*|(?:insert|enter|put|add|paste)[-_ ][-\w ]*|[-\w ]* goes here|not[-_ ](?:needed|used|set)"
    r"|update(?:[-_][a-z0-9]+)+|samples?|examples?"
    r"|redacted|removed|todo|tbd|fixme|unused|none|null|nil|n/a|dummy|to be (?:set|filled)[-\w ]*)"
    r"|(?:[A-Z]+_)?(?:AUTO)?REPLACE(?:_[A-Z0-9]+)*|[A-Z]+[0-9]{0,2}(?:_[A-Z]+[0-9]{0,2}){1,9}"
    r"|[A-Za-z]{0,4}[-_]?[Xx]{3,}|\*{3,}|\.{3,}|-{3,}|_{3,}"
)
_AROUND = pattern(r"^(?:[\s*\"'(\[{]|__)*|(?:[\s*\"')\]}!]|__)*$")
# Of Flux, of tools that replace tokens, of Helm, GitHub and Jinja.
_TEMPLATE = pattern(r"[$#]\{[^{}]*\}|\$?\{\{[^{}]*\}\}|\{%[^%]*%\}")
_DEFAULT = pattern(r"\$\{(\w+):?[-=]([^{}]+)\}")
_DEEPEST = 8
# What shows that a line with templates has its secret beside them: a URL with a password, or a word for one.
_BESIDE = pattern(
    r"://[^/@\s:]*:[^/@\s]+@"
    r"|(?i:passw(?:or)?d|pwd|secret|token)[\"']?(?:=|: ?)[\"']?(?!(?:true|false)\b|\$[A-Za-z_(])[^\s\"'&;,}]"
)


def is_filled_in(value: str) -> bool:
    """Whether the value is nothing but a reference, or words that stand in for a value."""
    text = value.strip()
    last = text.rpartition("/")[2] if "://" in text else ""  # of an address, the part that would be the secret
    return _REFERENCE.fullmatch(text) is not None or is_stand_in(text) or (last != "" and is_stand_in(last))


def is_stand_in(text: str) -> bool:
    """Whether the text asks for a value that is still to come."""
    bare = _AROUND.sub("", text[:200]) if len(text) <= 200 else text
    return len(text) <= 200 and (not bare or _STAND_IN.fullmatch(bare) is not None)


def templated(value: str) -> bool | None:
    """Whether a secret stands beside the templates in the value; None where it has no templates."""
    text, found = value, 0
    for _ in range(_DEEPEST):  # a template may hold others
        text, here = _TEMPLATE.subn("", text)
        found += here
        if not here:
            break
    if not found:
        return None
    return any(_BESIDE.search(line) for line in text.splitlines())


def defaults(value: str) -> list[tuple[str, str]]:
    """The variables in the value that bring a value of their own, `${NAME:=value}`, with it."""
    return [(name, text.strip("\"' ")) for name, text in _DEFAULT.findall(value)]
