"""Types of Secrets: the keys that the API server demands of each, and the one that can be put together.

From `ValidateSecret` of Kubernetes' core validation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from krm_secrets.errors import WARNING, Path, Problem, clean, did_you_mean, mistaken
from krm_secrets.externalsecrets.pipeline import KEYWORDS
from krm_secrets.externalsecrets.template import actions, quoted
from krm_secrets.shorthand.forms import SecretForm, ValueForm

DOCKER = "kubernetes.io/dockerconfigjson"
LOGIN = ("registry", "username", "password")
"""What `.dockerconfigjson` is made of; an email may come along."""

_DOCKER_KEY = ".dockerconfigjson"
_ACCOUNT = "kubernetes.io/service-account-token"
_REQUIRED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    DOCKER: (_DOCKER_KEY,),
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
    what = f"a Secret of type {name} needs the key{'s' if len(missing) > 1 else ''} {_listed(missing)}"
    if name == DOCKER:
        return f"{what}, or {_listed(LOGIN)}, from which it is made"
    plain = {re.sub(r"[^a-z]", "", key.lower()): key for key in set(keys) - set(_REQUIRED[name])}
    found = [plain[key] for key in (re.sub(r"[^a-z]", "", key) for key in missing) if key in plain]
    return f"{what}; {_listed(found)} is not the same" if found else what


def _listed(keys: Collection[str]) -> str:
    *first, last = (f'"{key}"' for key in keys)
    return f"{', '.join(first)} and {last}" if first else last


def with_login(form: SecretForm, problems: list[Problem]) -> tuple[ValueForm, ...] | None:
    """The data, with `.dockerconfigjson` in place of registry, username, password and email where the type wants it."""
    data = {value.key: value for value in form.data or ()}
    parts = {key: data[key] for key in (*LOGIN, "email") if key in data}
    if form.type != DOCKER or _DOCKER_KEY in data or not parts:
        return form.data
    missing = [key for key in LOGIN if key not in parts]
    if missing:
        path = (*form.path, "data")
        problems.append(Problem(path, f"{_DOCKER_KEY} is made of {_listed(LOGIN)}: {_listed(missing)} missing"))
        return form.data
    texts = {key: _expression(value, problems) for key, value in parts.items()}
    made = ValueForm(_DOCKER_KEY, _docker(texts), parts["password"].path)
    return (*(value for key, value in data.items() if key not in parts), made)


def _docker(login: Mapping[str, str]) -> str:
    """The template of what docker writes to its config.json; JSON's own functions see to its quotes."""
    fields = [f'"{key}" {login[key]}' for key in ("username", "password", "email") if key in login]
    auth = f'"auth" (printf "%s:%s" {login["username"]} {login["password"]} | b64enc)'
    return f'{{{{ dict "auths" (dict {login["registry"]} (dict {" ".join(fields)} {auth})) | mustToJson }}}}'


def _expression(value: ValueForm, problems: list[Problem]) -> str:
    """A value as an operand inside of another template's action."""
    if value.is_literal:
        return quoted(value.text)
    if value.is_field:
        return f".{quoted(value.text)}"
    if value.text.startswith("."):
        return value.text if "|" not in value.text else f'(printf "%v" ({value.text}))'
    arguments: list[str] = []
    form, start, trims = "", 0, False
    for begin, end in actions(value.text):
        inner = value.text[begin + 2 : end - 2]
        text = _trimmed(value.text[start:begin], trims, inner.startswith(("- ", "-\t", "-\n")))
        form, start, trims = form + text.replace("%", "%%"), end, inner[-2:] in (" -", "\t-", "\n-")
        inner = inner.removeprefix("-") if inner[:2].strip() == "-" else inner
        inner = (inner[:-1] if trims else inner).strip()
        if inner.startswith("/*"):
            continue
        if re.match(rf"(?:{'|'.join(KEYWORDS)})\b|\$\w+\s*:?=", inner) and not mistaken(problems[-1:]):
            problems.append(
                Problem(value.path, f"can hold references, but no blocks and variables: {_DOCKER_KEY} is made of it")
            )
        form, arguments = form + "%v", [*arguments, f" ({inner})"]
    form += _trimmed(value.text[start:], trims, False).replace("%", "%%")
    return f"(printf {quoted(form)}{''.join(arguments)})" if arguments else quoted(form.replace("%%", "%"))


def _trimmed(text: str, left: bool, right: bool) -> str:
    text = text.lstrip(" \t\r\n") if left else text
    return text.rstrip(" \t\r\n") if right else text
