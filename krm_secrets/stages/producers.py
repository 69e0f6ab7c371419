"""Which Secrets the items of a run make, and which item makes each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.annotations import GENERATED, HASHED
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.secrets.masked import is_masked
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import Mapping, Node, Sequence, YamlError, resolved

ANYWHERE = "*"
"""In place of a namespace that nobody can tell."""

Names = Iterator[tuple[str, str]]


class Producers(NamedTuple):
    """By name and namespace of a Secret, the indexes of the items that make it, in their order."""

    items: dict[tuple[str, str], list[int]]
    plain: dict[tuple[str, str], list[int]]
    """Secrets that stand among the items as they are: they change when somebody applies them."""

    def find(self, name: str, namespace: str) -> list[int]:
        """The items that make this Secret."""
        return self.items.get((name, namespace)) or self.items.get((name, ANYWHERE), [])

    def holders(self, name: str, namespace: str) -> list[int]:
        """The items that make this Secret or are it."""
        return self.find(name, namespace) or self.plain.get((name, namespace), [])


def producers(items: Iterable[Resource]) -> Producers:
    """The Secrets that the items make or are."""
    found = Producers({}, {})
    for index, item in enumerate(items):
        known = _KINDS.get(item.kind)
        if known is None or item.api_version.partition("/")[0] != known[0]:
            continue
        try:
            for name, namespace in known[1](item):
                if name:
                    found.items.setdefault((name, namespace), []).append(index)
            if is_secret(item) and not _changes(item):
                found.plain.setdefault((item.ref.name, item.namespace), []).append(index)
        except YamlError:
            # Whoever applies the object will hear of its form; here it only makes nothing.
            continue
    return found


def at(node: Node | None, *path: str) -> Node | None:
    """What stands at the path in a mapping; None where there is nothing, or null."""
    for key in path:
        node = node.get(key) if type(node) is Mapping else None
    return node


def _secret(item: Resource) -> Names:
    if is_secret(item) and _changes(item):
        yield item.ref.name, item.namespace


def _changes(secret: Resource) -> bool:
    """Whether a Secret among the items is one that this run decrypted, made or leaves encrypted, or Flux masked.

    One that a generator of the same kustomization made is one, too, where no hash gives it another name.
    """
    if secret.made or bool(secret.edits) or BLOCK in secret.node.entries() or is_masked(secret):
        return True
    return bool(secret.annotation(GENERATED)) and secret.annotation(HASHED) != "enabled"


def _external(item: Resource) -> Names:
    if name := _target(at(item.node, "spec"), item.ref.name):
        yield name, item.namespace


def _target(spec: Node | None, name: str) -> str:
    """The Secret of an ExternalSecret's spec; "" when it makes none."""
    target = at(spec, "target")
    if at(target, "manifest") is not None or text_at(target, "creationPolicy") == "None":
        return ""
    return text_at(target, "name") or name


def _cluster_external(item: Resource) -> Names:
    spec = at(item.node, "spec")
    own = text_at(spec, "externalSecretName") or item.ref.name
    if name := _target(at(spec, "externalSecretSpec"), own):
        for namespace in _namespaces(spec):
            yield name, namespace


def _namespaces(spec: Node | None) -> Iterator[str]:
    listed = at(spec, "namespaces")
    for each in listed.items if type(listed) is Sequence else ():
        yield getattr(resolved(each), "value", ANYWHERE)
    selectors = at(spec, "namespaceSelectors")
    found = [resolved(each) for each in selectors.items] if type(selectors) is Sequence else []
    for selector in (at(spec, "namespaceSelector"), *found):
        if selector is not None:
            yield text_at(at(selector, "matchLabels"), "kubernetes.io/metadata.name") or ANYWHERE


def _certificate(item: Resource) -> Names:
    yield text_at(at(item.node, "spec"), "secretName"), item.namespace


def _sealed(item: Resource) -> Names:
    yield item.ref.name, item.namespace


def _sops_secret(item: Resource) -> Names:
    templates = at(item.node, "spec", "secretTemplates")
    for template in templates.items if type(templates) is Sequence else ():
        yield text_at(resolved(template), "name"), item.namespace


def _database(item: Resource) -> Names:
    bootstrap = at(item.node, "spec", "bootstrap")
    if not text_at(at(bootstrap, "initdb", "secret"), "name"):
        yield f"{item.ref.name}-app", item.namespace


def _chart(item: Resource) -> Names:
    """What app-template makes of `externalSecrets` in its values."""
    if at(item.node, "spec", "values", "externalSecrets") is None:
        return
    from krm_secrets.secrets.makers.chart_values import external_secrets  # few releases have one
    from krm_secrets.secrets.uses.app_template import is_app_template
    from krm_secrets.secrets.uses.release import Release

    if is_app_template(item.data):
        release = Release.of(item.data)
        for name in external_secrets(release).values():
            yield name, release.namespace


_KINDS: dict[str, tuple[str, Callable[[Resource], Names]]] = {
    "Secret": ("v1", _secret),
    "ExternalSecret": ("external-secrets.io", _external),
    "ClusterExternalSecret": ("external-secrets.io", _cluster_external),
    "Certificate": ("cert-manager.io", _certificate),
    "SealedSecret": ("bitnami.com", _sealed),
    "SopsSecret": ("isindir.github.com", _sops_secret),
    "Cluster": ("postgresql.cnpg.io", _database),
    "HelmRelease": ("helm.toolkit.fluxcd.io", _chart),
}
