"""Rules on what happens when a Secret changes: who goes on with the old value."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rule import rule
from krm_secrets.errors import WARNING, clean, some

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krm_secrets.check.finding import Hit
    from krm_secrets.check.subject import Subject, Used


@rule(
    "no-restart",
    severity=WARNING,
    confidence=HIGH,
    finds="A workload goes on with the old value when a Secret that it uses changes.",
    why="""Environment variables and files mounted by subPath never change in a running Pod: after a rotation it uses
    a password that is no longer valid, until somebody restarts it. `krm-secrets render` adds what Reloader needs.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          envFrom: [{secretRef: {name: db}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
  annotations: {reloader.stakater.com/auto: "true"}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          envFrom: [{secretRef: {name: db}}]
""",
)
def no_restart(subject: Subject) -> Iterator[Hit]:
    stale: dict[int, list[Used]] = {}
    for used in subject.uses():
        effect = used.use.effect
        if effect.added and effect.by and used.use.reference.restart:
            stale.setdefault(id(used.item.slot), []).append(used)
    for group in stale.values():
        first = group[0]
        names = list(dict.fromkeys(used.use.reference.name for used in group))
        listed = some([f'"{clean(name)}"' for name in names])
        yield subject.hit(
            first.item,
            first.use.reference.path,
            f"nothing restarts this when the Secret{'s' if len(names) > 1 else ''} {listed} changes",
            related=[
                subject.related(maker.item, (), "makes the Secret")
                for maker in first.world.makers(first.use.reference.name, first.use.namespace)
            ],
            hint=f"add {clean(first.use.effect.how)}; `krm-secrets render` does",
        )
