"""Rules on who makes a Secret: one alone, and from sources that are there."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, MEDIUM, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, WARNING, clean, did_you_mean
from krm_secrets.externalsecrets.target import KIND
from krm_secrets.krm.resource import Resource, at
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.secret import is_secret
from krm_secrets.yamltext.nodes import Mapping

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.secrets.makers.maker import Maker
    from krm_secrets.secrets.world import World


def _shared(subject: Subject) -> Iterator[tuple[World, str, list[Maker]]]:
    """The Secrets of each build that several of its objects make, with these."""
    for world in subject.built:
        for name, namespace in world.secrets():
            makers = world.makers(name, namespace)
            each_once = {id(maker.item.slot): maker for maker in makers}
            if len(each_once) > 1 and world.build.doubtful.isdisjoint(each_once):
                yield world, name, list(each_once.values())


@rule(
    "secret-made-twice",
    severity=ERROR,
    confidence=HIGH,
    finds="Two objects of one build have the same Secret for themselves.",
    why="""External Secrets refuses the second one ("target is owned by another ExternalSecret"); other operators take
    the Secret from each other again and again, and whatever restarts by it goes round in circles.""",
    mends="Nothing: which of the two is to go, or whether they are to merge, their author knows.",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login}
  dataFrom: [{extract: {key: web}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login}
  dataFrom: [{extract: {key: db}}]
# file: kustomization.yaml
resources: [app.yaml]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login}
  dataFrom: [{extract: {key: web}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login, creationPolicy: Merge}
  dataFrom: [{extract: {key: db}}]
# file: kustomization.yaml
resources: [app.yaml]
""",
)
def secret_made_twice(subject: Subject) -> Iterator[Hit]:
    for _, name, makers in _shared(subject):
        owners = [maker for maker in makers if maker.made.owned]
        for other in owners[1:]:
            first = owners[0].item
            cure = "one must go" + (", or get `creationPolicy: Merge`" if other.item.kind == KIND else "")
            path = ("spec", "target", "name") if other.item.kind == KIND else ()
            yield subject.hit(
                other.item,
                path,
                f'makes the Secret "{clean(name)}" for itself, which {first.ref} makes too',
                related=[subject.related(first, (), "makes the same Secret for itself")],
                hint=cure,
                other=name,
            )


_ONCE = (("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"), ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"))
"""By which Flux makes an object once, or not at all."""


@rule(
    "owner-wipes-plain",
    severity=WARNING,
    confidence=MEDIUM,
    finds="An ExternalSecret has for itself a Secret that also stands in Git.",
    why="""With creationPolicy Owner External Secrets takes a Secret over and removes every key that it did not fetch;
    the next reconciliation of Git puts them back. A Secret that Flux makes only once (`ssa: IfNotPresent`), and an
    empty one, are taken for what they are: something to begin with.""",
    wrong="""
apiVersion: v1
kind: Secret
metadata: {name: velero, namespace: backup}
data: {BUCKET: ""}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: velero, namespace: backup}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: velero}}]
# file: kustomization.yaml
resources: [app.yaml]
""",
    right="""
apiVersion: v1
kind: Secret
metadata: {name: velero, namespace: backup}
data: {BUCKET: ""}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: velero, namespace: backup}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {creationPolicy: Merge}
  dataFrom: [{extract: {key: velero}}]
# file: kustomization.yaml
resources: [app.yaml]
""",
)
def owner_wipes_plain(subject: Subject) -> Iterator[Hit]:
    for _, name, makers in _shared(subject):
        owner = next((maker.item for maker in makers if maker.made.owned and maker.item.kind == KIND), None)
        for maker in makers:
            if owner is not None and is_secret(maker.item) and _holds(maker.item):
                yield subject.hit(
                    owner,
                    ("spec", "target", "creationPolicy"),
                    f'has the Secret "{clean(name)}" for itself and removes what the one in Git holds',
                    related=[subject.related(maker.item, (), "stands in Git, with keys of its own")],
                    hint="remove one of them, or say `creationPolicy: Merge`",
                    other=name,
                )


def _holds(secret: Resource) -> bool:
    """Whether a Secret has keys, and is applied again and again."""
    sections = (at(secret.node, section) for section in ("data", "stringData"))
    filled = any(type(section) is Mapping and section.names() for section in sections)
    return filled and not any(secret.annotation(key) == value for key, value in _ONCE)


@rule(
    "template-source-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="An ExternalSecret takes its template from a ConfigMap or a key that is not there.",
    why="""External Secrets cannot make the Secret, and says so in the status of the ExternalSecret alone. It is said
    only where nothing else in the repository names the ConfigMap, or where its keys are known.""",
    wrong="""
apiVersion: v1
kind: ConfigMap
metadata: {name: web-config, namespace: web}
data: {app.yaml: "password: {{ .password }}"}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target:
    template:
      templateFrom: [{configMap: {name: web-config, items: [{key: app.yml}]}}]
  dataFrom: [{extract: {key: web}}]
""",
    right="""
apiVersion: v1
kind: ConfigMap
metadata: {name: web-config, namespace: web}
data: {app.yaml: "password: {{ .password }}"}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target:
    template:
      templateFrom: [{configMap: {name: web-config, items: [{key: app.yaml}]}}]
  dataFrom: [{extract: {key: web}}]
""",
)
def template_source_missing(subject: Subject) -> Iterator[Hit]:
    for judged in subject.judged():
        if judged.item.kind != KIND or not judged.sure or at(judged.item.node, "spec", "target", "template") is None:
            continue
        template = as_map(as_map(as_map(judged.item.data.get("spec")).get("target")).get("template"))
        for number, source in enumerate(map(as_map, as_list(template.get("templateFrom")))):
            path = ("spec", "target", "template", "templateFrom", number, "configMap")
            chosen = as_map(source.get("configMap"))
            name = as_text(chosen.get("name"))
            holders = [
                item
                for item in judged.world.build.items
                if item.kind == "ConfigMap" and item.name == name and item.namespace == judged.item.namespace
            ]
            if len(holders) == 1 and id(holders[0].slot) not in judged.world.build.doubtful:
                there = [*as_map(holders[0].data.get("data")), *as_map(holders[0].data.get("binaryData"))]
                for index, key in enumerate(as_text(as_map(each).get("key")) for each in as_list(chosen.get("items"))):
                    if key and key not in there and "{" not in key:
                        yield subject.hit(
                            judged.item,
                            (*path, "items", index, "key"),
                            f'the ConfigMap "{clean(name)}" has no key "{clean(key)}"{did_you_mean(key, there)}',
                            related=[subject.related(holders[0], ("data",), "holds all keys of the ConfigMap")],
                            other=f"{name}/{key}",
                        )
            elif name and not holders and "{" not in name and not _named_elsewhere(subject, judged.item, name):
                yield subject.hit(
                    judged.item,
                    (*path, "name"),
                    f'nothing here makes the ConfigMap "{clean(name)}"',
                    other=name,
                )


def _named_elsewhere(subject: Subject, item: Resource, name: str) -> bool:
    """Whether any other text has the name: a ConfigMap of another build, a generator, the values of a chart."""
    own = item.slot.source.text
    texts = {id(each.slot.source): each.slot.source.text for each in subject.objects}
    if subject.files is not None:
        seen = subject.files.seen
        texts |= {id(one.file): one.file.text for one in seen.kustomizations.values()}
    return own.count(name) > 1 or any(name in text for text in texts.values() if text is not own)
