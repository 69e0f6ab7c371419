"""Flux, Argo CD and what else brings objects into a cluster."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_SOURCE = "spec.secretRef{} spec.certSecretRef{} spec.proxySecretRef{} spec.verify.secretRef{}"
_SOURCE += " spec.sts.secretRef{} spec.sts.certSecretRef{} spec.verify.trustedRootSecretRef{}"
_KUBE_CONFIG = "spec.kubeConfig.secretRef{}"
_SOURCES = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket", "HelmChart")
_GENERATORS = "**.tokenRef.secretName **.appSecretName **.passwordRef.secretName **.caRef.secretName"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    "HelmRelease": (
        Entry(
            "helm.toolkit.fluxcd.io",
            f"{_KUBE_CONFIG} spec.chart.spec.verify.secretRef{{}}",
            "spec.valuesFrom[]{Secret=valuesKey}",
        ),
    ),
    "Kustomization": (
        Entry(
            "kustomize.toolkit.fluxcd.io",
            f"{_KUBE_CONFIG} spec.decryption.secretRef{{}}",
            "spec.postBuild.substituteFrom[]{Secret}",
        ),
    ),
    **{kind: (Entry("source.toolkit.fluxcd.io", _SOURCE),) for kind in _SOURCES},
    "HelmChart": (
        Entry("source.toolkit.fluxcd.io", _SOURCE),
        Entry("helm.cattle.io", "spec.authSecret{} spec.dockerRegistrySecret{} spec.authPassCASecret{}",
              itself="spec.valuesSecrets[]{}"),
    ),
    "HelmChartConfig": (Entry("helm.cattle.io", itself="spec.valuesSecrets[]{}"),),
    "ImageRepository": (Entry("image.toolkit.fluxcd.io", _SOURCE),),
    "ImageUpdateAutomation": (Entry("image.toolkit.fluxcd.io", "spec.git.commit.signingKey.secretRef{}"),),
    "Provider": (
        Entry("notification.toolkit.fluxcd.io", _SOURCE),
        Entry("pkg.crossplane.io", "spec.packagePullSecrets[]{}"),
    ),
    "Receiver": (Entry("notification.toolkit.fluxcd.io", "spec.secretRef{}"),),
    "FluxInstance": (Entry("fluxcd.controlplane.io", "spec.sync.pullSecret spec.distribution.imagePullSecret"),),
    "ResourceSetInputProvider": (Entry("fluxcd.controlplane.io", "spec.secretRef{} spec.certSecretRef{}"),),
    "Terraform": (
        Entry(
            "infra.contrib.fluxcd.io",
            "spec.varsFrom[]{Secret} spec.cliConfigSecretRef{} spec.backendConfigsFrom[]{Secret}"
            " spec.fileMappings[].secretRef{} spec.readInputsFromSecrets[]{} spec.runnerPodTemplate.spec<container>"
            " spec.runnerPodTemplate.spec<pod>",
        ),
    ),
    "ApplicationSet": (Entry("argoproj.io", " ".join(f"spec.generators[].{each}" for each in _GENERATORS.split())),),
    "Workspace": (Entry("pulumi.com", "spec.**.secretRef{} spec.podTemplate.spec<pod>"),),
    "Stack": (Entry("pulumi.com", "spec.**.secret{} spec.envSecrets[] spec.gitAuthSecret spec.accessTokenSecret"),),
    **{
        kind: (Entry("*", "spec.credentials.secretRef{} spec.credentials[].secretRef{} spec.identity.secretRef{}"),)
        for kind in ("ProviderConfig", "ClusterProviderConfig")
    },
}  # fmt: skip
