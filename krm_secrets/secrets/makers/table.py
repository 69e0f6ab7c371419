"""Who makes which Secret: the one table of kinds, and what an object of one of them makes.

Each row was read in its operator's own documentation or source. A kind that stands nowhere here can be told by
`makers:` in the SecretsConfig, whose rows say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND, target
from krm_secrets.krm.annotations import GENERATED, HASHED
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource, at, group_of, text_at
from krm_secrets.secrets.makers.maker import ANYWHERE, SOPS_KIND, Kind, Made, Maker
from krm_secrets.secrets.masked import is_masked
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Sequence, YamlError, resolved

if TYPE_CHECKING:
    from krm_secrets.settings.restarts import MakerRule


def makers(item: Resource, rules: Iterable[MakerRule] = ()) -> list[Maker]:
    """What an object makes; `rules` are those of the configuration."""
    kind = _kind(item, rules)
    if kind is None:
        return []
    try:
        named = kind.secrets(item) if callable(kind.secrets) else _named(item, kind.secrets.split(), kind.owned)
        found = [Maker(item, kind, made) for made in named if made.name]
        if found and any(map(item.slot.source.holds, _COPIERS)):
            from krm_secrets.secrets.makers.mirrors import with_copies  # few Secrets have any

            return with_copies(found)
        return found
    except YamlError:
        return []  # the API server refuses such an object; here it only makes nothing


def owned(item: Resource, rules: Iterable[MakerRule] = ()) -> list[str]:
    """The Secrets that an object has for itself, in its own namespace."""
    return [each.made.name for each in makers(item, rules) if each.made.owned and each.made.namespace == item.namespace]


def _kind(item: Resource, rules: Iterable[MakerRule]) -> Kind | None:
    """What is known of the object's kind: by the table, else by the configuration."""
    group = group_of(item.api_version)
    for row in TABLE.get(item.kind, ()):
        if row.group == group:
            return row
    for rule in rules:
        if rule.kind == item.kind and rule.group in (None, group):
            near = (*rule.labels[:-1], "annotations") if rule.labels else ()
            return Kind(group, " ".join(rule.secrets), " ".join(rule.keys), rule.labels, near)
    return _CLAIM if item.slot.source.holds(_CONNECTION) else None


def signs() -> Iterator[str]:
    """What the text of every object that makes a Secret holds at least one of, but for Secrets themselves."""
    yield from (_CONNECTION, *_COPIERS)
    for rows in TABLE.values():
        for row in rows:
            yield from row.signs or (f"{row.group}/",)


def _named(item: Resource, names: Iterable[str], owned: bool) -> Iterator[Made]:
    """What the names of a row lead to."""
    from krm_secrets.secrets.makers.secret_names import named  # most runs have only kinds that are found by code

    return (Made(name, namespace, owned) for name, namespace in named(item, names))


def _secret(item: Resource) -> Iterator[Made]:
    # What this run decrypted, made or leaves encrypted, or what Flux masked, changes with the file that it comes from;
    # so does what a generator of the same kustomization made, where no hash gives it another name.
    changes = item.made or bool(item.edits) or BLOCK in item.node.entries() or is_masked(item)
    changes = changes or (bool(item.annotation(GENERATED)) and item.annotation(HASHED) != "enabled")
    if is_secret(item):
        yield Made(item.name, item.namespace, plain=not changes)


def _external(item: Resource) -> Iterator[Made]:
    yield from _target(at(item.node, "spec"), item.name, (item.namespace,))


def _target(spec: Node | None, name: str, namespaces: Iterable[str]) -> Iterator[Made]:
    """The Secret of an ExternalSecret's spec."""
    found = at(spec, "target")
    fields = ("name", "creationPolicy", "manifest")
    given = {key: getattr(node, "value", node) for key in fields if (node := at(found, key)) is not None}
    if (made := target(name, given)) is not None:
        for namespace in namespaces:
            yield Made(made.name, namespace, not made.joins)


def _cluster_external(item: Resource) -> Iterator[Made]:
    spec = at(item.node, "spec")
    own = text_at(spec, "externalSecretName") or item.name
    return _target(at(spec, "externalSecretSpec"), own, _namespaces(spec))


def _namespaces(spec: Node | None) -> Iterator[str]:
    listed = at(spec, "namespaces")
    for each in listed.items if type(listed) is Sequence else ():
        yield getattr(resolved(each), "value", ANYWHERE)
    selectors = at(spec, "namespaceSelectors")
    found = [resolved(each) for each in selectors.items] if type(selectors) is Sequence else []
    for selector in (at(spec, "namespaceSelector"), *found):
        if selector is not None:
            yield text_at(at(selector, "matchLabels"), "kubernetes.io/metadata.name") or ANYWHERE


def _certificate(item: Resource) -> Iterator[Made]:
    yield Made(text_at(at(item.node, "spec"), "secretName"), item.namespace, owned=True)


def _sealed(item: Resource) -> Iterator[Made]:
    yield Made(item.name, item.namespace, owned=True)


def _sops_secret(item: Resource) -> Iterator[Made]:
    templates = at(item.node, "spec", "secretTemplates")
    for template in templates.items if type(templates) is Sequence else ():
        name = text_at(resolved(template), "name")
        yield Made("" if is_whole(name) else name, item.namespace, owned=True)


def _cluster(item: Resource) -> Iterator[Made]:
    from krm_secrets.secrets.makers.databases import cluster_secrets  # few runs have a database

    return (Made(name, item.namespace) for name in cluster_secrets(item))


def _database_role(item: Resource) -> Iterator[Made]:
    certificate = at(item.node, "spec", "clientCertificate")
    if type(certificate) is Mapping and text_at(certificate, "enabled") != "false":
        yield Made(f"{item.name}-client-cert", item.namespace)


def _postgres_cluster(item: Resource) -> Iterator[Made]:
    from krm_secrets.secrets.makers.databases import users

    return (Made(f"{item.name}-pguser-{user}", item.namespace) for user in users(item))


def _kafka_user(item: Resource) -> Iterator[Made]:
    if text_at(at(item.node, "spec", "authentication"), "type") in ("tls", "scram-sha-512"):
        yield Made(item.name, item.namespace, owned=True)


def _bitwarden_secret(item: Resource) -> Iterator[Made]:
    yield Made(text_at(at(item.node, "spec"), "secretName"), item.namespace, owned=True)


def _vault(item: Resource) -> Iterator[Made]:
    destination = at(item.node, "spec", "destination")
    # Without `create` the operator fills a Secret that somebody else makes.
    creates = text_at(destination, "create") == "true" and text_at(destination, "overwrite") != "true"
    yield Made(text_at(destination, "name"), item.namespace, creates)


def _shim(item: Resource) -> Iterator[Made]:
    """The certificates that cert-manager makes because an annotation asks for them.

    Several Ingresses may name one: only the first of them gets it made.
    """
    if not any(item.annotation(key) for key in _ISSUERS) and item.annotation(_ACME) != "true":
        return
    if group_of(item.api_version) != _GATEWAY:
        listed = at(item.node, "spec", "tls")
        for tls in listed.items if type(listed) is Sequence else ():
            if at(resolved(tls), "hosts") is not None:
                yield Made(text_at(resolved(tls), "secretName"), item.namespace)
        return
    listeners = at(item.node, "spec", "listeners")
    for listener in map(resolved, listeners.items if type(listeners) is Sequence else ()):
        refs = at(listener, "tls", "certificateRefs")
        if text_at(listener, "hostname") and text_at(at(listener, "tls"), "mode") != "Passthrough":
            for ref in map(resolved, refs.items if type(refs) is Sequence else ()):
                if (text_at(ref, "namespace") or item.namespace) == item.namespace:
                    yield Made(text_at(ref, "name"), item.namespace)


def _release(item: Resource) -> Iterator[Made]:
    """What app-template makes of `externalSecrets` and `secrets` in its values."""
    values = at(item.node, "spec", "values")
    if at(values, "externalSecrets") is None and at(values, "secrets") is None:
        return
    from krm_secrets.secrets.makers.chart_values import external_secrets, own_secrets  # few releases have one
    from krm_secrets.secrets.uses.app_template import is_app_template
    from krm_secrets.secrets.uses.release import Release

    if is_app_template(item.data):
        release = Release.of(item.data)
        yield from (Made(name, release.namespace, owned=True) for name in external_secrets(release).values())
        # The chart itself restarts for these, as they change with the release.
        yield from (Made(name, release.namespace, plain=True) for name in own_secrets(release).values())


def _connection(item: Resource) -> Iterator[Made]:
    """What Crossplane writes, whatever the kind: a claim's in its own namespace, that of others in the named one."""
    found = at(item.node, "spec", _CONNECTION)
    if type(found) is Mapping and type(found.get("name")) is Scalar:
        yield Made(text_at(found, "name"), text_at(found, "namespace") or item.namespace)


_CONNECTION = "writeConnectionSecretToRef"
_COPIERS = ("reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/")
_ISSUERS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
_ACME = "kubernetes.io/tls-acme"
_GATEWAY = "gateway.networking.k8s.io"
_ESO, _CERT_MANAGER, _CNPG = "external-secrets.io", "cert-manager.io", "postgresql.cnpg.io"
_VAULT = "secrets.hashicorp.com"
_TLS = "tls.crt tls.key ca.crt"
_OWN = ("metadata", "labels"), ("metadata", "annotations")


def _both(*path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (*path, "labels"), (*path, "annotations")


_CLAIM = Kind("", _connection)
"""What asks Crossplane for something, whatever its kind."""

TABLE: dict[str, tuple[Kind, ...]] = {
    "Secret": (Kind("", _secret, "", *_OWN, signs=("ENC[",)),),
    KIND: (Kind(_ESO, _external, "", *_both("spec", "target", "template", "metadata")),),
    CLUSTER_KIND: (
        Kind(_ESO, _cluster_external, "", *_both("spec", "externalSecretSpec", "target", "template", "metadata")),
    ),
    "Certificate": (Kind(_CERT_MANAGER, _certificate, "", *_both("spec", "secretTemplate")),),
    "SealedSecret": (Kind("bitnami.com", _sealed, "", *_both("spec", "template", "metadata")),),
    SOPS_KIND: (Kind("isindir.github.com", _sops_secret, signs=("sops",)),),
    "Cluster": (Kind(_CNPG, _cluster, "", *_both("spec", "inheritedMetadata")),),
    "DatabaseRole": (Kind(_CNPG, _database_role, "tls.crt tls.key"),),
    "PostgresCluster": (Kind("postgres-operator.crunchydata.com", _postgres_cluster, "", *_both("spec", "metadata")),),
    "KafkaUser": (Kind("kafka.strimzi.io", _kafka_user, "", *_both("spec", "template", "secret", "metadata")),),
    "ObjectBucketClaim": (Kind("objectbucket.io", "{metadata.name}", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"),),
    "OnePasswordItem": (Kind("onepassword.com", "{metadata.name}", "", ("metadata", "labels"), owned=True),),
    "BitwardenSecret": (Kind("k8s.bitwarden.com", _bitwarden_secret),),
    **{
        kind: (Kind(_VAULT, _vault, "", *_both("spec", "destination")),)
        for kind in ("VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret", "HCPVaultSecretsApp")
    },
    "Ingress": (
        Kind("networking.k8s.io", _shim, _TLS, signs=(*_ISSUERS, _ACME)),
        Kind("extensions", _shim, _TLS, signs=(*_ISSUERS, _ACME)),
    ),
    "Gateway": (Kind(_GATEWAY, _shim, _TLS, signs=_ISSUERS),),
    "HelmRelease": (Kind("helm.toolkit.fluxcd.io", _release, signs=("externalSecrets",)),),
}
