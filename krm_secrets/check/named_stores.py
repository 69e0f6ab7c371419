"""Stores of External Secrets and who fetches from them, as builds see both."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.externalsecrets.spec_rules import GROUP
from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND
from krm_secrets.krm.resource import Resource, at, group_of, text_at
from krm_secrets.yamltext.nodes import Mapping, Node, Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.secrets.world import World

OF_NAMESPACE, OF_CLUSTER = "SecretStore", "ClusterSecretStore"
KINDS = (OF_NAMESPACE, OF_CLUSTER)
_SPECS = {KIND: ("spec",), CLUSTER_KIND: ("spec", "externalSecretSpec"), "PushSecret": ("spec",)}


class Store(NamedTuple):
    """A store, in the namespace that its build gives; its name may have variables that nobody knows."""

    item: Resource
    world: World

    @property
    def reaches(self) -> str:
        """The namespace in which it may be used; empty for all, or where nobody can tell."""
        return self.item.namespace if self.item.kind == OF_NAMESPACE else ""


class Fetch(NamedTuple):
    """A place that names a store; `kind` is empty where it is left out."""

    item: Resource
    world: World
    path: Path
    name: str
    kind: str


def stores(subject: Subject) -> tuple[Store, ...]:
    """All stores, once for each build that has them."""
    return tuple(
        Store(item, world)
        for world in subject.worlds
        for item in world.build.items
        if item.kind in KINDS and group_of(item.api_version) == GROUP
    )


def fetches(subject: Subject) -> tuple[Fetch, ...]:
    """All places that name a store, but in what a kustomization leaves out."""
    found: list[Fetch] = []
    for world in subject.worlds:
        for item in world.build.items if subject.files is None or not world.alone else ():
            path = _SPECS.get(item.kind)
            if path and group_of(item.api_version) == GROUP and id(item.slot) not in world.build.doubtful:
                for where, node in _places(at(item.node, *path), path):
                    found.append(Fetch(item, world, where, text_at(node, "name"), text_at(node, "kind")))
    return tuple(found)


def _places(spec: Node | None, path: Path) -> Iterator[tuple[Path, Node]]:
    default = at(spec, "secretStoreRef")
    if type(default) is Mapping:
        yield (*path, "secretStoreRef"), default
    for field in ("data", "dataFrom"):
        listed = at(spec, field)
        for number, each in enumerate(listed.items if type(listed) is Sequence else ()):
            own = at(resolved(each), "sourceRef", "storeRef")
            if type(own) is Mapping:
                yield (*path, field, number, "sourceRef", "storeRef"), own
    listed = at(spec, "secretStoreRefs")
    for number, each in enumerate(listed.items if type(listed) is Sequence else ()):
        if type(node := resolved(each)) is Mapping:
            yield (*path, "secretStoreRefs", number), node
