"""What the name of a key says of its value: that it is a secret, or that it is something that stands beside one."""

from __future__ import annotations

from functools import lru_cache

from krm_secrets._startup.patterns import pattern

_WORDS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SUFFIX = pattern(r"(?<=.)\.(?:json|ya?ml|env|txt|ini|conf|toml)$")  # of the file that a value is
_SECRET = pattern(
    r"(?:password|passwd|passphrase|passcode|pwd|(?<!existing)(?<!pull)(?<!tls)secret|token|credential|cred|bearer"
    r"|authorization|psk|mnemonic|htpasswd|kubeconfig|dockerconfigjson"
    r"|(?:api|access|secret|private|encrypt|encryption|signing|master|shared|auth|account|client|session|jwt|hmac"
    r"|recovery|unseal|cookie)key|webhookurl)s?\Z"
)
_SECRET_WORDS = frozenset(("pass", "pw"))
# What points to something else, or says how it is.
_POINTER = pattern(
    r"name|ref|reference|file|path|dir|directory|folder|type|kind|class|namespace|enabled|disabled|ttl|version|image|tag"
    r"|expiry|expiration|expires|duration|interval|timeout|length|size|count|handle"
)
# What stands beside a secret. Who calls it SECRET_DOMAIN wants it kept.
_BESIDE = pattern(
    r"host|hostname|hosts|servers?|addr|address|ports?|user|username|usr|login|db|dbname|database|schema|region|zone"
    r"|bucket|endpoint|uri|domain|email|mail|from|to|scheme|protocol|timezone|tz|level|ssl|issuer|provider|env"
    r"|environment|ip|cidr|ids?|project|organization|org|team|realm|tenant|insecure|locale|language|description|comment"
    r"|labels?"
)


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    found = tuple(word.lower() for word in _WORDS.findall(_SUFFIX.sub("", name[-200:])))
    return found[:-1] if found and found[-1].isdigit() and len(found) > 1 else found


def says_secret(name: str) -> bool:
    """Whether the name says that the value is a secret."""
    words = _words(name)
    if not words or points(name):
        return False
    if words[-1] in _SECRET_WORDS or (words[0] == "secret" and _BESIDE.fullmatch(words[-1])):
        return True
    return _SECRET.search("".join(words[-3:])) is not None


def points(name: str) -> bool:
    """Whether the name says that the value is the name, the place or a property of something."""
    words = _words(name)
    return bool(words) and _POINTER.fullmatch(words[-1]) is not None


def stands_beside(name: str) -> bool:
    """Whether the name says that the value is a host, a user or the like."""
    words = _words(name)
    return points(name) or (
        bool(words) and _BESIDE.fullmatch(words[-1]) is not None and words[0] not in ("secret", "private")
    )
