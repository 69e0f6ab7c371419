"""A key that is a list: YAML allows it, no Kubernetes object has one, and it is seen only where somebody reads on.

So it stands in every kind of object that somebody here reads, and each command names the object, once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository.support import lay
from tests.running import Done, run

BAD = "{[CANARY]: b}"
PODS = f"{{template: {{spec: {{containers: [{{name: c, envFrom: [{{secretRef: {{name: x}}}}]}}], y: {BAD}}}}}}}"
EXTERNAL = "external-secrets.io/v1"
OURS = "krm-secrets.dev/v1alpha1"

KINDS = {
    "an ExternalSecret": ("ExternalSecret", EXTERNAL, f"spec: {{secretStoreRef: {{name: s}}, y: {BAD}}}"),
    "a store": ("ClusterSecretStore", EXTERNAL, f"spec: {{provider: {{fake: {BAD}}}}}"),
    "a workload": ("Deployment", "apps/v1", f"spec: {PODS}"),
    "what a workload is in": ("Deployment", "apps/v1", f"spec: {PODS.replace(BAD, '1')}\nstatus: {BAD}"),
    "values of a chart": ("HelmRelease", "helm.toolkit.fluxcd.io/v2", f"spec: {{values: {{secretName: x, y: {BAD}}}}}"),
    "a chart": (
        *("HelmRelease", "helm.toolkit.fluxcd.io/v2"),
        f"spec: {{chart: {{spec: {{chart: reloader, version: 1.0.0, y: {BAD}}}}}}}",
    ),
    "a build of Flux": ("Kustomization", "kustomize.toolkit.fluxcd.io/v1", f"spec: {{path: ./a, y: {BAD}}}"),
    "a build of Argo CD": ("Application", "argoproj.io/v1alpha1", f"spec: {{source: {{path: a, y: {BAD}}}}}"),
    "many builds of Argo CD": ("ApplicationSet", "argoproj.io/v1alpha1", f"spec: {{generators: [{BAD}]}}"),
    "a Secret": ("Secret", "v1", f"stringData: {{a: b}}\ny: {BAD}"),
    "what a Secret holds": ("Secret", "v1", f"stringData: {BAD}"),
    "a maker": ("Certificate", "cert-manager.io/v1", f"spec: {{secretName: x, y: {BAD}}}"),
    "a maker that says its keys": (
        *("KafkaUser", "kafka.strimzi.io/v1beta2"),
        f"spec: {{authentication: {BAD}}}",
    ),
    "a maker with labels": ("Cluster", "postgresql.cnpg.io/v1", f"spec: {{superuserSecret: {{name: x}}, y: {BAD}}}"),
    "a SopsSecret": ("SopsSecret", "isindir.github.com/v1alpha3", f"spec: {{secretTemplates: [{BAD}]}}"),
    "a BitwardenStore": ("BitwardenStore", OURS, f"y: {BAD}"),
    "a mapping": ("SecretMapping", OURS, f"secrets: {BAD}"),
    "a generator": ("SopsGenerator", OURS, f"files: {BAD}"),
    "a chart's source": ("OCIRepository", "source.toolkit.fluxcd.io/v1", f"spec: {{url: 'oci://x/y', y: {BAD}}}"),
    "a subscription": (
        "Subscription",
        "operators.coreos.com/v1alpha1",
        f"spec: {{name: external-secrets-operator, y: {BAD}}}",
    ),
    "an installation of Flux": ("FluxInstance", "fluxcd.controlplane.io/v1", f"spec: {{distribution: {BAD}}}"),
}
OTHERS = {
    "user.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: user, namespace: n}\nspec: "
    + PODS.replace(BAD, "1"),
    "maker.yaml": f"apiVersion: {EXTERNAL}\nkind: ExternalSecret\nmetadata: {{name: made, namespace: n}}\n"
    "spec: {secretStoreRef: {name: s}, target: {name: x}, dataFrom: [{extract: {key: k}}]}",
}


def written(name: str) -> tuple[str, str]:
    """The object's text, and what is said of it."""
    kind, api_version, rest = KINDS[name]
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: n}}\n{rest}\n"
    line = next(number for number, row in enumerate(text.splitlines(), 1) if BAD in row)
    return text, f"{kind} n/x: line {line}: a key is a list or a mapping, which no Kubernetes object has\n"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("words", [(), ("run", "--explain", "-")])
def test_a_stream(name: str, words: tuple[str, ...]) -> None:
    text, told = written(name)
    assert run("\n---\n".join((text, *OTHERS.values())), *words) == Done(1, b"", f"krm-secrets: error: {told}")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("command", ["check", "graph"])
def test_a_tree(name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, told = written(name)
    lay(tmp_path, {".git/HEAD": "", "odd.yaml": text, **OTHERS})
    monkeypatch.chdir(tmp_path)
    done = run("", command, ".")
    assert f"krm-secrets: error: odd.yaml: {told}" in done.err.splitlines(keepends=True)
    assert done.err.count("odd.yaml") == 1
    assert done.code == {"check": 3, "graph": 1}[command]
    assert "CANARY" not in done.err + done.out.decode()
