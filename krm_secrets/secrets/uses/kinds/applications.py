"""The core's own objects, policies, virtual machines and single applications."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, each

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_TOOLHIVE, _LITELLM = "toolhive.stacklok.dev", "litellm.home-operations.com"
_VERIFY = """
    @.verifyImages[].imageRegistryCredentials.secrets[] @.verifyImages[].attestors[].entries[].keys.secret{}
    @.context[].imageRegistry.imageRegistryCredentials.secrets[] @.generate<clone>
"""
_VM = """
    @.volumes[]<volume> @.volumes[].cloudInitNoCloud.*ecretRef{} @.volumes[].cloudInitConfigDrive.*ecretRef{}
    @.volumes[].sysprep.secret{} @.accessCredentials[].**.secret.secretName
"""
_KEYCLOAK = """
    spec.http.tlsSecret spec.db.usernameSecret{} spec.db.passwordSecret{} spec.bootstrapAdmin.*.secret
    spec.additionalOptions[].secret{} spec.imagePullSecrets[]{}
"""

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "ServiceAccount": (Entry("", "secrets[]{} imagePullSecrets[]{}"),),
    **{
        kind: (Entry("kyverno.io", each(_VERIFY, "spec.rules[]")),)
        for kind in ("Policy", "ClusterPolicy")
    },
    "ImageValidatingPolicy": (Entry("policies.kyverno.io", "spec.credentials.secrets[]"),),
    "VirtualMachine": (Entry("kubevirt.io", each(_VM, "spec.template.spec")),),
    "VirtualMachineInstance": (Entry("kubevirt.io", each(_VM, "spec")),),
    "Keycloak": (Entry("k8s.keycloak.org", itself=_KEYCLOAK),),
    "Kanidm": (Entry("kaniop.rs", "spec.tlsSecretName", keeps="spec<container>"),),
    **{
        kind: (
            Entry(
                _TOOLHIVE,
                "spec.**.*ecretRef{} spec.**.*ecretRefs[]{}",
                keeps="spec.secrets[]{} spec.podTemplateSpec.spec<pod>",
            ),
        )
        for kind in ("MCPServer", "MCPRemoteProxy", "MCPServerEntry", "MCPExternalAuthConfig", "VirtualMCPServer")
    },
    **{
        kind: (
            Entry(
                _LITELLM,
                "spec.**.apiKeyRef{} spec.**.authTokenRef{}",
                keeps="spec<container> spec.workload<container>",
            ),
        )
        for kind in ("LiteLLMModel", "LiteLLMMCPServer", "LiteLLMProxy", "LiteLLMInstance")
    },
}  # fmt: skip
