"""Whether a value that a Secret holds is one that must stay secret.

What its author put into a Secret is taken for secret, unless it certainly is none: a certificate, a host, what another
program fills in. In a file of settings that is a value as a whole, only what is called a secret, or has the form of
one, is taken for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.commit.filled_in import defaults, is_filled_in, is_stand_in, templated
from krm_secrets.check.commit.key_names import points, says_secret, stands_beside
from krm_secrets.check.commit.secret_places import decoded
from krm_secrets.errors import Failure
from krm_secrets.sops.marks import is_whole
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import YamlError


class Verdict(NamedTuple):
    """That a value is a secret; `entry` names the one in a file of settings that is, where that can be shown."""

    entry: str = ""
    certain: bool = False
    private: bool = False
    """Whether it is a private key, by its form."""


_PRIVATE = pattern(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<body>(?:(?!-----).)*)", re.S)
_WORDS = pattern(r"[A-Za-z]{1,12}(?: [A-Za-z]{1,12}){1,8}")  # as in no key
_ELIDED = pattern(r"<[^<>]*>|\.\.\.|\[[^\[\]]*\]|[Xx]{4,}|…")
_PUBLIC_PEM = pattern(
    r"-----BEGIN (?:TRUSTED |X509 )?(?:CERTIFICATE(?: REQUEST)?|CRL|PUBLIC KEY|(?:RSA|EC) PUBLIC KEY|DH PARAMETERS"
    r"|PGP PUBLIC KEY BLOCK)-----"
)
_PUBLIC_LINE = pattern(
    r"(?:[^\s#]+ )?(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA\S+(?: .*)?|#.*"
)
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*://", re.A)
_ADDRESS = pattern(r"(?:[\w+.-]+://)?(?:(?P<user>[^/@\s]*)@)?[\w.:\[\]-]+(?P<path>/[^\s?#]*)?(?P<rest>[?#]\S*)?", re.A)
_TOKEN = pattern(
    r"(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|sk_live_\w{16,}"
    r"|dop_v1_\w{20,}|hvs\.[\w-]{20,}|AKIA[A-Z0-9]{16}|eyJ[\w-]{10,300}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|https://(?:[\w.]*discord(?:app)?\.com/api/webhooks/\w+/\S{8,}"
    r"|hooks\.slack\.com/services/T\w+/B\w+/(?![Xx]+\b)\w{8,}))",
    re.A,
)
_OPAQUE = pattern(r"(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{16,}|[0-9a-f-]{32,}", re.A)
# Numbers, times, addresses, names of hosts, mail addresses, paths, UUIDs and the like.
_PLAIN_FORMS = pattern(
    r"true|false|yes|no|on|off|enabled|disabled|none|null|\{\}|\[\]|[+-]?[0-9]+(?:\.[0-9]+)?(?:[smhdwy]|ms|[KMGT]i?B?)?"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[/:][0-9]{1,5})?|[0-9a-fA-F:]*::?[0-9a-fA-F:]+(?:/[0-9]{1,3})?"
    r"|(?:\*\.)?[a-z0-9][a-z0-9-]{0,40}(?:\.[a-z0-9][a-z0-9-]{0,40}){0,6}\.[a-z]{2,12}(?::[0-9]{1,5})?|localhost(?::[0-9]{1,5})?"
    r"|[\w.+-]{1,64}@[\w-]{1,40}(?:\.[\w-]{1,40}){1,5}|(?:/[\w.@-]{1,40}){1,12}/?|v[0-9]+(?:\.[0-9]+){1,3}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.A,
)
_LONGEST = 2000  # of what one of these forms describes
_SCRIPTS = (".sql", ".sh", ".py", ".lua", ".js")
_IN_SCRIPTS = pattern(
    r"(?i:passw(?:or)?d|pwd|secret|token|identified by)[\"']?\s{0,9}(?:[=:]\s{0,9})?[\"'][^\"'\s]|://[^/@\s:]*:[^/@\s]+@"
)
_SETTING = pattern(r"(?:export\s+)?([A-Za-z_][\w.-]*)\s*=(.*)|\[[^\]]*\]|[#;].*", re.A)
_SHOWN = pattern(r"[A-Za-z][\w.-]{0,60}", re.A)
_MAX_SETTINGS = 1024 * 1024


def judged(name: str, value: str) -> Verdict | None:
    """That a value of a Secret is one, or None; `name` is its key."""
    text = value.strip()
    if not text or is_whole(text):
        return None
    certain = _by_form(text)
    if certain is not None:
        return Verdict(certain=True, private=_PRIVATE.search(text) is not None) if certain else None
    if is_filled_in(text) or is_filled_in(decoded(text)):
        return None
    settings = _settings(text)
    if settings is not None:
        # Where settings say themselves which of them are secret, the name of their file says no more.
        above = name if says_secret(name) and not _says_secret(settings) else ""
        return next(_of_settings(settings, above), None)
    beside = templated(text)
    if beside is None and (text.startswith("#!") or name.endswith(_SCRIPTS)):
        beside = _IN_SCRIPTS.search(text) is not None  # most of a script may be read by everybody
    if beside is not None:
        return Verdict(certain=beside) if beside or _has_default(name, text) else None
    if says_secret(name):
        return Verdict(certain=True)
    return None if _is_plain(name, text) else Verdict()


def told(name: str, value: object) -> bool:
    """Whether a value outside of Secrets is a secret for certain: by its name, or by its form."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    text = str(value).strip()
    if not text or is_whole(text):
        return False
    certain = _by_form(text)
    if certain is not None or is_filled_in(text):
        return certain is True
    beside = templated(text)
    if beside is not None:
        return beside or _has_default(name, text)
    return says_secret(name)


def _by_form(text: str) -> bool | None:
    """Whether the form of the text says that it is a secret, or that it is none; None where it says nothing."""
    private = _PRIVATE.search(text)
    if private is not None:
        body = private["body"].replace("\\n", "\n").strip()
        if _WORDS.fullmatch(body):
            return False
        return _ELIDED.search(body) is None and not (body and is_stand_in(body))
    if _TOKEN.search(text) is not None:
        return True
    if _PUBLIC_PEM.match(text) or all(_PUBLIC_LINE.fullmatch(line.strip()) for line in text.splitlines() if line):
        return False
    if "\n" not in text and len(text) <= _LONGEST and _SCHEME.match(text) and templated(text) is None:
        found = _ADDRESS.fullmatch(text)
        password = (found["user"] or "").partition(":")[2] if found is not None else ""
        return True if password and not is_filled_in(password) else None
    return None


def _is_address(text: str) -> bool:
    """Whether the text is the address of something that everybody may know: without a query, and without a part that
    looks drawn at random."""
    found = _ADDRESS.fullmatch(text)
    if found is None or found["rest"] or not (_SCHEME.match(text) or found["path"] or found["user"]):
        return False
    if not _SCHEME.match(text) and "." not in text.partition("/")[0]:
        return False
    return not any(_OPAQUE.fullmatch(part) for part in (found["path"] or "").split("/"))


def _has_default(name: str, text: str) -> bool:
    return any(
        (says_secret(name) or says_secret(variable))
        and value != ""
        and not is_filled_in(value)
        and not _is_plain("", value)
        and not any(each.lower().endswith(value.lower()) for each in (name, variable))
        for variable, value in defaults(text)
    )


def _settings(text: str) -> object:
    """What a file of settings says: JSON, YAML, or lines of NAME=VALUE; None for any other text."""
    if len(text) > _MAX_SETTINGS:
        return None
    if text[0] in "{[":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) or (isinstance(found, list) and any(isinstance(each, dict) for each in found)):
            return found
    if "\n" not in text:
        return None
    lines = [line.strip() for line in text.splitlines()]
    matches = [_SETTING.fullmatch(line) for line in lines if line]
    if all(matches):
        return [{found[1]: found[2].strip().strip("\"'")} for found in matches if found and found[1]]
    try:
        documents = [load(document.root) for document in parse(text)]
    except (YamlError, Failure, RecursionError):
        return None
    return documents if documents and all(isinstance(each, (dict, list)) for each in documents) else None


def _of_settings(settings: object, secret: str) -> Iterator[Verdict]:
    """The secrets among settings; `secret` is the name above them that says so."""
    stack: list[tuple[object, str, str]] = [(settings, "", secret)]
    while stack:
        value, name, above = stack.pop()
        if isinstance(value, dict):
            stack += [(below, key, _inherited(key, above)) for key, below in reversed(list(value.items()))]
        elif isinstance(value, list):
            stack += [(below, name, above) for below in reversed(value)]
        elif told(name, value) or (above and not _is_plain(name, value) and told(above, value)):
            yield Verdict(name if says_secret(name) and _SHOWN.fullmatch(name) else "", certain=True)


def _says_secret(settings: object) -> bool:
    """Whether any key of the settings says that its value is a secret."""
    stack = [settings]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if any(map(says_secret, value)):
                return True
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return False


def _inherited(key: str, above: str) -> str:
    return "" if points(key) else key if says_secret(key) else above


def _is_plain(name: str, value: object) -> bool:
    """Whether a value that nothing calls secret is none, by its name or its form."""
    text = str(value).strip()
    if stands_beside(name) or len(text) > _LONGEST:
        return stands_beside(name)
    return _is_address(text) or (len(text) < 300 and _PLAIN_FORMS.fullmatch(text) is not None)
