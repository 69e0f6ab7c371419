"""Rules on what happens when a Secret changes: who goes on with the old value."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check import told
from krm_secrets.check.finding import HIGH, LOW, MEDIUM, Fix, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import INFO, WARNING, clean, some
from krm_secrets.secrets.effect import RELOADER, Use
from krm_secrets.secrets.findings import STALE
from krm_secrets.secrets.uses.pods import mount_paths
from krm_secrets.secrets.world import World
from krm_secrets.settings.restarts import DOMAIN
from krm_secrets.stages.reload import restarting
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Judged, Subject
    from krm_secrets.errors import Severity


@rule(
    "no-restart",
    severity=WARNING,
    confidence=HIGH,
    finds="A workload goes on with the old value when a Secret that it uses changes.",
    why="""Environment variables and files mounted by subPath never change in a running Pod: after a rotation it uses a
    password that is no longer valid, until somebody restarts it. `krm-secrets render` adds what Reloader needs. Where
    nothing here has to do with Reloader, it is a notice.""",
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
    mends="It adds what `krm-secrets render` would.",
)
def no_restart(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, STALE)
    stale: dict[int, list[tuple[Judged, Use]]] = {}
    for judged, use in subject.judged_uses():
        wanted = use.effect.added and use.effect.by == RELOADER and use.reference.restart
        if wanted and _changes(judged.world, use) and not subject.wires(judged.world):
            stale.setdefault(id(judged.item.slot), []).append((judged, use))
    severity: Severity | None = None if not stale or _uses_reloader(subject) else INFO
    for group in stale.values():
        (judged, use), how = group[0], clean(group[0][1].effect.how)
        names = list(dict.fromkeys(use.reference.name for _, use in group))
        listed, several = some([f'"{clean(name)}"' for name in names]), len(names) > 1
        yield subject.hit(
            judged.item,
            use.reference.path,
            f"nothing restarts this when the Secret{'s' if several else ''} {listed} change{'' if several else 's'}",
            related=[
                subject.related(maker.item, (), "makes the Secret")
                for maker in judged.world.makers(use.reference.name, use.namespace)
            ],
            hint=f"add {how}",
            fix=_restarted(subject, [judged for judged, _ in group]),
            severity=severity,
            # Of a chart only its author knows which of its Pods read what the values name.
            confidence=MEDIUM if judged.effects.patch is not None else LOW if _reread(group) else "",
        )


def _changes(world: World, use: Use) -> bool:
    """Whether anything but hands changes the Secret, once it is made."""
    return any(maker.renewed != "never" for maker in world.makers(use.reference.name, use.namespace))


_CERTIFICATES = ("/tmp/k8s-webhook-server/", "/tmp/k8s-metrics-server/")  # noqa: S108, paths in their containers
"""Where programs built with controller-runtime look for certificates, which they read again when these change."""


def _reread(group: list[tuple[Judged, Use]]) -> bool:
    """Whether all of the Secrets are certificates that the program reads again by itself."""
    return all(
        mounts and all(mount.startswith(_CERTIFICATES) for mount in mounts)
        for mounts in (mount_paths(judged.item.data, use.reference.path) for judged, use in group)
    )


def _uses_reloader(subject: Subject) -> bool:
    """Whether Reloader is here, or anybody counts on it: where nobody does, nothing is forgotten."""
    return any(item.slot.source.holds(sign) for item in subject.objects for sign in (DOMAIN, "stakater/reloader"))


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


_STORED = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
"""


@rule(
    "reloader-restarts-job",
    severity=WARNING,
    confidence=HIGH,
    finds="Reloader starts a Job or CronJob at once when a Secret changes.",
    why="""Each new Pod of it reads the Secret anew, so that nothing needs a restart: Reloader starts a CronJob out of
    turn, and deletes a Job to make it again. Where that is meant, an ignore with a reason says so.""",
    wrong=_STORED
    + """
apiVersion: batch/v1
kind: CronJob
metadata: {name: sync, namespace: web, annotations: {reloader.stakater.com/auto: "true"}}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, envFrom: [{secretRef: {name: db}}]}]}}}}
""".lstrip("\n"),
    right=_STORED
    + """
apiVersion: batch/v1
kind: CronJob
metadata: {name: sync, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, envFrom: [{secretRef: {name: db}}]}]}}}}
""".lstrip("\n"),
    mends="""It takes the annotation away, where it is the only one of its kind and reaches nothing but the Job.""",
)
def reloader_restarts_job(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "reloader-restarts-job")
