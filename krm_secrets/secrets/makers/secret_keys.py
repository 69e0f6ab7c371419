"""The keys that a Secret gets from the object that makes it, where all of them can be known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from krm_secrets.externalsecrets import target
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.secrets.makers.mirrors import is_mirror
from krm_secrets.yamltext.nodes import YamlError

Data: TypeAlias = "Mapping[str, object]"
Keys = frozenset[str] | None

_FORMATS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}
_STORES = {"jks": ("keystore.jks", "truststore.jks"), "pkcs12": ("keystore.p12", "truststore.p12")}
_DATABASE = "username user password dbname host port pgpass uri jdbc-uri fqdn-uri fqdn-jdbc-uri"
_CLUSTER = {"-ca": "ca.crt ca.key", "-server": "tls.crt tls.key", "-replication": "tls.crt tls.key"}
_KAFKA = {"tls": "ca.crt user.crt user.key user.p12 user.password", "scram-sha-512": "password sasl.jaas.config"}


def keys_of(maker: Maker) -> Keys:
    """All keys of the Secret that the object makes; None when they cannot all be known."""
    found = _KINDS.get(maker.item.kind)
    try:
        if maker.kind.keys:
            return frozenset(maker.kind.keys.split())
        return found(maker.item.data, maker.made.name) if found is not None and not is_mirror(maker) else None
    except YamlError:
        return None


def _secret(data: Data, _: str) -> Keys:
    return _names(data, "data", "stringData")


def _external(data: Data, _: str) -> Keys:
    return target.keys(as_map(data.get("spec")))


def _cluster_external(data: Data, _: str) -> Keys:
    return target.keys(as_map(as_map(data.get("spec")).get("externalSecretSpec")))


def _sealed(data: Data, _: str) -> Keys:
    spec = as_map(data.get("spec"))
    return _names(spec, "encryptedData") | _names(as_map(spec.get("template")), "data")


def _sops_secret(data: Data, name: str) -> Keys:
    templates = map(as_map, as_list(as_map(data.get("spec")).get("secretTemplates")))
    found = next((each for each in templates if each.get("name") == name), None)
    return _names(found, "data", "stringData") if found is not None else None


def _certificate(data: Data, _: str) -> Keys:
    spec = as_map(data.get("spec"))
    keys = ["tls.crt", "tls.key", "ca.crt"]
    keys += (key for store in as_map(spec.get("keystores")) for key in _STORES.get(store, ()))
    formats = (as_text(as_map(each).get("type")) for each in as_list(spec.get("additionalOutputFormats")))
    return frozenset(keys) | {_FORMATS[each] for each in formats if each in _FORMATS}


def _cluster(data: Data, name: str) -> Keys:
    own = as_text(as_map(data.get("metadata")).get("name"))
    return frozenset(_CLUSTER.get(name.removeprefix(own), _DATABASE).split())


def _kafka_user(data: Data, _: str) -> Keys:
    kind = as_text(as_map(as_map(data.get("spec")).get("authentication")).get("type"))
    return frozenset(_KAFKA.get(kind, "").split()) or None


def _bitwarden_secret(data: Data, _: str) -> Keys:
    spec = as_map(data.get("spec"))
    mapped = frozenset(as_text(as_map(each).get("secretKeyName")) for each in as_list(spec.get("map"))) - {""}
    return mapped if mapped and spec.get("onlyMappedSecrets", True) is True else None


def _names(data: Data, *fields: str) -> frozenset[str]:
    return frozenset(key for field in fields for key in as_map(data.get(field)))


_KINDS: Mapping[str, Callable[[Data, str], Keys]] = {
    "Secret": _secret,
    "ExternalSecret": _external,
    "ClusterExternalSecret": _cluster_external,
    "SealedSecret": _sealed,
    "SopsSecret": _sops_secret,
    "Certificate": _certificate,
    "Cluster": _cluster,
    "KafkaUser": _kafka_user,
    "BitwardenSecret": _bitwarden_secret,
}
