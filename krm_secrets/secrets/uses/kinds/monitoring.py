"""Metrics, alerts, dashboards and logs."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, below, each

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_PROMETHEUS, _GRAFANA, _VICTORIA = "monitoring.coreos.com", "grafana.integreatly.org", "operator.victoriametrics.com"
_TLS = "@.tlsConfig.ca.secret{} @.tlsConfig.cert.secret{} @.tlsConfig.keySecret{}"
_CLIENT = (
    _TLS
    + """
    @.basicAuth.username{} @.basicAuth.password{} @.authorization.credentials{} @.bearerTokenSecret{}
    @.oauth2.clientId.secret{} @.oauth2.clientSecret{} @.oauth2.tlsConfig.ca.secret{}
    @.oauth2.tlsConfig.cert.secret{} @.oauth2.tlsConfig.keySecret{} @.proxyConnectHeader.*[]{}
    """
)
_DISCOVERIES = "spec.*SDConfigs[]"
_DISCOVERY = each(_CLIENT, _DISCOVERIES) + each(
    " @.tokenRef{} @.accessKey{} @.secretKey{} @.clientSecret{} @.password{} @.applicationCredentialSecret{}",
    _DISCOVERIES,
)
# The operator writes these into the configuration that it watches, and the program reads that again.
_CONFIGURED = " ".join(
    (
        below(
            "spec",
            "additionalScrapeConfigs{} additionalAlertManagerConfigs{} additionalAlertRelabelConfigs{} configSecret"
            " alertmanagersConfig{} alertRelabelConfigs{} queryConfig{}",
        ),
        each(
            _CLIENT, "spec.remoteWrite[]", "spec.remoteRead[]", "spec.apiserverConfig", "spec.alerting.alertmanagers[]"
        ),
        each(_CLIENT, "spec.alertmanagerConfiguration.global.httpConfig"),
        "spec.remoteWrite[].sigv4.accessKey{} spec.remoteWrite[].sigv4.secretKey{}"
        " spec.web.tlsConfig.cert.secret{} spec.web.tlsConfig.keySecret{} spec.web.tlsConfig.client_ca.secret{}",
    )
)
_SERVER = """
    spec.secrets[] spec.thanos.objectStorageConfig{} spec.thanos.tracingConfig{} spec.objectStorageConfig{}
    spec.tracingConfig{} spec.imagePullSecrets[]{} spec.volumes[]<volume>
"""
_RECEIVERS = """
    apiURL{} apiKey{} apiSecret{} authPassword{} authSecret{} botToken{} routingKey{} serviceKey{} token{} userKey{}
    urlSecret{} webhookUrl{} webhookURL{} credentials{} clientSecret{} password{} username{} tokenID{}
    accessKey{} secretKey{} bearerTokenSecret{} clientId.secret{} tlsConfig.ca.secret{} tlsConfig.cert.secret{}
    tlsConfig.keySecret{}
"""
_VM_CLIENT = """
    **.basicAuth.username{} **.basicAuth.password{} **.bearerTokenSecret{} **.authorization.credentials{}
    **.oauth2.client_id.secret{} **.oauth2.client_secret{} **.oauth2.clientId.secret{} **.oauth2.clientSecret{}
    **.tlsConfig.ca.secret{} **.tlsConfig.cert.secret{} **.tlsConfig.keySecret{} **.tls_config.ca.secret{}
"""
_VM_RECEIVERS = """
    api_url{} api_key{} api_secret{} auth_password{} auth_secret{} bot_token{} routing_key{} service_key{} token{}
    user_key{} url_secret{} webhook_url_secret{} webhook_url{} credentials{} password{} username{}
"""
_VM_SERVER = (
    "spec.secrets[] spec.additionalScrapeConfigs{} spec.configSecret spec.imagePullSecrets[]{} spec.license.keyRef{}"
)
_MONITORS = (
    ("ServiceMonitor", ("spec.endpoints[]",)),
    ("PodMonitor", ("spec.podMetricsEndpoints[]",)),
    ("Probe", ("spec",)),
)
_VM_SCRAPES = ("VMServiceScrape", "VMPodScrape", "VMStaticScrape", "VMScrapeConfig", "VMProbe", "VMNodeScrape")
_SERVERS = ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
_VM_SERVERS = ("VMAgent", "VMAlert", "VMAlertmanager", "VMSingle", "VMCluster", "VMAuth", "VLogs", "VLSingle")
_DASHBOARD = "spec.envs[].valueFrom.secretKeyRef{} spec.envFrom[].secretKeyRef{} spec.urlAuthorization.basicAuth.*{}"
_VALUES = "spec.valuesFrom[].valueFrom.secretKeyRef{} spec.receivers[].valuesFrom[].valueFrom.secretKeyRef{}"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    **{kind: (Entry(_PROMETHEUS, itself=each(_CLIENT, *bases)),) for kind, bases in _MONITORS},
    "ScrapeConfig": (Entry(_PROMETHEUS, itself=f"{each(_CLIENT, 'spec')} {_DISCOVERY}"),),
    "AlertmanagerConfig": (Entry(_PROMETHEUS, itself=below("spec.receivers[].**", _RECEIVERS)),),
    **{
        kind: (
            Entry(
                _PROMETHEUS,
                _SERVER,
                itself=_CONFIGURED,
                keeps=each("@.containers[]<container> @.initContainers[]<container>", "spec"),
            ),
        )
        for kind in _SERVERS
    },
    **{kind: (Entry(_VICTORIA, itself=below("spec", _VM_CLIENT)),) for kind in _VM_SCRAPES},
    **{
        kind: (
            Entry(
                _VICTORIA,
                f"{_VM_SERVER} spec.volumes[]<volume>",
                itself=below("spec", _VM_CLIENT),
                keeps="spec<container> spec<pod>",
            ),
        )
        for kind in _VM_SERVERS
    },
    "VMUser": (Entry(_VICTORIA, itself="spec.passwordRef{} spec.tokenRef{} spec.targetRefs[].targetRefBasicAuth.*{}"),),
    "VMAlertmanagerConfig": (Entry(_VICTORIA, itself=below("spec.receivers[].**", _VM_RECEIVERS)),),
    "Grafana": (
        Entry(
            _GRAFANA,
            "spec.external.apiKey{} spec.external.adminUser{} spec.external.adminPassword{}"
            " spec.external.tls.certSecretRef{} spec.client.tls.certSecretRef{}",
            keeps="spec.deployment.spec.template.spec<pod>",
        ),
    ),
    **{
        kind: (Entry(_GRAFANA, _DASHBOARD),)
        for kind in ("GrafanaDashboard", "GrafanaLibraryPanel")
    },
    **{
        kind: (Entry(_GRAFANA, _VALUES),)
        for kind in ("GrafanaDatasource", "GrafanaContactPoint", "GrafanaManifest")
    },
    "LokiStack": (Entry("loki.grafana.com", itself="spec.storage.secret{} spec.storage.tls.caName{}"),),
    "TempoStack": (Entry("tempo.grafana.com", itself="spec.storage.secret{}"),),
    "OpenTelemetryCollector": (
        Entry("opentelemetry.io", "spec.volumes[]<volume>", keeps="spec<container> spec.initContainers[]<container>"),
    ),
    "DynaKube": (Entry("dynatrace.com", "spec.tokens spec.customPullSecret spec.trustedCAs"),),
    "Output": (Entry("logging.banzaicloud.io", itself="spec.**.secretKeyRef{}"),),
    "ClusterOutput": (
        Entry("logging.banzaicloud.io", itself="spec.**.secretKeyRef{}"),
        Entry("fluentbit.fluent.io", itself="spec.**.secretKeyRef{}"),
    ),
}  # fmt: skip
