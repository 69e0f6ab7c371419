"""A login for a registry as `.dockerconfigjson`, made of its parts."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.errors import ERROR, Problem, worst
from krm_secrets.externalsecrets.pipeline import KEYWORDS
from krm_secrets.externalsecrets.secrettypes import DOCKER, DOCKER_KEY, listed
from krm_secrets.externalsecrets.template import actions, quoted
from krm_secrets.shorthand.forms import SecretForm, ValueForm

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCK = pattern(rf"(?:{'|'.join(KEYWORDS)})\b|\$\w+\s*:?=")

LOGIN = ("registry", "username", "password")
"""What `.dockerconfigjson` is made of; an email may come along."""


def with_login(form: SecretForm, problems: list[Problem]) -> tuple[ValueForm, ...] | None:
    """The data, with `.dockerconfigjson` in place of registry, username, password and email where the type wants it."""
    data = {value.key: value for value in form.data or ()}
    parts = {key: data[key] for key in (*LOGIN, "email") if key in data}
    if form.type != DOCKER or DOCKER_KEY in data or not parts:
        return form.data
    missing = [key for key in LOGIN if key not in parts]
    if missing:
        path = (*form.path, "data")
        problems.append(Problem(path, f"{DOCKER_KEY} is made of {listed(LOGIN)}: {listed(missing)} missing"))
        return form.data
    texts = {key: _expression(value, problems) for key, value in parts.items()}
    made = ValueForm(DOCKER_KEY, _docker(texts), parts["password"].path)
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
        if _BLOCK.match(inner) and worst(problems[-1:]) != ERROR:
            problems.append(
                Problem(value.path, f"can hold references, but no blocks and variables: {DOCKER_KEY} is made of it")
            )
        form, arguments = form + "%v", [*arguments, f" ({inner})"]
    form += _trimmed(value.text[start:], trims, False).replace("%", "%%")
    return f"(printf {quoted(form)}{''.join(arguments)})" if arguments else quoted(form.replace("%%", "%"))


def _trimmed(text: str, left: bool, right: bool) -> str:
    text = text.lstrip(" \t\r\n") if left else text
    return text.rstrip(" \t\r\n") if right else text
