"""What the admission webhook of External Secrets refuses (externalsecret_validator.go, 2.9), said before the commit."""

from __future__ import annotations

from krm_secrets.errors import clean
from krm_secrets.shape import Node

_PRIVILEGED = "bootstrap.kubernetes.io/token"
_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105
_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_TEMPLATE_TARGETS = ("Data", "Annotations", "Labels")


def check_admission(secret: Node) -> None:
    """Check a finished spec; the node holds it and stands at the Secret in the mapping."""
    spec = _map(secret.value)
    _policies(secret, _map(spec.get("target")))
    _sources(secret, spec)
    _keys(secret, spec)
    _template(secret, _map(_map(spec.get("target")).get("template")))


def _policies(secret: Node, target: dict[str, object]) -> None:
    creation, deletion = target.get("creationPolicy", "Owner"), target.get("deletionPolicy", "Retain")
    refused = {"Delete": ("Merge", "None", "CreateOrMerge"), "Merge": ("None",)}
    if isinstance(deletion, str) and creation in refused.get(deletion, ()):
        secret.at("policy", None).wrong(f"deletion policy {deletion} cannot go with creation policy {creation}")


def _sources(secret: Node, spec: dict[str, object]) -> None:
    data, data_from = _list(spec.get("data")), _list(spec.get("dataFrom"))
    if not data and not data_from:
        secret.wrong("fetches nothing, which External Secrets refuses: for constants write a Secret or ConfigMap")
    default = _map(spec.get("secretStoreRef")).get("name")
    for index, entry in enumerate(data):
        if not default and "storeRef" not in _map(_map(entry).get("sourceRef")):
            _overlay(secret, "data", index).wrong("no store is named")
    for index, entry in enumerate(map(_map, data_from)):
        _source(_overlay(secret, "dataFrom", index), entry, bool(default))


def _source(node: Node, entry: dict[str, object], has_default: bool) -> None:
    reference = entry.get("sourceRef")
    kinds: list[str] = [kind for kind in ("extract", "find") if kind in entry]
    kinds += ["generatorRef"] if "generatorRef" in _map(reference) else []
    if len(kinds) > 1:
        node.wrong(f"{' and '.join(kinds)} exclude each other")
    elif not kinds and not reference:
        node.wrong("must hold extract, find or sourceRef")
    elif kinds != ["generatorRef"] and not has_default and "storeRef" not in _map(reference):
        node.wrong("no store is named")


def _keys(secret: Node, spec: dict[str, object]) -> None:
    if _map(spec.get("target")).get("deletionPolicy", "Retain") != "Retain":
        return
    seen: set[object] = set()
    for index, key in enumerate(_map(entry).get("secretKey") for entry in _list(spec.get("data"))):
        if isinstance(key, str) and key in seen:
            _overlay(secret, "data", index).wrong(f'the key "{clean(key)}" is fetched twice')
        seen.add(key if isinstance(key, str) else None)


def _template(secret: Node, template: dict[str, object]) -> None:
    sources = list(enumerate(map(_map, _list(template.get("templateFrom")))))
    kind, annotations = template.get("type"), _map(_map(template.get("metadata")).get("annotations"))
    if kind == _PRIVILEGED:
        secret.at("type", None).wrong(f"External Secrets refuses the type {_PRIVILEGED}")
    elif kind == _ACCOUNT_TOKEN and (
        _ACCOUNT_NAME in annotations or any(source.get("target") == "Annotations" for _, source in sources)
    ):
        secret.at("type", None).wrong(f"External Secrets refuses the type {_ACCOUNT_TOKEN} with an account's name")
    for index, source in sources:
        if source.get("target", "Data") not in _TEMPLATE_TARGETS and "manifest" not in _target(secret):
            node = _overlay(secret, "target", "template", "templateFrom", index, "target")
            node.wrong(f"must be one of {', '.join(_TEMPLATE_TARGETS)}")


def _target(secret: Node) -> dict[str, object]:
    return _map(_map(secret.value).get("target"))


def _overlay(secret: Node, *path: str | int) -> Node:
    return Node(None, (*secret.path, "spec", *path), secret.problems)


def _map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
