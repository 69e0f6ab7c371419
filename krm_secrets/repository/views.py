"""Objects as a build sees them: with the names, namespaces, labels and annotations that it gives, and Flux's variables.

They stand where the text has them, so that what is said of one still says where.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping

from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.repository.builds import Way
from krm_secrets.repository.substitution import DISABLED, Variables
from krm_secrets.secrets.makers.table import makers
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import describes
from krm_secrets.yamltext.nodes import Mapping as MappingNode, Node, YamlError
from krm_secrets.yamltext.revised import revised, with_value

_UNNAMED = ("CustomResourceDefinition", "APIService", "Namespace")
"""Kinds that keep their names when a kustomization puts something before or behind the names of all."""

_PODS = frozenset(
    ("Pod", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
)
_HOLDERS = _PODS | {"ServiceAccount", "Ingress"}
"""Kinds in which kustomize looks for names of the Secrets that it has renamed, as far as they come to Pods."""

_PLACES = (
    ("secretRef", "name"),
    ("secretKeyRef", "name"),
    ("sources", "secret", "name"),
    ("secret", "secretName"),
    ("imagePullSecrets", "name"),
    ("tls", "secretName"),
)

_DESCRIBED = frozenset((("secretGenerator",), ("secrets",), ("secrets", "metadata"), ("secretFrom", "metadata")))
"""Where generators have the names and namespaces of the Secrets that they make."""

Renamed = Mapping[str, Collection[tuple[Way, str]]]
"""By the names of Secrets as they are written, the ways on which they get other ones, and these."""


def renamed(items: Iterable[tuple[Resource, Way]]) -> dict[str, list[tuple[Way, str]]]:
    """The Secrets among the objects of a build that get other names, as kustomize sees it."""
    found: dict[str, list[tuple[Way, str]]] = {}
    for item, way in items:
        if not (way.prefix or way.suffix):
            continue
        names = [item.ref.name] if is_secret(item) else []
        if describes(item):
            names = [each.made.name for each in makers(item)]
        for name in names:
            found.setdefault(name, []).append((way, f"{way.prefix}{name}{way.suffix}"))
    return found


def view(item: Resource, way: Way, variables: Variables | None, renames: Renamed) -> Resource:
    """An object as a build sees it; itself where that is what its text says."""
    resolve = variables.resolve if variables is not None and _has_variables(item) else _same
    described = describes(item)
    if resolve is _same and not (
        way.prefix or way.suffix or way.labels or way.annotations or renames or described or item.kind == "Namespace"
    ):
        namespace = way.namespace or ("" if item.ref.namespace else way.default)
        return item.within(namespace) if namespace else item
    name = resolve(_name(item, way))
    own = "" if described else item.ref.namespace  # of the generator, and not of what it makes
    namespace = resolve(way.namespace or own or way.default)
    written: dict[str, str] = {}

    def change(path: tuple[str, ...], old: str) -> str:
        if described and path[-1:] in (("name",), ("namespace",)) and path[:-1] in _DESCRIBED:
            return f"{way.prefix}{resolve(old)}{way.suffix}" if path[-1] == "name" else way.namespace or resolve(old)
        new = resolve(old)
        if new != old:
            written[new] = old
        elif referring and old in renames and any(path[-len(p) :] == p for p in _PLACES):
            return _referred(old, way, renames[old])
        return new

    referring = bool(renames) and item.kind in _HOLDERS
    text, plain = item.slot.source.text, not (referring or described)
    aliases = [alias.start for alias in item.slot.document.aliases]

    def stays(node: Node) -> bool:
        if not plain or (resolve is not _same and text.find("${", node.start, node.end) >= 0):
            return False
        return not aliases or bisect_left(aliases, node.start) == bisect_left(aliases, node.end)

    try:
        node = revised(item.node, change, stays)
        assert type(node) is MappingNode
        if name != item.ref.name:
            node = with_value(node, ("metadata", "name"), name)
        for key, given in (("labels", way.labels), ("annotations", way.annotations)):
            for label, value in given:
                node = with_value(node, ("metadata", key, label), resolve(value))
    except YamlError:  # whoever needs the object will say so
        return item.within(namespace)
    return item.seen(node, name, namespace, written)


def _same(text: str) -> str:
    return text


def _name(item: Resource, way: Way) -> str:
    if item.kind == "Namespace":
        return way.namespace or item.ref.name
    return item.ref.name if item.kind in _UNNAMED or describes(item) else f"{way.prefix}{item.ref.name}{way.suffix}"


def _referred(name: str, way: Way, found: Collection[tuple[Way, str]]) -> str:
    """What kustomize makes of a name: that of the one Secret, or of the one that went the same way."""
    names = {new for _, new in found}
    if len(names) > 1:
        names = {new for other, new in found if (other.prefix, other.suffix) == (way.prefix, way.suffix)}
    return names.pop() if len(names) == 1 else name


def _has_variables(item: Resource) -> bool:
    """Whether Flux finds variables in the object, and looks for them."""
    return (
        item.slot.source.holds("${")
        and item.annotation(DISABLED) != "disabled"
        and text_at(at(item.node, "metadata", "labels"), DISABLED) != "disabled"
    )
