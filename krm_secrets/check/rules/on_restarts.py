"""Rules on what happens when a Secret changes: who goes on with the old value."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rule import rule
from krm_secrets.errors import WARNING, clean, some
from krm_secrets.secrets.effect import RELOADER
from krm_secrets.stages.reload import restarting
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krm_secrets.check.finding import Fix, Hit
    from krm_secrets.check.subject import Judged, Subject
    from krm_secrets.secrets.effect import Use


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
    stale: dict[int, list[tuple[Judged, Use]]] = {}
    for judged in subject.judged():
        for use in judged.effects.uses() if judged.sure else ():
            if use.effect.added and use.effect.by == RELOADER and use.reference.restart:
                stale.setdefault(id(judged.item.slot), []).append((judged, use))
    for group in stale.values():
        (judged, use), item, world = group[0], group[0][0].item, group[0][0].world
        names = list(dict.fromkeys(use.reference.name for _, use in group))
        listed = some([f'"{clean(name)}"' for name in names])
        yield subject.hit(
            item,
            use.reference.path,
            f"nothing restarts this when the Secret{'s' if len(names) > 1 else ''} {listed} changes",
            related=[
                subject.related(maker.item, (), "makes the Secret")
                for maker in world.makers(use.reference.name, use.namespace)
            ],
            hint=f"add {clean(use.effect.how)}",
            fix=_restarted(subject, [judged for judged, _ in group]),
        )


def _restarted(subject: Subject, judged: list[Judged]) -> Fix | None:
    """What rendering adds; nothing where the worlds that see the object want different things of it."""
    first, *others = (
        ({(a.path, a.key): a.value for a in each.effects.annotations}, each.effects.patch) for each in judged
    )
    item = judged[0].item
    if any(other != first for other in others) or item.written is not None:
        return None
    try:
        return subject.fix(item, restarting(item, *first).edits)
    except YamlError:  # an anchor shares the place: by hand
        return None
