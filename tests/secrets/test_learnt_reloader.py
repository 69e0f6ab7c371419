"""What a repository says of its own Reloader counts for every command, and a configuration goes before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import run

RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: reloader, namespace: tools}
spec:
  chart: {spec: {chart: reloader}}
  values: {reloader: {autoReloadAll: true, ignoreNamespaces: "media"}}
"""
KUSTOMIZED = """
namespace: tools
helmCharts:
- name: reloader
  repo: https://example.com/charts
  valuesInline: {reloader: {autoReloadAll: true, ignoreNamespaces: "media"}}
"""
APP = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: key, namespace: NAMESPACE}
spec: {secretStoreRef: {name: s}, data: []}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE}
spec: {template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: key}}]}]}}}
"""
CONFIG = """
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: c}
reloader: RELOADER
"""


@pytest.fixture(params=["reloader.yaml", "kustomization.yaml"])
def tree(request: Any, tmp_path: Path, monkeypatch: Any) -> Path:
    """A repository with two apps and the Reloader of their cluster; where we are."""
    for app, namespace in (("web", "home"), ("player", "media")):
        (tmp_path / "apps" / app).mkdir(parents=True)
        (tmp_path / "apps" / app / "app.yaml").write_text(APP.replace("NAMESPACE", namespace))
    (tmp_path / "infra").mkdir()
    text = RELEASE if request.param == "reloader.yaml" else KUSTOMIZED
    (tmp_path / "infra" / request.param).write_text(text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path(f"infra/{request.param}")


def told(*words: str) -> dict[str, str]:
    done = run("", *words, "--explain", "--format", "json", ".")
    assert done.code == 0, done.err
    secrets = json.loads(done.out)["secrets"]
    return {use["namespace"]: use["how"] for secret in secrets for use in secret["usedBy"]}


@pytest.mark.parametrize("command", ["run", "render"])
def test_explain_says_by_which_file(command: str, tree: Path) -> None:
    found = {namespace: how.replace("./", "") for namespace, how in told(command).items()}
    assert found == {
        "home": f"--auto-reload-all (by {tree})",
        "media": f"this Reloader ignores the namespace media (by {tree})",
    }


@pytest.mark.parametrize("command", ["run", "render"])
def test_nothing_is_annotated_without_need(command: str, tree: Path) -> None:
    done = run("", command, *(["--check"] if command == "render" else []), ".")
    assert (done.code, done.err.count("warning")) == (0, 0)
    assert b"reloader.stakater.com" not in done.out


@pytest.mark.parametrize("command", ["run", "render"])
def test_the_configuration_goes_before_it_field_by_field(command: str, tree: Path) -> None:
    Path("krm-secrets.yaml").write_text(
        CONFIG.replace("RELOADER", "{autoReloadAll: false, autoAnnotation: example.com/auto}")
    )
    found = told(command)
    assert found["home"] == "example.com/auto"
    assert found["media"].startswith("this Reloader ignores the namespace media (by ")
    Path("krm-secrets.yaml").write_text(CONFIG.replace("RELOADER", "{namespacesToIgnore: [home]}"))
    found = told(command)
    assert found["home"] == "this Reloader ignores the namespace home"
    assert found["media"].startswith("--auto-reload-all (by ")


def test_init_writes_what_the_values_say(tree: Path) -> None:
    assert run("", "init", ".").code == 0
    text = Path("krm-secrets.yaml").read_text()
    head = f"# as {tree} starts Reloader; what is not here is looked up there anyway\n"
    assert f'{head}reloader:\n  autoReloadAll: true\n  namespacesToIgnore: ["media"]\n' in text
    assert "reload: auto  # " in text
    assert told("render")["home"] == "--auto-reload-all"
