"""Who makes which Secret: the one table of kinds, and what an object of one of them makes.

Each row was read in its operator's own source or documentation, which stands beside it; what could not be looked up
has no row. What stands nowhere here can be told by `makers:` in the SecretsConfig, whose rows say the same.
"""

from __future__ import annotations

from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.secrets.makers import SOPS_KIND, finders
from krm_secrets.secrets.makers.maker import Kind, Made, Maker
from krm_secrets.settings.kinds import (
    COMPONENT,
    GROUP,
    KSOPS,
    KSOPS_GROUP,
    KUSTOMIZATION,
    KUSTOMIZE_GROUP,
    SOPS_GENERATOR,
)
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from krm_secrets.secrets.makers.maker import Renewal
    from krm_secrets.settings.restarts import MakerRule


def makers(item: Resource, rules: Iterable[MakerRule] = ()) -> list[Maker]:
    """What an object makes; `rules` are those of the configuration, which add to what is known."""
    found: list[Maker] = []
    for kind in _kinds(item, rules):
        try:
            named = kind.secrets(item) if callable(kind.secrets) else _named(item, kind.secrets.split(), kind.owned)
            found += [Maker(item, kind, made) for made in named if made.name]
        except YamlError:
            continue  # the API server refuses such an object; here it only makes nothing
    if found and any(map(item.slot.source.holds, _COPIERS)):
        from krm_secrets.secrets.makers.mirrors import with_copies  # few Secrets have any

        return with_copies(found)
    return found


def owned(item: Resource, rules: Iterable[MakerRule] = ()) -> list[str]:
    """The Secrets that an object has for itself, in its own namespace."""
    return [each.made.name for each in makers(item, rules) if each.made.owned and each.made.namespace == item.namespace]


def _kinds(item: Resource, rules: Iterable[MakerRule]) -> Iterator[Kind]:
    """What is known of the object's kind: by the table, and by the configuration."""
    group = group_of(item.api_version)
    found = [row for row in TABLE.get(item.kind, ()) if row.group == group]
    for rule in rules:
        if rule.kind == item.kind and rule.group in (None, group):
            near = (*rule.labels[:-1], "annotations") if rule.labels else ()
            found.append(Kind(group, " ".join(rule.secrets), " ".join(rule.keys), rule.labels, near))
    if not found and item.slot.source.holds(finders.CONNECTION):
        yield _CLAIM
    yield from found


def signs() -> Iterator[str]:
    """What the text of every object that makes a Secret holds at least one of, but for Secrets themselves."""
    yield from (finders.CONNECTION, *_COPIERS)
    for rows in TABLE.values():
        for row in rows:
            yield from row.signs or (f"{row.group}/",)


def _named(item: Resource, names: Iterable[str], owned: bool) -> Iterator[Made]:
    """What the names of a row lead to."""
    from krm_secrets.secrets.makers.secret_names import named  # most runs have only kinds that are found by code

    return (Made(name, namespace, owned) for name, namespace in named(item, names))


def _by(module: str, finder: str) -> Callable[[Resource], Iterable[Made]]:
    """A finder of another module, which is imported where an object of its kind is met: most runs have none."""

    def found(item: Resource) -> Iterable[Made]:
        from importlib import import_module

        made: Iterable[Made] = getattr(import_module(f"krm_secrets.secrets.makers.{module}"), finder)(item)
        return made

    return found


_COPIERS = ("reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/")
_ISSUERS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
_TEMPLATE = "cert-manager.io/secret-template"
_GATEWAY = "gateway.networking.k8s.io"
_ESO, _CERT_MANAGER, _CNPG = "external-secrets.io", "cert-manager.io", "postgresql.cnpg.io"
_VAULT, _INFISICAL, _MARIADB = "secrets.hashicorp.com", "secrets.infisical.com", "k8s.mariadb.com"
_VAULT_KINDS: dict[str, Renewal] = {
    "VaultStaticSecret": "store",
    "VaultDynamicSecret": "schedule",
    "VaultPKISecret": "certificate",
    "HCPVaultSecretsApp": "store",
}
_TLS = "tls.crt tls.key ca.crt"
_OWN = ("metadata", "labels"), ("metadata", "annotations")


def _both(*path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (*path, "labels"), (*path, "annotations")


_CLAIM = Kind("", finders.of_connection, renewed="store")
"""What asks Crossplane for something, whatever its kind: crossplane-runtime 2.4, pkg/resource/resource.go."""

_SHIM = _both("metadata", "annotations", _TEMPLATE)
_LISTENERS = Kind(_GATEWAY, _by("shim", "of_gateway"), _TLS, *_SHIM, signs=_ISSUERS, renewed="certificate")

TABLE: dict[str, tuple[Kind, ...]] = {
    "Secret": (Kind("", finders.of_secret, "", *_OWN, signs=("ENC[",), renewed="commit"),),
    # external-secrets 2.9: pkg/controllers/externalsecret
    KIND: (Kind(_ESO, finders.of_external, "", *_both("spec", "target", "template", "metadata"), renewed="store"),),
    CLUSTER_KIND: (
        Kind(
            _ESO,
            finders.of_cluster_external,
            "",
            *_both("spec", "externalSecretSpec", "target", "template", "metadata"),
            renewed="store",
        ),
    ),
    # cert-manager 1.21: pkg/controller/certificates/issuing/internal/secret.go, pkg/controller/certificate-shim/sync.go
    "Certificate": (
        Kind(_CERT_MANAGER, finders.of_certificate, "", *_both("spec", "secretTemplate"), renewed="certificate"),
    ),
    "Ingress": (
        Kind(
            "networking.k8s.io",
            _by("shim", "of_ingress"),
            _TLS,
            *_SHIM,
            signs=(*_ISSUERS, "kubernetes.io/tls-acme"),
            renewed="certificate",
        ),
    ),
    "Gateway": (_LISTENERS,),
    "ListenerSet": (_LISTENERS,),
    # sealed-secrets 0.36: pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go, pkg/controller/controller.go
    "SealedSecret": (
        Kind("bitnami.com", finders.of_sealed, "", *_both("spec", "template", "metadata"), renewed="commit"),
    ),
    # sops-secrets-operator 0.21: api/v1alpha3/sopssecret_types.go, internal/controllers/sopssecret_controller.go
    SOPS_KIND: (Kind("isindir.github.com", finders.of_sops_secret, signs=("sops",), renewed="commit"),),
    # CloudNativePG 1.30: internal/controller/cluster_create.go, cluster_pki.go, databaserole_pki.go;
    # the generated password: its documentation of 1.31, declarative_role_management
    "Cluster": (Kind(_CNPG, _by("databases", "of_cluster"), "", *_both("spec", "inheritedMetadata"), renewed="never"),),
    "DatabaseRole": (Kind(_CNPG, _by("databases", "of_role")),),
    # Crunchy's postgres-operator 6.0: internal/controller/postgrescluster/postgres.go
    "PostgresCluster": (
        Kind(
            "postgres-operator.crunchydata.com",
            _by("databases", "of_postgres_cluster"),
            "host port user password verifier dbname uri jdbc-uri"
            " pgbouncer-host pgbouncer-port pgbouncer-uri pgbouncer-jdbc-uri",
            *_both("spec", "metadata"),
            renewed="never",
        ),
    ),
    # ext-postgres-operator 3.0: internal/controller/postgresuser_controller.go
    "PostgresUser": (
        Kind("db.movetokube.com", _by("databases", "of_postgres_user"), "", *_both("spec"), renewed="never"),
    ),
    # mariadb-operator 26.6: api/v1alpha1/mariadb_keys.go, pkg/controller/secret/controller.go,
    # internal/controller/connection_controller.go
    "MariaDB": (
        Kind(_MARIADB, _by("databases", "of_mariadb"), "", *_both("spec", "inheritMetadata"), renewed="never"),
    ),
    "Connection": (
        Kind(
            _MARIADB,
            _by("databases", "of_connection"),
            "",
            *_both("spec", "secretTemplate", "metadata"),
            renewed="store",
        ),
    ),
    # Strimzi 1.2: documentation/modules/security/ref-certificates-and-secrets.adoc, operator-common/…/InternalCa.java;
    # user-operator/…/model/KafkaUserModel.java; STRIMZI_SECRET_PREFIX puts something before the name
    "Kafka": (
        Kind(
            "kafka.strimzi.io",
            _by("databases", "of_kafka"),
            "",
            *_both("spec", "kafka", "template", "clusterCaCert", "metadata"),
            renewed="certificate",
        ),
    ),
    "KafkaUser": (
        Kind("kafka.strimzi.io", finders.of_kafka_user, "", *_both("spec", "template", "secret", "metadata")),
    ),
    # lib-bucket-provisioner 1.14, which Rook and NooBaa have in them: pkg/provisioner/resourcehandlers.go
    "ObjectBucketClaim": (
        Kind(
            "objectbucket.io",
            "{metadata.name}",
            "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
            owned=True,
            renewed="never",
        ),
    ),
    # Rook: Documentation/CRDs/Object-Storage/ceph-object-store-user-crd.md; one may also write the Secret oneself
    "CephObjectStoreUser": (
        Kind("ceph.rook.io", "rook-ceph-object-user-{spec.store}-{metadata.name}", renewed="never"),
    ),
    # 1Password's operator 1.12: internal/controller, pkg/kubernetessecrets; it asks again every ten minutes
    "OnePasswordItem": (
        Kind("onepassword.com", "{metadata.name}", "", ("metadata", "labels"), owned=True, renewed="store"),
    ),
    "Deployment": (
        Kind("apps", _by("operators", "of_deployment"), signs=("operator.1password.io/",), renewed="store"),
    ),
    # OpenShift's service-ca-operator 4.6: pkg/controller/servingcert/controller/secret_creating_controller.go
    "Service": (
        Kind(
            "",
            _by("operators", "of_service"),
            "tls.crt tls.key",
            signs=("openshift.io/serving-cert-secret-name",),
            renewed="certificate",
        ),
    ),
    # Talos 1.2: internal/app/machined/pkg/controllers/kubeaccess/serviceaccount; certificates live for six hours
    "ServiceAccount": (Kind("talos.dev", "{metadata.name}", "config", owned=True, renewed="certificate"),),
    # Bitwarden's sm-operator 2.0: internal/controller/bitwardensecret_controller.go; every five minutes
    "BitwardenSecret": (Kind("k8s.bitwarden.com", _by("operators", "of_bitwarden"), renewed="store"),),
    # Vault Secrets Operator 1.4: helpers/secrets.go, api/v1beta1
    **{
        kind: (Kind(_VAULT, _by("operators", "of_vault"), "", *_both("spec", "destination"), renewed=renewed),)
        for kind, renewed in _VAULT_KINDS.items()
    },
    # Infisical's operator 0.11: internal/services, api/v1alpha1/common.go, api/v1beta1/infisicalstaticsecret_types.go
    "InfisicalSecret": (Kind(_INFISICAL, _by("operators", "of_infisical"), "", *_OWN, renewed="store"),),
    "InfisicalDynamicSecret": (Kind(_INFISICAL, _by("operators", "of_infisical"), "", *_OWN, renewed="schedule"),),
    "InfisicalStaticSecret": (Kind(_INFISICAL, _by("operators", "of_infisical_static"), "", *_OWN, renewed="store"),),
    # Doppler's operator 1.7: controllers/dopplersecret_controller_secrets.go
    "DopplerSecret": (
        Kind(
            "secrets.doppler.com", _by("operators", "of_doppler"), "", *_both("spec", "managedSecret"), renewed="store"
        ),
    ),
    # pocket-id-operator 0.14: api/v1alpha1/pocketidoidcclient_types.go, internal/controller/oidcclient/controller.go
    "PocketIDOIDCClient": (
        Kind(
            "pocketid.internal",
            _by("operators", "of_pocket_id"),
            "",
            ("spec", "secret", "additionalLabels"),
            ("spec", "secret", "additionalAnnotations"),
            renewed="never",
        ),
    ),
    # kaniop 0.12: libs/oauth2/src, libs/service-account/src
    "KanidmOAuth2Client": (
        Kind("kaniop.rs", _by("operators", "of_kanidm_client"), "", *_both("spec", "secretTemplate"), renewed="never"),
    ),
    "KanidmServiceAccount": (Kind("kaniop.rs", _by("operators", "of_kanidm_account")),),
    # tofu-controller 0.16: controllers/tf_controller_outputs.go, runner/server_outputs.go
    "Terraform": (
        Kind(
            "infra.contrib.fluxcd.io",
            _by("operators", "of_terraform"),
            "",
            *_both("spec", "writeOutputsToSecret"),
            renewed="store",
        ),
    ),
    # Kyverno, August 2026: api/kyverno/v1/common_types.go; its GeneratingPolicy names things in CEL, which nobody reads
    **{
        kind: (Kind("kyverno.io", _by("operators", "of_kyverno"), renewed="commit"),)
        for kind in ("Policy", "ClusterPolicy")
    },
    # kustomize 5.8: api/internal/builtins/SecretGenerator.go; kustomize-sops 4.5: ksops.go, which reads what ours does
    **{
        kind: (Kind(group, _by("generators", "of_generator"), signs=(sign,), renewed="commit"),)
        for kind, group, sign in (
            (KUSTOMIZATION, KUSTOMIZE_GROUP, "secretGenerator"),
            (COMPONENT, KUSTOMIZE_GROUP, "secretGenerator"),
            (SOPS_GENERATOR, GROUP, SOPS_GENERATOR),
            (KSOPS, KSOPS_GROUP, KSOPS),
        )
    },
    # app-template 3 to 5: charts/library/common/templates
    "HelmRelease": (Kind("helm.toolkit.fluxcd.io", finders.of_release, signs=("externalSecrets",), renewed="commit"),),
}
