"""Rules on the rewrites of an ExternalSecret: what Go, and Flux before it, make of their targets."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rules.specs import spec_rule
from krm_secrets.errors import WARNING

_BUILT = """# file: flux.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 1h
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {DOMAIN: example.com}}
# file: apps/kustomization.yaml
resources: [app.yaml]
# file: apps/app.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
"""

spec_rule(
    "rewrite-group",
    severity=WARNING,
    confidence=HIGH,
    finds="The target of a rewrite names another group than was meant.",
    why="""For Go `$1_URL` is the group called 1_URL, which is not there: write `${1}_URL`, under Flux `$${1}_URL`.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*)", target: "$1_URL"}}]}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*)", target: "${1}_URL"}}]}]
""",
)

spec_rule(
    "rewrite-under-flux",
    severity=WARNING,
    confidence=HIGH,
    files=True,
    finds="A rewrite names a group in braces, which Flux fills in as a variable.",
    why="""Flux puts in what its own variables hold before External Secrets sees the text: `${1}` becomes nothing, and
    every key gets the same name. `$${1}` and `$1` reach External Secrets.""",
    mends="It writes `$${1}`.",
    wrong=_BUILT
    + """  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*)", target: "WEB_${1}"}}]}]
""",
    right=_BUILT
    + """  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*)", target: "WEB_$1"}}]}]
""",
)
