"""The Secrets that operators of databases make of what their objects leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_list, as_map, as_text

_BOOTSTRAPS = ("initdb", "recovery", "pg_basebackup")


def cluster_secrets(item: Resource) -> Iterator[str]:
    """What CloudNativePG makes for a Cluster, as its 1.28 has it."""
    spec, name = as_map(item.data.get("spec")), item.name
    if _makes_user(spec):
        yield f"{name}-app"
    if spec.get("enableSuperuserAccess") is True and not as_map(spec.get("superuserSecret")).get("name"):
        yield f"{name}-superuser"
    own = as_map(spec.get("certificates"))
    if not own.get("serverCASecret") or not own.get("clientCASecret"):
        yield f"{name}-ca"
    if not own.get("serverTLSSecret"):
        yield f"{name}-server"
    if not own.get("replicationTLSSecret"):
        yield f"{name}-replication"


def _makes_user(spec: Mapping[str, object]) -> bool:
    """Whether it makes the user of the application, with a password of its own."""
    bootstrap = as_map(spec.get("bootstrap"))
    start = next((each for each in _BOOTSTRAPS if each in bootstrap), "initdb")
    how = as_map(bootstrap.get(start))
    if as_map(how.get("secret")).get("name"):
        return False
    if start != "initdb":
        return as_map(spec.get("replica")).get("enabled") is not True
    return as_map(how.get("import")).get("type") != "monolith" or bool(how.get("database"))


def users(item: Resource) -> Iterator[str]:
    """The users for each of whom Crunchy's operator makes a Secret: those listed, else one called as the cluster."""
    listed = as_map(item.data.get("spec")).get("users")
    if listed is None:
        yield item.name
    for each in as_list(listed):
        if name := as_text(as_map(each).get("name")):
            yield name
