"""A chart of ours through real Helm, then our patch by real kustomize in the way Flux's helm-controller goes.

The controller writes what Helm rendered, without hooks, beside a kustomization that lists it and the patches of
`spec.postRenderers`, and builds that.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import run
from tests.secrets.cluster import load
from tests.secrets.decision import TYPED, Changed, reloads
from tests.secrets.test_truth import added
from tests.tools import tool

CHART = Path(__file__).parent / "chart"
KINDS = ("Deployment", "StatefulSet", "DaemonSet")

Objects = dict[tuple[str, str], dict[str, Any]]


def output(*words: str | Path) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(helm: str, *words: str) -> str:
    return output(tool(helm), "template", "app", CHART, "--set", "existingSecret=app-secret", *words)


def renderers(mode: str = "auto", **spec: Any) -> list[dict[str, Any]]:
    """The post renderers of a release of the chart after a run that makes the Secret."""
    secret = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "app-secret"}}
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "app"},
        "spec": {"chartRef": {"kind": "OCIRepository", "name": "everything"}, **spec}
        | {"values": {"existingSecret": "app-secret"}},
    }
    config = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretsConfig",
        "metadata": {"name": "x"},
        "reload": mode,
    }
    done = run(yaml.safe_dump_all([config, secret, release], sort_keys=False))
    assert (done.code, done.err) == (0, "")
    found = load(done.out.decode())[-1]["spec"]["postRenderers"]
    assert isinstance(found, list)
    return found


def built(folder: Path, manifests: str, renderers: Iterable[Mapping[str, Any]]) -> Objects:
    """What Flux applies: one build for each post renderer, in their order."""
    for renderer in [{"kustomize": {}}, *renderers]:
        (folder / "helm-output.yaml").write_text(manifests)
        kustomization = {"resources": ["helm-output.yaml"], **renderer["kustomize"]}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        manifests = output(tool("kustomize"), "build", folder)
    return {(each["kind"], each["metadata"]["name"]): each for each in load(manifests)}


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize(("mode", "key", "value"), [("auto", TYPED, "true"), ("named", TYPED, "true")])
def test_the_annotation_is_on_the_workloads_own_metadata_and_nowhere_else(
    helm: str, mode: str, key: str, value: str, tmp_path: Path
) -> None:
    manifests = rendered(helm, "--no-hooks")
    before, after = (built(tmp_path, manifests, found) for found in ([], renderers(mode)))
    assert len(before) == 12
    assert before.keys() == after.keys()
    for name, each in after.items():
        changes = set(added(before[name], each))
        assert changes == ({("metadata", "annotations", key)} if name[0] in KINDS else set()), name
        assert (each["metadata"].get("annotations") or {}).get(key) == (value if name[0] in KINDS else None)


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_of_the_chart_exactly_the_long_lived_users_restart(helm: str, tmp_path: Path) -> None:
    after = built(tmp_path, rendered(helm, "--no-hooks"), renderers())
    restarting = {name for name, each in after.items() if reloads(Changed("app-secret"), each)}
    assert restarting == {(kind, "using") for kind in KINDS}


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_hooks_stay_as_they_are_where_they_are_patched_too(helm: str, tmp_path: Path) -> None:
    manifests = rendered(helm)
    before, after = (built(tmp_path, manifests, found) for found in ([], renderers()))
    assert {name for name in before if before[name] != after[name]} == {
        (kind, name) for kind in KINDS for name in ("using", "other")
    }
    for name in (("Job", "migrate"), ("Pod", "test")):
        assert after[name] == before[name]


def test_the_authors_own_post_renderers_run_after_ours(tmp_path: Path) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: using\n  annotations:\n    example.com/a: b\n"
    own = [{"kustomize": {"patches": [{"patch": patch}], "images": [{"name": "example.com/app", "newTag": "2"}]}}]
    found = renderers(postRenderers=own)
    assert found[1:] == own
    after = built(tmp_path, rendered("helm3", "--no-hooks"), found)
    using = after["Deployment", "using"]
    assert using["metadata"]["annotations"] == {TYPED: "true", "example.com/a": "b"}
    assert using["spec"]["template"]["spec"]["containers"][0]["image"] == "example.com/app:2"


def test_a_chart_without_such_workloads_is_built_all_the_same(tmp_path: Path) -> None:
    manifests = rendered("helm3", "--show-only", "templates/short-lived.yaml", "--no-hooks")
    before, after = (built(tmp_path, manifests, found) for found in ([], renderers()))
    assert before == after
    assert set(after) == {("CronJob", "nightly"), ("Job", "once")}
