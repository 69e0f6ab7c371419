"""Databases and message brokers."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import CNPG_LABEL, Entry, below, each

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_CNPG = "postgresql.cnpg.io"
_BARMAN = """
    s3Credentials.accessKeyId{} s3Credentials.secretAccessKey{} s3Credentials.region{} s3Credentials.sessionToken{}
    azureCredentials.connectionString{} azureCredentials.storageAccount{} azureCredentials.storageKey{}
    azureCredentials.storageSasToken{} googleCredentials.applicationCredentials{}
"""
# What `Cluster.UsesSecret` of 1.28 says, for which the operator looks at labelled Secrets.
_LOGIN = "{:username,password}"  # without both of them the operator refuses the Secret
_LOOKED_AT = f"""
    superuserSecret{_LOGIN} managed.roles[].passwordSecret{_LOGIN} monitoring.customQueriesSecret[]{{}}
    bootstrap.initdb.secret{_LOGIN} bootstrap.pg_basebackup.secret{_LOGIN} bootstrap.recovery.secret{_LOGIN}
    certificates.serverTLSSecret certificates.serverCASecret certificates.clientCASecret
    certificates.replicationTLSSecret externalClusters[].password{{}} externalClusters[].sslCert{{}}
    externalClusters[].sslKey{{}} externalClusters[].sslRootCert{{}} backup.barmanObjectStore.endpointCA{{}}
    externalClusters[].barmanObjectStore.endpointCA{{}}
"""
_AT_NEXT_LOOK = f"""
    {below("backup.barmanObjectStore", _BARMAN)} {below("externalClusters[].barmanObjectStore", _BARMAN)}
    imagePullSecrets[]{{}} projectedVolumeTemplate.sources[].secret{{}} postgresql.ldap.bindSearchAuth.bindPassword{{}}
"""
_AT_CREATION = """
    bootstrap.initdb.postInitSQLRefs.secretRefs[]{} bootstrap.initdb.postInitApplicationSQLRefs.secretRefs[]{}
    bootstrap.initdb.postInitTemplateSQLRefs.secretRefs[]{}
"""
_POD = "@<pod> @<container>"
_REDIS = """
    kubernetesConfig.redisSecret{} kubernetesConfig.imagePullSecrets[]{} TLS.secret.secretName
    redisExporter.env[].valueFrom.secretKeyRef{} ACL.secret.secretName
"""
_MONGO = "spec.users[].passwordSecretRef{} spec.security.tls.*ecretRef{} spec.prometheus.passwordSecretRef{}"
_PERCONA = "spec.secretsName spec.secrets.* spec.backup.storages.**.credentialsSecret spec.sslSecretName"
_CRUNCHY = """
    spec.backups.pgbackrest.configuration[].secret{} spec.dataSource.**.configuration[].secret{}
    spec.customTLSSecret{} spec.customReplicationTLSSecret{} spec.config.files[].secret{} spec.imagePullSecrets[]{}
"""
_EMQX = "spec.coreTemplate.spec", "spec.replicantTemplate.spec"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "Cluster": (
        Entry(
            _CNPG,
            below("spec", _AT_NEXT_LOOK),
            below("spec", _LOOKED_AT),
            CNPG_LABEL,
            keeps="spec<container>",
            once=below("spec", _AT_CREATION),
        ),
    ),
    "Pooler": (
        Entry(
            _CNPG,
            below("spec.pgbouncer", "serverCASecret{} clientTLSSecret{} clientCASecret{}"),
            below("spec.pgbouncer", "authQuerySecret{} serverTLSSecret{}"),
            CNPG_LABEL,
            keeps="spec.template.spec<pod>",
        ),
    ),
    "DatabaseRole": (Entry(_CNPG, labelled="spec.passwordSecret{}", label=CNPG_LABEL),),
    "ObjectStore": (
        Entry(
            "barmancloud.cnpg.io",
            f"{below('spec.configuration', _BARMAN)} spec.configuration.endpointCA{{}}",
            keeps="spec.instanceSidecarConfiguration<container>",
        ),
    ),
    "PostgresCluster": (Entry("postgres-operator.crunchydata.com", _CRUNCHY),),
    "postgresql": (Entry("acid.zalan.do", "spec.tls.secretName", keeps="spec<container>"),),
    **{
        kind: (Entry("k8s.mariadb.com", "spec.**.*ecretKeyRef{} spec.imagePullSecrets[]{}", keeps="spec<container>"),)
        for kind in ("MariaDB", "MaxScale", "User", "Grant", "Backup", "PhysicalBackup", "Restore", "SqlJob")
    },
    "Connection": (Entry("k8s.mariadb.com", "spec.passwordSecretKeyRef{}"),),
    "InnoDBCluster": (Entry("mysql.oracle.com", "spec.secretName spec.tlsSecretName spec.tlsCASecretName"),),
    "MongoDBCommunity": (Entry("mongodbcommunity.mongodb.com", _MONGO),),
    "PerconaServerMongoDB": (Entry("psmdb.percona.com", _PERCONA),),
    "PerconaXtraDBCluster": (Entry("pxc.percona.com", _PERCONA),),
    "PerconaServerMySQL": (Entry("ps.percona.com", _PERCONA),),
    **{
        kind: (Entry("redis.redis.opstreelabs.in", below("spec", _REDIS), keeps="spec<container>"),)
        for kind in ("Redis", "RedisCluster", "RedisReplication", "RedisSentinel")
    },
    "RedisFailover": (Entry("databases.spotahome.com", "spec.auth.secretPath"),),
    "Dragonfly": (
        Entry(
            "dragonflydb.io",
            "spec.tlsSecretRef{} spec.authentication.clientCaCertSecret{} spec.imagePullSecrets[]{}"
            " spec.aclFromSecret{}",
            keeps="spec<container> spec.authentication.passwordFromSecret{}",
        ),
    ),
    "EMQX": (
        Entry(
            "apps.emqx.io",
            "spec.bootstrapAPIKeys[].secretRef.key.secretName spec.bootstrapAPIKeys[].secretRef.secret.secretName"
            " spec.imagePullSecrets[]{}",
            keeps=each("@<container> @.extraVolumes[]<volume>", *_EMQX),
        ),
    ),
    "Kafka": (
        Entry(
            "kafka.strimzi.io",
            itself="spec.**.brokerCertChainAndKey.secretName spec.**.tlsTrustedCertificates[].secretName"
            " spec.**.clientSecret.secretName",
        ),
    ),
    "KafkaUser": (Entry("kafka.strimzi.io", "spec.authentication.password.valueFrom.secretKeyRef{}"),),
    **{
        kind: (
            Entry(
                "kafka.strimzi.io",
                "spec.**.passwordSecret.secretName spec.**.certificateAndKey.secretName"
                " spec.**.trustedCertificates[].secretName",
                keeps="spec.externalConfiguration<container> spec.externalConfiguration.volumes[]<volume>",
            ),
        )
        for kind in ("KafkaConnect", "KafkaMirrorMaker2", "KafkaBridge")
    },
    **{
        kind: (
            Entry(
                f"{group}.k8s.elastic.co",
                itself="spec.http.tls.certificate.secretName spec.secureSettings[].secretName"
                " spec.auth.*[].secretName spec.*Ref.secretName spec.configRef.secretName",
            ),
        )
        for kind, group in (
            ("Elasticsearch", "elasticsearch"),
            ("Kibana", "kibana"),
            ("Agent", "agent"),
            ("Beat", "beat"),
            ("Logstash", "logstash"),
        )
    },
}  # fmt: skip
