"""Notices on uses that nothing restarts, and that nobody can mend by an annotation."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check import told
from krm_secrets.check.finding import HIGH, MEDIUM, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import INFO, WARNING, clean
from krm_secrets.secrets.findings import KEPT
from krm_secrets.secrets.uses.reference import KEEPS

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_STORED = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
"""


def _with(manifest: str) -> str:
    return _STORED + manifest.lstrip("\n")


_DEPLOYMENT = _with("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web, annotations: {reloader.stakater.com/auto: "true"}}
spec:
  template:
    spec:
      containers: [{name: web, envFrom: [{secretRef: {name: db}}]}]
""")


@rule(
    KEPT,
    severity=INFO,
    confidence=MEDIUM,
    finds="An operator gives a Secret to Pods that it does not restart.",
    why="""The operator is known not to look at the Secret once it made its Pods: they keep the old value until somebody
    restarts them, and no annotation on the object helps.""",
    wrong=_with("""
apiVersion: minio.min.io/v2
kind: Tenant
metadata: {name: minio, namespace: web}
spec:
  env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: PASSWORD}}}]
"""),
    right=_DEPLOYMENT,
)
def operator_pods_not_restarted(subject: Subject) -> Iterator[Hit]:
    for used in subject.uses():
        ref = used.use.reference
        if ref.how == KEEPS and used.world.knows(ref.name, used.use.namespace):
            message = f'nothing restarts these Pods when the Secret "{clean(ref.name)}" changes: {KEEPS}'
            yield subject.hit(used.item, ref.path, message, other=ref.name)


@rule(
    "nothing-restarts-kind",
    severity=INFO,
    confidence=HIGH,
    finds="Reloader does not know the kind, so that nothing restarts it.",
    why="""Knative Services, CloneSets and DeploymentConfigs have long-lived Pods and no annotation that restarts them
    when a Secret changes: somebody has to.""",
    wrong=_with("""
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, namespace: web}
spec:
  template:
    spec:
      containers: [{name: web, envFrom: [{secretRef: {name: db}}]}]
"""),
    right=_DEPLOYMENT,
)
def nothing_restarts_kind(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "nothing-restarts-kind")


@rule(
    "volume-not-mounted",
    severity=INFO,
    confidence=HIGH,
    finds="A volume with a Secret is mounted by no container.",
    why="""The Pod waits for the Secret and no container reads it: a mount was forgotten, or the volume is left
    over.""",
    wrong=_DEPLOYMENT + "      volumes: [{name: db, secret: {secretName: db}}]\n",
    right=_DEPLOYMENT,
)
def volume_not_mounted(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "volume-not-mounted")


@rule(
    "subpath-frozen",
    severity=INFO,
    confidence=HIGH,
    finds="A file mounted by subPath never changes, and restarts are refused.",
    why="""The kubelet updates mounted Secrets but for those with subPath; by the annotations here nothing restarts the
    Pod either.""",
    wrong=_with("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web, annotations: {reloader.stakater.com/auto: "false"}}
spec:
  template:
    spec:
      containers: [{name: web, volumeMounts: [{name: db, mountPath: /etc/password, subPath: PASSWORD}]}]
      volumes: [{name: db, secret: {secretName: db}}]
"""),
    right=_DEPLOYMENT,
)
def subpath_frozen(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "subpath-frozen")


@rule(
    "chart-not-known",
    severity=INFO,
    confidence=MEDIUM,
    finds="Nobody knows where a chart takes the annotations that restart what it makes.",
    why="""No patch reaches what another host than Flux installs: `charts` in the SecretsConfig says where the chart
    takes annotations.""",
    wrong=_with("""
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: web, namespace: kube-system}
spec:
  chart: web
  targetNamespace: web
  valuesContent: |
    existingSecret: db
"""),
    right=_DEPLOYMENT,
)
def chart_not_known(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "chart-not-known")


@rule(
    "annotation-refused",
    severity=WARNING,
    confidence=HIGH,
    finds="The API server refuses an annotation, and with it the whole object.",
    why="""An annotation is a string: YAML reads `true` and numbers as something else unless they stand in quotes.""",
    wrong=_DEPLOYMENT.replace('"true"', "true"),
    right=_DEPLOYMENT,
)
def annotation_refused(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "annotation-refused")
