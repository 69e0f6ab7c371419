"""The forms in which values of charts, and Pods, name Secrets, in camelCase or with lines between the words."""

from __future__ import annotations

import re

from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text, entries
from krm_secrets.secrets.uses.reference import LIKELY, Reference, is_optional, item_keys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


_NAMES = frozenset(("externalSecret", "extraEnvVarsSecret", "envFromSecret"))
# As charts call it: existingSecret, smtpExistingSecretName, existingEncryptionKeySecret, existingSecretAdminPassword.
_EXISTING, _SECRET, _WORD = "existing", "Secret", re.compile(r"\w*")
_KEY_ENDINGS = ("Key", "Keys", "KeyName")
"""Of fields beside such a name, which hold a key of the Secret."""
_LISTS = frozenset(("envFromSecrets", "extraSecretMounts"))
_SKIPPED = frozenset(("imagePullSecrets", "ingress"))
"""Below these no Pod reads a Secret, nor in a list of an Ingress's `tls`."""
_SECRET_NAME = ("secretName", "secret_name")
_JOINT = re.compile(r"[-_]+([a-z0-9])")
_SPEAKS = re.compile(r"(?i)secret|credential|certificate|tls|password|token")


def search(root: object, base: Path) -> Iterator[Reference]:
    """The references in values, or in a part of an object, that stands at the base."""
    todo: list[tuple[object, Path]] = [(root, base)]
    while todo:
        node, path = todo.pop()
        if as_map(node).get("enabled") is False:
            continue
        for key, child in entries(node):
            place = (*path, key)
            if key in _SKIPPED or (key == "tls" and isinstance(child, list)):
                continue
            if isinstance(key, str):
                yield from _named(_camel(key), child, place)
            if isinstance(child, dict | list):
                todo.append((child, place))


def _named(key: str, node: object, path: Path) -> Iterator[Reference]:
    """The references that stand right at this key."""
    source = as_map(node)
    if key == "secretKeyRef":
        if name := as_text(source.get("name")):
            name_key = as_text(source.get("key"))
            yield Reference(name, (*path, "name"), (name_key,) if name_key else (), optional=is_optional(source))
    elif key == "secret":
        for field in _SECRET_NAME:
            if name := as_text(source.get(field)):
                yield Reference(name, (*path, field), item_keys(source.get("items")))
    elif key in _NAMES or (_is_existing(key) and not key.endswith(_KEY_ENDINGS)):
        if name := as_text(node):
            yield Reference(name, path)
        for field in ("name", *_SECRET_NAME):
            if name := as_text(source.get(field)):
                yield Reference(name, (*path, field))
    elif key in _LISTS:
        for index, item in enumerate(as_list(node)):
            for field in _SECRET_NAME if key == "extraSecretMounts" else ("name",):
                if name := as_text(as_map(item).get(field)):
                    yield Reference(name, (*path, index, field))
    elif key.lower().endswith("envfrom"):
        for index, item in enumerate(as_list(node)):
            for field in ("secretRef", "secret_ref"):
                if name := as_text(as_map(as_map(item).get(field)).get("name")):
                    yield Reference(name, (*path, index, field, "name"))
    elif key == "tls" and path[-2:-1] == ("image",):  # what bitwarden-sdk-server serves
        for field in _SECRET_NAME:
            if name := as_text(source.get(field)):
                yield Reference(name, (*path, field))
    elif (name := as_text(source.get("secret"))) and (secret_key := as_text(source.get("key"))):  # GitLab's form
        yield Reference(name, (*path, "secret"), (secret_key,))
    elif key == "projected":
        for index, item in enumerate(as_list(source.get("sources"))):
            if name := as_text(as_map(as_map(item).get("secret")).get("name")):
                yield Reference(name, (*path, "sources", index, "secret", "name"))


def likely(root: object, base: Path) -> Iterator[Reference]:
    """Texts under a key that speaks of secrets: what they name, if they name one, only the chart knows."""
    todo: list[tuple[object, Path]] = [(root, base)]
    while todo:
        node, path = todo.pop()
        for key, child in entries(node):
            place = (*path, key)
            if isinstance(child, str):
                words = [part for part in place[len(base) :] if isinstance(part, str)][-2:]
                if child and any(_SPEAKS.search(word) for word in words):
                    yield Reference(child, place, (), False, False, how=LIKELY)
            elif isinstance(child, dict | list):
                todo.append((child, place))


def _is_existing(key: str) -> bool:
    """Whether the word for what exists stands in a key, and behind it the one for a Secret."""
    at = 0 if key.startswith(_EXISTING) else key.find(_EXISTING.capitalize())
    return at >= 0 and _SECRET in key[at + len(_EXISTING) :] and _WORD.fullmatch(key) is not None


def _camel(key: str) -> str:
    """A key in camelCase, however its words are joined."""
    return _JOINT.sub(lambda match: match[1].upper(), key) if "_" in key or "-" in key else key
