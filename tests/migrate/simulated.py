"""External Secrets in small: the Secret that an ExternalSecret makes, where every store answers with its own question.

It knows nothing of the package. A value says where it came from, so that equal Secrets were fetched from equal places;
functions of templates stay as they are written. None stands for what the operator would refuse or fail at.
"""

from __future__ import annotations

import re
from typing import Any

FIELDS = ("user", "pass", "url", "tls.crt", "a b", "client-id", "APP_user", "data", "store")
_DEFAULTS = {"Default", "None", "Ignore", ""}
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
_BODY = re.compile(r"(\{\{-? *(?:range|with) [^}]*\}\})(.*?)(\{\{-? *end *-?\}\})", re.DOTALL)


def secret_of(external_secret: dict[str, Any]) -> dict[str, Any] | None:
    """The Secret; without data where templates that nobody sees decide of it."""
    spec, metadata = external_secret["spec"], external_secret["metadata"]
    target = spec.get("target", {})
    template = target.get("template")
    fetched = _fetched(spec)
    if fetched is None or any("Store/none" in value for value in fetched.values()):
        return None
    given: dict[str, Any] = template or {}
    own = given.get("metadata", {}) if template is not None else _copied(metadata)
    try:
        data = {key: _rendered(text, fetched) for key, text in given.get("data", {}).items()}
        labels = {key: _rendered(text, fetched) for key, text in own.get("labels", {}).items()}
        annotations = {key: _rendered(text, fetched) for key, text in own.get("annotations", {}).items()}
    except KeyError:
        return None
    elsewhere = given.get("templateFrom", [])
    if not (data or elsewhere) or given.get("mergePolicy") == "Merge":
        data = {**fetched, **data}
    return {
        "name": target.get("name") or metadata["name"],
        "type": given.get("type") or "Opaque",
        "data": data,
        "seen by templates elsewhere": fetched if elsewhere else {},
        "labels": labels,
        "annotations": annotations,
    }


def _copied(metadata: dict[str, Any]) -> dict[str, Any]:
    found = {kind: metadata.get(kind, {}) for kind in ("labels", "annotations")}
    return {
        kind: {key: text.replace("{{", '{{ "{{" }}') for key, text in each.items() if not key.startswith("krm-secrets")}
        for kind, each in found.items()
    }


def _fetched(spec: dict[str, Any]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for entry in spec.get("dataFrom", []):
        fields = _fields(entry, spec)
        rewrite = entry.get("rewrite", [])
        if not rewrite:
            fields = {re.sub(r"[^-._a-zA-Z0-9]", "_", name): value for name, value in fields.items()}
        for step in rewrite:
            fields = {_rewritten(name, step): value for name, value in fields.items()}
        if any(not re.fullmatch(r"[-._a-zA-Z0-9]+", name) for name in fields):
            return None
        found |= fields
    for entry in spec.get("data", []):
        found[entry["secretKey"]] = _value(entry["remoteRef"], _store(entry, spec))
    return found


def _fields(entry: dict[str, Any], spec: dict[str, Any]) -> dict[str, str]:
    generator = entry.get("sourceRef", {}).get("generatorRef")
    if generator:
        return {name: f"<{generator['kind']}/{generator['name']}#{name}>" for name in ("token", "password")}
    store = _store(entry, spec)
    if "find" in entry:
        asked = sorted((key, value) for key, value in entry["find"].items() if str(value) not in _DEFAULTS)
        return {f"found_{n}": f"<{store} {asked!r} {n}>" for n in (1, 2)}
    remote = entry["extract"]
    inside = remote.get("property", "")
    return {name: _value({**remote, "property": f"{inside}/{name}" if inside else name}, store) for name in FIELDS}


def _value(remote: dict[str, Any], store: str) -> str:
    options = sorted(
        f"{key}={value}" for key, value in remote.items() if key not in ("key", "property") and value not in _DEFAULTS
    )
    return f"<{store} {remote['key']}#{remote.get('property', '')} {options}>".replace("{", "(").replace("}", ")")


def _store(entry: dict[str, Any], spec: dict[str, Any]) -> str:
    reference = entry.get("sourceRef", {}).get("storeRef") or spec.get("secretStoreRef", {"name": "none"})
    return f"{reference.get('kind', 'SecretStore')}/{reference['name']}"


def _rewritten(name: str, step: dict[str, Any]) -> str:
    if "merge" in step:
        return name + "".join(f"-{value}" for value in step["merge"].values() if value not in ("", "Error", "Strict"))
    if "regexp" not in step:
        return f"{name}-{sorted(step.items())!r}".replace(" ", "")[:60].translate({ord(c): "_" for c in "{}[]()':,"})
    # Go reads the longest possible name of a group, and one that is not there is empty.
    target = step["regexp"]["target"]

    def expanded(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            word = reference[1] or reference[2]
            known = word.isdigit() and int(word) <= (match.re.groups or 0)
            return match[int(word)] if known else ""

        return re.sub(r"\$(?:(\w+)|\{(\w+)\})", group, target)

    return re.sub(step["regexp"]["source"], expanded, name, count=1)


def _rendered(text: str, fetched: dict[str, str]) -> str:
    """The text with names replaced by what was fetched, outside of strings and of what changes the meaning of a dot."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match[0])
        return f"\0{len(hidden) - 1}\0"

    def body(match: re.Match[str]) -> str:
        inner = re.sub(r"(?<![\w$)])\.(?=[A-Za-z_])", "\1", match[2])
        return f"{match[1]}{inner}{match[3]}"

    def shown(text: str) -> str:
        while "\0" in text:
            text = re.sub("\0(\\d+)\0", lambda match: hidden[int(match[1])], text)
        return text

    def action(match: re.Match[str]) -> str:
        inner = re.sub(r'index \$?\.? ?"([^"]+)"', lambda m: f".⟦{m[1]}⟧", match[0])
        inner = _STRING.sub(hide, re.sub(r"/\*.*?\*/", hide, inner, flags=re.DOTALL))
        inner = re.sub(r"\$?\.(?:⟦([^⟧]+)⟧|([A-Za-z_]\w*))", lambda m: fetched[m[1] or m[2]], inner)
        return shown(inner)

    text = _BODY.sub(body, text)
    text = re.sub(r"\{\{(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^}`\"])*\}\}", action, text)
    text = re.sub(r"\{\{ *`([^`]*)` *\}\}", lambda m: m[1], text)
    text = re.sub(r'\{\{ *"((?:[^"\\]|\\["\\])*)" *\}\}', lambda m: re.sub(r"\\(.)", r"\1", m[1]), text)
    text = re.sub(r"^\{\{ *([^{}]*?) *\}\}$", r"{{ \1 }}", text.replace("\1", "."))
    return text[3:-3] if text[3:-3] in fetched.values() else text
