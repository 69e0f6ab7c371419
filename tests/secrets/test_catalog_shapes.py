"""Kinds of the catalogue that hold Pods, name other namespaces, or name Secrets in their own words."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.uses.workloads import references

ENV = {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}
VOLUMES = {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}
REF = {"name": "s", "key": "k"}
AT_ENV = "env[0].valueFrom.secretKeyRef.name"
ARGO = {
    "volumes": VOLUMES["volumes"],
    "imagePullSecrets": [{"name": "s"}],
    "templates": [
        {"container": ENV, "initContainers": [{"name": "i", **ENV}], "sidecars": [{"name": "x", **ENV}]},
        {"script": {**ENV, "source": "x"}, "inputs": {"artifacts": [{"s3": {"accessKeySecret": REF}}]}},
        {"containerSet": {"containers": [ENV]}, "outputs": {"artifacts": [{"git": {"sshPrivateKeySecret": REF}}]}},
    ],
}
IN_ARGO = [
    "imagePullSecrets[0].name",
    f"templates[0].container.{AT_ENV}",
    f"templates[0].initContainers[0].{AT_ENV}",
    f"templates[0].sidecars[0].{AT_ENV}",
    "templates[1].inputs.artifacts[0].s3.accessKeySecret.name",
    f"templates[1].script.{AT_ENV}",
    f"templates[2].containerSet.containers[0].{AT_ENV}",
    "templates[2].outputs.artifacts[0].git.sshPrivateKeySecret.name",
    "volumes[0].secret.secretName",
]
TASK = {"steps": [ENV], "sidecars": [ENV], "stepTemplate": ENV, **VOLUMES}
IN_TASK = [f"sidecars[0].{AT_ENV}", f"stepTemplate.{AT_ENV}", f"steps[0].{AT_ENV}", "volumes[0].secret.secretName"]
WORKSPACE = {"name": "w", "secret": {"secretName": "s"}}
TEKTON = "tekton.dev/v1"


def below(base: str, *lists: list[str]) -> list[str]:
    return [f"{base}.{place}" for places in lists for place in places]


CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    *((kind, "argoproj.io/v1alpha1", ARGO, IN_ARGO) for kind in ("Workflow", "WorkflowTemplate")),
    ("ClusterWorkflowTemplate", "argoproj.io/v1alpha1", ARGO, IN_ARGO),
    ("CronWorkflow", "argoproj.io/v1alpha1", {"workflowSpec": ARGO}, below("workflowSpec", IN_ARGO)),
    ("EventSource", "argoproj.io/v1alpha1", {"github": {"a": {"apiToken": {"x": 1}, "webhookSecret": REF}}},
     ["github.a.webhookSecret.name"]),
    ("Task", TEKTON, TASK, IN_TASK),
    ("Pipeline", TEKTON, {"tasks": [{"taskSpec": TASK}], "finally": [{"taskSpec": TASK}]},
     below("finally[0].taskSpec", IN_TASK) + below("tasks[0].taskSpec", IN_TASK)),
    ("TaskRun", TEKTON, {"taskSpec": TASK, "workspaces": [WORKSPACE],
                         "podTemplate": {"imagePullSecrets": [REF], **ENV}},
     [f"podTemplate.{AT_ENV}", "podTemplate.imagePullSecrets[0].name", *below("taskSpec", IN_TASK),
      "workspaces[0].secret.secretName"]),
    ("PipelineRun", TEKTON, {"pipelineSpec": {"tasks": [{"taskSpec": TASK}]}, "workspaces": [WORKSPACE],
                             "taskRunTemplate": {"podTemplate": VOLUMES}},
     [*below("pipelineSpec.tasks[0].taskSpec", IN_TASK), "taskRunTemplate.podTemplate.volumes[0].secret.secretName",
      "workspaces[0].secret.secretName"]),
    ("TriggerAuthentication", "keda.sh/v1alpha1", {"secretTargetRef": [REF]}, ["secretTargetRef[0].name"]),
    ("Prometheus", "monitoring.coreos.com/v1", {"secrets": ["s"], "additionalScrapeConfigs": REF},
     ["additionalScrapeConfigs.name", "secrets[0]"]),
    ("Alertmanager", "monitoring.coreos.com/v1", {"configSecret": "s"}, ["configSecret"]),
    ("IngressRoute", "traefik.io/v1alpha1", {"tls": {"secretName": "s"}}, ["tls.secretName"]),
    ("Middleware", "traefik.containo.us/v1alpha1", {"basicAuth": {"secret": "s"}}, ["basicAuth.secret"]),
    ("TLSOption", "traefik.io/v1alpha1", {"clientAuth": {"secretNames": ["s"]}}, ["clientAuth.secretNames[0]"]),
    ("TLSStore", "traefik.io/v1alpha1", {"defaultCertificate": {"secretName": "s"}}, ["defaultCertificate.secretName"]),
    ("ServersTransport", "traefik.io/v1alpha1", {"rootCAsSecrets": ["s"]}, ["rootCAsSecrets[0]"]),
    ("Gateway", "networking.istio.io/v1", {"servers": [{"tls": {"credentialName": "s"}}]},
     ["servers[0].tls.credentialName"]),
    ("BackendTLSPolicy", "gateway.networking.k8s.io/v1",
     {"validation": {"caCertificateRefs": [{"kind": "Secret", "name": "s"}, {"kind": "ConfigMap", "name": "s"}]}},
     ["validation.caCertificateRefs[0].name"]),
    ("SecurityPolicy", "gateway.envoyproxy.io/v1alpha1", {"oidc": {"clientSecret": {"name": "s"}}},
     ["oidc.clientSecret.name"]),
    ("Cluster", "postgresql.cnpg.io/v1", {"envFrom": [{"secretRef": {"name": "s"}}],
                                          "projectedVolumeTemplate": {"sources": [{"secret": {"name": "s"}}]}},
     ["envFrom[0].secretRef.name", "projectedVolumeTemplate.sources[0].secret.name"]),
    ("OCIRepository", "source.toolkit.fluxcd.io/v1", {"verify": {"trustedRootSecretRef": {"name": "s"}}},
     ["verify.trustedRootSecretRef.name"]),
    ("FluxInstance", "fluxcd.controlplane.io/v1", {"sync": {"pullSecret": "s"}}, ["sync.pullSecret"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "api_version", "spec", "expected"), CASES)
def test_a_kind_names_its_secrets(kind: str, api_version: str, spec: dict[str, Any], expected: list[str]) -> None:
    found = references({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec})
    assert sorted(field(ref.path) for ref in found) == [f"spec.{place}" for place in expected]
    assert {ref.name for ref in found} == {"s"}
    assert not any(ref.restart and not ref.how for ref in found)


def test_the_secret_of_a_webhook_is_named_in_its_own_words() -> None:
    params = [{"name": "secretRef", "value": {"secretRef": {"secretName": "s", "secretKey": "k"}}}]
    spec = {"triggers": [{"interceptors": [{"params": params}]}]}
    (found,) = references({"apiVersion": "triggers.tekton.dev/v1beta1", "kind": "EventListener", "spec": spec})
    assert field(found.path) == "spec.triggers[0].interceptors[0].params[0].value.secretRef.secretName"


def test_a_class_of_volumes_says_the_namespace_beside_the_name() -> None:
    parameters = {
        "csi.storage.k8s.io/provisioner-secret-name": "s",
        "csi.storage.k8s.io/provisioner-secret-namespace": "storage",
        "csi.storage.k8s.io/node-stage-secret-name": "t",
        "pool": "x",
    }
    found = references({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "parameters": parameters})
    assert [(ref.name, ref.namespace, ref.path[1]) for ref in found] == [
        ("s", "storage", "csi.storage.k8s.io/provisioner-secret-name"),
        ("t", None, "csi.storage.k8s.io/node-stage-secret-name"),
    ]


@pytest.mark.parametrize("key", ["auth-secret", "auth-tls-secret", "proxy-ssl-secret"])
def test_annotations_of_ingress_nginx(key: str) -> None:
    annotations = {f"nginx.ingress.kubernetes.io/{key}": "other/s"}
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"annotations": annotations}}
    (found,) = references(obj)
    assert (found.name, found.namespace) == ("s", "other")
    assert field(found.path) == f'metadata.annotations["nginx.ingress.kubernetes.io/{key}"]'


def test_a_reference_may_say_its_namespace_and_that_it_is_optional() -> None:
    ref = {"name": "s", "namespace": "other", "key": "k", "optional": True}
    spec = {"provider": {"vault": {"auth": {"tokenSecretRef": ref}}}}
    (found,) = references({"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "spec": spec})
    assert (found.namespace, found.keys, found.optional) == ("other", ("k",), True)


@pytest.mark.parametrize(("given", "expected"), [({}, "values.yaml"), ({"valuesKey": "v"}, "v")])
def test_values_stand_under_a_key(given: dict[str, str], expected: str) -> None:
    spec = {"valuesFrom": [{"kind": "Secret", "name": "s", **given}]}
    (found,) = references({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec})
    assert found.keys == (expected,)
