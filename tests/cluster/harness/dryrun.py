"""Whether the API server, with the operators' webhooks, would take an object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from tests.cluster.build import stream
from tests.cluster.harness.api import Object
from tests.cluster.harness.cluster import Cluster

_APPLY = ("--server-side", "--dry-run=server", "--force-conflicts")


_PART = 120


def refused(cluster: Cluster, objects: Iterable[Object]) -> list[str]:
    """What `kubectl apply --server-side --dry-run=server` says against these objects; several at a time."""
    given = list(objects)
    parts = [given[start : start + _PART] for start in range(0, len(given), _PART)]
    with ThreadPoolExecutor(3) as pool:
        return [line for said in pool.map(lambda part: _refused(cluster, part), parts) for line in said]


def _refused(cluster: Cluster, given: list[Object]) -> list[str]:
    done = cluster.kubectl("apply", *_APPLY, "-f", "-", stdin=stream(given), check=False)
    said = done.stderr.decode().splitlines()
    assert done.returncode or len(done.stdout.splitlines()) == len(given), said
    return said or ["kubectl failed without a word"] if done.returncode else []


def verdict(cluster: Cluster, external_secret: Object) -> str:
    """Why an ExternalSecret is refused, empty when it is admitted; the same request as kubectl's, without its start."""
    metadata = external_secret["metadata"]
    path = f"/apis/external-secrets.io/v1/namespaces/{metadata['namespace']}/externalsecrets/{quote(metadata['name'])}"
    query = "?dryRun=All&fieldManager=test&fieldValidation=Strict&force=true"
    try:
        cluster.api.patch(path + query, external_secret, "application/apply-patch+yaml")
    except RuntimeError as error:
        return _message(str(error))
    return ""


def _message(answer: str) -> str:
    start = answer.find("{")
    parsed: Any = json.loads(answer[start:]) if start >= 0 else {}
    return str(parsed.get("message", answer))
