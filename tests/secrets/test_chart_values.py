"""The Secrets that app-template makes of ExternalSecrets in its own values."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.secrets.makers.chart_values import external_secrets
from krm_secrets.secrets.uses.release import Release
from tests.running import run
from tests.secrets.cluster import load


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"main": {"target": {"name": "app-secret"}}}, {"main": "app-secret"}),
        ({"main": {}}, {"main": "web"}),
        ({"a": {}, "b": {"target": {"name": "x"}}}, {"a": "web-a", "b": "x"}),
        ({"a": {}, "web": {"enabled": False}}, {"a": "web"}),
        ({"a": {"suffix": "env"}}, {"a": "web-env"}),
        ({"a": {"prefix": "my"}, "b": {"suffix": "b"}}, {"a": "my-web-a", "b": "web-b"}),
        ({"a": {"forceRename": "{{ .Release.Name }}-Own"}}, {"a": "web-own"}),
        ({"a": {"forceRename": "{{ .Values.no }}"}, "b": {"target": {"name": "{{ x }}"}}}, {}),
        ({}, {}),
        (None, {}),
        (["a"], {}),
        ({"a": None, "b": 3}, {"a": "web-a", "b": "web-b"}),
    ],
)
def test_their_names(given: Any, names: dict[str, str]) -> None:
    assert external_secrets(Release("web", "", {"externalSecrets": given})) == names


def test_a_name_that_depends_on_what_nobody_knows() -> None:
    values = {"externalSecrets": {"a": {}}, "global": {"fullnameOverride": "{{ .Values.x }}"}}
    assert external_secrets(Release("web", "", values)) == {}


RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chartRef: {kind: OCIRepository, name: app-template}
  values:
    controllers:
      env:
        containers: {app: {envFrom: [{externalSecretRef: {identifier: main}}]}}
      file:
        containers: {app: {}}
      other:
        containers: {app: {}}
      nightly:
        type: cronjob
        containers: {app: {envFrom: [{externalSecretRef: {identifier: main}}]}}
    persistence:
      file: {type: secret, externalSecretRef: file, advancedMounts: {file: {app: [{path: /f}]}}}
    externalSecrets:
      main: {data: [{secretKey: a, remoteRef: {key: b}}]}
      file: {target: {name: own-file}}
"""


def test_what_uses_them_restarts() -> None:
    done = run(RELEASE)
    assert (done.code, done.err) == (0, "")
    controllers = load(done.out.decode())[0]["spec"]["values"]["controllers"]
    wired = {name for name, each in controllers.items() if "annotations" in each}
    assert wired == {"env", "file"}
    assert controllers["env"]["annotations"] == {"reloader.stakater.com/auto": "true"}
    assert run(done.out).out == done.out


def test_other_workloads_use_them_by_name() -> None:
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n"
        "spec: {template: {spec: {containers: [{name: a, envFrom: [{secretRef: {name: own-file}}]}]}}}\n"
    )
    done = run(f"{RELEASE}---\n{deployment}")
    assert load(done.out.decode())[1]["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}


def test_another_chart_has_no_such_field() -> None:
    text = RELEASE.replace("app-template", "other").replace("controllers:", "parts:")
    assert run(text).out.decode() == text


def test_a_label_for_one_is_told_and_not_put_on_the_release() -> None:
    kustomization = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n"
        "spec: {postBuild: {substituteFrom: [{kind: Secret, name: own-file}]}}\n"
    )
    done = run(f"{RELEASE}---\n{kustomization}")
    assert done.err == (
        "krm-secrets: notice: HelmRelease web, line 3: metadata.labels: Kustomization apps uses the Secret "
        '"own-file" at spec.postBuild.substituteFrom[0].name and notices a change only with the label '
        'reconcile.fluxcd.io/watch: "Enabled" on it; add it to target.template.metadata.labels of the ExternalSecret '
        "in the values [flux-watch-label-missing]\n"
    )
    assert "watch" not in done.out.decode()
