"""Kinds of operators: the smallest object of each, where it names a Secret, and what a change of that comes to."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from krm_secrets.errors import field
from krm_secrets.secrets.uses import catalog
from krm_secrets.secrets.uses.reference import ITSELF, KEEPS, ONCE, Reference
from krm_secrets.secrets.uses.workloads import references

ENV = "[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
AT = "env[0].valueFrom.secretKeyRef.name"
CNPG, MONITORING, GRAFANA = "postgresql.cnpg.io/v1", "monitoring.coreos.com/v1", "grafana.integreatly.org/v1beta1"
VICTORIA, TOOLHIVE = "operator.victoriametrics.com/v1beta1", "toolhive.stacklok.dev/v1alpha1"

# Kind, apiVersion, spec, the place below it, and what a change comes to ("": read when it is needed).
CASES: list[tuple[str, str, str, str, str]] = [
    # What CloudNativePG looks at by a label, takes at its next look, gives to Pods, or asks for once.
    ("Cluster", CNPG, "{superuserSecret: {name: s}}", "superuserSecret.name", ""),
    ("Cluster", CNPG, "{backup: {barmanObjectStore: {s3Credentials: {accessKeyId: {name: s, key: k}}}}}",
     "backup.barmanObjectStore.s3Credentials.accessKeyId.name", ""),
    ("Cluster", CNPG, f"{{env: {ENV}}}", AT, KEEPS),
    ("Cluster", CNPG, "{envFrom: [{secretRef: {name: s}}]}", "envFrom[0].secretRef.name", KEEPS),
    ("Cluster", CNPG, "{bootstrap: {initdb: {postInitSQLRefs: {secretRefs: [{name: s, key: k}]}}}}",
     "bootstrap.initdb.postInitSQLRefs.secretRefs[0].name", ONCE),
    ("Cluster", CNPG, "{monitoring: {customQueriesSecret: [{name: s, key: k}]}}",
     "monitoring.customQueriesSecret[0].name", ""),
    ("Pooler", CNPG, "{pgbouncer: {serverCASecret: {name: s}}}", "pgbouncer.serverCASecret.name", ""),
    ("Pooler", CNPG, f"{{template: {{spec: {{containers: [{{env: {ENV}}}]}}}}}}",
     f"template.spec.containers[0].{AT}", KEEPS),
    ("DatabaseRole", CNPG, "{passwordSecret: {name: s}}", "passwordSecret.name", ""),
    ("ObjectStore", "barmancloud.cnpg.io/v1", f"{{instanceSidecarConfiguration: {{env: {ENV}}}}}",
     f"instanceSidecarConfiguration.{AT}", KEEPS),
    # Other databases and brokers.
    ("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1",
     "{backups: {pgbackrest: {configuration: [{secret: {name: s}}]}}}",
     "backups.pgbackrest.configuration[0].secret.name", ""),
    ("MariaDB", "k8s.mariadb.com/v1alpha1", "{rootPasswordSecretKeyRef: {name: s, key: k}}",
     "rootPasswordSecretKeyRef.name", ""),
    ("MariaDB", "k8s.mariadb.com/v1alpha1", f"{{env: {ENV}}}", AT, KEEPS),
    ("User", "k8s.mariadb.com/v1alpha1", "{passwordSecretKeyRef: {name: s, key: k}}", "passwordSecretKeyRef.name", ""),
    ("Backup", "k8s.mariadb.com/v1alpha1", "{storage: {s3: {accessKeyIdSecretKeyRef: {name: s, key: k}}}}",
     "storage.s3.accessKeyIdSecretKeyRef.name", ""),
    ("InnoDBCluster", "mysql.oracle.com/v2", "{secretName: s}", "secretName", ""),
    ("MongoDBCommunity", "mongodbcommunity.mongodb.com/v1", "{users: [{passwordSecretRef: {name: s}}]}",
     "users[0].passwordSecretRef.name", ""),
    ("PerconaServerMongoDB", "psmdb.percona.com/v1", "{secrets: {users: s}}", "secrets.users", ""),
    ("PerconaXtraDBCluster", "pxc.percona.com/v1", "{backup: {storages: {s3: {s3: {credentialsSecret: s}}}}}",
     "backup.storages.s3.s3.credentialsSecret", ""),
    ("Redis", "redis.redis.opstreelabs.in/v1beta2", "{kubernetesConfig: {redisSecret: {name: s, key: k}}}",
     "kubernetesConfig.redisSecret.name", ""),
    ("RedisFailover", "databases.spotahome.com/v1", "{auth: {secretPath: s}}", "auth.secretPath", ""),
    ("Dragonfly", "dragonflydb.io/v1alpha1", f"{{env: {ENV}}}", AT, KEEPS),
    ("Dragonfly", "dragonflydb.io/v1alpha1", "{authentication: {passwordFromSecret: {name: s, key: k}}}",
     "authentication.passwordFromSecret.name", KEEPS),
    ("EMQX", "apps.emqx.io/v2beta1", "{coreTemplate: {spec: {envFrom: [{secretRef: {name: s}}]}}}",
     "coreTemplate.spec.envFrom[0].secretRef.name", KEEPS),
    ("EMQX", "apps.emqx.io/v2beta1", "{coreTemplate: {spec: {extraVolumes: [{secret: {secretName: s}}]}}}",
     "coreTemplate.spec.extraVolumes[0].secret.secretName", KEEPS),
    ("Kafka", "kafka.strimzi.io/v1",
     "{kafka: {listeners: [{configuration: {brokerCertChainAndKey: {secretName: s}}}]}}",
     "kafka.listeners[0].configuration.brokerCertChainAndKey.secretName", ITSELF),
    ("KafkaUser", "kafka.strimzi.io/v1", "{authentication: {password: {valueFrom: {secretKeyRef: {name: s}}}}}",
     "authentication.password.valueFrom.secretKeyRef.name", ""),
    ("KafkaConnect", "kafka.strimzi.io/v1", "{authentication: {passwordSecret: {secretName: s}}}",
     "authentication.passwordSecret.secretName", ""),
    ("Elasticsearch", "elasticsearch.k8s.elastic.co/v1", "{secureSettings: [{secretName: s}]}",
     "secureSettings[0].secretName", ITSELF),
    # Metrics, alerts, dashboards.
    *((kind, MONITORING, f"{{{base}: [{{bearerTokenSecret: {{name: s, key: k}}}}]}}",
       f"{base}[0].bearerTokenSecret.name", ITSELF)
      for kind, base in (("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints"))),
    ("ServiceMonitor", MONITORING, "{endpoints: [{tlsConfig: {ca: {secret: {name: s, key: k}}}}]}",
     "endpoints[0].tlsConfig.ca.secret.name", ITSELF),
    ("ScrapeConfig", MONITORING, "{basicAuth: {password: {name: s, key: k}}}", "basicAuth.password.name", ITSELF),
    ("ScrapeConfig", MONITORING, "{consulSDConfigs: [{tokenRef: {name: s, key: k}}]}",
     "consulSDConfigs[0].tokenRef.name", ITSELF),
    ("Probe", MONITORING, "{authorization: {credentials: {name: s, key: k}}}",
     "authorization.credentials.name", ITSELF),
    *((kind, MONITORING, f"{{containers: [{{name: c, env: {ENV}}}]}}", f"containers[0].{AT}", KEEPS)
      for kind in ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")),
    ("Prometheus", MONITORING, "{remoteWrite: [{basicAuth: {username: {name: s, key: k}}}]}",
     "remoteWrite[0].basicAuth.username.name", ITSELF),
    ("Prometheus", MONITORING, "{thanos: {objectStorageConfig: {name: s, key: k}}}",
     "thanos.objectStorageConfig.name", ""),
    ("Alertmanager", MONITORING, "{configSecret: s}", "configSecret", ITSELF),
    ("AlertmanagerConfig", "monitoring.coreos.com/v1alpha1",
     "{receivers: [{discordConfigs: [{apiURL: {name: s, key: k}}]}]}",
     "receivers[0].discordConfigs[0].apiURL.name", ITSELF),
    ("VMAgent", VICTORIA, "{remoteWrite: [{basicAuth: {password: {name: s, key: k}}}]}",
     "remoteWrite[0].basicAuth.password.name", ITSELF),
    ("VMServiceScrape", VICTORIA, "{endpoints: [{bearerTokenSecret: {name: s, key: k}}]}",
     "endpoints[0].bearerTokenSecret.name", ITSELF),
    ("VMUser", VICTORIA, "{passwordRef: {name: s, key: k}}", "passwordRef.name", ITSELF),
    ("VMAlertmanagerConfig", VICTORIA, "{receivers: [{pushover_configs: [{user_key: {name: s, key: k}}]}]}",
     "receivers[0].pushover_configs[0].user_key.name", ITSELF),
    ("VMSingle", VICTORIA, f"{{extraEnvs: [], env: {ENV}}}", AT, KEEPS),
    ("Grafana", GRAFANA, f"{{deployment: {{spec: {{template: {{spec: {{containers: [{{env: {ENV}}}]}}}}}}}}}}",
     f"deployment.spec.template.spec.containers[0].{AT}", KEEPS),
    ("GrafanaDashboard", GRAFANA, f"{{envs: {ENV}}}", AT.replace("env", "envs"), ""),
    ("GrafanaContactPoint", GRAFANA, "{valuesFrom: [{valueFrom: {secretKeyRef: {name: s}}}]}",
     "valuesFrom[0].valueFrom.secretKeyRef.name", ""),
    ("LokiStack", "loki.grafana.com/v1", "{storage: {secret: {name: s, type: s3}}}", "storage.secret.name", ITSELF),
    ("OpenTelemetryCollector", "opentelemetry.io/v1beta1", f"{{env: {ENV}}}", AT, KEEPS),
    ("DynaKube", "dynatrace.com/v1beta1", "{tokens: s}", "tokens", ""),
    ("ClusterOutput", "fluentbit.fluent.io/v1alpha2", "{http: {httpPassword: {valueFrom: {secretKeyRef: {name: s}}}}}",
     "http.httpPassword.valueFrom.secretKeyRef.name", ITSELF),
    # Stores, certificates.
    ("ClusterSecretStore", "external-secrets.io/v1",
     "{provider: {infisical: {auth: {universalAuthCredentials: {clientId: {name: s, key: k}}}}}}",
     "provider.infisical.auth.universalAuthCredentials.clientId.name", ""),
    ("SecretStore", "external-secrets.io/v1", "{provider: {kubernetes: {auth: {token: {bearerToken: {name: s}}}}}}",
     "provider.kubernetes.auth.token.bearerToken.name", ""),
    ("ClusterIssuer", "cert-manager.io/v1",
     "{acme: {solvers: [{dns01: {webhook: {config: {applicationKeyRef: {name: s, key: k}}}}}]}}",
     "acme.solvers[0].dns01.webhook.config.applicationKeyRef.name", ""),
    ("Issuer", "cert-manager.io/v1", "{acme: {solvers: [{dns01: {webhook: {config: {secretName: s}}}}]}}",
     "acme.solvers[0].dns01.webhook.config.secretName", ""),
    ("Bundle", "trust.cert-manager.io/v1alpha1", "{sources: [{secret: {name: s, key: k}}]}", "sources[0].secret.name",
     ITSELF),
    ("StepClusterIssuer", "certmanager.step.sm/v1beta1", "{provisioner: {passwordRef: {name: s, key: k}}}",
     "provisioner.passwordRef.name", ""),
    ("ClusterOriginIssuer", "cert-manager.k8s.cloudflare.com/v1", "{auth: {tokenRef: {name: s, key: k}}}",
     "auth.tokenRef.name", ""),
    ("AWSPCAIssuer", "awspca.cert-manager.io/v1beta1", "{secretRef: {name: s}}", "secretRef.name", ""),
    ("GoogleCASIssuer", "cas-issuer.jetstack.io/v1beta1", "{credentials: {name: s, key: k}}", "credentials.name", ""),
    # Networks.
    ("Gateway", "gateway.networking.k8s.io/v1",
     "{tls: {frontend: {default: {validation: {caCertificateRefs: [{kind: Secret, name: s}]}}}}}",
     "tls.frontend.default.validation.caCertificateRefs[0].name", ""),
    ("ListenerSet", "gateway.networking.k8s.io/v1", "{listeners: [{tls: {certificateRefs: [{name: s}]}}]}",
     "listeners[0].tls.certificateRefs[0].name", ""),
    ("DestinationRule", "networking.istio.io/v1", "{trafficPolicy: {tls: {credentialName: s}}}",
     "trafficPolicy.tls.credentialName", ""),
    ("ClientTrafficPolicy", "gateway.envoyproxy.io/v1alpha1",
     "{tls: {clientValidation: {caCertificateRefs: [{kind: Secret, name: s}]}}}",
     "tls.clientValidation.caCertificateRefs[0].name", ""),
    ("BGPPeer", "metallb.io/v1beta2", "{passwordSecret: {name: s}}", "passwordSecret.name", ""),
    ("CiliumNetworkPolicy", "cilium.io/v2", "{egress: [{toPorts: [{terminatingTLS: {secret: {name: s}}}]}]}",
     "egress[0].toPorts[0].terminatingTLS.secret.name", ""),
    ("CiliumBGPPeerConfig", "cilium.io/v2", "{authSecretRef: s}", "authSecretRef", ""),
    ("ClusterTunnel", "networking.cfargotunnel.com/v1alpha1", "{cloudflare: {secret: s}}", "cloudflare.secret", ""),
    ("Recorder", "tailscale.com/v1alpha1", "{storage: {s3: {credentials: {secret: {name: s}}}}}",
     "storage.s3.credentials.secret.name", ""),
    ("GatewayExtension", "gateway.kgateway.dev/v1alpha1", "{oauth2: {credentials: {clientSecretRef: {name: s}}}}",
     "oauth2.credentials.clientSecretRef.name", ""),
    ("GatewayConfig", "stunner.l7mp.io/v1", "{authRef: {name: s}}", "authRef.name", ""),
    ("IngressController", "operator.openshift.io/v1", "{defaultCertificate: {name: s}}", "defaultCertificate.name",
     ITSELF),
    ("OAuth", "config.openshift.io/v1",
     "{identityProviders: [{type: OpenID, openID: {clientSecret: {name: s}, ca: {name: a-config-map}}}]}",
     "identityProviders[0].openID.clientSecret.name", ITSELF),
    ("OAuth", "config.openshift.io/v1", "{identityProviders: [{type: HTPasswd, htpasswd: {fileData: {name: s}}}]}",
     "identityProviders[0].htpasswd.fileData.name", ITSELF),
    # Storage and backups.
    ("KopiaMaintenance", "volsync.backube/v1alpha1", "{repository: {repository: s}}", "repository.repository", ""),
    ("ClusterRepository", "kopiur.home-operations.com/v1alpha1", "{encryption: {passwordSecretRef: {name: s}}}",
     "encryption.passwordSecretRef.name", ""),
    ("BackupStorageLocation", "velero.io/v1", "{credential: {name: s, key: k}}", "credential.name", ""),
    ("VolumeSnapshotLocation", "velero.io/v1", "{credential: {name: s, key: k}}", "credential.name", ""),
    ("BackupTarget", "longhorn.io/v1beta2", "{credentialSecret: s}", "credentialSecret", ""),
    ("Schedule", "k8up.io/v1", "{backend: {repoPasswordSecretRef: {name: s, key: k}}}",
     "backend.repoPasswordSecretRef.name", ""),
    ("CephObjectStore", "ceph.rook.io/v1", "{gateway: {sslCertificateRef: s}}", "gateway.sslCertificateRef", ""),
    ("CephCluster", "ceph.rook.io/v1", "{security: {kms: {tokenSecretName: s}}}", "security.kms.tokenSecretName", ""),
    ("Tenant", "minio.min.io/v2", "{configuration: {name: s}}", "configuration.name", ""),
    ("DataVolume", "cdi.kubevirt.io/v1beta1", "{source: {http: {secretRef: s}}}", "source.http.secretRef", ""),
    # Git, pipelines, policies and the rest.
    ("ImageUpdateAutomation", "image.toolkit.fluxcd.io/v1", "{git: {commit: {signingKey: {secretRef: {name: s}}}}}",
     "git.commit.signingKey.secretRef.name", ""),
    ("HelmChart", "helm.cattle.io/v1", "{valuesSecrets: [{name: s, keys: [k]}]}", "valuesSecrets[0].name", ITSELF),
    ("HelmChart", "helm.cattle.io/v1", "{authSecret: {name: s}}", "authSecret.name", ""),
    ("Terraform", "infra.contrib.fluxcd.io/v1alpha2", "{varsFrom: [{kind: Secret, name: s}]}", "varsFrom[0].name", ""),
    ("Terraform", "infra.contrib.fluxcd.io/v1alpha2",
     "{runnerPodTemplate: {spec: {envFrom: [{secretRef: {name: s}}]}}}",
     "runnerPodTemplate.spec.envFrom[0].secretRef.name", ""),
    ("ApplicationSet", "argoproj.io/v1alpha1",
     "{generators: [{pullRequest: {github: {tokenRef: {secretName: s, key: k}}}}]}",
     "generators[0].pullRequest.github.tokenRef.secretName", ""),
    ("ProviderConfig", "aws.m.upbound.io/v1beta1", "{credentials: {secretRef: {name: s, namespace: x}}}",
     "credentials.secretRef.name", ""),
    ("Provider", "pkg.crossplane.io/v1", "{packagePullSecrets: [{name: s}]}", "packagePullSecrets[0].name", ""),
    ("AnalysisTemplate", "argoproj.io/v1alpha1", "{args: [{valueFrom: {secretKeyRef: {name: s}}}]}",
     "args[0].valueFrom.secretKeyRef.name", ""),
    ("Repository", "pipelinesascode.tekton.dev/v1alpha1", "{git_provider: {secret: {name: s}}}",
     "git_provider.secret.name", ""),
    ("Plan", "upgrade.cattle.io/v1", "{secrets: [{name: s, path: /x}]}", "secrets[0].name", ITSELF),
    ("ProviderConfig", "tf.upbound.io/v1beta1", "{credentials: [{secretRef: {name: s, key: k}}]}",
     "credentials[0].secretRef.name", ""),
    ("AutoscalingRunnerSet", "actions.github.com/v1alpha1", "{githubConfigSecret: s}", "githubConfigSecret", ""),
    ("RunnerDeployment", "actions.summerwind.dev/v1alpha1", f"{{template: {{spec: {{env: {ENV}}}}}}}",
     f"template.spec.{AT}", ""),
    ("RenovateJob", "renovate-operator.mogenius.com/v1alpha1", f"{{extraEnv: {ENV}}}",
     "extraEnv[0].valueFrom.secretKeyRef.name", ""),
    ("ClusterPolicy", "kyverno.io/v1",
     "{rules: [{generate: {kind: Secret, clone: {name: s, namespace: y}}}, {generate: {kind: Role, clone: s}}]}",
     "rules[0].generate.clone.name", ""),
    ("Policy", "kyverno.io/v1", "{rules: [{verifyImages: [{imageRegistryCredentials: {secrets: [s]}}]}]}",
     "rules[0].verifyImages[0].imageRegistryCredentials.secrets[0]", ""),
    ("VirtualMachine", "kubevirt.io/v1", "{template: {spec: {volumes: [{cloudInitNoCloud: {secretRef: {name: s}}}]}}}",
     "template.spec.volumes[0].cloudInitNoCloud.secretRef.name", ""),
    ("Keycloak", "k8s.keycloak.org/v2alpha1", "{db: {passwordSecret: {name: s, key: k}}}", "db.passwordSecret.name",
     ITSELF),
    ("MCPServer", TOOLHIVE, "{secrets: [{name: s, key: k}]}", "secrets[0].name", KEEPS),
    ("LiteLLMModel", "litellm.home-operations.com/v1alpha1", "{params: {apiKeyRef: {name: s, key: k}}}",
     "params.apiKeyRef.name", ""),
    ("Kanidm", "kaniop.rs/v1beta1", "{tlsSecretName: s}", "tlsSecretName", ""),
]  # fmt: skip


def found(kind: str, api_version: str, spec: Any) -> list[Reference]:
    return references({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec})


@pytest.mark.parametrize(("kind", "api_version", "spec", "place", "how"), CASES)
def test_a_kind_names_its_secret(kind: str, api_version: str, spec: str, place: str, how: str) -> None:
    (ref,) = found(kind, api_version, yaml.safe_load(spec))
    assert (ref.name, field(ref.path), ref.how) == ("s", f"spec.{place}", how)
    assert ref.restart == (how in (ITSELF, KEEPS))


@pytest.mark.parametrize(
    ("kind", "spec", "place"),
    [
        (
            "Cluster",
            {"managed": {"roles": [{"passwordSecret": {"name": "s"}}]}},
            "managed.roles[0].passwordSecret.name",
        ),
        ("Pooler", {"pgbouncer": {"authQuerySecret": {"name": "s"}}}, "pgbouncer.authQuerySecret.name"),
        ("DatabaseRole", {"passwordSecret": {"name": "s"}}, "passwordSecret.name"),
    ],
)
def test_what_cloudnativepg_looks_at(kind: str, spec: Any, place: str) -> None:
    (watched,) = catalog.watched({"spec": spec}, kind, "postgresql.cnpg.io")
    assert (field(watched.reference.path), watched.label) == (f"spec.{place}", ("cnpg.io/reload", "true"))


@pytest.mark.parametrize(
    "spec",
    [
        {"backup": {"barmanObjectStore": {"s3Credentials": {"accessKeyId": {"name": "s"}}}}},
        {"envFrom": [{"secretRef": {"name": "s"}}]},
        {"imagePullSecrets": [{"name": "s"}]},
    ],
)
def test_what_no_label_makes_cloudnativepg_look_at(spec: Any) -> None:
    assert catalog.watched({"spec": spec}, "Cluster", "postgresql.cnpg.io") == []


PUSHED = {"selector": {"secret": {"name": "s"}}}
MATCHES = [{"match": {"secretKey": "a"}}, {"match": {"secretKey": "b"}}]


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        ({"data": MATCHES}, ("a", "b")),
        ({"data": MATCHES, "template": {"data": {"b": "{{ .c }}"}}}, ("a",)),
        ({"data": MATCHES, "template": {"templateFrom": [{"target": "Data"}]}}, ()),
        ({"data": [*MATCHES, {"match": {"remoteRef": {"remoteKey": "x"}}}]}, ()),
        ({"data": [{**MATCHES[0], "conversionStrategy": "ReverseUnicode"}]}, ()),
        ({"data": MATCHES, "dataTo": [{}]}, ()),
        ({}, ()),
    ],
)
def test_the_keys_that_a_push_secret_takes(spec: Any, keys: tuple[str, ...]) -> None:
    (ref,) = found("PushSecret", "external-secrets.io/v1alpha1", {**PUSHED, **spec})
    assert ref.keys == keys
    (ref,) = found("ClusterPushSecret", "external-secrets.io/v1alpha1", {"pushSecretSpec": {**PUSHED, **spec}})
    assert (ref.keys, field(ref.path)) == (keys, "spec.pushSecretSpec.selector.secret.name")


def test_every_field_is_written_in_the_words_of_the_catalogue() -> None:
    from tests.secrets.test_catalog import ENTRIES

    for kind, entry in ENTRIES:
        for fields in (entry.fields, entry.labelled, entry.itself, entry.keeps, entry.once):
            for parts, brace, form in catalog._parsed(fields):
                assert parts[0] in ("spec", "metadata", "parameters", "secrets", "imagePullSecrets"), kind
                assert brace != "<" or form in catalog._SHAPES, kind
