"""Repositories for the benchmarks: apps as Flux builds them, made anew, and the corpus beside the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.data import FOLDER
from tests.tools import SHARED

CORPUS = SHARED / "corpus" / "home-ops"

_CONFIG = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata:
  name: secrets
store: bitwarden-fields
stores:
  bitwarden-fields: {fetch: property}
  bitwarden-login: {fetch: property}
"""
_FILES = {
    "ks.yaml": """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: &app NAME
spec:
  targetNamespace: home
  path: ./apps/NAME/app
  interval: 30m
  postBuild:
    substitute:
      APP: *app
  sourceRef:
    kind: GitRepository
    name: flux-system
""",
    "app/kustomization.yaml": """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ./helmrelease.yaml
  - ./pvc.yaml
""",
    "app/pvc.yaml": """apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: NAME
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 10Gi
""",
    "app/secrets.yaml": """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata:
  name: NAME
secrets:
  NAME-secret:
    from: {app: NAME, db: "bitwarden-login:postgres"}
    data:
      ADMIN_PASSWORD: .app.password
      DATABASE: postgres://NAME:{{ .app.dbPassword }}@postgres-rw.database.svc.cluster.local/NAME
      SUPER_PASS: .db.password
""",
    "app/helmrelease.yaml": """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: &app NAME
spec:
  interval: 30m
  chartRef:
    kind: OCIRepository
    name: app-template
  values:
    controllers:
      NAME:
        containers:
          app:
            image:
              repository: registry.example.org/NAME
              tag: 1.2.3
            env:
              TZ: Etc/UTC
              PORT: &port 8080
            envFrom:
              - secretRef:
                  name: "{{ .Release.Name }}-secret"
            probes:
              liveness: &probes
                enabled: true
                custom: true
                spec:
                  httpGet: {path: /healthz, port: *port}
                  initialDelaySeconds: 0
                  periodSeconds: 10
              readiness: *probes
            resources:
              requests: {cpu: 10m, memory: 128Mi}
              limits: {memory: 512Mi}
    service:
      app:
        controller: *app
        ports:
          http: {port: *port}
    route:
      app:
        hostnames: ["{{ .Release.Name }}.example.org"]
        parentRefs:
          - {name: external, namespace: network}
    persistence:
      config:
        existingClaim: *app
""",
}


def apps(count: int) -> Path:
    """A repository of apps, none of them rendered yet."""
    folder = fresh(f"apps-{count}")
    (folder / "krm-secrets.yaml").write_text(_CONFIG)
    for n in range(count):
        name = f"app-{n:04d}"
        for file, text in _FILES.items():
            path = folder / "apps" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("NAME", name))
    return folder


def corpus() -> Path | None:
    """A copy of the corpus with a mapping in a hundred of its apps, or None without the corpus."""
    if not CORPUS.is_dir():
        return None
    folder = fresh("home-ops")
    for path in sorted(CORPUS.rglob("*.y*ml")):
        target = folder / path.relative_to(CORPUS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / "krm-secrets.yaml").write_text(_CONFIG)
    for release in sorted(folder.rglob("helmrelease.yaml"))[:100]:
        name = "-".join(release.relative_to(folder).parts[2:-1])
        mapping = _FILES["app/secrets.yaml"].replace("NAME", f"{name}-bench") + "output: bench.yaml\n"
        (release.parent / "bench-secrets.yaml").write_text(mapping)
    return folder


def fresh(name: str) -> Path:
    """An empty work tree."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".git").mkdir(parents=True)
    return folder
