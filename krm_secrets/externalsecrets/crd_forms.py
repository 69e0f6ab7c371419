"""The fields of ClusterExternalSecret and PushSecret, beside those that they share with an ExternalSecret."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.api import GENERATOR, STORE, TEMPLATE, TEXTS, Form, One, any_text, duration_text, name
from krm_secrets.plain import as_list, as_map

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.shape import Node


def _namespace(node: Node) -> None:
    node.text(names.LABEL, names.LABEL_RULE, names.LONGEST_LABEL)


_SELECTOR: Form = {
    "matchLabels": TEXTS,
    "matchExpressions": [{"key!": any_text, "operator!": any_text, "values": [any_text]}],
}
CLUSTER_EXTERNAL_SECRET: Form = {
    "externalSecretSpec!": None,  # which is a spec of its own
    "externalSecretName": name,
    "externalSecretMetadata": {"labels": TEXTS, "annotations": TEXTS},
    "namespaceSelector": _SELECTOR,
    "namespaceSelectors": [_SELECTOR],
    "namespaces": [_namespace],
    "refreshTime": duration_text,
}
_SELECTED: Form = {**as_map(STORE), "labelSelector": _SELECTOR}
_CONVERSION = ("None", "ReverseUnicode")
PUSH_SECRET: Form = {
    "refreshInterval": duration_text,
    "secretStoreRefs!": [_SELECTED],
    "updatePolicy": ("Replace", "IfNotExists"),
    "deletionPolicy": ("Delete", "None"),
    "selector!": One(secret={"name": name, "selector": _SELECTOR}, generatorRef=GENERATOR),
    "data": [
        {
            "match!": {"secretKey": any_text, "remoteRef!": {"remoteKey!": any_text, "property": any_text}},
            "metadata": None,
            "conversionStrategy": _CONVERSION,
        }
    ],
    "dataTo": [
        {
            "storeRef": _SELECTED,
            "remoteKey": any_text,
            "match": {"regexp": any_text},
            "rewrite": [One(regexp={"source!": any_text, "target!": any_text}, transform={"template!": any_text})],
            "metadata": None,
            "conversionStrategy": _CONVERSION,
        }
    ],
    "template": TEMPLATE,
}


def check_push(spec: Node) -> None:
    """What the API server demands of a PushSecret beyond its form (the rules of its CRD, 2.9)."""
    for index, entry in enumerate(map(as_map, as_list(as_map(spec.value).get("dataTo")))):
        place: Path = ("dataTo", index)
        if not as_map(entry.get("storeRef")).keys() & {"name", "labelSelector"}:
            spec.place(*place, "storeRef").wrong("must have a name or a labelSelector", "field-refused")
        if "remoteKey" in entry and entry.get("rewrite"):
            spec.place(*place, "rewrite").wrong("cannot go with remoteKey", "field-refused")
