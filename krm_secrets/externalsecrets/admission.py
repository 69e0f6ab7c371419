"""What the admission webhook of External Secrets refuses (externalsecret_validator.go, 2.9), said before the commit."""

from __future__ import annotations

from krm_secrets.errors import clean
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krm_secrets.shape import Node


_PRIVILEGED = "bootstrap.kubernetes.io/token"
_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105
_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_TEMPLATE_TARGETS = ("Data", "Annotations", "Labels")
_REFUSED = {"Delete": ("Merge", "None", "CreateOrMerge"), "Merge": ("None",)}


def check_admission(spec: Node) -> None:
    """Check a spec whose form is right; the node holds it."""
    data = as_map(spec.value)
    target = as_map(data.get("target"))
    _policies(spec, target)
    _sources(spec, data)
    if target.get("deletionPolicy", "Retain") == "Retain":
        _keys(spec, data)
    _template(spec, target)


def _policies(spec: Node, target: Mapping[str, object]) -> None:
    creation, deletion = target.get("creationPolicy", "Owner"), target.get("deletionPolicy", "Retain")
    if isinstance(deletion, str) and creation in _REFUSED.get(deletion, ()):
        message = f"deletion policy {deletion} cannot go with creation policy {creation}"
        spec.place("target", "deletionPolicy").wrong(message, "policies-refused")


def _sources(spec: Node, given: Mapping[str, object]) -> None:
    data, data_from = as_list(given.get("data")), as_list(given.get("dataFrom"))
    if not data and not data_from:
        message = "fetches nothing, which External Secrets refuses: for constants write a Secret or ConfigMap"
        spec.wrong(message, "fetches-nothing")
    default = as_map(given.get("secretStoreRef")).get("name")
    for index, entry in enumerate(data):
        if not default and "storeRef" not in as_map(as_map(entry).get("sourceRef")):
            spec.place("data", index).wrong("no store is named", "store-not-named")
    for index, entry in enumerate(data_from):
        _source(spec.place("dataFrom", index), as_map(entry), bool(default))


def _source(place: Node, entry: Mapping[str, object], has_default: bool) -> None:
    reference = entry.get("sourceRef")
    kinds = [kind for kind in ("extract", "find") if kind in entry]
    kinds += ["generatorRef"] if "generatorRef" in as_map(reference) else []
    if len(kinds) > 1:
        place.wrong(f"{' and '.join(kinds)} exclude each other", "source-refused")
    elif not kinds and not reference:
        place.wrong("must hold extract, find or sourceRef", "source-refused")
    elif kinds != ["generatorRef"] and not has_default and "storeRef" not in as_map(reference):
        place.wrong("no store is named", "store-not-named")


def _keys(spec: Node, given: Mapping[str, object]) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(as_list(given.get("data"))):
        key = as_map(entry).get("secretKey")
        if isinstance(key, str):
            if key in seen:
                spec.place("data", index).wrong(f'the key "{clean(key)}" is fetched twice', "secret-key-twice")
            seen.add(key)


def _template(spec: Node, target: Mapping[str, object]) -> None:
    template = as_map(target.get("template"))
    sources = [as_text(as_map(each).get("target")) or "Data" for each in as_list(template.get("templateFrom"))]
    kind, annotations = template.get("type"), as_map(as_map(template.get("metadata")).get("annotations"))
    place = spec.place("target", "template", "type")
    if kind == _PRIVILEGED:
        place.wrong(f"External Secrets refuses the type {_PRIVILEGED}", "type-refused")
    elif kind == _ACCOUNT_TOKEN and (_ACCOUNT_NAME in annotations or "annotations" in map(str.lower, sources)):
        place.wrong(f"External Secrets refuses the type {_ACCOUNT_TOKEN} with an account's name", "type-refused")
    made = as_map(target.get("manifest")) or {"apiVersion": "v1", "kind": "Secret"}
    for index, into in enumerate(sources if made == {"apiVersion": "v1", "kind": "Secret"} else ()):
        if into.lower() not in map(str.lower, _TEMPLATE_TARGETS):
            place = spec.place("target", "template", "templateFrom", index, "target")
            place.wrong(f"must be one of {', '.join(_TEMPLATE_TARGETS)}", "template-target-refused")
