"""What is found in a tree is found in what kustomize builds of it, but for what needs files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from tests.check.support import BOTH, DEPLOYMENT, EXTERNAL, as_json, put
from tests.running import run
from tests.tools import tool

TREE = {
    **BOTH,
    "kustomization.yaml": "resources: [secret.yaml, app.yaml, reloader.yaml, gone.yaml, twice.yaml]\n",
    "twice.yaml": EXTERNAL.format(key="A").replace("name: db\n", "name: other\n", 1),
    "unlisted.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: unlisted, namespace: web}\ndata: {A: ''}\n",
}


def told(findings: list[dict[str, object]]) -> set[str]:
    """The findings by rule, object and field."""
    return {json.dumps([each["rule"], each["object"], each["location"]["path"]]) for each in findings}  # type: ignore[index]


@pytest.mark.parametrize("origins", [False, True])
def test_a_stream_of_kustomize_has_the_findings_of_the_tree(tmp_path: Path, origins: bool) -> None:
    put(tmp_path, TREE)
    (tmp_path / "gone.yaml").write_text("")
    if origins:
        with (tmp_path / "kustomization.yaml").open("a") as file:
            file.write("buildMetadata: [originAnnotations]\n")
    built = subprocess.run([tool("kustomize"), "build", tmp_path], check=True, capture_output=True, text=True).stdout
    stream = json.loads(run(built, "check", "-", "--pedantic", "--format", "json").out)["findings"]
    tree = as_json(tmp_path, "--pedantic")["findings"]
    assert {each["rule"] for each in stream} >= {"key-not-made", "no-restart"}
    assert told(stream) == told([each for each in tree if not RULES[each["rule"]].files])
    if origins:
        assert {each["location"]["file"] for each in stream} >= {"app.yaml"}


@pytest.mark.parametrize(("paths", "count"), [("[app.yaml]", 0), ("[other.yaml]", 1)])
def test_what_is_decided_for_files_holds_for_objects_that_say_where_they_come_from(
    paths: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "krm-secrets.yaml").write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\n"
        f"check: {{ignore: [{{rules: [key-not-made], paths: {paths}, reason: by hand}}]}}\n"
    )
    monkeypatch.chdir(tmp_path)
    origin = "annotations:\n    config.kubernetes.io/origin: 'path: app.yaml'"
    stream = f"{EXTERNAL.format(key='OTHER')}---\n{DEPLOYMENT.replace('annotations:', origin, 1)}"
    done = run(stream, "check", "-c", "krm-secrets.yaml", "--format", "json", "-")
    rules = [each["rule"] for each in json.loads(done.out)["findings"]]
    assert (rules.count("key-not-made"), rules.count("unused-suppression")) == (count, count)


VALUES = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: values, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: values.yaml, remoteRef: {key: web}}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: web}}}
  valuesFrom: [{kind: Secret, name: values}]
"""


@pytest.mark.parametrize(("options", "count"), [((), 0), (("--pedantic",), 1)])
def test_what_a_flag_of_another_build_decides_is_not_certain_in_a_stream(options: tuple[str, ...], count: int) -> None:
    found = json.loads(run(VALUES, "check", "-", "--format", "json", *options).out)["findings"]
    assert [each["rule"] for each in found].count("flux-watch-label-missing") == count
