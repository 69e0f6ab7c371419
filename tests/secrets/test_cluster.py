"""A whole real cluster after our run, by Reloader's decision on what its releases render to.

Releases of app-template are rendered in full. What other charts render is not known here; a Deployment that uses each
Secret which the values name stands for it, with the annotations that the chart is known to take from its values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.running import run
from tests.secrets.apptemplate import names, render
from tests.secrets.cluster import cluster, documents, load
from tests.secrets.decision import DOMAIN, Changed, reloads, used_by
from tests.tools import ROOT

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "app-template": {},
    "memini": {"controllers": {"fsck": {"type": "cronjob"}}},
}
"""Charts made of the common library, by the end of their address, with what matters of their own values."""

POD_ANNOTATIONS = {
    "external-dns": ("podAnnotations",),
    "headlamp": ("podAnnotations",),
    "bitwarden-sdk-server": ("podAnnotations",),
    "authentik": ("global", "podAnnotations"),
}
"""Where the other charts take annotations for their Pods from, if the cluster has any there."""

READ_BY_OTHERS = {
    "home-ops-runner: githubConfigSecret",  # a controller of another release
    "kube-prometheus-stack: alertmanager.alertmanagerSpec.configSecret",  # the operator
    "policy-reporter: emailReports.smtp.secret",  # a CronJob
}
TOLD = (
    "In the {all} releases of one real home cluster {releases} use Secrets. "
    "A change restarts {before} of the {long} uses by long-lived workloads as its author wired them by hand, "
    "and {after} after a run"
)
"""What the documentation says of it."""

LONG_LIVED = ("Deployment", "StatefulSet", "DaemonSet")


class Use(NamedTuple):
    """A workload and a Secret that it uses."""

    release: str
    kind: str
    workload: str
    secret: str


def produced(objects: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The Secrets that the objects make, as namespace and name."""
    found = set()
    for each in objects:
        metadata, spec = each["metadata"], each.get("spec") or {}
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        if each["kind"] == "ExternalSecret":
            found.add((namespace, (spec.get("target") or {}).get("name") or name))
        elif each["kind"] == "Certificate":
            found.add((namespace, spec["secretName"]))
        elif each["kind"] == "Secret" and "sops" in each:
            found.add((namespace, name))
        elif each["kind"] == "Cluster":
            found.add((namespace, f"{name}-app"))
    return found


class Cluster:
    """The objects at one time, and what Reloader makes of them."""

    def __init__(self, objects: Iterable[Mapping[str, Any]]) -> None:
        self.objects = list(objects)
        self.secrets = produced(self.objects)
        self.charts = {
            (each["metadata"]["namespace"], each["metadata"]["name"]): each["spec"]["url"].rpartition("/")[2]
            for each in self.objects
            if each["kind"] == "OCIRepository"
        }

    def uses(self) -> dict[Use, bool]:
        """Every use of a known Secret, and whether a change of it makes Reloader act on the workload."""
        found = {}
        for release in (each for each in self.objects if each["kind"] == "HelmRelease"):
            for workload in self.workloads(release):
                namespace, name = workload["metadata"]["namespace"], workload["metadata"]["name"]
                template = workload["spec"].get("jobTemplate", workload)["spec"]["template"]
                for secret in used_by(template["spec"]):
                    if (namespace, secret) in self.secrets:
                        use = Use(f"{namespace}/{release['metadata']['name']}", workload["kind"], name, secret)
                        found[use] = reloads(Changed(secret), workload)
        return found

    def chart(self, release: Mapping[str, Any]) -> str:
        spec, namespace = release["spec"], release["metadata"]["namespace"]
        if "chartRef" not in spec:
            return str(spec["chart"]["spec"]["chart"])
        # Every namespace gets a repository of app-template from a component.
        name = spec["chartRef"]["name"]
        return str(self.charts.get((spec["chartRef"].get("namespace", namespace), name), name))

    def workloads(self, release: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        chart = self.chart(release)
        rendered = render(release, DEFAULTS[chart]) if chart in DEFAULTS else self.stand_in(release, chart)
        for each in rendered:
            yield patched(each, release["spec"].get("postRenderers") or ())

    def stand_in(self, release: Mapping[str, Any], chart: str) -> list[dict[str, Any]]:
        name, namespace = names(release)
        values = release["spec"].get("values") or {}
        annotations = values
        for key in POD_ANNOTATIONS.get(chart, ("<none>",)):
            annotations = annotations.get(key) or {}
        found = [
            text
            for path, text in texts(values)
            if (namespace, text) in self.secrets
            and not path.startswith("podAnnotations")
            and f"{name}: {path}" not in READ_BY_OTHERS
        ]
        pod = {"containers": [{"name": "app", "envFrom": [{"secretRef": {"name": secret}} for secret in found]}]}
        template = {"metadata": {"annotations": annotations}, "spec": pod}
        metadata = {"name": name, "namespace": namespace}
        return [{"kind": "Deployment", "metadata": metadata, "spec": {"template": template}}] if found else []


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the values with its path."""
    if isinstance(node, str):
        yield path.removeprefix("."), node
    elif isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from texts(child, f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}")


def patched(workload: dict[str, Any], renderers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The workload after the annotations that Flux's post renderers merge into it."""
    for patch in (each for renderer in renderers for each in renderer["kustomize"]["patches"]):
        if re.fullmatch(patch["target"]["kind"], workload["kind"]):
            (merge,) = load(patch["patch"])
            metadata = dict(workload["metadata"])
            metadata["annotations"] = {**metadata.get("annotations", {}), **merge["metadata"]["annotations"]}
            workload = {**workload, "metadata": metadata}
    return workload


def stripped(text: str) -> str:
    """A text without any annotation of Reloader, in which anchors and the rest stay where they are."""
    return text.replace(DOMAIN, "example.com")


def wired(texts: Iterable[str], mode: str, folder: Path) -> Cluster:
    """The cluster after a run."""
    config = folder / "config.yaml"
    config.write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: x}\n"
        f"decrypt: keep\nreload: {mode}\n"
    )
    done = run("".join(f"---\n{text.rstrip()}\n" for text in texts), "-c", str(config))
    assert done.code == 0, done.err
    return Cluster(data for text in documents(done.out.decode()) for data in load(text))


def report(what: str, before: Mapping[Use, bool], after: Mapping[Use, bool]) -> Counter[str]:
    """The numbers, in the summary of `pytest -rA`."""
    count = Counter(
        {
            "all": sum(each.data["kind"] == "HelmRelease" for each in cluster()),
            "releases": len({use.release for use in after}),
            "uses": len(after),
            "long": sum(use.kind in LONG_LIVED for use in after),
            "before": sum(restarts for use, restarts in before.items() if use.kind in LONG_LIVED),
            "after": sum(restarts for use, restarts in after.items() if use.kind in LONG_LIVED),
            "jobs before": sum(restarts for use, restarts in before.items() if use.kind not in LONG_LIVED),
            "jobs after": sum(restarts for use, restarts in after.items() if use.kind not in LONG_LIVED),
        }
    )
    print(f"{what}: {', '.join(f'{key} {number}' for key, number in count.items())}")
    return count


def test_what_the_author_forgot_restarts_and_nothing_else_changes(tmp_path: Path) -> None:
    before = Cluster(each.data for each in cluster()).uses()
    after = wired([each.text for each in cluster()], "auto", tmp_path).uses()
    count = report("as it is", before, after)
    assert TOLD.format(**count) in " ".join((ROOT / "docs/explanation/restarts.md").read_text("utf-8").split())
    assert before.keys() == after.keys()
    for use, restarts in after.items():
        assert restarts is (use.kind in LONG_LIVED or before[use]), use


@pytest.mark.parametrize("mode", ["auto", "named"])
def test_without_any_annotation_exactly_what_should_restart_does(mode: str, tmp_path: Path) -> None:
    given = [stripped(each.text) for each in cluster()]
    before = Cluster(data for text in given for data in load(text)).uses()
    after = wired(given, mode, tmp_path).uses()
    report(f"without annotations, {mode}", before, after)
    assert before.keys() == after.keys()
    assert not any(before.values())
    assert {use for use, restarts in after.items() if restarts} == {use for use in after if use.kind in LONG_LIVED}
