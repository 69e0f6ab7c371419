"""How the Secrets of an object are found, for the kinds that many runs have."""

from __future__ import annotations

from krm_secrets.externalsecrets.target import renewal, target
from krm_secrets.krm.annotations import GENERATED, HASHED
from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.plain import as_map
from krm_secrets.secrets.makers.maker import ANYWHERE, Made
from krm_secrets.secrets.secret import is_masked, is_secret
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


CONNECTION = "writeConnectionSecretToRef"


def of_secret(item: Resource) -> Iterator[Made]:
    # What this run decrypted, made or leaves encrypted, or what Flux masked, changes with the file that it comes from;
    # so does what a generator of the same kustomization made, where no hash gives it another name.
    changes = item.made or bool(item.edits) or BLOCK in item.node.entries() or is_masked(item)
    changes = changes or (bool(item.annotation(GENERATED)) and item.annotation(HASHED) != "enabled")
    if is_secret(item):
        yield Made(item.name, item.namespace, plain=not changes)


def of_external(item: Resource) -> Iterator[Made]:
    yield from _target(at(item.node, "spec"), item.name, (item.namespace,))


def _target(spec: Node | None, name: str, namespaces: Iterable[str]) -> Iterator[Made]:
    """The Secret of an ExternalSecret's spec."""
    found = at(spec, "target")
    fields = ("name", "creationPolicy", "manifest")
    given = {key: getattr(node, "value", node) for key in fields if (node := at(found, key)) is not None}
    if (made := target(name, given)) is not None:
        refresh: dict[str, object] = {key: text_at(spec, key) for key in ("refreshPolicy", "refreshInterval")}
        renewed = renewal({**refresh, "target": {"immutable": text_at(found, "immutable") == "true"}})
        for namespace in namespaces:
            yield Made(made.name, namespace, not made.joins, renewed=renewed)


def of_cluster_external(item: Resource) -> Iterator[Made]:
    spec = at(item.node, "spec")
    own = text_at(spec, "externalSecretName") or item.name
    return _target(at(spec, "externalSecretSpec"), own, _namespaces(spec))


def _namespaces(spec: Node | None) -> Iterator[str]:
    listed = at(spec, "namespaces")
    for each in listed.items if type(listed) is Sequence else ():
        yield getattr(resolved(each), "value", ANYWHERE)
    selectors = at(spec, "namespaceSelectors")
    found = [resolved(each) for each in selectors.items] if type(selectors) is Sequence else []
    for selector in (at(spec, "namespaceSelector"), *found):
        if selector is not None:
            yield text_at(at(selector, "matchLabels"), "kubernetes.io/metadata.name") or ANYWHERE


def of_certificate(item: Resource) -> Iterator[Made]:
    yield Made(text_at(at(item.node, "spec"), "secretName"), item.namespace, owned=True)


def of_sealed(item: Resource) -> Iterator[Made]:
    yield Made(item.name, item.namespace, owned=True)


def of_sops_secret(item: Resource) -> Iterator[Made]:
    templates = at(item.node, "spec", "secretTemplates")
    for template in templates.items if type(templates) is Sequence else ():
        name = text_at(resolved(template), "name")
        yield Made("" if is_whole(name) else name, item.namespace, owned=True)


def of_kafka_user(item: Resource) -> Iterator[Made]:
    kind = text_at(at(item.node, "spec", "authentication"), "type")
    if kind in ("tls", "scram-sha-512"):
        yield Made(item.name, item.namespace, owned=True, renewed="certificate" if kind == "tls" else "never")


def of_release(item: Resource) -> Iterator[Made]:
    """What app-template makes of `externalSecrets` and `secrets` in its values."""
    values = at(item.node, "spec", "values")
    if at(values, "externalSecrets") is None and at(values, "secrets") is None:
        return
    from krm_secrets.secrets.makers.chart_values import external_secrets, own_secrets  # few releases have one
    from krm_secrets.secrets.uses.app_template import is_app_template
    from krm_secrets.secrets.uses.release import Release

    if is_app_template(item.data):
        release = Release.of(item.data)
        given = as_map(release.values.get("externalSecrets"))
        for key, name in external_secrets(release).items():
            yield Made(name, release.namespace, owned=True, renewed=renewal(as_map(given.get(key))))
        # The chart itself restarts for these, as they change with the release.
        yield from (Made(name, release.namespace, plain=True) for name in own_secrets(release).values())


def of_connection(item: Resource) -> Iterator[Made]:
    """What Crossplane writes, whatever the kind: a claim's in its own namespace, that of others in the named one."""
    found = at(item.node, "spec", CONNECTION)
    if type(found) is Mapping and type(found.get("name")) is Scalar:
        yield Made(text_at(found, "name"), text_at(found, "namespace") or item.namespace, owned=True)
