"""Labels and annotations of Secrets, read and put where the object that makes the Secret takes them from."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO, WARNING, Path, Problem, clean, field
from krm_secrets.krm.resource import Resource, at, group_of
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.makers.maker import NOWHERE, Maker
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Shared
from krm_secrets.yamltext.splice import Updates

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping as Mapped


_AND_THERE = "and to the Secret where it is there already, since it gets labels only when it is made"
_BY_HAND = {
    "HelmRelease": "add it to target.template.metadata.labels of the ExternalSecret in the values",
    "Kustomization": "add it to options.labels of the secretGenerator",
    "Component": "add it to options.labels of the secretGenerator",
    "SopsGenerator": "add it to the labels of the Secret in the generator",
    "ksops": "add it to metadata.labels of the Secret in secretFrom",
    "SopsSecret": "add it to the labels of the encrypted template with sops",
    "Cluster": "add it to spec.inheritedMetadata.labels if it may stand on all that the Cluster makes",
    "PostgresCluster": "add it to spec.metadata.labels if it may stand on all that the cluster makes",
    "MariaDB": f"add it to spec.inheritMetadata.labels if it may stand on all that the MariaDB makes, {_AND_THERE}",
    "Connection": f"add it to spec.secretTemplate.metadata.labels, {_AND_THERE}",
    "PostgresUser": f"add it to spec.labels, {_AND_THERE}",
    "Terraform": f"add it to spec.writeOutputsToSecret.labels, {_AND_THERE}",
    "Ingress": "add it to the annotation cert-manager.io/secret-template",
    "Gateway": "add it to the annotation cert-manager.io/secret-template",
    "ListenerSet": "add it to the annotation cert-manager.io/secret-template",
}
_SOPS = "add it with sops, since any other edit would break the file's MAC"
_SHARED = "other places share the labels by an anchor (&) and must not get it: nothing was changed, add it by hand"
_COPY = "add it to the copy itself, which takes none from here"
_TEMPLATE = "cert-manager.io/secret-template"


class Label(NamedTuple):
    """A label that a Secret needs, so that what uses it notices a change."""

    secret: str
    namespace: str
    key: str
    value: str
    path: Path
    """Where the user names the Secret."""


class Wanted(NamedTuple):
    """A label, by which maker the Secret gets it, and who needs it."""

    label: Label
    maker: Maker
    user: Resource


def labelled(item: Resource, wanted: Collection[Wanted], problems: list[Problem]) -> Resource:
    """The object with the labels on what it makes, but for those on which the author decided; notices where we must
    not touch it."""
    by_place: dict[tuple[str, ...], Updates] = {}
    for label, maker, user in wanted:
        given, cure = label_of(maker, label.key)
        path = _place(item, maker.kind.labels)
        if cure and not given:
            problems.append(_notice(label, user, cure))
        elif not cure and _is_free(item.node, path, label.key):
            by_place.setdefault(path, {})[label.key] = emit.quoted(label.value)
    try:
        for path, labels in by_place.items():
            for key in reversed(path):
                labels = {key: labels}
            item = item.updated(labels)
    except Shared:
        problems += (_notice(label, user, _SHARED)._replace(severity=WARNING) for label, _, user in wanted)
    return item


def label_of(maker: Maker, key: str) -> tuple[str, str]:
    """The label that a Secret has from the object that makes it, "" for none, and the cure where we must not add it."""
    given = dict(maker.made.carries).get(key, "")
    return given or ("" if maker.made.cure else _read(maker.item, maker.kind.labels, key)), _by_hand(maker)


def needs_label(user: Mapped[str, object], makers: Collection[Maker]) -> bool:
    """Whether a Secret changes without anybody looking, and its user notices that by nothing but a label."""
    return any(not each.made.plain for each in makers) and not watched_anyway(user, makers)


def watched_anyway(user: Mapped[str, object], makers: Iterable[Maker]) -> bool:
    """Whether a Cluster of CloudNativePG made what another one uses: the operator watches those in any case."""
    kind, group = user.get("kind"), group_of(as_text(user.get("apiVersion")))
    return any(maker.item.kind == kind == "Cluster" and maker.kind.group == group for maker in makers)


def labels_of(maker: Maker) -> dict[str, object] | None:
    """All labels that a Secret has from the object that makes it; None where nobody can tell."""
    path = _place(maker.item, maker.kind.labels)
    if not path or maker.made.cure or _TEMPLATE in path:
        return None
    node = at(maker.item.node, *path)
    if type(node) is not Mapping:
        return {}
    return {key: value.value for key in node.names() if type(value := node.get(key)) is Scalar}


def annotation_of(maker: Maker, key: str) -> str:
    """The annotation that a Secret has from the object that makes it."""
    return _read(maker.item, maker.kind.annotations, key)


def _read(item: Resource, place: tuple[str, ...], key: str) -> str:
    if _TEMPLATE in place:
        return _in_template(item.annotation(_TEMPLATE), place[-1], key)
    path = _place(item, place)
    node = at(item.node, *path, key) if path else None
    return node.value if type(node) is Scalar else ""


def _in_template(text: str, word: str, key: str) -> str:
    """What the JSON says that cert-manager takes labels and annotations from."""
    import json

    try:
        return as_text(as_map(as_map(json.loads(text)).get(word)).get(key))
    except ValueError:  # cert-manager makes no certificate then
        return ""


def _place(item: Resource, path: tuple[str, ...]) -> tuple[str, ...]:
    """Where they stand in this object.

    As long as an ExternalSecret has no template, the operator copies the object's own; a template would end that.
    """
    if path[-4:-1] != ("target", "template", "metadata") or type(at(item.node, *path[:-2])) is Mapping:
        return path
    outer = path[:-4]
    return ("metadata", path[-1]) if len(outer) == 1 else ("spec", "externalSecretMetadata", path[-1])


def _by_hand(maker: Maker) -> str:
    """What a person has to do to label the Secret; empty where we may do it."""
    item = maker.item
    if maker.made.copied or maker.made.cure:
        return maker.made.cure or _COPY
    if item.kind == "Secret" and BLOCK in item.node.entries() and not item.edits:
        return _SOPS
    return _BY_HAND.get(item.kind, "" if maker.kind.labels else NOWHERE)


def _is_free(node: Node | None, path: tuple[str, ...], key: str) -> bool:
    """Whether the label can be added: nobody set it, and no part of the way is something else than a mapping."""
    for part in (*path, key):
        if node is None or (type(node) is Scalar and not node.value and not node.style):
            return True
        if type(node) is not Mapping:
            return False
        node = node.get(part)
    return node is None


def _notice(label: Label, user: Resource, cure: str) -> Problem:
    return Problem(
        ("metadata", "labels"),
        f'{user.ref} uses the Secret "{clean(label.secret)}" at {field(label.path)} and notices a change only with'
        f' the label {label.key}: "{label.value}" on it; {cure}',
        INFO,
        "cnpg-reload-label-missing" if label.key.startswith("cnpg.io/") else "flux-watch-label-missing",
    )
