"""Rules on labels by which Flux and CloudNativePG look at Secrets again."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, LOW, Fix, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import WARNING, Problem, clean
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers.labels import Label, Wanted, label_of, labelled, labels_of
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.secrets.uses.kinds.entry import CNPG_LABEL, FLUX_LABEL

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject


def _unlabelled(subject: Subject, key: str, who: str, confidence: str = "") -> Iterator[Hit]:
    seen = set[tuple[int, str]]()
    for judged in subject.judged():
        for label in judged.effects.labels() if judged.sure else ():
            makers = judged.world.makers(label.secret, label.namespace)
            cure = label_of(makers[0], label.key)[1]
            if label.key != key or (id(judged.item.slot), label.secret) in seen:
                continue
            if judged.world.fixed(label.secret, label.namespace) or any(_has(each, key) for each in makers):
                continue
            seen.add((id(judged.item.slot), label.secret))
            yield subject.hit(
                judged.item,
                label.path,
                f'{who} does not notice when the Secret "{clean(label.secret)}" changes: it has not the label {key}',
                related=[subject.related(maker.item, (), "makes the Secret, without the label") for maker in makers],
                hint=cure or f'add {key}: "{label.value}" to it; `krm-secrets render` does',
                fix=None if cure else _fix(subject, label, makers[0], judged.item),
                other=label.secret,
                confidence=confidence,
            )


def _has(maker: Maker, key: str) -> bool:
    """Whether the Secret has the label from one of those that make it, with whatever value."""
    return bool(label_of(maker, key)[0]) or key in (labels_of(maker) or ())


def _fix(subject: Subject, label: Label, maker: Maker, user: Resource) -> Fix | None:
    problems: list[Problem] = []
    item = labelled(maker.item, [Wanted(label, maker, user)], problems)
    return None if problems else subject.fix(maker.item, item.edits)


@rule(
    "flux-watch-label-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="Flux takes values or variables from a Secret that it does not watch.",
    why="""Without the label Flux sees a new value only when the interval of the HelmRelease or Kustomization is over,
    often an hour later. Controllers that were started with another --watch-configs-label-selector are taken at their
    word: then nothing is said. Of a stream --pedantic alone tells, since the flag stands in another build.""",
    mends="It adds the label, where a template of ours or of External Secrets takes it.",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: values, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {values.yaml: "password: {{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: web}}}
  valuesFrom: [{kind: Secret, name: values}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: values, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target:
    template:
      metadata: {labels: {reconcile.fluxcd.io/watch: Enabled}}
      data: {values.yaml: "password: {{ .password }}"}
  data: [{secretKey: password, remoteRef: {key: web}}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: web}}}
  valuesFrom: [{kind: Secret, name: values}]
""",
)
def flux_watch_label_missing(subject: Subject) -> Iterator[Hit]:
    # Of a stream nobody knows how the controllers were started, which stands in another build.
    return _unlabelled(subject, FLUX_LABEL[0], "Flux", LOW if subject.files is None else "")


@rule(
    "cnpg-reload-label-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="CloudNativePG uses a Secret that it does not watch.",
    why="""Without the label the operator sees a new password only at its next reconciliation, and the role in the
    database keeps the old one.""",
    mends="It adds the label, where a template of ours or of External Secrets takes it.",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: db}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {username: app, password: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: db}}]
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db, namespace: db}
spec:
  managed: {roles: [{name: app, passwordSecret: {name: app}}]}
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: db}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target:
    template:
      metadata: {labels: {cnpg.io/reload: "true"}}
      data: {username: app, password: "{{ .password }}"}
  data: [{secretKey: password, remoteRef: {key: db}}]
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db, namespace: db}
spec:
  managed: {roles: [{name: app, passwordSecret: {name: app}}]}
""",
)
def cnpg_reload_label_missing(subject: Subject) -> Iterator[Hit]:
    yield from _unlabelled(subject, CNPG_LABEL[0], "CloudNativePG")
