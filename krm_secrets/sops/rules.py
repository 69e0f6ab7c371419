"""Which values of a document are encrypted: sops's six selection rules, over every key of a path.

The regular expressions are Go's. The usual literal ones are read without an engine; all others run in RE2, which is
Go's dialect and takes linear time on any input.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.sops.errors import SopsError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


NAMES = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)
_DEFAULT = "_unencrypted"
_WORD = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
_KEPT = 64


class Rule(NamedTuple):
    """`hit` says whether a key decides; `encrypts` whether a hit means ciphertext.

    Where `by_form` is set the rule looks at comments, which no host preserves: then a value is taken for encrypted
    when it has the form of an encrypted value.
    """

    hit: Callable[[str], bool]
    encrypts: bool
    by_form: bool = False


def rule(metadata: Mapping[str, object]) -> Rule:
    """The rule that the `sops` block names; SopsError for two of them, or one that cannot be read."""
    named = [name for name in NAMES if metadata.get(name) not in (None, "")]
    if len(named) > 1:
        raise SopsError(f"{' and '.join(named)} are both set, where sops allows one", ("sops", named[1]))
    if not named:
        return Rule(_suffix(_DEFAULT), False)
    name = named[0]
    text = metadata[name]
    if type(text) is not str:  # a time without quotes is none
        raise SopsError("must be a string", ("sops", name))
    encrypts = name.startswith("encrypted")
    if name.endswith("_suffix"):
        return Rule(_suffix(text), encrypts)
    hit = _regex(text, name)
    return Rule(hit, encrypts, name.endswith("_comment_regex"))


def selector(settings: Mapping[str, object]) -> tuple[str, str]:
    """Name and text of the rule that a `sops` block or a creation rule sets; without one, the rule that sops takes."""
    named = ((name, str(settings[name])) for name in NAMES if settings.get(name) not in (None, ""))
    return next(named, ("unencrypted_suffix", _DEFAULT))


def _suffix(text: str) -> Callable[[str], bool]:
    return lambda key: key.endswith(text)


_SEARCHES: dict[str, Callable[[str], bool] | None] = {}


def search(pattern: str) -> Callable[[str], bool] | None:
    """Whether the pattern is found in a text, as Go's regular expressions find it; None when Go refuses the pattern."""
    if pattern not in _SEARCHES:
        if len(_SEARCHES) >= _KEPT:
            _SEARCHES.clear()
        _SEARCHES[pattern] = _search(pattern)
    return _SEARCHES[pattern]


def _search(pattern: str) -> Callable[[str], bool] | None:
    inner = pattern[1:-1] if pattern[:1] == "^" and pattern[-1:] == "$" else ""
    words = inner[1:-1].split("|") if inner[:1] == "(" and inner[-1:] == ")" else [inner]
    if inner.strip("()|") and not "".join(words).strip(_WORD):
        return frozenset(words).__contains__
    if (simple := _simple(pattern)) is not None:
        return simple
    import re2  # only rules beyond the usual ones pay for it

    options = re2.Options()
    options.log_errors = False  # RE2 would write the pattern to stderr
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return None
    return lambda text: compiled.search(text) is not None


def _simple(pattern: str) -> Callable[[str], bool] | None:
    """The search for a pattern as most rules for paths have it, which Python reads like Go: letters, dots and a choice
    of words. RE2 takes long to import, and for each path; but only it takes linear time where `.*` stands twice."""
    import re

    letter = r"(?:[A-Za-z0-9_/-]|\\[./-])"
    words = rf"\({letter}+(?:\|{letter}+)*\)"
    body = pattern.removeprefix(".*")
    if not re.fullmatch(rf"\^?(?:{letter}\??|{words}|\.[*+]?)+\$?", body) or body.count("*") + body.count("+") > 1:
        return None
    compiled = re.compile(f"{body[:-1]}\\Z" if body.endswith("$") else body)
    return lambda text: compiled.search(text) is not None


def _regex(text: str, name: str) -> Callable[[str], bool]:
    hit = search(text)
    if hit is None:
        raise SopsError("the regular expression is not one that sops can compile (Go, RE2)", ("sops", name))
    return hit
