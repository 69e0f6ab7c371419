"""Labels on Secrets, put where the item that makes the Secret takes them from."""

from __future__ import annotations

from collections.abc import Iterable

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO, WARNING, Problem, clean, field
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.action import Label
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages.producers import at
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar
from krm_secrets.yamltext.splice import Updates

_FIXED: dict[str, tuple[str, ...]] = {
    "Cluster": ("spec", "inheritedMetadata"),
    "Certificate": ("spec", "secretTemplate"),
    "SealedSecret": ("spec", "template", "metadata"),
}
_BY_HAND = {
    "HelmRelease": "add it to target.template.metadata.labels of the ExternalSecret in the values",
    "SopsSecret": "add it to the labels of the encrypted template with sops",
    "Cluster": "add it to spec.inheritedMetadata.labels if it may stand on all that the Cluster makes",
}
_SOPS = "add it with sops, since any other edit would break the file's MAC"


class Wanted(NamedTuple):
    """A label, and who needs it."""

    label: Label
    user: Resource


def labelled(producer: Resource, wanted: Iterable[Wanted], problems: list[Problem]) -> Resource:
    """The producer with the labels on what it makes, but for those on which the author decided; notices where we
    must not touch it."""
    path = (*_metadata(producer), "labels")
    by_hand = _by_hand(producer)
    labels: Updates = {}
    for each in wanted:
        if by_hand and not _is_set(producer, path, each.label.key):
            problems.append(_notice(each.label, each.user, by_hand))
        elif not by_hand and _is_free(producer.node, path, each.label.key):
            labels[each.label.key] = emit.quoted(each.label.value)
    if not labels:
        return producer
    for key in reversed(path):
        labels = {key: labels}
    return producer.updated(labels)


def shared(wanted: Wanted) -> Problem:
    """That a label cannot be added where an anchor gives it to others, too."""
    cure = "other places share the labels by an anchor (&) and must not get it: nothing was changed, add it by hand"
    return _notice(wanted.label, wanted.user, cure)._replace(severity=WARNING)


def label_of(producer: Resource, key: str) -> tuple[str, str]:
    """The label that a Secret has from the item that makes it, "" for none, and the cure where we must not add it."""
    node = at(producer.node, *_metadata(producer), "labels", key)
    return (node.value if type(node) is Scalar else "", _by_hand(producer))


def annotation_of(producer: Resource, key: str) -> str:
    """The annotation that a Secret has from the item that makes it."""
    node = at(producer.node, *_metadata(producer), "annotations", key)
    return node.value if type(node) is Scalar else ""


def _by_hand(producer: Resource) -> str:
    """What a person has to do to label the Secret; empty where we may do it."""
    encrypted = producer.kind == "Secret" and BLOCK in producer.node.entries() and not producer.edits
    return _BY_HAND.get(producer.kind, "") or (_SOPS if encrypted else "")


def _is_set(producer: Resource, path: tuple[str, ...], key: str) -> bool:
    return at(producer.node, *path, key) is not None


def _metadata(producer: Resource) -> tuple[str, ...]:
    """Where the item that makes a Secret holds the Secret's labels and annotations."""
    if producer.kind in _FIXED:
        return _FIXED[producer.kind]
    # As long as there is no template, the operator copies the object's own labels; a template would end that.
    template = ("spec", "target", "template", "metadata")
    if producer.kind == "ExternalSecret" and _is_given(at(producer.node, *template[:3])):
        return template
    if producer.kind == "ClusterExternalSecret":
        inner = ("spec", "externalSecretSpec", *template[1:])
        return inner if _is_given(at(producer.node, *inner[:4])) else ("spec", "externalSecretMetadata")
    return ("metadata",)


def _is_given(node: Node | None) -> bool:
    return type(node) is Mapping


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
        f'{user.ref} uses the Secret "{clean(label.secret.name)}" at {field(label.path)} and notices a change only with'
        f' the label {label.key}: "{label.value}" on it; {cure}',
        INFO,
    )
