"""Which keys a Secret gets, by who makes it."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers.secret_keys import keys_of
from krm_secrets.secrets.makers.table import makers
from tests.stages.test_reload import external, obj, through

ESO = "external-secrets.io/v1"
EXTRACT = [{"extract": {"key": "a"}}]
EXPLICIT = [{"secretKey": "a", "remoteRef": {"key": "x"}}]
HERE = {"namespaces": ["a"]}
TLS = {"tls.crt", "tls.key", "ca.crt"}


def external_secret(**spec: Any) -> dict[str, Any]:
    return obj("ExternalSecret", ESO, "s", spec=spec)


KNOWN: list[tuple[dict[str, Any], set[str] | None]] = [
    (external_secret(data=EXPLICIT), {"a"}),
    (external_secret(dataFrom=EXTRACT), None),
    (external_secret(dataFrom=EXTRACT, target={"template": {"data": {"k": "v"}}}), {"k"}),
    (external_secret(data=EXPLICIT, target={"template": {"data": {"k": "v"}, "mergePolicy": "Merge"}}), {"a", "k"}),
    (external_secret(data=EXPLICIT, target={"template": {"templateFrom": [{"literal": "x"}]}}), None),
    (external_secret(data=EXPLICIT, target={"creationPolicy": "Merge"}), None),
    (obj("ClusterExternalSecret", ESO, "s", spec={**HERE, "externalSecretSpec": {"data": EXPLICIT}}), {"a"}),
    (obj("ClusterExternalSecret", ESO, "s", spec={**HERE, "externalSecretSpec": {"dataFrom": EXTRACT}}), None),
    (obj("Secret", "v1", "s", data={"a": "eA=="}, stringData={"b": "x"}), {"a", "b"}),
    (obj("Secret", "v1", "s"), set()),
    (obj("SealedSecret", "bitnami.com/v1alpha1", "s", spec={"encryptedData": {"a": "x"}}), {"a"}),
    (
        obj("SealedSecret", "bitnami.com/v1alpha1", "s", spec={"encryptedData": {}, "template": {"data": {"b": ""}}}),
        {"b"},
    ),
    (
        obj("SopsSecret", "isindir.github.com/v1alpha3", "x",
            spec={"secretTemplates": [{"name": "o"}, {"name": "s", "stringData": {"a": "x"}, "data": {"b": "x"}}]}),
        {"a", "b"},
    ),
    (obj("SopsSecret", "isindir.github.com/v1alpha3", "x", spec={}), None),
    (obj("Certificate", "cert-manager.io/v1", "s", spec={"secretName": "s"}), TLS),
    (
        obj("Certificate", "cert-manager.io/v1", "s",
            spec={"secretName": "s", "keystores": {"jks": {"create": True}, "pkcs12": {"create": True}},
                  "additionalOutputFormats": [{"type": "DER"}, {"type": "CombinedPEM"}, {"type": "X"}]}),
        TLS | {"keystore.jks", "truststore.jks", "keystore.p12", "truststore.p12", "key.der", "tls-combined.pem"},
    ),
    (obj("Kafka", "kafka.strimzi.io/v1", "s"), None),  # its Secrets have names of their own
    (obj("KafkaUser", "kafka.strimzi.io/v1", "s", spec={"authentication": {"type": "scram-sha-512"}}),
        {"password", "sasl.jaas.config"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "s", spec={"authentication": {"type": "tls"}}),
        {"ca.crt", "user.crt", "user.key", "user.p12", "user.password"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "s", spec={"authentication": {"type": "other"}}), None),
    (obj("ConfigMap", "v1", "s", data={"a": ""}), None),
]  # fmt: skip


def keys(item: Resource, name: str) -> frozenset[str] | None:
    """Those of one Secret that the object makes."""
    return next((keys_of(each) for each in makers(item) if each.made.name == name), None)


@pytest.mark.parametrize(("maker", "expected"), KNOWN)
def test_the_keys_of(maker: dict[str, Any], expected: set[str] | None) -> None:
    assert keys(Resource.new(maker), "s") == expected


def test_the_secret_of_a_database_has_what_the_operator_writes() -> None:
    found = keys(Resource.new(obj("Cluster", "postgresql.cnpg.io/v1", "db", spec={})), "db-app")
    assert found is not None
    assert {"username", "password", "host", "uri"} <= found


def test_what_cannot_be_read_has_unknown_keys() -> None:
    from krm_secrets.krm.reading import read

    (item,) = read("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: x, a: y}\n").items
    assert keys(item, "s") is None


def user(key: str, name: str = "s") -> dict[str, Any]:
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}]
    pod = {"containers": [{"name": "c", "env": env}]}
    return obj("Job", "batch/v1", spec={"template": {"spec": pod}})


@pytest.mark.parametrize(
    "items",
    [
        [external_secret(data=EXPLICIT), external("other", name="s", creationPolicy="Merge"), user("b")],
        [external_secret(data=EXPLICIT), user("${KEY}")],
        [obj("Secret", "v1", "s"), external("x"), user("b")],
        [external_secret(data=EXPLICIT), user("b", "t")],
    ],
    ids=["somebody else adds to it", "a variable", "an empty Secret that somebody fills", "another Secret"],
)
def test_nothing_is_said_where_a_key_may_be_there(items: list[Any]) -> None:
    done = through(*items)
    assert (done.code, done.err) == (0, "")


def test_a_plain_secret_has_its_keys() -> None:
    done = through(external("x"), obj("Secret", "v1", "s", data={"abcd": "eA=="}), user("abce"))
    assert done.err == (
        "krm-secrets: warning: Job x, line 6: spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key: "
        'the Secret "s" never gets the key "abce" [key-not-made]\n'
    )
