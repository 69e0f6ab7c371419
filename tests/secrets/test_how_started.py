"""How Flux and Reloader were started, as far as the tree tells, counts for all commands alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository.support import lay
from tests.running import run_in

APP = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: values, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: values}
  data: [{secretKey: values.yaml, remoteRef: {key: web}}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: web}}}
  valuesFrom: [{kind: Secret, name: values}]
"""
INSTANCE = """\
apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec:
  kustomize:
    patches:
      - patch: |
          - {op: add, path: /spec/template/spec/containers/0/args/-, value: --watch-configs-label-selector=owner!=helm}
        target: {kind: Deployment}
"""


@pytest.mark.parametrize("command", ["run", "render"])
def test_explain_tells_that_flux_looks_at_all(command: str, tmp_path: Path) -> None:
    lay(tmp_path, {"app.yaml": APP, "flux.yaml": INSTANCE})
    done = run_in(tmp_path, command, "--explain", ".", env={"COLUMNS": "200"})
    (row,) = (line for line in done.out.decode().splitlines() if "HelmRelease web/web" in line)
    assert row.rstrip().endswith("Flux: watches the Secret")


def test_without_it_the_label_is_added(tmp_path: Path) -> None:
    lay(tmp_path, {"app.yaml": APP})
    done = run_in(tmp_path, "render", "--explain", ".", env={"COLUMNS": "200"})
    assert "Flux: the label reconcile.fluxcd.io/watch on the Secret (added)" in done.out.decode()


def test_render_adds_no_label_then(tmp_path: Path) -> None:
    lay(tmp_path, {"app.yaml": APP, "flux.yaml": INSTANCE})
    done = run_in(tmp_path, "render", ".")
    assert (done.code, (tmp_path / "app.yaml").read_text()) == (0, APP)


def test_a_reloader_among_tests_says_nothing_of_the_cluster(tmp_path: Path) -> None:
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: reloader, namespace: kube-system}\n"
        "spec:\n  chart: {spec: {chart: reloader, sourceRef: {kind: HelmRepository, name: stakater}}}\n"
        "  values: {reloader: {autoReloadAll: true}}\n"
    )
    user = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: web}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: web, envFrom: [{secretRef: {name: values}}]}]\n"
    )
    for folder, told in (
        ("tests/e2e", "reloader.stakater.com/auto (added)"),
        ("apps", "--auto-reload-all (by apps/reloader.yaml)"),
    ):
        top = tmp_path / folder.replace("/", "-")
        lay(top, {"app.yaml": f"{APP}---\n{user}", f"{folder}/reloader.yaml": release})
        done = run_in(top, "render", "--explain", ".", env={"COLUMNS": "200"})
        (row,) = (line for line in done.out.decode().splitlines() if "Deployment web/web" in line)
        assert told in row
