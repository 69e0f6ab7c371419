"""The Secrets that operators of databases make of what their objects leave out."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import NOWHERE, Made

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_BOOTSTRAPS = ("recovery", "pg_basebackup", "initdb")
_RELOADED = (("cnpg.io/reload", "true"),)
_CRUNCHY_USER = pattern(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")


def of_cluster(item: Resource) -> Iterator[Made]:
    """What CloudNativePG makes for a Cluster, as its 1.30 and 1.31 have it.

    It leaves a Secret alone that is there already; certificates get no labels.
    """
    spec, name = as_map(item.data.get("spec")), item.name
    if _makes_user(spec, name):
        yield Made(f"{name}-app", item.namespace, carries=_RELOADED)
    if spec.get("enableSuperuserAccess") is True and not as_map(spec.get("superuserSecret")).get("name"):
        yield Made(f"{name}-superuser", item.namespace, carries=_RELOADED)
    own = as_map(spec.get("certificates"))
    certificates = {
        "ca": not own.get("serverCASecret") or not own.get("clientCASecret"),
        "server": not own.get("serverTLSSecret"),
        "replication": not own.get("replicationTLSSecret"),
    }
    for word, made in certificates.items():
        if made:
            yield Made(f"{name}-{word}", item.namespace, cure=NOWHERE, renewed="certificate")


def _makes_user(spec: Mapping[str, object], name: str) -> bool:
    """Whether it makes the user of the application, with a password of its own."""
    bootstrap = as_map(spec.get("bootstrap"))
    start = next((each for each in _BOOTSTRAPS if each in bootstrap), "initdb")
    how = as_map(bootstrap.get(start))
    if as_map(how.get("secret")).get("name"):
        return False
    if start != "initdb":
        return not _follows(as_map(spec.get("replica")), name)
    return as_map(how.get("import")).get("type") != "monolith" or bool(how.get("database"))


def _follows(replica: Mapping[str, object], name: str) -> bool:
    """Whether the Cluster only repeats another one."""
    if "enabled" in replica:
        return replica["enabled"] is True
    return bool(replica) and replica.get("primary") != (replica.get("self") or name)


def of_role(item: Resource) -> Iterator[Made]:
    """A DatabaseRole's client certificate (1.30), and its password where it is to be generated (1.31)."""
    spec, name = as_map(item.data.get("spec")), item.name
    certificate = spec.get("clientCertificate")
    if isinstance(certificate, dict) and certificate.get("enabled") is not False:
        yield Made(f"{name}-client-cert", item.namespace, owned=True, renewed="certificate")
    if as_map(spec.get("password")).get("mode") == "generate":
        yield Made(f"{name}-password", item.namespace, owned=True, renewed="schedule")


def of_kafka(item: Resource) -> Iterator[Made]:
    """The certificates that sign for a Kafka of Strimzi's and its clients, and their keys, unless people bring them."""
    spec = as_map(item.data.get("spec"))
    for field, name in (("clusterCa", "cluster-ca"), ("clientsCa", "clients-ca")):
        if as_map(spec.get(field)).get("generateCertificateAuthority") is not False:
            yield Made(f"{item.name}-{name}-cert", item.namespace)
            yield Made(f"{item.name}-{name}", item.namespace, cure=NOWHERE)


def of_postgres_cluster(item: Resource) -> Iterator[Made]:
    """One for each user of a cluster of Crunchy's: those listed, else one called as the cluster, where it may be."""
    name = item.name
    listed = as_map(item.data.get("spec")).get("users")
    users = [as_text(as_map(each).get("name")) for each in as_list(listed)]
    if listed is None and _CRUNCHY_USER.match(name):
        users = [name]
    yield from (Made(f"{name}-pguser-{user}", item.namespace) for user in users if user)


def of_postgres_user(item: Resource) -> Iterator[Made]:
    """What ext-postgres-operator makes, unless it was told to keep names as they are."""
    if name := as_text(as_map(item.data.get("spec")).get("secretName")):
        yield Made(f"{name}-{item.name}", item.namespace)


def of_mariadb(item: Resource) -> Iterator[Made]:
    """Passwords that nobody gives, or that are to be generated, and connections to the first database."""
    spec, name = as_map(item.data.get("spec")), item.name
    if spec.get("rootEmptyPassword") is not True:
        yield from _generated(item, spec.get("rootPasswordSecretKeyRef"), f"{name}-root")
    if spec.get("username") and not (spec.get("passwordHashSecretKeyRef") or spec.get("passwordPlugin")):
        yield from _generated(item, spec.get("passwordSecretKeyRef"), f"{name}-password")
    metrics = as_map(spec.get("metrics"))
    if metrics.get("enabled") is True:
        yield from _generated(item, metrics.get("passwordSecretKeyRef"), f"{name}-metrics-password")
    connection = spec.get("connection")
    if isinstance(connection, dict) and spec.get("username") and spec.get("database"):
        yield Made(as_text(connection.get("secretName")) or name, item.namespace, renewed="store")


def _generated(item: Resource, ref: object, name: str) -> Iterator[Made]:
    """The Secret of a password: it is left alone where it is there already."""
    given = as_map(ref)
    if not given or given.get("generate") is True:
        yield Made(as_text(given.get("name")) or name, item.namespace)


def of_connection(item: Resource) -> Iterator[Made]:
    """What a Connection to a MariaDB is written to."""
    name = as_text(as_map(item.data.get("spec")).get("secretName"))
    yield Made(name or item.name, item.namespace, owned=True)
