"""Repositories of any size, with a bit of everything, for the page's looks, size and speed.

`python -m tests.graph.many COUNT FOLDER` writes one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.graph.asked_readers import ALICE, BOB, sealed
from tests.graph.support import write

NAMESPACES = ("media", "home", "observability", "downloads", "network", "security", "database", "games", "ai", "dev")
STORES = ("onepassword", "vault", "bitwarden-fields")
NAMES = (
    "plex", "grafana", "sonarr", "immich", "paperless", "authentik", "gitea", "miniflux", "vaultwarden", "radarr",
    "home-assistant", "zigbee2mqtt", "n8n", "karakeep", "open-webui", "frigate", "actual", "wiki", "rclone", "tandoor",
)  # fmt: skip

_STORE = """\
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: NAME}
spec: {provider: {NAME: {}}}
"""
_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: STORE}
  target: {name: NAME-secret}
  data:
  - {secretKey: KEY_TOKEN, remoteRef: {key: NAME, property: token}}
  - {secretKey: KEY_PASSWORD, remoteRef: {key: NAME, property: password}}
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: NAMESPACE
  annotations: {ANNOTATIONS}
spec:
  template:
    spec:
      containers:
      - name: main
        envFrom: [{secretRef: {name: NAME-secret}}]MORE
"""
_CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: NAME-backup, namespace: NAMESPACE}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: main
            env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: NAME-secret, key: KEY_TOKEN}}}]
"""
_AUTO = 'reloader.stakater.com/auto: "true"'
_MORE = "\n        env: [{name: SHARED, valueFrom: {secretKeyRef: {name: NAME, key: SHARED}}}]"


def repository(count: int) -> dict[str, str]:
    """The files of a repository with that many applications: about five cards each."""
    files = {"stores/stores.yaml": "".join(_STORE.replace("NAME", each) for each in STORES)}
    files[".sops.yaml"] = f"keys:\n- &alice {ALICE}\n- &bob {BOB}\n"
    for n in range(count):
        base = NAMES[n % len(NAMES)]
        name = base if n < len(NAMES) else f"{base}-{n // len(NAMES) + 1}"
        namespace = NAMESPACES[(n * 7) % len(NAMESPACES)]
        folder = f"kubernetes/apps/{namespace}/{name}/app"

        def filled(
            text: str,
            name: str = name,
            namespace: str = namespace,
            key: str = base,
            store: str = STORES[n % len(STORES)],
        ) -> str:
            key = key.upper().replace("-", "_")
            return (
                text.replace("KEY", key).replace("STORE", store).replace("NAMESPACE", namespace).replace("NAME", name)
            )

        more = _MORE.replace("NAME", f"{name}-shared") if n % 17 == 4 else ""
        more = _MORE.replace("NAME", "smtp") if n % 11 == 3 else more
        annotations = "" if n % 9 == 2 else _AUTO
        files[f"{folder}/externalsecret.yaml"] = filled(_SECRET)
        if n % 13 != 6:
            text = filled(_DEPLOYMENT.replace("MORE", more)).replace("{ANNOTATIONS}", f"{{{annotations}}}")
            files[f"{folder}/deployment.yaml"] = text
        if n % 3 != 2:
            files[f"{folder}/cronjob.yaml"] = filled(_CRONJOB)
    for number, namespace in enumerate(NAMESPACES):
        secret = sealed("smtp", *((ALICE, BOB) if number % 2 else (ALICE,))).replace(
            "namespace: apps", f"namespace: {namespace}"
        )
        files[f"kubernetes/apps/{namespace}/smtp.sops.yaml"] = secret
    return files


if __name__ == "__main__":
    write(Path(sys.argv[2]), repository(int(sys.argv[1])))
