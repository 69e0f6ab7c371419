"""Ways into the cluster and between its parts."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, below

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_GATEWAY_API, _ENVOY, _ISTIO = "gateway.networking.k8s.io", "gateway.envoyproxy.io", "networking.istio.io"
_TRAEFIK = ("traefik.io", "traefik.containo.us")
_TRAEFIK_KINDS = (
    ("IngressRoute", "spec.tls.secretName"),
    ("IngressRouteTCP", "spec.tls.secretName"),
    ("TLSStore", "spec.defaultCertificate.secretName spec.certificates[].secretName"),
    ("TLSOption", "spec.clientAuth.secretNames[]"),
    ("ServersTransport", "spec.rootCAsSecrets[] spec.certificatesSecrets[] spec.rootCAs[].secret"),
    ("ServersTransportTCP", "spec.tls.rootCAsSecrets[] spec.tls.certificatesSecrets[] spec.tls.rootCAs[].secret"),
    (
        "Middleware",
        "spec.basicAuth.secret spec.digestAuth.secret spec.forwardAuth.tls.caSecret spec.forwardAuth.tls.certSecret",
    ),
)
_NGINX = "metadata.annotations.nginx:ingress:kubernetes:io/"
_HAPROXY = "metadata.annotations.haproxy-ingress:github:io/"
_INGRESS = " ".join(
    (
        f"spec.tls[].secretName {_NGINX}auth-secret {_NGINX}auth-tls-secret {_NGINX}proxy-ssl-secret",
        f"{_HAPROXY}auth-secret {_HAPROXY}auth-tls-secret {_HAPROXY}secure-crt-secret",
    )
)
_LISTENERS = "certificateRefs[]{Secret?} frontendValidation.caCertificateRefs[]{Secret}"
_FRONTEND = "spec.tls.frontend.default.validation.caCertificateRefs[]{Secret}"
# openshift/api: config/v1/types_oauth.go
_OAUTH = "spec.templates.*{} " + below(
    "spec.identityProviders[]",
    "*.clientSecret{} *.fileData{} *.bindPassword{} *.tlsClientCert{} *.tlsClientKey{}",
)
_POLICY = """
    spec.oidc.clientSecret{} spec.basicAuth.users{} spec.apiKeyAuth.credentialRefs[]{}
    spec.jwt.providers[].remoteJWKS.**.caCertificateRefs[]{Secret}
"""

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "Ingress": (Entry("networking.k8s.io", _INGRESS), Entry("extensions", _INGRESS)),
    "Gateway": (
        Entry(
            _GATEWAY_API,
            " ".join((*(f"spec.listeners[].tls.{each}" for each in _LISTENERS.split()), _FRONTEND)),
        ),
        Entry(_ISTIO, "spec.servers[].tls.credentialName spec.servers[].tls.credentialNames[]"),
    ),
    **{
        kind: (Entry(group, "spec.listeners[].tls.certificateRefs[]{Secret?}"),)
        for kind, group in (("ListenerSet", _GATEWAY_API), ("XListenerSet", "gateway.networking.x-k8s.io"))
    },
    "DestinationRule": (
        Entry(_ISTIO, "spec.**.tls.credentialName"),
    ),
    "BackendTLSPolicy": (Entry(_GATEWAY_API, "spec.validation.caCertificateRefs[]{Secret}"),),
    "SecurityPolicy": (Entry(_ENVOY, _POLICY),),
    "ClientTrafficPolicy": (Entry(_ENVOY, "spec.tls.clientValidation.caCertificateRefs[]{Secret}"),),
    "BackendTrafficPolicy": (Entry(_ENVOY, "spec.**.certificateRefs[]{Secret?}"),),
    "Backend": (Entry(_ENVOY, "spec.tls.caCertificateRefs[]{Secret} spec.tls.clientCertificateRef{Secret?}"),),
    "EnvoyProxy": (
        Entry(_ENVOY, "spec.backendTLS.clientCertificateRef{Secret?}", keeps="spec.**.container<container>"),
    ),
    "GatewayExtension": (Entry("gateway.kgateway.dev", "spec.**.*ecretRef{}"),),
    "GatewayConfig": (Entry("stunner.l7mp.io", "spec.authRef{}"),),
    "HTTPProxy": (
        Entry("projectcontour.io", "spec.virtualhost.tls.secretName spec.virtualhost.tls.clientValidation.caSecret"),
    ),
    **{kind: tuple(Entry(group, fields) for group in _TRAEFIK) for kind, fields in _TRAEFIK_KINDS},
    "BGPPeer": (Entry("metallb.io", "spec.passwordSecret{}"),),
    **{
        kind: (Entry("cilium.io", "spec.**.terminatingTLS.secret{} spec.**.originatingTLS.secret{}"),)
        for kind in ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
    },
    "CiliumBGPPeerConfig": (Entry("cilium.io", "spec.authSecretRef"),),
    **{
        kind: (Entry("networking.cfargotunnel.com", "spec.cloudflare.secret"),) for kind in ("Tunnel", "ClusterTunnel")
    },
    "Recorder": (
        Entry(
            "tailscale.com",
            "spec.storage.s3.credentials.secret{}",
            keeps="spec.statefulSet.pod.container<container>",
        ),
    ),
    "ProxyClass": (Entry("tailscale.com", keeps="spec.statefulSet.pod.tailscaleContainer<container>"),),
    "APIServer": (Entry("config.openshift.io", "spec.servingCerts.namedCertificates[].servingCertificate{}"),),
    "OAuth": (Entry("config.openshift.io", itself=_OAUTH),),
    "IngressController": (Entry("operator.openshift.io", itself="spec.defaultCertificate{}"),),
}  # fmt: skip
