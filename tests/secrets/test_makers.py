"""Which Secrets objects make, kind by kind, and where these take labels from."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers.labels import annotation_of, label_of
from krm_secrets.secrets.makers.table import TABLE, makers
from krm_secrets.settings.restarts import MakerRule
from tests.sops.encrypter import encrypt
from tests.stages.test_reload import consumer, obj, wired

CNPG, GATEWAY = "postgresql.cnpg.io/v1", "gateway.networking.k8s.io/v1"
ISSUED = {"cert-manager.io/cluster-issuer": "ca"}
VAULT = "secrets.hashicorp.com/v1beta1"
REFLECTED = "reflector.v1.k8s.emberstack.com/reflection-"
ALWAYS = {"db-ca", "db-server", "db-replication"}


def made(item: dict[str, Any], *rules: MakerRule) -> set[str]:
    return {each.made.name for each in makers(Resource.new(item), rules)}


def database(**spec: Any) -> dict[str, Any]:
    return obj("Cluster", CNPG, "db", spec=spec)


def ingress(annotations: Any, *tls: Any) -> dict[str, Any]:
    found = obj("Ingress", "networking.k8s.io/v1", spec={"tls": list(tls)})
    found["metadata"]["annotations"] = annotations
    return found


def gateway(**listener: Any) -> dict[str, Any]:
    found = obj("Gateway", GATEWAY, spec={"listeners": [listener]})
    found["metadata"]["annotations"] = ISSUED
    return found


def release(**values: Any) -> dict[str, Any]:
    chart = {"chart": {"spec": {"chart": "app-template"}}}
    return obj("HelmRelease", "helm.toolkit.fluxcd.io/v2", "web", spec={**chart, "values": values})


SECRETS: list[tuple[dict[str, Any], set[str]]] = [
    (database(), {"db-app", *ALWAYS}),
    (database(bootstrap={"initdb": {"secret": {"name": "mine"}}}), ALWAYS),
    (database(bootstrap={"recovery": {"source": "x"}}), {"db-app", *ALWAYS}),
    (database(bootstrap={"recovery": {"secret": {"name": "mine"}}}), ALWAYS),
    (database(bootstrap={"pg_basebackup": {}}, replica={"enabled": True}), ALWAYS),
    (database(bootstrap={"initdb": {"import": {"type": "monolith"}}}), ALWAYS),
    (database(enableSuperuserAccess=True), {"db-app", "db-superuser", *ALWAYS}),
    (database(enableSuperuserAccess=True, superuserSecret={"name": "mine"}), {"db-app", *ALWAYS}),
    (database(certificates={"serverTLSSecret": "a", "replicationTLSSecret": "b"}), {"db-app", "db-ca"}),
    (
        database(certificates={"serverCASecret": "a", "clientCASecret": "b"}),
        {"db-app", "db-server", "db-replication"},
    ),
    (obj("DatabaseRole", CNPG, "r", spec={"clientCertificate": {}}), {"r-client-cert"}),
    (obj("DatabaseRole", CNPG, "r", spec={"clientCertificate": {"enabled": False}}), set()),
    (obj("DatabaseRole", CNPG, "r", spec={}), set()),
    (obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db", spec={}), {"db-pguser-db"}),
    (
        obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db",
            spec={"users": [{"name": "a"}, {"name": "b"}]}),
        {"db-pguser-a", "db-pguser-b"},
    ),
    (obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db", spec={"users": []}), set()),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls"}}), {"u"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls-external"}}), set()),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={}), set()),
    (ingress(ISSUED, {"hosts": ["a"], "secretName": "t"}, {"hosts": ["b"]}), {"t"}),
    (ingress({"kubernetes.io/tls-acme": "true"}, {"hosts": ["a"], "secretName": "t"}), {"t"}),
    (ingress(ISSUED, {"secretName": "t"}), set()),
    (ingress({}, {"hosts": ["a"], "secretName": "t"}), set()),
    (gateway(hostname="a", tls={"certificateRefs": [{"name": "t"}, {"name": "u", "namespace": "other"}]}), {"t"}),
    (gateway(hostname="a", tls={"mode": "Passthrough", "certificateRefs": [{"name": "t"}]}), set()),
    (gateway(tls={"certificateRefs": [{"name": "t"}]}), set()),
    (obj("ObjectBucketClaim", "objectbucket.io/v1alpha1", "b", spec={}), {"b"}),
    (obj("OnePasswordItem", "onepassword.com/v1", "o", spec={"itemPath": "x"}), {"o"}),
    (obj("BitwardenSecret", "k8s.bitwarden.com/v1", "b", spec={"secretName": "s"}), {"s"}),
    (obj("VaultStaticSecret", VAULT, "v", spec={"destination": {"name": "s", "create": True}}), {"s"}),
    (obj("VaultPKISecret", VAULT, "v", spec={"destination": {"name": "s"}}), {"s"}),
    (obj("VaultStaticSecret", VAULT, "v", spec={}), set()),
    (obj("Bucket", "s3.aws.upbound.io/v1", "b", spec={"writeConnectionSecretToRef": {"name": "s"}}), {"s"}),
    (obj("Bucket", "s3.aws.upbound.io/v1", "b", spec={"writeConnectionSecretToRef": "s"}), set()),
    (obj("ConfigMap", "v1", "b", data={"x": "writeConnectionSecretToRef"}), set()),
    (release(externalSecrets={"a": {}}), {"web"}),
    (release(secrets={"a": {}, "b": {"enabled": False}}), {"web"}),
    (release(secrets={"a": {}, "b": {}}, externalSecrets={"c": {"target": {"name": "c"}}}), {"web-a", "web-b", "c"}),
    (release(), set()),
]  # fmt: skip


@pytest.mark.parametrize(("item", "names"), SECRETS)
def test_what_it_makes(item: dict[str, Any], names: set[str]) -> None:
    assert made(item) == names


def test_every_kind_is_of_its_group() -> None:
    for kind in TABLE:
        assert made(obj(kind, "example.com/v1", "x", spec={"secretName": "s"})) == set()


RULES: list[tuple[MakerRule, set[tuple[str, str]]]] = [
    (MakerRule("Db", None, ("spec.secretName",)), {("s", "")}),
    (MakerRule("Db", "x.y", ("{metadata.name}-conf",)), {("d-conf", "")}),
    (MakerRule("Db", "x.z", ("spec.secretName",)), set()),
    (MakerRule("Db", None, ("spec.refs[]", "spec.nothing")), {("a", "n"), ("b", "m"), ("c", "")}),
    (MakerRule("Db", None, ("{metadata.name}-{spec.users[].name}",)), {("d-u", ""), ("d-v", "")}),
    (MakerRule("Db", None, ("{metadata.name}-{spec.nothing}",)), set()),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_what_the_configuration_says(rule: MakerRule, expected: set[tuple[str, str]]) -> None:
    spec = {
        "secretName": "s",
        "refs": [{"name": "a", "namespace": "n"}, "m/b", "c"],
        "users": [{"name": "u"}, {"name": "v"}, {"name": 1}],
    }
    found = makers(Resource.new(obj("Db", "x.y/v1", "d", spec=spec)), [rule])
    assert {(each.made.name, each.made.namespace) for each in found} == expected


def test_labels_stand_where_the_configuration_says() -> None:
    rule = MakerRule("Db", None, ("{metadata.name}",), (), ("spec", "meta", "labels"))
    meta = {"labels": {"a": "b"}, "annotations": {"c": "d"}}
    (maker,) = makers(Resource.new(obj("Db", "x.y/v1", "d", spec={"meta": meta})), [rule])
    assert (label_of(maker, "a"), annotation_of(maker, "c")) == (("b", ""), "d")
    (maker,) = makers(Resource.new(obj("Db", "x.y/v1", "d")), [rule._replace(labels=())])
    assert label_of(maker, "a") == ("", "add it to the Secret itself, which takes none from here")


def test_the_configurations_makers_are_known() -> None:
    rule = {"kind": "Db", "secrets": ["{metadata.name}-conf"], "keys": ["a"]}
    assert "annotations" in wired(obj("Db", "x.y/v1", "d"), consumer("d-conf"), makers=[rule])[1]["metadata"]


@pytest.mark.parametrize(
    ("annotations", "namespaces"),
    [
        ({"allowed": "true", "auto-enabled": "true"}, {"web", "app-1", "other"}),
        ({"allowed": "true", "auto-enabled": "true", "allowed-namespaces": "web,app-.*"}, {"web", "app-1"}),
        ({"allowed": "true", "auto-enabled": "true", "auto-namespaces": "web"}, {"web"}),
        ({"allowed": "true", "auto-enabled": "true", "allowed-namespaces": "web", "auto-namespaces": "app-.*"}, set()),
        ({"allowed": "true"}, set()),
    ],
)
def test_reflected_copies(annotations: dict[str, str], namespaces: set[str]) -> None:
    marks = {f"{REFLECTED}{key}": value for key, value in annotations.items()}
    source = obj(
        "Certificate", "cert-manager.io/v1", spec={"secretName": "s", "secretTemplate": {"annotations": marks}}
    )
    assert users_of_copies(source) == namespaces


@pytest.mark.parametrize(
    ("key", "value", "namespaces"),
    [
        ("replicate-to", "web,app-.*", {"web", "app-1"}),
        ("replicate-to-matching", "a=b", {"web", "app-1", "other"}),
        ("replication-allowed", "true", set()),
    ],
)
def test_replicated_copies(key: str, value: str, namespaces: set[str]) -> None:
    source = obj("ExternalSecret", "external-secrets.io/v1", "s", spec={})
    source["metadata"]["annotations"] = {f"replicator.v1.mittwald.de/{key}": value}
    assert users_of_copies(source) == namespaces


def users_of_copies(source: dict[str, Any]) -> set[str]:
    source["metadata"]["namespace"] = "mail"
    users = []
    for namespace in ("web", "app-1", "other"):
        users.append(consumer("s"))
        users[-1]["metadata"]["namespace"] = namespace
    found = wired(source, *users)[1:]
    return {each["metadata"]["namespace"] for each in found if "annotations" in each["metadata"]}


@pytest.mark.parametrize(
    "key", ["reflector.v1.k8s.emberstack.com/reflects", "replicator.v1.mittwald.de/replicate-from"]
)
def test_a_copy_that_somebody_wrote_down_changes_with_its_source(key: str) -> None:
    mirror = obj("Secret", "v1", "s")
    mirror["metadata"]["annotations"] = {key: "mail/smtp"}
    assert "annotations" in wired(mirror, consumer("s"))[1]["metadata"]


def test_names_that_sops_encrypted_are_opened_where_the_key_is_at_hand() -> None:
    templates = [{"name": "s", "stringData": {"a": "b"}}]
    plain = obj("SopsSecret", "isindir.github.com/v1alpha3", "x", spec={"secretTemplates": templates})
    (item,) = encrypt(plain, encrypted_suffix="Templates")
    assert item["spec"]["secretTemplates"][0]["name"].startswith("ENC[")
    kept, user = wired(item, consumer("s"))
    assert kept == item
    assert user["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}
    assert "annotations" not in wired(item, consumer("s"), decrypt="keep")[1]["metadata"]
