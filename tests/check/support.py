"""Trees to check, and what a run says of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.running import Done, run
from tests.tools import tool

EXTERNAL = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: db
  namespace: web
spec:
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault
  target:
    name: db
    template:
      data:
        {key}: "{{{{ .password }}}}"
  data:
    - secretKey: password
      remoteRef:
        key: db
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
  annotations:
    reloader.stakater.com/auto: "true"
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: web:1
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: db
                  key: PASSWORD
"""
RIGHT = {"secret.yaml": EXTERNAL.format(key="PASSWORD"), "app.yaml": DEPLOYMENT}
WRONG = {"secret.yaml": EXTERNAL.format(key="PASSWROD"), "app.yaml": DEPLOYMENT}
ANNOTATION = '  annotations:\n    reloader.stakater.com/auto: "true"\n'
RELOADER = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: reloader
  namespace: reloader
spec:
  selector: {matchLabels: {app: reloader}}
  template:
    metadata: {labels: {app: reloader}}
    spec:
      containers: [{name: reloader, image: "ghcr.io/stakater/reloader:v1.4.0"}]
"""
STALE = {
    "secret.yaml": EXTERNAL.format(key="PASSWORD"),
    "app.yaml": DEPLOYMENT.replace(ANNOTATION, ""),
    "reloader.yaml": RELOADER,
}
BROKEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: a\n"
BOTH = {**STALE, "secret.yaml": WRONG["secret.yaml"]}


def put(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder that is a work tree."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def check(folder: Path, *words: str, data: str = "") -> Done:
    """`krm-secrets check` over a folder, by its path."""
    return run(data, "check", *words, str(folder))


def as_json(folder: Path, *words: str) -> Any:
    """What it says in JSON."""
    return json.loads(check(folder, "--format", "json", *words).out)


def rules(folder: Path, *words: str) -> list[str]:
    """The rules that found something, in the order of files and lines."""
    return [finding["rule"] for finding in as_json(folder, *words)["findings"]]


def git(folder: Path, *words: str) -> None:
    """Git without anybody's configuration."""
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    )
    subprocess.run([tool("git"), *identity, *words], cwd=folder, check=True, capture_output=True)
