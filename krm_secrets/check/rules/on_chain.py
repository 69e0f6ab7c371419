"""Rules on the chain: a Secret that is used is made, where it is looked for, and in the form that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets._startup.patterns import pattern
from krm_secrets.check.closed_namespaces import closed
from krm_secrets.check.finding import HIGH, LOW, MEDIUM, Hit, Related
from krm_secrets.check.made_by_hand import is_made_by_hand
from krm_secrets.check.rule import rule
from krm_secrets.errors import INFO, WARNING, clean, near, some
from krm_secrets.krm.resource import at, text_at
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.secrets.makers.secret_types import type_of
from krm_secrets.secrets.makers.table import TABLE
from krm_secrets.secrets.uses.workloads import KINDS
from krm_secrets.yamltext.nodes import Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject, Used


def _is_bootstrapped(used: Used) -> bool:
    """Whether `flux bootstrap` makes the Secret: it calls the source, its Secret and their namespace alike."""
    source = used.item.kind in ("GitRepository", "OCIRepository")
    return source and used.item.ref.name == used.use.reference.name == used.use.namespace


def _unmade(subject: Subject) -> list[Used]:
    """The uses of Secrets that nothing here makes, each Secret once for an object."""
    elsewhere = subject.once(_pushed) | subject.once(_templated)
    found: dict[tuple[int, str, str], Used] = {}
    for used in subject.uses():
        ref, where = used.use.reference, used.use.namespace
        if "{" in ref.name or "{" in where or ref.optional or ref.name in elsewhere:
            continue
        if _is_bootstrapped(used):
            continue
        if not used.world.makers(ref.name, where) and not used.world.may_make(ref.name, where):
            found.setdefault((id(used.item.slot), ref.name, where), used)
    return list(found.values())


def _pushed(subject: Subject) -> frozenset[str]:
    """What PushSecrets write into stores, of which one may be another namespace of the cluster."""
    found = set[str]()
    for item in (item for world in subject.worlds for item in world.build.items):
        if item.kind in ("PushSecret", "ClusterPushSecret"):
            spec = at(item.node, "spec")
            data = at(at(spec, "pushSecretSpec") or spec, "data")
            for each in data.items if type(data) is Sequence else ():
                found.add(text_at(at(resolved(each), "match", "remoteRef"), "remoteKey"))
    return frozenset(found)


_KIND = pattern(r"(?m)^kind: *[\"']?([A-Za-z]+)")
_NAME = pattern(r"\b(?:name|secretName): *[\"']?([a-z0-9][a-z0-9.-]*)")


def _templated(subject: Subject) -> frozenset[str]:
    """The names in templates of charts of this tree that make Secrets, of which nobody knows where they go."""
    found = set[str]()
    for text in subject.files.templates() if subject.files is not None else ():
        if any(kind in TABLE and kind not in KINDS for kind in _KIND.findall(text)):
            found.update(_NAME.findall(text))
    return frozenset(found)


@rule(
    "secret-not-made",
    severity=WARNING,
    confidence=MEDIUM,
    finds="An object uses a Secret that nothing here makes.",
    why="""The Pod does not start before somebody makes it. Where a Secret of nearly the same name is made beside it,
    that is a slip of the pen. In a namespace with releases of app-template alone, and nothing that an operator turns
    into Secrets, it was forgotten. Else it may come from a chart, an operator or a bootstrap that nobody told us of,
    and the finding is a notice: `makers` in the SecretsConfig can name the kind that makes it, `check.known` the
    Secret.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: peertube, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: ppeertube-secret}
  dataFrom: [{extract: {key: peertube}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: peertube, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: clean
              envFrom: [{secretRef: {name: peertube-secret}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: peertube, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: peertube-secret}
  dataFrom: [{extract: {key: peertube}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: peertube, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: clean
              envFrom: [{secretRef: {name: peertube-secret}}]
""",
)
def secret_not_made(subject: Subject) -> Iterator[Hit]:
    for used in _unmade(subject):
        ref, where = used.use.reference, used.use.namespace
        if used.world.namespaces(ref.name) - {where}:
            continue  # which is a finding of its own
        meant = near(ref.name, used.world.names(where, every=True))
        missing = not is_made_by_hand(subject, used) and (
            bool(meant)
            or (where in subject.once(closed) and not used.world.alone and "imagePullSecrets" not in ref.path)
        )
        yield subject.hit(
            used.item,
            ref.path,
            f'nothing here makes the Secret "{clean(ref.name)}"',
            related=_makers(subject, used, meant, where, "makes a Secret of nearly the same name"),
            hint=f'did you mean "{clean(meant)}"?' if meant else "",
            other=ref.name,
            severity=None if missing else INFO,
            confidence="" if missing else LOW,
        )


def _makers(subject: Subject, used: Used, name: str, where: str, label: str) -> list[Related]:
    found: list[Maker] = used.world.makers(name, where) if name else []
    return [subject.related(maker.item, (), label) for maker in found]


@rule(
    "secret-in-other-namespace",
    severity=WARNING,
    confidence=HIGH,
    finds="A Secret is made in one namespace and used by the same name in another.",
    why="""A Pod sees the Secrets of its own namespace alone: it does not start. Copies by reflector, replicator,
    Kyverno, a ClusterExternalSecret or a PushSecret are known. Where a script here names the Secret, what makes it is
    commented out beside its user, or one of several environments has it, only --pedantic tells.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: smtp, namespace: mail}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: smtp}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: report
              envFrom: [{secretRef: {name: smtp}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: smtp, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: smtp}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: report
              envFrom: [{secretRef: {name: smtp}}]
""",
)
def secret_in_other_namespace(subject: Subject) -> Iterator[Hit]:
    elsewhere = subject.once(_made_for)
    for used in _unmade(subject):
        ref, where = used.use.reference, used.use.namespace
        places = sorted(used.world.namespaces(ref.name))
        # Without a namespace of its own either may be where the other is.
        if not where or not places or any(not place or "{" in place for place in places):
            continue
        here = [each for each in used.world.secrets() if each[0] == ref.name]
        unsure = (id(used.item.slot), ref.name) in elsewhere or is_made_by_hand(subject, used)
        yield subject.hit(
            used.item,
            ref.path,
            f'the Secret "{clean(ref.name)}" is made in {some([clean(place) for place in places])} and used in'
            f" {clean(where)}, where nothing makes it",
            related=_makers(subject, used, ref.name, places[0], "makes it in the other namespace"),
            other=ref.name,
            confidence=LOW if unsure else "" if here else MEDIUM,
        )


def _made_for(subject: Subject) -> frozenset[tuple[int, str]]:
    """The uses, by their objects and Secrets, for which something makes the Secret in one of the builds: in another
    one, such as that of the next environment, it is not missing for a slip."""
    return frozenset(
        (id(each.item.slot), use.reference.name)
        for each in subject.judged()
        for use in each.effects.uses()
        if each.world.makers(use.reference.name, use.namespace)
    )


_PULLS = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")


@rule(
    "pull-secret-type",
    severity=WARNING,
    confidence=HIGH,
    finds="A Secret for pulling images has a type that the kubelet does not read.",
    why="""The kubelet takes logins from Secrets of the types kubernetes.io/dockerconfigjson and dockercfg alone,
    whatever their keys are called: images of a private registry are not pulled. Kubernetes never changes the type of a
    Secret that is there: delete it once.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: registry, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: .dockerconfigjson, remoteRef: {key: registry}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
imagePullSecrets: [{name: registry}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: registry, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: kubernetes.io/dockerconfigjson}}
  data: [{secretKey: .dockerconfigjson, remoteRef: {key: registry}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
imagePullSecrets: [{name: registry}]
""",
)
def pull_secret_type(subject: Subject) -> Iterator[Hit]:
    for used in subject.uses():
        ref, world = used.use.reference, used.world
        if "imagePullSecrets" not in ref.path:
            continue
        makers = world.makers(ref.name, used.use.namespace)
        types = {type_of(maker) for maker in makers if id(maker.item.slot) not in world.build.doubtful}
        if len(types) == 1 and (type_ := types.pop()) is not None and type_ not in _PULLS:
            yield subject.hit(
                used.item,
                ref.path,
                f'the Secret "{clean(ref.name)}" has the type {clean(type_)}, from which no image is pulled',
                related=[subject.related(maker.item, (), "makes the Secret, with this type") for maker in makers],
                hint=f"give it the type {_PULLS[0]}",
                other=ref.name,
            )
