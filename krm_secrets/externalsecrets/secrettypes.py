"""Types of Secrets: the keys that the API server demands of each, and the one that can be put together.

From `ValidateSecret` of Kubernetes' core validation.
"""

from __future__ import annotations

import re

from krm_secrets.errors import WARNING, Path, Problem, clean, did_you_mean

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection


DOCKER = "kubernetes.io/dockerconfigjson"
LOGIN = ("registry", "username", "password")
"""What `.dockerconfigjson` is made of; an email may come along."""

DOCKER_KEY = ".dockerconfigjson"
_ACCOUNT = "kubernetes.io/service-account-token"
_REQUIRED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    DOCKER: (DOCKER_KEY,),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_BASIC = "kubernetes.io/basic-auth"
_TYPES = ("Opaque", _BASIC, _ACCOUNT, "bootstrap.kubernetes.io/token", *_REQUIRED)


def check_type(name: str, keys: Collection[str] | None, secret: Path, problems: list[Problem]) -> None:
    """Check that a Secret with these keys can have this type; None when nobody knows the keys before the fetch."""
    path = (*secret, "type")
    if name not in _TYPES and (name.startswith("kubernetes.io/") or name.lower() == "opaque"):
        hint = did_you_mean(name, _TYPES)
        problems.append(Problem(path, f'Kubernetes has no type "{clean(name)}" of its own{hint}', WARNING))
    if name == _ACCOUNT:
        problems.append(
            Problem(
                path,
                f"Kubernetes demands an account's name of a Secret of type {_ACCOUNT}, and External Secrets refuses it"
                " with one",
            )
        )
    if keys is None:
        return
    missing = [key for key in _REQUIRED.get(name, ()) if key not in keys]
    if missing:
        problems.append(Problem(path, _missing(name, missing, keys)))
    elif name == _BASIC and not {"username", "password"} & set(keys):
        problems.append(Problem(path, f'a Secret of type {_BASIC} needs the key "username" or "password", or both'))


def _missing(name: str, missing: list[str], keys: Collection[str]) -> str:
    what = f"a Secret of type {name} needs the key{'s' if len(missing) > 1 else ''} {listed(missing)}"
    if name == DOCKER:
        return f"{what}, or {listed(LOGIN)}, from which it is made"
    plain = {re.sub(r"[^a-z]", "", key.lower()): key for key in set(keys) - set(_REQUIRED[name])}
    found = [plain[key] for key in (re.sub(r"[^a-z]", "", key) for key in missing) if key in plain]
    return f"{what}; {listed(found)} is not the same" if found else what


def listed(keys: Collection[str]) -> str:
    """Keys as a sentence has them."""
    *first, last = (f'"{key}"' for key in keys)
    return f"{', '.join(first)} and {last}" if first else last
