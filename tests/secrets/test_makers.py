"""Which Secrets objects make, kind by kind, and where these take labels from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers.labels import annotation_of, label_of
from krm_secrets.secrets.makers.secret_keys import keys_of
from krm_secrets.secrets.makers.table import TABLE, makers
from krm_secrets.settings.restarts import MakerRule
from tests.sops.encrypter import encrypt
from tests.stages.test_reload import consumer, obj, through, wired

CNPG, GATEWAY = "postgresql.cnpg.io/v1", "gateway.networking.k8s.io/v1"
ISSUED = {"cert-manager.io/cluster-issuer": "ca"}
MARIADB, INFISICAL = "k8s.mariadb.com/v1alpha1", "secrets.infisical.com/v1alpha1"
TERRAFORM = "infra.contrib.fluxcd.io/v1alpha2"
ONE_PASSWORD = {"operator.1password.io/item-path": "vaults/v/items/i", "operator.1password.io/item-name": "item"}
VAULT = "secrets.hashicorp.com/v1beta1"
ESO = "external-secrets.io/v1"
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


def gateway(kind: str = "Gateway", marks: Any = ISSUED, **listener: Any) -> dict[str, Any]:
    found = obj(kind, GATEWAY, spec={"listeners": [{"name": "l", "protocol": "HTTPS", **listener}]})
    found["metadata"]["annotations"] = marks
    return found


def mariadb(**spec: Any) -> dict[str, Any]:
    return obj("MariaDB", MARIADB, "m", spec=spec)


def deployment(marks: Any, template: Any = None) -> dict[str, Any]:
    found = obj("Deployment", "apps/v1", spec={"template": {"metadata": {"annotations": template or {}}}})
    found["metadata"]["annotations"] = marks
    return found


def generating(kind: str, **fields: Any) -> dict[str, Any]:
    groups = {"SopsGenerator": "krm-secrets.dev/v1alpha1", "ksops": "viaduct.ai/v1"}
    return {**obj(kind, groups.get(kind, "kustomize.config.k8s.io/v1beta1")), **fields}


def kyverno(generate: Any) -> dict[str, Any]:
    return obj("ClusterPolicy", "kyverno.io/v1", spec={"rules": [{"generate": generate}, {"mutate": {}}]})


def release(**values: Any) -> dict[str, Any]:
    chart = {"chart": {"spec": {"chart": "app-template"}}}
    return obj("HelmRelease", "helm.toolkit.fluxcd.io/v2", "web", spec={**chart, "values": values})


def serving(annotations: Any) -> dict[str, Any]:
    return {**obj("Service", "v1", "web"), "metadata": {"name": "web", "annotations": annotations}}


SECRETS: list[tuple[dict[str, Any], set[str]]] = [
    (database(), {"db-app", *ALWAYS}),
    (database(bootstrap={"initdb": {"secret": {"name": "mine"}}}), ALWAYS),
    (database(bootstrap={"recovery": {"source": "x"}}), {"db-app", *ALWAYS}),
    (database(bootstrap={"recovery": {"secret": {"name": "mine"}}}), ALWAYS),
    (database(bootstrap={"pg_basebackup": {}}, replica={"enabled": True}), ALWAYS),
    (database(bootstrap={"initdb": {"import": {"type": "monolith"}}}), ALWAYS),
    (database(bootstrap={"recovery": {}}, replica={"primary": "other", "source": "other"}), ALWAYS),
    (database(bootstrap={"recovery": {}}, replica={"primary": "db", "source": "db"}), {"db-app", *ALWAYS}),
    (database(bootstrap={"recovery": {}}, replica={"self": "a", "primary": "a"}), {"db-app", *ALWAYS}),
    (database(bootstrap={"recovery": {}}, replica={"enabled": False}), {"db-app", *ALWAYS}),
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
    (obj("DatabaseRole", CNPG, "r", spec={"password": {"mode": "generate"}}), {"r-password"}),
    (obj("DatabaseRole", CNPG, "r", spec={"password": {"mode": "disabled"}}), set()),
    (obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db", spec={}), {"db-pguser-db"}),
    (
        obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db",
            spec={"users": [{"name": "a"}, {"name": "b"}]}),
        {"db-pguser-a", "db-pguser-b"},
    ),
    (obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db", spec={"users": []}), set()),
    (obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db.a", spec={}), set()),
    (obj("PostgresUser", "db.movetokube.com/v1alpha1", "u", spec={"secretName": "s"}), {"s-u"}),
    (obj("PostgresUser", "db.movetokube.com/v1alpha1", "u", spec={}), set()),
    (mariadb(), {"m-root"}),
    (mariadb(rootEmptyPassword=True), set()),
    (mariadb(rootPasswordSecretKeyRef={"name": "mine", "key": "p"}), set()),
    (mariadb(rootPasswordSecretKeyRef={"name": "mine", "key": "p", "generate": True}), {"mine"}),
    (mariadb(username="u"), {"m-root", "m-password"}),
    (mariadb(username="u", passwordHashSecretKeyRef={"name": "h", "key": "k"}), {"m-root"}),
    (mariadb(metrics={"enabled": True}), {"m-root", "m-metrics-password"}),
    (mariadb(username="u", database="d", connection={}), {"m-root", "m-password", "m"}),
    (mariadb(username="u", database="d", connection={"secretName": "c"}), {"m-root", "m-password", "c"}),
    (obj("Connection", MARIADB, "c", spec={}), {"c"}),
    (obj("Connection", MARIADB, "c", spec={"secretName": "s"}), {"s"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls"}}), {"u"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls-external"}}), set()),
    (obj("Kafka", "kafka.strimzi.io/v1", "k", spec={"kafka": {}}),
     {"k-cluster-ca-cert", "k-cluster-ca", "k-clients-ca-cert", "k-clients-ca"}),
    (obj("Kafka", "kafka.strimzi.io/v1", "k", spec={"clusterCa": {"generateCertificateAuthority": False}}),
     {"k-clients-ca-cert", "k-clients-ca"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={}), set()),
    (ingress(ISSUED, {"hosts": ["a"], "secretName": "t"}, {"hosts": ["b"]}), {"t"}),
    (ingress({"kubernetes.io/tls-acme": "true"}, {"hosts": ["a"], "secretName": "t"}), {"t"}),
    (ingress(ISSUED, {"secretName": "t"}), set()),
    (ingress({}, {"hosts": ["a"], "secretName": "t"}), set()),
    (ingress({"kubernetes.io/tls-acme": "false"}, {"hosts": ["a"], "secretName": "t"}), set()),
    (ingress(ISSUED, *({"hosts": [host], "secretName": "t"} for host in "ab")), set()),
    (gateway(hostname="a", tls={"certificateRefs": [{"name": "t"}, {"name": "u"}]}), {"t", "u"}),
    (gateway("ListenerSet", hostname="a", tls={"certificateRefs": [{"name": "t"}]}), {"t"}),
    (gateway(hostname="a", tls={"certificateRefs": [{"name": "t"}, {"name": "u", "namespace": "other"}]}), set()),
    (gateway(hostname="a", tls={"certificateRefs": [{"name": "t", "kind": "ConfigMap"}]}), set()),
    (gateway(hostname="a", protocol="TCP", tls={"certificateRefs": [{"name": "t"}]}), set()),
    (gateway(marks={"kubernetes.io/tls-acme": "true"}, hostname="a", tls={"certificateRefs": [{"name": "t"}]}), set()),
    (
        gateway(marks={**ISSUED, "cert-manager.io/ignore-tls-listeners": "k, l"}, hostname="a",
                tls={"certificateRefs": [{"name": "t"}]}),
        set(),
    ),
    (gateway(hostname="a", tls={"mode": "Passthrough", "certificateRefs": [{"name": "t"}]}), set()),
    (gateway(tls={"certificateRefs": [{"name": "t"}]}), set()),
    (obj("ObjectBucketClaim", "objectbucket.io/v1alpha1", "b", spec={}), {"b"}),
    (obj("CephObjectStoreUser", "ceph.rook.io/v1", "u", spec={"store": "s"}), {"rook-ceph-object-user-s-u"}),
    (deployment(ONE_PASSWORD), {"item"}),
    (deployment({}, ONE_PASSWORD), {"item"}),
    (deployment({"operator.1password.io/item-name": "item"}, ONE_PASSWORD), set()),
    (deployment({}), set()),
    (obj("InfisicalSecret", INFISICAL, "i", spec={"managedSecretReference": {"secretName": "s"}}), {"s"}),
    (
        obj("InfisicalSecret", INFISICAL, "i",
            spec={"managedKubeSecretReferences": [{"secretName": "s"}, {"secretName": "t"}]}),
        {"s", "t"},
    ),
    (obj("InfisicalDynamicSecret", INFISICAL, "i", spec={"managedSecretReference": {"secretName": "s"}}), {"s"}),
    (
        obj("InfisicalStaticSecret", "secrets.infisical.com/v1beta1", "i",
            spec={"targets": [{"kind": "Secret", "name": "s"}, {"kind": "ConfigMap", "name": "c"}]}),
        {"s"},
    ),
    (obj("DopplerSecret", "secrets.doppler.com/v1alpha1", "d", spec={"managedSecret": {"name": "s"}}), {"s"}),
    (obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={}), {"p-oidc-credentials"}),
    (obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={"secret": {"name": "s"}}), {"s"}),
    (obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={"secret": {"enabled": False}}), set()),
    (obj("KanidmOAuth2Client", "kaniop.rs/v1beta1", "k", spec={}), {"k-kanidm-oauth2-credentials"}),
    (obj("KanidmOAuth2Client", "kaniop.rs/v1beta1", "k", spec={"public": True}), set()),
    (obj("KanidmServiceAccount", "kaniop.rs/v1beta1", "k", spec={}), set()),
    (
        obj("KanidmServiceAccount", "kaniop.rs/v1beta1", "k",
            spec={"generateCredentials": True, "apiTokens": [{"label": "a"}, {"label": "b", "secretName": "t"}, {}]}),
        {"k-kanidm-service-account-credentials", "k-a-api-token", "t"},
    ),
    (obj("Terraform", TERRAFORM, "t", spec={"writeOutputsToSecret": {"name": "s"}}), {"s"}),
    (obj("Terraform", TERRAFORM, "t", spec={"writeOutputsToSecret": {"name": "s"}, "destroy": True}), set()),
    (obj("Terraform", TERRAFORM, "t", spec={}), set()),
    (kyverno({"kind": "Secret", "name": "s", "namespace": "{{request.object.metadata.name}}"}), {"s"}),
    (kyverno({"kind": "Secret", "name": "{{request.object.metadata.name}}"}), set()),
    (kyverno({"kind": "ConfigMap", "name": "s"}), set()),
    (kyverno({"foreach": [{"kind": "Secret", "name": "s"}]}), {"s"}),
    (obj("OnePasswordItem", "onepassword.com/v1", "o", spec={"itemPath": "x"}), {"o"}),
    (obj("ServiceAccount", "talos.dev/v1alpha1", "t", spec={"roles": ["os:reader"]}), {"t"}),
    (obj("ServiceAccount", "v1", "t"), set()),
    (serving({"service.beta.openshift.io/serving-cert-secret-name": "s"}), {"s"}),
    (serving({"service.alpha.openshift.io/serving-cert-secret-name": "s"}), {"s"}),
    (serving({}), set()),
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
    (generating("Kustomization", secretGenerator=[{"name": "a"}, {"name": "b"}, {}, "c"]), {"a", "b"}),
    (generating("Component", configMapGenerator=[{"name": "a"}]), set()),
    (obj("Kustomization", "kustomize.toolkit.fluxcd.io/v1", secretGenerator=[{"name": "a"}]), set()),
    (generating("SopsGenerator", secrets=[{"name": "a"}, {"metadata": {"name": "b"}}]), {"a", "b"}),
    (generating("SopsGenerator", secrets=[{"name": "a", "kind": "ConfigMap"}], files=["b"]), set()),
    (generating("ksops", secretFrom=[{"metadata": {"name": "a"}}], files=["b"]), {"a"}),
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


def test_the_configuration_adds_to_what_is_known() -> None:
    rule = MakerRule("KafkaUser", "kafka.strimzi.io", ("kafka-{metadata.name}",), (), ("metadata", "labels"))
    user = obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls"}})
    assert made(user, rule) == {"u", "kafka-u"}
    assert keys(user, "kafka-u", rule) is None
    assert keys(obj("Cluster", "example.com/v1", "c"), "c", MakerRule("Cluster", None, ("{metadata.name}",))) is None


KEYS: list[tuple[dict[str, Any], str, set[str] | None]] = [
    (obj("DatabaseRole", CNPG, "r", spec={"clientCertificate": {}}), "r-client-cert", {"tls.crt", "tls.key"}),
    (obj("DatabaseRole", CNPG, "r", spec={"password": {"mode": "generate"}}), "r-password", None),
    (mariadb(), "m-root", {"password"}),
    (
        mariadb(username="u", passwordSecretKeyRef={"name": "s", "key": "pw", "generate": True}), "s", {"pw"},
    ),
    (mariadb(username="u", database="d", connection={}), "m", None),
    (obj("Connection", MARIADB, "c", spec={}), "c", {"dsn"}),
    (obj("Connection", MARIADB, "c", spec={"secretTemplate": {"key": "url", "hostKey": "h"}}), "c", {"url", "h"}),
    (
        obj("KanidmOAuth2Client", "kaniop.rs/v1beta1", "k", spec={"secretKeyAliases": {"clientId": ["id"]}}),
        "k-kanidm-oauth2-credentials", {"CLIENT_ID", "CLIENT_SECRET", "id"},
    ),
    (
        obj("KanidmServiceAccount", "kaniop.rs/v1beta1", "k", spec={"apiTokens": [{"label": "a"}]}),
        "k-a-api-token", {"token"},
    ),
    (
        obj("Terraform", TERRAFORM, "t", spec={"writeOutputsToSecret": {"name": "s", "outputs": ["a", "b:c"]}}),
        "s", {"a", "a__type", "c", "c__type"},
    ),
    (obj("Terraform", TERRAFORM, "t", spec={"writeOutputsToSecret": {"name": "s"}}), "s", None),
    (
        obj("BitwardenSecret", "k8s.bitwarden.com/v1", "b", spec={"secretName": "s", "map": [{"secretKeyName": "a"}]}),
        "s", {"a"},
    ),
    (obj("SealedSecret", "bitnami.com/v1alpha1", "s", spec={"data": "x"}), "s", None),
    (generating("Component", secretGenerator=[{"name": "s", "literals": ["a=b=c"], "files": ["d/e", "f=g"]}]), "s",
     {"a", "e", "f"}),
    (generating("Component", secretGenerator=[{"name": "s", "literals": ["a=b"], "env": "x"}]), "s", None),
    (generating("Component", secretGenerator=[{"name": "s", "literals": ["a=b"], "behavior": "merge"}]), "s", None),
    (generating("SopsGenerator", secrets=[{"name": "s", "files": [{"path": "a/b"}, {"path": "c", "key": "d"}]}]), "s",
     {"b", "d"}),
    (generating("ksops", secretFrom=[{"metadata": {"name": "s"}, "binaryFiles": ["a"]}]), "s", {"a"}),
]  # fmt: skip


@pytest.mark.parametrize(("item", "name", "expected"), KEYS)
def test_the_keys_that_its_secret_gets(item: dict[str, Any], name: str, expected: set[str] | None) -> None:
    assert keys(item, name) == expected


def test_the_keys_that_may_be_there_are_more_than_those_that_must() -> None:
    crunchy = obj("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "db", spec={})
    assert {"host", "verifier", "pgbouncer-uri"} <= (keys(crunchy, "db-pguser-db") or set())
    user = obj("PostgresUser", "db.movetokube.com/v1alpha1", "u", spec={"secretName": "s", "secretTemplate": {"a": ""}})
    assert {"POSTGRES_URL", "PASSWORD", "a"} <= (keys(user, "s-u") or set())
    client = obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={"secret": {"keys": {"clientID": "id"}}})
    found: frozenset[str] | set[str] = keys(client, "p-oidc-credentials") or set()
    assert {"id", "client_secret"} <= found
    assert "client_id" not in found


def keys(item: dict[str, Any], name: str, *rules: MakerRule) -> frozenset[str] | None:
    found = makers(Resource.new(item), rules)
    return next(keys_of(each) for each in found if each.made.name == name)


RENEWED: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        database(),
        {"db-app": "never", "db-ca": "certificate", "db-server": "certificate", "db-replication": "certificate"},
    ),
    (obj("DatabaseRole", CNPG, "r", spec={"password": {"mode": "generate"}}), {"r-password": "schedule"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "tls"}}), {"u": "certificate"}),
    (obj("KafkaUser", "kafka.strimzi.io/v1", "u", spec={"authentication": {"type": "scram-sha-512"}}), {"u": "never"}),
    (
        obj("Kafka", "kafka.strimzi.io/v1", "k", spec={"clientsCa": {"generateCertificateAuthority": False}}),
        {"k-cluster-ca-cert": "certificate", "k-cluster-ca": "certificate"},
    ),
    (obj("Certificate", "cert-manager.io/v1", "c", spec={"secretName": "s"}), {"s": "certificate"}),
    (obj("ExternalSecret", ESO, "s", spec={}), {"s": "store"}),
    (obj("ExternalSecret", ESO, "s", spec={"refreshInterval": "0"}), {"s": "never"}),
    (obj("ExternalSecret", ESO, "s", spec={"refreshInterval": "0s", "refreshPolicy": "Periodic"}), {"s": "never"}),
    (obj("ExternalSecret", ESO, "s", spec={"refreshInterval": "1h", "refreshPolicy": "CreatedOnce"}), {"s": "never"}),
    (obj("ExternalSecret", ESO, "s", spec={"refreshPolicy": "OnChange"}), {"s": "commit"}),
    (obj("ExternalSecret", ESO, "s", spec={"refreshInterval": "${EVERY}"}), {"s": "store"}),
    (obj("ExternalSecret", ESO, "s", spec={"target": {"immutable": True}}), {"s": "never"}),
    (
        obj(
            "ClusterExternalSecret",
            ESO,
            "s",
            spec={"namespaces": ["a"], "externalSecretSpec": {"refreshInterval": "0h"}},
        ),
        {"s": "never"},
    ),
    (obj("Secret", "v1", "s"), {"s": "commit"}),
    (obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={}), {"p-oidc-credentials": "never"}),
    (
        obj("PocketIDOIDCClient", "pocketid.internal/v1alpha1", "p", spec={"clientSecretRotation": {"enabled": True}}),
        {"p-oidc-credentials": "schedule"},
    ),
    (release(externalSecrets={"c": {"target": {"name": "c"}}}), {"c": "store"}),
    (release(externalSecrets={"c": {"target": {"name": "c"}, "refreshPolicy": "CreatedOnce"}}), {"c": "never"}),
    (obj("VaultDynamicSecret", VAULT, "v", spec={"destination": {"name": "s"}}), {"s": "schedule"}),
]


@pytest.mark.parametrize(("item", "expected"), RENEWED)
def test_what_renews_it(item: dict[str, Any], expected: dict[str, str]) -> None:
    assert {each.made.name: each.renewed for each in makers(Resource.new(item))} == expected


def test_where_labels_come_from() -> None:
    assert labels(obj("VaultStaticSecret", VAULT, "v", spec={"destination": {"name": "s", "labels": {"a": "b"}}})) == (
        "",
        "add it to the Secret itself, which takes none from here",
    )
    destination = {"name": "s", "create": True, "labels": {"a": "b"}}
    assert labels(obj("VaultStaticSecret", VAULT, "v", spec={"destination": destination})) == ("b", "")
    template = {"secretName": "s", "template": {"metadata": {"labels": {}}}}
    assert labels(obj("InfisicalSecret", INFISICAL, "i", spec={"managedSecretReference": template})) == (
        "",
        "add it to template.metadata.labels of the reference",
    )
    target = {"kind": "Secret", "name": "s", "metadata": {}}
    assert labels(obj("InfisicalStaticSecret", "secrets.infisical.com/v1beta1", "i", spec={"targets": [target]})) == (
        "",
        "add it to metadata.labels of the target",
    )
    assert labels(obj("Connection", MARIADB, "s", spec={"secretTemplate": {"metadata": {"labels": {"a": "b"}}}})) == (
        "b",
        "add it to spec.secretTemplate.metadata.labels, and to the Secret where it is there already, since it gets"
        " labels only when it is made",
    )
    issued = {**ISSUED, "cert-manager.io/secret-template": '{"labels": {"a": "b"}}'}
    cure = "add it to the annotation cert-manager.io/secret-template"
    assert labels(ingress(issued, {"hosts": ["a"], "secretName": "s"})) == ("b", cure)
    issued["cert-manager.io/secret-template"] = "{"
    assert labels(ingress(issued, {"hosts": ["a"], "secretName": "s"})) == ("", cure)


def labels(item: dict[str, Any]) -> tuple[str, str]:
    (maker,) = makers(Resource.new(item))
    return label_of(maker, "a")


@pytest.mark.parametrize("made", ["db-app", "db-ca"])
def test_a_database_reloads_the_secret_that_another_one_makes(made: str) -> None:
    """The operator watches all Secrets that a Cluster owns."""
    other = obj("Cluster", CNPG, "db2", spec={"externalClusters": [{"name": "db", "password": {"name": made}}]})
    assert wired(database(), other) == [database(), other]
    assert through(database(), other).err == ""


def test_a_role_does_not_notice_the_secret_of_a_database_without_a_label() -> None:
    role = obj("DatabaseRole", CNPG, "web", spec={"passwordSecret": {"name": "db-ca"}})
    assert "db-ca" in through(database(), role).err


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
        ({"allowed": "True", "auto-enabled": "TRUE", "auto-namespaces": "web"}, {"web"}),
        (
            {"allowed": "true", "auto-enabled": "true", "auto-namespaces": "web", "auto-namespaces-selector": "a=b"},
            {"web", "app-1", "other"},
        ),
    ],
)
def test_reflected_copies(annotations: dict[str, str], namespaces: set[str]) -> None:
    marks = {f"{REFLECTED}{key}": value for key, value in annotations.items()}
    source = obj(
        "Certificate", "cert-manager.io/v1", spec={"secretName": "s", "secretTemplate": {"annotations": marks}}
    )
    assert users_of_copies(source) == namespaces


def test_copies_of_what_an_annotation_asks_cert_manager_for() -> None:
    marks = {f"{REFLECTED}allowed": "true", f"{REFLECTED}auto-enabled": "true", f"{REFLECTED}auto-namespaces": "web"}
    template = {"cert-manager.io/secret-template": json.dumps({"annotations": marks})}
    assert users_of_copies(ingress({**ISSUED, **template}, {"hosts": ["a"], "secretName": "s"})) == {"web"}


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


def test_labels_that_a_generator_gives() -> None:
    entry = {"name": "s", "options": {"labels": {"a": "own"}}}
    options = {"labels": {"a": "all", "b": "all", "c": 1}}
    (maker,) = makers(Resource.new(generating("Kustomization", generatorOptions=options, secretGenerator=[entry])))
    cure = "add it to options.labels of the secretGenerator"
    assert [label_of(maker, key) for key in "abc"] == [("own", cure), ("all", cure), ("", cure)]
    (ours,) = makers(Resource.new(generating("SopsGenerator", secrets=[{"name": "s", "labels": {"a": "b"}}])))
    assert label_of(ours, "a")[0] == "b"
    (theirs,) = makers(
        Resource.new(generating("ksops", secretFrom=[{"metadata": {"name": "s", "labels": {"a": "b"}}}]))
    )
    assert label_of(theirs, "a")[0] == "b"
