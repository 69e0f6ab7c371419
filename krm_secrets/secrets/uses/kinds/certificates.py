"""Certificates, and who issues them."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, below

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


# A webhook of cert-manager says in its own words where its token is.
_ISSUER = """
    ca.secretName acme.externalAccountBinding.keySecretRef{} vault.auth.**.*ecretRef{}
    acme.solvers[].dns01.**.*SecretRef{} acme.solvers[].dns01.webhook.config.**.*KeyRef{}
    acme.solvers[].dns01.webhook.config.**.*TokenRef{} acme.solvers[].dns01.webhook.config.**.*ecretName
    vault.caBundleSecretRef{} vault.clientCertSecretRef{} vault.clientKeySecretRef{}
    venafi.**.*SecretRef{} venafi.tpp.credentialsRef{}
"""
_ISSUERS = ("Issuer", "ClusterIssuer")
_STEP = "spec.provisioner.passwordRef{} spec.provisioner.caBundleRef{}"
_ORIGIN = "spec.auth.serviceKeyRef{} spec.auth.tokenRef{}"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    **{kind: (Entry("cert-manager.io", below("spec", _ISSUER)),) for kind in _ISSUERS},
    "Certificate": (Entry("cert-manager.io", "spec.keystores.*.passwordSecretRef{}"),),
    "Bundle": (Entry("trust.cert-manager.io", itself="spec.sources[].secret{}"),),
    "StepIssuer": (Entry("certmanager.step.sm", _STEP),),
    "StepClusterIssuer": (Entry("certmanager.step.sm", _STEP),),
    "OriginIssuer": (Entry("cert-manager.k8s.cloudflare.com", _ORIGIN),),
    "ClusterOriginIssuer": (Entry("cert-manager.k8s.cloudflare.com", _ORIGIN),),
    "AWSPCAIssuer": (Entry("awspca.cert-manager.io", "spec.secretRef{}"),),
    "AWSPCAClusterIssuer": (Entry("awspca.cert-manager.io", "spec.secretRef{}"),),
    "GoogleCASIssuer": (Entry("cas-issuer.jetstack.io", "spec.credentials{}"),),
    "GoogleCASClusterIssuer": (Entry("cas-issuer.jetstack.io", "spec.credentials{}"),),
}
