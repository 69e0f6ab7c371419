"""The keys that a Secret gets from the item that makes it, where all of them can be known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.shorthand.externalsecret import produced
from krm_secrets.yamltext.nodes import YamlError

Keys = frozenset[str] | None

_DATABASE = frozenset(("username", "user", "password", "dbname", "host", "port", "pgpass"))
_DATABASE |= frozenset(("uri", "jdbc-uri", "fqdn-uri", "fqdn-jdbc-uri"))
_FORMATS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}
_STORES = {"jks": ("keystore.jks", "truststore.jks"), "pkcs12": ("keystore.p12", "truststore.p12")}


def keys_of(maker: Resource, name: str) -> Keys:
    """All keys of the Secret of this name that the item makes; None when they cannot all be known."""
    made = _KINDS.get(maker.kind)
    try:
        return made(maker.data, name) if made is not None else None
    except YamlError:
        return None


def _secret(data: Mapping[str, object], _: str) -> Keys:
    return _names(data, "data", "stringData")


def _external(data: Mapping[str, object], _: str) -> Keys:
    found = produced(data)
    return found.keys if found is not None else None


def _cluster_external(data: Mapping[str, object], name: str) -> Keys:
    spec = as_map(as_map(data.get("spec")).get("externalSecretSpec"))
    return _external({"metadata": {"name": name}, "spec": spec}, name)


def _sealed(data: Mapping[str, object], _: str) -> Keys:
    spec = as_map(data.get("spec"))
    return _names(spec, "encryptedData") | _names(as_map(spec.get("template")), "data")


def _sops_secret(data: Mapping[str, object], name: str) -> Keys:
    templates = map(as_map, as_list(as_map(data.get("spec")).get("secretTemplates")))
    found = next((each for each in templates if each.get("name") == name), None)
    return _names(found, "data", "stringData") if found is not None else None


def _certificate(data: Mapping[str, object], _: str) -> Keys:
    spec = as_map(data.get("spec"))
    keys = ["tls.crt", "tls.key", "ca.crt"]
    keys += (key for store in as_map(spec.get("keystores")) for key in _STORES.get(store, ()))
    formats = (as_text(as_map(each).get("type")) for each in as_list(spec.get("additionalOutputFormats")))
    return frozenset(keys) | {_FORMATS[each] for each in formats if each in _FORMATS}


def _database(_data: Mapping[str, object], _name: str) -> Keys:
    return _DATABASE


def _names(data: Mapping[str, object], *fields: str) -> frozenset[str]:
    return frozenset(key for field in fields for key in as_map(data.get(field)))


_KINDS: Mapping[str, Callable[[Mapping[str, object], str], Keys]] = {
    "Secret": _secret,
    "ExternalSecret": _external,
    "ClusterExternalSecret": _cluster_external,
    "SealedSecret": _sealed,
    "SopsSecret": _sops_secret,
    "Certificate": _certificate,
    "Cluster": _database,
}
