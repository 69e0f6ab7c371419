"""Rules on the stores from which values are fetched: they are there, admit who asks, and find their credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, MEDIUM, Hit
from krm_secrets.check.named_stores import KINDS, OF_CLUSTER, OF_NAMESPACE, Fetch, Store, fetches, stores
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, WARNING, Path, clean, did_you_mean
from krm_secrets.externalsecrets.spec_rules import GROUP
from krm_secrets.krm.resource import at, group_of, text_at
from krm_secrets.yamltext.nodes import Mapping, Sequence, YamlError, resolved
from krm_secrets.yamltext.splice import Updates, update

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_STORE = """
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider: {kubernetes: {remoteNamespace: vault}}
---
"""
_FETCH = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
"""
_RIGHT = _STORE + _FETCH.lstrip("\n")


def _named(fetch: Fetch, found: tuple[Store, ...]) -> list[Store]:
    """The stores that a place may mean, of either kind where it leaves the kind out."""
    there = fetch.item.namespace
    return [
        store
        for store in found
        if store.item.name == fetch.name
        and fetch.kind in ("", store.item.kind)
        and (not there or not store.reaches or "{" in there + store.reaches or there == store.reaches)
    ]


@rule(
    "store-missing",
    severity=WARNING,
    confidence=MEDIUM,
    finds="A store is named that is not here.",
    why="""Nothing is fetched, and no Secret is made. It is said only where other stores are here and nothing but
    ExternalSecrets has the name: then it was forgotten, renamed, or stands in another repository.""",
    wrong=_STORE + _FETCH.lstrip("\n").replace("name: vault", "name: valut"),
    right=_RIGHT,
)
def store_missing(subject: Subject) -> Iterator[Hit]:
    found = subject.once(stores)
    if not found:
        return
    names = sorted({store.item.name for store in found})
    unsure = any("{" in name for name in names)
    for fetch in subject.once(fetches):
        known = fetch.name in subject.config(fetch.item).stores
        if unsure or known or not fetch.name or "{" in fetch.name or _named(fetch, found):
            continue
        if fetch.name not in names and _is_elsewhere(subject, fetch.name):
            continue
        kind = fetch.kind or OF_NAMESPACE
        meant = did_you_mean(fetch.name, [each for each in names if each != fetch.name])
        yield subject.hit(
            fetch.item,
            (*fetch.path, "name"),
            f'no {clean(kind)} "{clean(fetch.name)}" is here{meant}',
            other=fetch.name,
        )


def _is_elsewhere(subject: Subject, name: str) -> bool:
    """Whether another object names it, such as a chart that makes stores."""
    return any(
        item.slot.source.holds(name) and item.slot.source.holds(OF_NAMESPACE)
        for item in subject.objects
        if group_of(item.api_version) != GROUP
    )


@rule(
    "store-kind-omitted",
    severity=WARNING,
    confidence=HIGH,
    finds="The kind of a store is left out, and only a ClusterSecretStore has the name.",
    why="""Without a kind External Secrets looks for a SecretStore in the namespace, and does not find one.""",
    mends="It adds the kind.",
    wrong=_STORE + _FETCH.lstrip("\n").replace("kind: ClusterSecretStore, ", ""),
    right=_RIGHT,
)
def store_kind_omitted(subject: Subject) -> Iterator[Hit]:
    found = subject.once(stores)
    for fetch in subject.once(fetches):
        named = _named(fetch, found) if not fetch.kind else []
        if named and all(store.item.kind == OF_CLUSTER for store in named):
            updates: Updates = {"kind": OF_CLUSTER}
            for key in reversed(fetch.path):
                updates = {key: updates}
            try:
                edits = update(fetch.item.slot.source.text, fetch.item.node, updates)
            except YamlError:
                edits = []
            yield subject.hit(
                fetch.item,
                (*fetch.path, "name"),
                f'leaves out the kind of "{clean(fetch.name)}", which is a {OF_CLUSTER}: a SecretStore is meant then',
                related=[subject.related(named[0].item, (), "the only store of this name")],
                hint=f"add `kind: {OF_CLUSTER}`",
                fix=subject.fix(fetch.item, edits) if edits and fetch.item.written is None else None,
                other=fetch.name,
            )


@rule(
    "store-refuses-namespace",
    severity=ERROR,
    confidence=HIGH,
    finds="A ClusterSecretStore does not admit the namespace.",
    why="""External Secrets fetches nothing for a namespace that none of the store's conditions admits. Conditions by
    labels of namespaces are left alone, since others may give them.""",
    wrong=_RIGHT.replace("  provider:", "  conditions: [{namespaces: [db]}]\n  provider:"),
    right=_RIGHT.replace("  provider:", "  conditions: [{namespaces: [db, web]}]\n  provider:"),
)
def store_refuses_namespace(subject: Subject) -> Iterator[Hit]:
    found = subject.once(stores)
    for fetch in subject.once(fetches):
        namespace = fetch.item.namespace
        named = _named(fetch, found) if fetch.kind == OF_CLUSTER and namespace and "{" not in namespace else []
        if named and all(_refuses(store, namespace) for store in named):
            yield subject.hit(
                fetch.item,
                (*fetch.path, "name"),
                f'the ClusterSecretStore "{clean(fetch.name)}" does not admit the namespace {clean(namespace)}',
                related=[subject.related(named[0].item, ("spec", "conditions"), "says which namespaces it admits")],
                other=fetch.name,
            )


def _refuses(store: Store, namespace: str) -> bool:
    """Whether it is certain that no condition admits the namespace."""
    listed = at(store.item.node, "spec", "conditions")
    conditions = [resolved(each) for each in listed.items] if type(listed) is Sequence else []
    if not conditions or id(store.item.slot) in store.world.build.doubtful:
        return False
    for condition in conditions:
        if at(condition, "namespaceSelector") is not None:
            return False
        for name in _texts(condition, "namespaces"):
            if name == namespace or "{" in name:
                return False
        for pattern in _texts(condition, "namespaceRegexes"):
            try:
                if "${" in pattern or re.search(pattern, namespace):
                    return False
            except re.error:
                return False
    return True


def _texts(condition: object, field: str) -> list[str]:
    listed = condition.get(field) if type(condition) is Mapping else None
    return [getattr(resolved(each), "value", "{") for each in listed.items] if type(listed) is Sequence else []


@rule(
    "store-reference-namespace",
    severity=ERROR,
    confidence=HIGH,
    finds="A ClusterSecretStore does not say in which namespace its credentials are.",
    why="""A ClusterSecretStore has no namespace of its own: for a caProvider and for the Secrets of a webhook External
    Secrets refuses to guess one. Other providers look in the namespace of each ExternalSecret, which may be meant.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider:
    vault:
      server: https://vault.vault.svc:8200
      caProvider: {type: ConfigMap, name: ca, key: ca.crt}
      auth: {kubernetes: {role: eso, mountPath: kubernetes}}
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider:
    vault:
      server: https://vault.vault.svc:8200
      caProvider: {type: ConfigMap, name: ca, key: ca.crt, namespace: vault}
      auth: {kubernetes: {role: eso, mountPath: kubernetes}}
""",
    mends="It names the namespace, where the repository has the Secret or ConfigMap in one alone.",
)
def store_reference_namespace(subject: Subject) -> Iterator[Hit]:
    for store in subject.once(stores):
        provider = at(store.item.node, "spec", "provider")
        if store.item.kind != OF_CLUSTER or type(provider) is not Mapping:
            continue
        if id(store.item.slot) in store.world.build.doubtful or (subject.files is not None and store.world.alone):
            continue
        for name in provider.names():
            one = provider.get(name)
            path: Path = ("spec", "provider", name)
            references = [((*path, "caProvider"), at(one, "caProvider"))]
            listed = at(one, "secrets") if name == "webhook" else None
            for number, each in enumerate(listed.items if type(listed) is Sequence else ()):
                references.append(((*path, "secrets", number, "secretRef"), at(resolved(each), "secretRef")))
            bundled = at(one, "caBundle") is not None
            for where, node in references:
                if type(node) is Mapping and not text_at(node, "namespace") and not (bundled and "caProvider" in where):
                    there = _namespace(subject, node)
                    cure = (((*where, "namespace"), there),) if there else ()
                    yield subject.hit(
                        store.item,
                        (*where, "name"),
                        "needs a namespace in a ClusterSecretStore, which has none itself",
                        hint=f"the only one here is in {clean(there)}" if there else "",
                        fix=subject.cured(store.item, cure),
                    )


def _namespace(subject: Subject, reference: Mapping) -> str:
    """The only namespace in which the repository has what is referred to; "" where nobody can tell."""
    name = text_at(reference, "name")
    if text_at(reference, "type") == "ConfigMap":
        items = (item for world in subject.worlds for item in world.build.items)
        found = {item.namespace for item in items if (item.kind, item.ref.name) == ("ConfigMap", name)}
    else:
        found = {each for world in subject.worlds for each in world.namespaces(name)}
    return min(found) if len(found) == 1 and "{" not in min(found) else ""


_LABEL = "external-secrets.io/type"


@rule(
    "webhook-secret-label",
    severity=ERROR,
    confidence=HIGH,
    finds="A Secret that a webhook store reads lacks the label that allows it.",
    why="""So that nobody sends any Secret to any address, the webhook provider reads only those with the label
    external-secrets.io/type: webhook.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: hook, namespace: web}
spec:
  provider:
    webhook:
      url: https://hook.example.com/
      secrets: [{name: auth, secretRef: {name: hook-auth}}]
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: hook-auth, namespace: web}
spec: {encryptedData: {token: AgBy}}
""",
    right="""
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: hook, namespace: web}
spec:
  provider:
    webhook:
      url: https://hook.example.com/
      secrets: [{name: auth, secretRef: {name: hook-auth}}]
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: hook-auth, namespace: web}
spec: {encryptedData: {token: AgBy}, template: {metadata: {labels: {external-secrets.io/type: webhook}}}}
""",
)
def webhook_secret_label(subject: Subject) -> Iterator[Hit]:
    for used in subject.uses():
        ref, world = used.use.reference, used.world
        if used.item.kind not in KINDS or ref.path[:4] != ("spec", "provider", "webhook", "secrets"):
            continue
        makers = world.makers(ref.name, used.use.namespace)
        labels = world.labels(ref.name, used.use.namespace) if len(makers) == 1 else None
        sure = bool(makers) and id(makers[0].item.slot) not in world.build.doubtful
        if labels is not None and sure and labels.get(_LABEL) != "webhook":
            yield subject.hit(
                used.item,
                ref.path,
                f'the Secret "{clean(ref.name)}" has not the label {_LABEL}: webhook, and is not read',
                related=[subject.related(maker.item, (), "makes the Secret, without the label") for maker in makers],
                other=ref.name,
            )
