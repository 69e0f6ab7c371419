"""Strategies for BitwardenStores, and the CRDs as schemas that refuse every unknown field."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.tools import shared

from .support import DURATIONS, KEYS, METADATA, NAMES, UUIDS, fields, validator

IDS = st.sampled_from([*UUIDS, "${ORGANIZATION}"])
LABELS = st.sampled_from(["home", "external-secrets", "${APP}-x", "a"])
URLS = st.sampled_from(["https://vault.example.org/api", "http://bw:8087", "https://${HOST}/a/b", "${URL}"])
PLACES = st.one_of(NAMES, fields({"name": NAMES}, {"key": KEYS, "namespace": LABELS}))
CONDITIONS = fields(
    {"namespaces": st.lists(LABELS, max_size=2)},
    {
        "namespaceRegexes": st.lists(st.just("^home-.*$"), max_size=2),
        "namespaceSelector": fields(
            {},
            {
                "matchLabels": st.just({"a": "b"}),
                "matchExpressions": st.just([{"key": "a", "operator": "In", "values": ["b"]}]),
            },
        ),
    },
)
HEAD: dict[str, st.SearchStrategy[Any]] = {
    "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
    "kind": st.just("BitwardenStore"),
    "metadata": METADATA,
}
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "storeKind": st.sampled_from(["ClusterSecretStore", "SecretStore"]),
    "conditions": st.lists(CONDITIONS, max_size=2),
    "output": st.sampled_from(["store.yaml", "x.yml"]),
}
MANAGER: dict[str, st.SearchStrategy[Any]] = {
    **COMMON,
    "region": st.one_of(st.sampled_from(["us", "eu"]), fields({"api": URLS, "identity": URLS}, {})),
    "server": fields({}, {"namespace": LABELS, "service": LABELS, "clusterDomain": NAMES}),
}
CA = st.one_of(
    NAMES,
    fields({"name": NAMES}, {"kind": st.sampled_from(["Secret", "ConfigMap"]), "key": KEYS, "namespace": LABELS}),
)
CERTIFICATES = fields(
    {},
    {
        "secretName": NAMES,
        "caSecretName": NAMES,
        "duration": DURATIONS,
        "renewBefore": DURATIONS,
        "caDuration": DURATIONS,
    },
)
IDENTITY: dict[str, st.SearchStrategy[Any]] = {
    "organizationID": IDS,
    "projectID": IDS,
    "credentials": PLACES,
}
SERVES = st.lists(
    st.sampled_from(["login", "fields", "notes", "attachments", "ssh"]), min_size=1, max_size=5, unique=True
)
VAULTS = fields({**HEAD, "vault": st.one_of(URLS, fields({"url": URLS}, {"stores": SERVES}))}, COMMON)
STORES = st.one_of(
    fields({**HEAD, **IDENTITY}, {**MANAGER, "certificates": CERTIFICATES}),
    fields({**HEAD, **IDENTITY}, {**MANAGER, "ca": CA}),
    VAULTS,
)

# Documents whose parts fit together.
_PLAIN = {"metadata": st.just({"name": "bw", "namespace": "home", "labels": {"a": "b"}})}
_FITTING = {
    "server": fields({"namespace": st.just("home")}, {"service": LABELS, "clusterDomain": NAMES}),
    "region": MANAGER["region"],
}
_OWN = st.one_of(NAMES, fields({"name": NAMES}, {"key": st.just("x"), "namespace": st.just("home")}))
FITTING = st.one_of(
    fields(
        {**HEAD, **IDENTITY, **_FITTING, **_PLAIN, "credentials": _OWN},
        {
            "storeKind": COMMON["storeKind"],
            "certificates": fields({}, {"duration": st.sampled_from(["1h", "24h"]), "renewBefore": st.just("30m")}),
        },
    ),
    fields({**HEAD, **IDENTITY, **_PLAIN}, {**MANAGER, "storeKind": st.just("ClusterSecretStore"), "ca": CA}),
    fields({**HEAD, **_PLAIN, "vault": URLS}, {"storeKind": COMMON["storeKind"]}),
)

_CRDS = {
    "Issuer": "cert-manager.io_issuers.yaml",
    "Certificate": "cert-manager.io_certificates.yaml",
    "ClusterSecretStore": "external-secrets.io_clustersecretstores.yaml",
    "SecretStore": "external-secrets.io_secretstores.yaml",
}


@cache
def strict(kind: str, version: str) -> Draft202012Validator:
    """The CRD's own schema, with every field refused that it does not name."""
    definition = yaml.safe_load(shared(f"crds/{_CRDS[kind]}").read_text())["spec"]
    assert definition["names"]["kind"] == kind
    (found,) = (v for v in definition["versions"] if f"{definition['group']}/{v['name']}" == version and v["served"])
    return validator(_closed(found["schema"]["openAPIV3Schema"]))


def _closed(schema: Any, top: bool = True) -> Any:
    if isinstance(schema, list):
        return [_closed(below, top=False) for below in schema]
    if not isinstance(schema, dict):
        return schema
    properties = schema.get("properties")
    closed = {key: _closed(value, top=False) for key, value in schema.items() if key not in ("properties", "default")}
    if isinstance(properties, dict):
        closed["properties"] = {key: _closed(value, top=False) for key, value in properties.items()}
        closed.setdefault("additionalProperties", False)
    if top:
        closed["properties"]["metadata"] = {"type": "object"}
        closed["required"] = ["apiVersion", "kind", "metadata", "spec"]
    return closed
