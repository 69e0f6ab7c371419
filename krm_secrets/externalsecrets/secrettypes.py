"""Types of Secrets: the keys that the API server demands of each, and the one that can be put together.

From `ValidateSecret` of Kubernetes' core validation.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.errors import WARNING, clean, did_you_mean
from krm_secrets.externalsecrets import target
from krm_secrets.plain import as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection

    from krm_secrets.shape import Node


DOCKER = "kubernetes.io/dockerconfigjson"
DOCKER_KEY = ".dockerconfigjson"
_ACCOUNT = "kubernetes.io/service-account-token"
_REQUIRED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    DOCKER: (DOCKER_KEY,),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_NO_LETTER = pattern("[^a-z]")
_BASIC = "kubernetes.io/basic-auth"
_TYPES = ("Opaque", _BASIC, _ACCOUNT, "bootstrap.kubernetes.io/token", *_REQUIRED)


def check_type(spec: Node, login: Collection[str] = ()) -> None:
    """Check that the Secret of a spec can have its type, as far as its keys are known before they are fetched.

    `login` are keys of which whoever wrote the spec makes a `.dockerconfigjson`.
    """
    own = as_map(as_map(spec.value).get("target"))
    name = as_text(as_map(own.get("template")).get("type"))
    if not name or not target.target("any", own):
        return
    place = spec.place("target", "template", "type")
    if name not in _TYPES and (name.startswith("kubernetes.io/") or name.lower() == "opaque"):
        hint = did_you_mean(name, _TYPES)
        place.wrong(f'Kubernetes has no type "{clean(name)}" of its own{hint}', "type-unknown", WARNING)
    if name == _ACCOUNT:
        told = f"Kubernetes demands an account's name of a Secret of type {_ACCOUNT}"
        place.wrong(f"{told}, and External Secrets refuses it with one", "type-refused")
    keys = target.keys(as_map(spec.value))
    if keys is None:
        return
    missing = [key for key in _REQUIRED.get(name, ()) if key not in keys]
    if missing:
        place.wrong(_missing(name, missing, keys, login), "type-lacks-keys")
    elif name == _BASIC and not {"username", "password"} & keys:
        place.wrong(f'a Secret of type {_BASIC} needs the key "username" or "password", or both', "type-lacks-keys")


def _missing(name: str, missing: list[str], keys: Collection[str], login: Collection[str]) -> str:
    what = f"a Secret of type {name} needs the key{'s' if len(missing) > 1 else ''} {listed(missing)}"
    if name == DOCKER and login:
        return f"{what}, or {listed(login)}, from which it is made"
    plain = {_NO_LETTER.sub("", key.lower()): key for key in set(keys) - set(_REQUIRED[name])}
    found = [plain[key] for key in (_NO_LETTER.sub("", key) for key in missing) if key in plain]
    return f"{what}; {listed(found)} is not the same" if found else what


def listed(keys: Collection[str]) -> str:
    """Keys as a sentence has them."""
    *first, last = (f'"{key}"' for key in keys)
    return f"{', '.join(first)} and {last}" if first else last
