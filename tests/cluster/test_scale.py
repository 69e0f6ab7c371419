"""Five hundred mappings and five hundred workloads: what our part of the way takes, beside the cluster's."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.cluster.build import config, mapping, stream
from tests.cluster.harness.api import Object, content
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.vault import Item
from tests.cluster.table import measured
from tests.cluster.test_restarts import all_of, pod, workload
from tests.hosts.support import PROGRAM, documents, environment, output

NAMESPACE = "scale"
COUNT = 500


def test_five_hundred_mappings_and_workloads(cluster: Cluster, stores: list[Object]) -> None:
    cluster.namespaces(NAMESPACE)
    names = [f"app-{number:03}" for number in range(COUNT)]
    given: list[Object] = [config("op", stores={"op": {"fetch": "extract"}})]
    for name in names:
        cluster.vault.items[name] = Item({"password": f"p-{name}", "user": "u"})
        secret = {
            "from": name,
            "data": {"URL": "postgres://{{ .user }}:{{ .password }}@host/db", "PASSWORD": ".password"},
        }
        given += [
            mapping(name, NAMESPACE, {name: secret}),
            workload("Deployment", name, pod(container=all_of(name)), NAMESPACE),
        ]
    start = time.monotonic()
    result = output(PROGRAM, stdin=stream(given), env=environment(key=False))
    built = time.monotonic()
    made = documents(result)
    wired = [value for value in made if value["metadata"].get("annotations", {}).get("reloader.stakater.com/auto")]
    assert (len(made), len(wired)) == (2 * COUNT, COUNT)

    parts = [stream(made[index::4]) for index in range(4)]
    begin = time.monotonic()
    with ThreadPoolExecutor(len(parts)) as pool:
        lines = [
            line for printed in pool.map(lambda part: cluster.apply(part, "--server-side"), parts) for line in printed
        ]
    applied = time.monotonic()
    assert len(lines) == 2 * COUNT
    cluster.wait_synced(NAMESPACE, names)
    synced = time.monotonic()
    found = cluster.secrets(NAMESPACE)
    for name in names:
        password = f"p-{name}".encode()
        url = b"postgres://u:" + password + b"@host/db"
        assert content(found[name]) == {"PASSWORD": password, "URL": url}

    measured("scale: mappings and as many workloads, built by krm-secrets", COUNT, built - start)
    measured("scale: applied by kubectl, four at a time", 2 * COUNT, applied - begin)
    measured("scale: synced by External Secrets, since the first was applied", COUNT, synced - begin)
