"""The keys that a Secret gets from the object that makes it, where all of them can be known."""

from __future__ import annotations

from krm_secrets.externalsecrets import target
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.secrets.makers.mirrors import is_mirror
from krm_secrets.secrets.makers.table import TABLE
from krm_secrets.settings.kinds import COMPONENT, KSOPS, KUSTOMIZATION, SOPS_GENERATOR
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias


Data: TypeAlias = "Mapping[str, object]"
Keys = frozenset[str] | None

_FORMATS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}
_STORES = {"jks": ("keystore.jks", "truststore.jks"), "pkcs12": ("keystore.p12", "truststore.p12")}
_DATABASE = "username user password dbname host port pgpass uri jdbc-uri fqdn-uri fqdn-jdbc-uri"
_CLUSTER = {"-ca": "ca.crt ca.key", "-server": "tls.crt tls.key", "-replication": "tls.crt tls.key"}
_KAFKA = {"tls": "ca.crt user.crt user.key user.p12 user.password", "scram-sha-512": "password sasl.jaas.config"}
_POSTGRES_USER = (
    "POSTGRES_URL POSTGRES_JDBC_URL POSTGRES_DOTNET_URL HOST HOSTNAME PORT DATABASE_NAME URI_ARGS ROLE PASSWORD LOGIN"
)
_POCKET_ID = {
    "clientID": "client_id",
    "clientSecret": "client_secret",
    "issuerUrl": "issuer_url",
    "callbackUrls": "callback_urls",
    "logoutCallbackUrls": "logout_callback_urls",
    "discoveryUrl": "discovery_url",
    "authorizationUrl": "authorization_url",
    "tokenUrl": "token_url",
    "userinfoUrl": "userinfo_url",
    "jwksUrl": "jwks_url",
    "endSessionUrl": "end_session_url",
}
_CONNECTION = ("usernameKey", "passwordKey", "hostKey", "portKey", "databaseKey")


def keys_of(maker: Maker) -> Keys:
    """All keys of the Secret that the object makes; None when they cannot all be known."""
    # What the configuration says of a kind is all that is known of those Secrets.
    found = _KINDS.get(maker.item.kind) if maker.kind in TABLE.get(maker.item.kind, ()) else None
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
    if "data" in spec:  # of old, the whole Secret in one text
        return None
    return _names(spec, "encryptedData") | _names(as_map(spec.get("template")), "data")


def _sops_secret(data: Data, name: str) -> Keys:
    templates = map(as_map, as_list(as_map(data.get("spec")).get("secretTemplates")))
    found = next((each for each in templates if each.get("name") == name), None)
    return _names(found, "data", "stringData") if found is not None else None


def _certificate(data: Data, _: str) -> Keys:
    spec = as_map(data.get("spec"))
    keys = ["tls.crt", "tls.key", "ca.crt"]
    stores = as_map(spec.get("keystores"))
    keys += (key for store in stores if as_map(stores[store]).get("create") is True for key in _STORES.get(store, ()))
    formats = (as_text(as_map(each).get("type")) for each in as_list(spec.get("additionalOutputFormats")))
    return frozenset(keys) | {_FORMATS[each] for each in formats if each in _FORMATS}


def _cluster(_: Data, name: str) -> Keys:
    return frozenset(next((keys for end, keys in _CLUSTER.items() if name.endswith(end)), _DATABASE).split())


def _kafka(_: Data, name: str) -> Keys:
    return frozenset(("ca.crt", "ca.p12", "ca.password") if name.endswith("-cert") else ("ca.key",))


def _kafka_user(data: Data, _: str) -> Keys:
    kind = as_text(as_map(as_map(data.get("spec")).get("authentication")).get("type"))
    return frozenset(_KAFKA.get(kind, "").split()) or None


def _bitwarden_secret(data: Data, _: str) -> Keys:
    spec = as_map(data.get("spec"))
    mapped = frozenset(as_text(as_map(each).get("secretKeyName")) for each in as_list(spec.get("map"))) - {""}
    return mapped if mapped and spec.get("onlyMappedSecrets", True) is True else None


def _role(_: Data, name: str) -> Keys:
    # How the Secret of a generated password looks, no page says.
    return frozenset(("tls.crt", "tls.key")) if name.endswith("-client-cert") else None


def _postgres_user(data: Data, _: str) -> Keys:
    return frozenset(_POSTGRES_USER.split()) | _names(as_map(data.get("spec")), "secretTemplate")


def _connection(data: Data, _: str) -> Keys:
    template = as_map(as_map(data.get("spec")).get("secretTemplate"))
    return frozenset((as_text(template.get("key")) or "dsn", *(as_text(template.get(key)) for key in _CONNECTION))) - {
        ""
    }


def _mariadb(data: Data, name: str) -> Keys:
    spec = as_map(data.get("spec"))
    metrics = as_map(spec.get("metrics")).get("passwordSecretKeyRef")
    refs = map(as_map, (spec.get("rootPasswordSecretKeyRef"), spec.get("passwordSecretKeyRef"), metrics))
    if given := frozenset(as_text(ref.get("key")) for ref in refs if ref.get("name") == name):
        return given
    return frozenset(("password",)) if name.endswith(("-root", "-password")) else None  # that of a connection


def _pocket_id(data: Data, _: str) -> Keys:
    own = as_map(as_map(as_map(data.get("spec")).get("secret")).get("keys"))
    return frozenset(as_text(own.get(field)) or key for field, key in _POCKET_ID.items())


def _kanidm_client(data: Data, _: str) -> Keys:
    aliases = as_map(as_map(data.get("spec")).get("secretKeyAliases"))
    more = (as_text(each) for field in ("clientId", "clientSecret") for each in as_list(aliases.get(field)))
    return frozenset(("CLIENT_ID", "CLIENT_SECRET", *more)) - {""}


def _kanidm_account(_: Data, name: str) -> Keys:
    return frozenset(("password" if name.endswith("-kanidm-service-account-credentials") else "token",))


def _terraform(data: Data, _: str) -> Keys:
    written = as_list(as_map(as_map(data.get("spec")).get("writeOutputsToSecret")).get("outputs"))
    keys = {as_text(each).rpartition(":")[2] for each in written} - {""}
    return frozenset(keys | {f"{key}__type" for key in keys}) or None  # the types of what is no string


def _described(data: Data, name: str) -> Keys:
    from krm_secrets.secrets.makers.generators import described  # few runs see a generator

    return next((each.keys or None for each in described(data) if each.name == name), None)


def _names(data: Data, *fields: str) -> frozenset[str]:
    return frozenset(key for field in fields for key in as_map(data.get(field)))


_KINDS: Mapping[str, Callable[[Data, str], Keys]] = {
    **dict.fromkeys((KUSTOMIZATION, COMPONENT, SOPS_GENERATOR, KSOPS), _described),
    "Secret": _secret,
    "ExternalSecret": _external,
    "ClusterExternalSecret": _cluster_external,
    "SealedSecret": _sealed,
    "SopsSecret": _sops_secret,
    "Certificate": _certificate,
    "Cluster": _cluster,
    "DatabaseRole": _role,
    "PostgresUser": _postgres_user,
    "Connection": _connection,
    "MariaDB": _mariadb,
    "PocketIDOIDCClient": _pocket_id,
    "KanidmOAuth2Client": _kanidm_client,
    "KanidmServiceAccount": _kanidm_account,
    "Terraform": _terraform,
    "Kafka": _kafka,
    "KafkaUser": _kafka_user,
    "BitwardenSecret": _bitwarden_secret,
}
