"""External Secrets' own objects, which read Secrets themselves: stores, generators, templates."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_ESO, _GENERATED = "external-secrets.io", "generators.external-secrets.io"
# What providers call a reference whose name does not end in `secretRef`.
_AUTH = """
    authSecretRef.*{} *ecretRef.*{} universalAuthCredentials.*{} bearerToken{} clientCert{} clientKey{} authRef{}
    userRef{} apiKeyRef{} passcodeRef{} privateKey{} accessToken{} tokenRef{}
"""
_STORE = "spec.provider.**.*ecretRef{} spec.provider.**.caProvider{Secret} " + " ".join(
    f"spec.provider.**.{field}" for field in _AUTH.split()
)
_GENERATORS: tuple[str, ...] = (
    "ACRAccessToken",
    "CloudsmithAccessToken",
    "ECRAuthorizationToken",
    "GCRAccessToken",
    "GithubAccessToken",
)
_GENERATORS += ("GitlabDeployToken", "MFA", "QuayAccessToken", "SSHKey", "STSSessionToken", "VaultDynamicSecret")
_GENERATORS += ("Webhook",)

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "SecretStore": (Entry(_ESO, _STORE),),
    "ClusterSecretStore": (Entry(_ESO, _STORE),),
    "PushSecret": (Entry(_ESO, "spec<pushed> spec.template.templateFrom[].secret{}"),),
    "ExternalSecret": (Entry(_ESO, "spec.target.template.templateFrom[].secret{}"),),
    "ClusterPushSecret": (Entry(_ESO, "spec.pushSecretSpec<pushed>"),),
    "ClusterExternalSecret": (Entry(_ESO, "spec.externalSecretSpec.target.template.templateFrom[].secret{}"),),
    **{kind: (Entry(_GENERATED, "spec.**.*ecretRef{}"),) for kind in _GENERATORS},
    "Grafana": (Entry(_GENERATED, "spec.**.*ecretRef{}"),),
    "ClusterGenerator": (Entry(_GENERATED, "spec.generator.**.*ecretRef{}"),),
}
