"""Small repositories for the tests of graphs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.running import run

ROOT = Path(__file__).resolve().parents[2]

_APP = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: NAME-secret}
  data:
  - secretKey: TOKEN
    remoteRef: {key: NAME, property: token}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  template:
    spec:
      containers:
      - name: main
        envFrom: [{secretRef: {name: NAME-secret}}]
        env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: elsewhere, key: TOKEN}}}]
"""


def text(name: str = "web", namespace: str = "apps") -> str:
    """An application: what it fetches, and a Deployment that uses it and a Secret that is made elsewhere."""
    return _APP.replace("NAMESPACE", namespace).replace("NAME", name)


def write(root: Path, files: Mapping[str, str]) -> None:
    """Put files below a folder, which becomes a work tree."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def graph(root: Path, *words: str) -> dict[str, Any]:
    """The graph of a work tree."""
    done = run("", "graph", "--format", "json", *words, str(root))
    assert done.code == 0, done.err
    data: dict[str, Any] = json.loads(done.out)
    return data
