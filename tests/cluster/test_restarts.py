"""A value changes at the provider, and exactly those workloads restart that our reload stage wired.

What restarts them is a model of Reloader (`harness/reloader.py`); the rest is real.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.build import config, expanded, mapping, of_kind, stream
from tests.cluster.harness.api import EXTERNAL_SECRETS, Object
from tests.cluster.harness.cluster import Cluster, until
from tests.cluster.harness.reloader import KINDS, Reloader, digest
from tests.cluster.harness.standins import add_unknown_kinds
from tests.cluster.harness.vault import Item
from tests.cluster.table import measured
from tests.hosts.support import build, documents, kustomization

NAMESPACE = "restarts"
AUTO = "reloader.stakater.com/auto"
Workload = tuple[str, str]


def pod(**spec: Any) -> Object:
    """A Pod template with one container, of which the fields in `container` are set."""
    container = {"name": "main", "image": "registry.example.org/x:1", **spec.pop("container", {})}
    return {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [container], **spec}}


def marked(name: str, namespace: str, annotations: dict[str, str]) -> Object:
    """Metadata; `_` stands for a dot in the names of annotations, and `__` for a slash."""
    marks = {key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()}
    return {"name": name, "namespace": namespace} | ({"annotations": marks} if marks else {})


def workload(kind: str, name: str, template: Object, namespace: str = NAMESPACE, **annotations: str) -> Object:
    """A Deployment, StatefulSet or DaemonSet."""
    metadata = marked(name, namespace, annotations)
    spec: Object = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def variable(secret: str) -> Object:
    return {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": secret, "key": "A"}}}]}


def all_of(secret: str) -> Object:
    return {"envFrom": [{"secretRef": {"name": secret}}]}


def volume(**source: Any) -> Object:
    """A volume and its mount."""
    return {"volumes": [{"name": "v", **source}], "container": {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}}


def job(kind: str, name: str, secret: str, **annotations: str) -> Object:
    spec: Object = {"template": {"spec": {**pod(container=all_of(secret))["spec"], "restartPolicy": "Never"}}}
    if kind == "CronJob":
        spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}}
    return {"apiVersion": "batch/v1", "kind": kind, "metadata": marked(name, NAMESPACE, annotations), "spec": spec}


WORKLOADS = [
    workload("Deployment", "variable", pod(container=variable("web"))),
    workload("StatefulSet", "all", pod(container=all_of("db"))),
    workload("DaemonSet", "mounted", pod(**volume(secret={"secretName": "web"}))),
    workload("Deployment", "projected", pod(**volume(projected={"sources": [{"secret": {"name": "web"}}]}))),
    workload(
        "Deployment", "init", pod(initContainers=[{"name": "i", "image": "registry.example.org/i:1", **variable("db")}])
    ),
    workload("Deployment", "both", pod(container={**variable("web"), **all_of("db")})),
    workload(
        "Deployment",
        "not-seen-by-auto",
        pod(**volume(csi={"driver": "example.org", "nodePublishSecretRef": {"name": "db"}})),
    ),
    workload("Deployment", "puller", pod(imagePullSecrets=[{"name": "web"}])),
    workload("Deployment", "refused", pod(container=all_of("web")), reloader_stakater_com__auto="false"),
    workload("Deployment", "listed", pod(container=all_of("web")), secret_reloader_stakater_com__reload="web,other"),
    workload("Deployment", "excluded", pod(container=all_of("web")), reloader_stakater_com__auto="true",
             secrets_exclude_reloader_stakater_com__reload="web"),
    workload("Deployment", "searching", pod(container=all_of("marked")), reloader_stakater_com__search="true"),
    workload("Deployment", "ignoring", pod(container=all_of("ignored"))),
    workload("Deployment", "without", pod()),
    workload("Deployment", "elsewhere", pod(container=all_of("web")), namespace=f"{NAMESPACE}-other"),
    job("Job", "once", "web"),
    job("CronJob", "monthly", "web"),
    job("CronJob", "by-hand", "web", reloader_stakater_com__auto="true"),
]  # fmt: skip

RESTARTED: dict[str, set[Workload]] = {
    "web": {
        ("Deployment", "variable"), ("DaemonSet", "mounted"), ("Deployment", "projected"), ("Deployment", "both"),
        ("Deployment", "listed"), ("Deployment", "app-template"),
    },
    "db": {
        ("StatefulSet", "all"), ("Deployment", "init"), ("Deployment", "both"), ("Deployment", "not-seen-by-auto"),
        ("Deployment", "chart"), ("StatefulSet", "chart"),
    },
    "marked": {("Deployment", "searching")},
    "ignored": set(),
    "unused": set(),
    "values": set(),
    "superuser": set(),
}  # fmt: skip
"""For each Secret what must restart when it changes."""
BY_HAND = {"by-hand"}
"""The CronJob that its author annotated, so that each change starts a Job."""
WIRED = {"variable", "mounted", "projected", "both", "all", "init", "not-seen-by-auto", "ignoring"}
"""The workloads that we annotate. The others are wired by their authors, or by Helm, or must not restart."""

TIMES: list[float] = []
"""From each change at the provider to the restarts."""
HELM = "helm.toolkit.fluxcd.io/v2"


def release(name: str, chart: str, **spec: Any) -> Object:
    source = {"spec": {"chart": chart, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    metadata = {"name": name, "namespace": NAMESPACE}
    return {
        "apiVersion": HELM,
        "kind": "HelmRelease",
        "metadata": metadata,
        "spec": {"interval": "1h", "chart": source, **spec},
    }


CONTROLLERS = {
    "app-template": {"containers": {"main": {"image": {"repository": "registry.example.org/x"}, **all_of("web")}}},
    "quiet": {"containers": {"main": {"image": {"repository": "registry.example.org/x"}}}},
}
OTHERS: list[Object] = [
    release("app", "app-template", values={"controllers": CONTROLLERS}),
    release(
        "chart",
        "some-chart",
        values={"auth": {"existingSecret": "db"}},
        valuesFrom=[{"kind": "Secret", "name": "values"}],
    ),
    {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "pg", "namespace": NAMESPACE},
     "spec": {"instances": 1, "superuserSecret": {"name": "superuser"}, "storage": {"size": "1Gi"}}},
]  # fmt: skip
CHART = [
    workload("Deployment", "chart", pod(container=variable("db"))),
    workload("StatefulSet", "chart", pod(container=all_of("db"))),
    workload("Deployment", "chart-exporter", pod()),
]
"""What the other chart renders from its values."""


def secrets() -> Object:
    """One mapping for all Secrets."""
    marks = {"marked": {"reloader.stakater.com/match": "true"}, "ignored": {"reloader.stakater.com/ignore": "true"}}
    each: dict[str, Object] = {
        name: {"from": f"{NAMESPACE}-{name}", "data": {"A": ".password", "B": "text"}} for name in RESTARTED
    }
    for name, own in marks.items():
        each[name]["annotations"] = own
    return mapping("all", NAMESPACE, each)


def rendered(result: bytes, folder: Path) -> list[Object]:
    """What Flux applies for the HelmReleases: app-template's controllers, and the other chart after its renderers."""
    app, chart = sorted(of_kind("HelmRelease", result), key=lambda value: str(value["metadata"]["name"]))
    made = []
    for name, controller in app["spec"]["values"]["controllers"].items():
        (container,) = ({k: v for k, v in c.items() if k != "image"} for c in controller["containers"].values())
        deployment = workload("Deployment", name, pod(container=container))
        deployment["metadata"]["annotations"] = controller.get("annotations", {})
        made.append(deployment)
    patches = [patch for each in chart["spec"].get("postRenderers", []) for patch in each["kustomize"]["patches"]]
    text = json.dumps({"resources": ["chart.yaml"], "patches": patches})
    return [*made, *documents(build(kustomization(folder, text, {"chart.yaml": stream(CHART)})))]


@pytest.fixture(scope="module")
def running(cluster: Cluster, stores: list[Object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reloader]:
    """All of it applied and synced, and the model at work."""
    cluster.namespaces(NAMESPACE, f"{NAMESPACE}-other")
    for name in RESTARTED:
        cluster.vault.items[f"{NAMESPACE}-{name}"] = Item({"password": "before"})
    add_unknown_kinds(cluster, OTHERS)
    settings = config("op", stores={"op": {"fetch": "extract"}})
    result = expanded([settings, secrets(), *WORKLOADS, *OTHERS])
    cluster.apply(result + stream(rendered(result, tmp_path_factory.mktemp("chart"))))
    cluster.wait_synced(NAMESPACE, RESTARTED)
    annotated = {
        value["metadata"]["name"]
        for value, given in ((v, g) for v in documents(result) for g in WORKLOADS if _same(v, g))
        if value["metadata"].get("annotations") != given["metadata"].get("annotations")
    }
    assert annotated == WIRED
    with Reloader(cluster.kubeconfig, NAMESPACE) as reloader:
        yield reloader
    if len(TIMES) == len(RESTARTED):
        measured("values changed at the provider, longest until the restarts (model)", len(TIMES), max(TIMES))
        measured("workloads restarted, exactly those that must", sum(map(len, RESTARTED.values())), sum(TIMES))


def _same(one: Object, other: Object) -> bool:
    return one["kind"] == other["kind"] and all(
        one["metadata"].get(key) == other["metadata"].get(key) for key in ("name", "namespace")
    )


def templates(cluster: Cluster) -> dict[tuple[str, str, str], Object]:
    """The Pod template of every workload there is."""
    return {
        (kind, item["metadata"]["namespace"], item["metadata"]["name"]): item["spec"]["template"]
        for kind, plural in KINDS.items()
        for item in cluster.api.items(f"/apis/apps/v1/{plural}")
    }


def jobs(cluster: Cluster) -> set[tuple[str, str]]:
    """The Jobs there are: the CronJob each is from, or its own name, and its id, which is new when it is made anew."""
    found = cluster.api.items(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs")
    return {(item["metadata"]["name"].rpartition("-")[0] or "once", item["metadata"]["uid"]) for item in found}


def change(cluster: Cluster, name: str, value: str) -> str:
    """Another value at the provider, and in the Secret; the hash of its data."""
    cluster.vault.items[f"{NAMESPACE}-{name}"] = Item({"password": value})
    cluster.force_sync(NAMESPACE, name)
    wanted = {"A": value.encode(), "B": b"text"}
    until(lambda: cluster.secret(NAMESPACE, name) == wanted, lambda: f"{name} did not change")
    return digest(cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}"))


@pytest.mark.parametrize("name", RESTARTED)
def test_exactly_those_restart_that_must(cluster: Cluster, running: Reloader, name: str) -> None:
    before, before_jobs = templates(cluster), jobs(cluster)
    assert {("Deployment", NAMESPACE, "quiet"), ("Deployment", NAMESPACE, "chart-exporter")} <= before.keys()
    start = time.monotonic()
    running.wait_for(name, change(cluster, name, "after"))
    TIMES.append(time.monotonic() - start)
    after = templates(cluster)
    restarted = {key for key, template in after.items() if template != before[key]}
    assert restarted == {(kind, NAMESPACE, workload) for kind, workload in RESTARTED[name]}
    assert {name for name, _ in jobs(cluster) - before_jobs} == (BY_HAND if name == "web" else set())


def test_a_refresh_without_a_change_restarts_nothing(cluster: Cluster, running: Reloader) -> None:
    def refreshed() -> str:
        found = cluster.api.get(f"{EXTERNAL_SECRETS}/namespaces/{NAMESPACE}/externalsecrets/web")
        return str(found["status"]["syncedResourceVersion"])

    running.wait_for("web", change(cluster, "web", "then"))
    version, before, synced = (
        cluster.secrets(NAMESPACE)["web"]["metadata"]["resourceVersion"],
        templates(cluster),
        refreshed(),
    )
    cluster.force_sync(NAMESPACE, "web")
    until(lambda: refreshed() != synced, lambda: "web was not refreshed")
    assert cluster.secrets(NAMESPACE)["web"]["metadata"]["resourceVersion"] == version
    running.wait_for("unused", change(cluster, "unused", "later"))
    assert templates(cluster) == before


def test_flux_and_cloudnativepg_find_their_labels(cluster: Cluster, running: Reloader) -> None:
    found = {name: secret["metadata"].get("labels", {}) for name, secret in cluster.secrets(NAMESPACE).items()}
    flux = {name for name, labels in found.items() if labels.get("reconcile.fluxcd.io/watch") == "Enabled"}
    postgres = {name for name, labels in found.items() if labels.get("cnpg.io/reload") == "true"}
    assert (flux, postgres) == ({"values"}, {"superuser"})
