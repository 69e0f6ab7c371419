"""The graph of a tree: its worlds, with what is fetched from where and who can read its SOPS files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Location, Path, field
from krm_secrets.graph import model, upstream
from krm_secrets.graph.model import Edge, Graph, Node
from krm_secrets.graph.naming import Names, Thing
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.effect import Effect, Use
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.secrets.makers.secret_keys import keys_of
from krm_secrets.secrets.secret import is_secret
from krm_secrets.secrets.uses.workloads import CLUSTER_WIDE
from krm_secrets.secrets.world import World
from krm_secrets.settings.kinds import describes, is_generator
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages.explanation import told_uses
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Judged, Subject
    from krm_secrets.graph.readers import SopsFile


ELSEWHERE = "somebody elsewhere"
"""In place of who makes a Secret, where the configuration says only that it is made."""


class Scene(NamedTuple):
    """A tree of which the graph is made, as rules see it.

    `told` says which objects count as users, `own` which makers count though nothing here uses what they make, and
    `path` is the real path of an object's file.
    """

    subject: Subject
    told: Callable[[Resource], bool]
    own: Callable[[Resource], bool]
    path: Callable[[Resource], str]
    files: Sequence[SopsFile] = ()
    readers: Mapping[str, str] = MappingProxyType({})
    """What people call them."""


def build(scenes: Iterable[Scene]) -> Graph:
    """The graph of all worlds of all trees."""
    names = Names()
    for scene in scenes:
        building = _Building(scene, names)
        building.stores()
        patches = {id(patch.slot) for world in scene.subject.worlds for patch in world.build.patches}
        for judged in scene.subject.judged():
            if scene.told(judged.item) and id(judged.item.slot) not in patches:
                building.use(judged, judged.item)
        for judged in scene.subject.patched() if patches else ():
            if scene.told(judged.item):
                building.use(judged, building.whole(judged))
        for world in scene.subject.worlds:
            for name, namespace in world.secrets():
                if any(scene.own(maker.item) for maker in world.makers(name, namespace)):
                    building.secret(name, namespace, world)
        building.files()
    return names.graph()


class _Building:
    """The nodes and edges of a tree, while its objects are looked at."""

    __slots__ = ("_files", "_handing", "_secrets", "_stores", "names", "scene")

    def __init__(self, scene: Scene, names: Names) -> None:
        self.scene = scene
        self.names = names
        self._secrets: dict[object, Thing] = {}
        self._handing: dict[str, Resource] = {}
        self._stores: dict[Thing, Node] = {}
        self._files: dict[str, Thing] = {file.path: Thing(model.SOPS_FILE, file.name) for file in scene.files}

    def stores(self) -> None:
        """The stores and generators, before anything names them."""
        items = [item for world in self.scene.subject.worlds for item in world.build.items]
        for item in filter(is_generator, items):
            self._handing |= dict.fromkeys(self.beside(item, upstream.handed_files(item)), item)
        for item in filter(upstream.is_store, items):
            try:
                kept = upstream.provider(item)
            except YamlError:
                kept = ""
            thing = _store(item.kind, item.name, item.namespace)
            self._stores.setdefault(thing, self.object(item, provider=kept))
            if self.scene.own(item) and item.kind in upstream.STORES:
                self.names.add(thing, self._stores[thing])

    def files(self) -> None:
        """The SOPS files, also those of which no Secret is made, and their readers."""
        for file in self.scene.files:
            thing = self._files[file.path]
            self.names.add(thing, Node("", model.SOPS_FILE, file.name, file=file.name, line=1))
            for reader, line in file.readers:
                alias = self.scene.readers.get(reader.name, "")
                kind = "" if reader.kind == "age" else reader.kind
                name = upstream.without_credentials(reader.name)
                one = Thing(model.READER, f"{kind}:{name}" if kind else name)
                node = Node("", model.READER, name, file=file.name, line=line, here=False, provider=reader.kind)
                self.names.add(one, node._replace(alias=alias))
                self.names.join(one, thing, Edge("", "", model.OPENS, file=file.name, line=line))

    def whole(self, judged: Judged) -> Resource:
        """The object that a patch is a part of."""
        ref = judged.item.ref
        return next(each for each in judged.world.build.items if each.ref == ref)

    def use(self, judged: Judged, whole: Resource) -> None:
        """All uses of Secrets by an object, or by a part of it that stands elsewhere."""
        item, world = judged.item, judged.world
        try:
            uses = told_uses(item, judged.effects)
        except YamlError as error:
            self.scene.subject.unread += item.unreadable(error).results
            return
        user = _thing(model.WORKLOAD, whole)
        if uses:
            self.names.add(user, self.object(whole))
        for use in uses:
            secret = self.secret(use.reference.name, use.namespace, world, item, use)
            where = self.where(item, use.reference.path)
            used = Edge(
                "",
                "",
                model.USES,
                tuple(sorted(use.reference.keys)),
                (field(use.reference.path),),
                file=where.file,
                line=where.line,
            )
            self.names.join(secret, user, used)
            self.names.join(secret, user, self.restarts(used, use.effect, world))

    def where(self, item: Resource, path: Path = ()) -> Location:
        """Where a field of an object stands; of what a document of ours makes, the document."""
        document = self.scene.subject.written(item)
        return item.location(path) if document is None else document.location()

    def object(self, item: Resource, *, provider: str = "", renewed: str = "") -> Node:
        """The node of an object; Names gives it its type, name and id."""
        where, ref = self.where(item), item.ref.shown()
        node = Node("", model.WORKLOAD, "", "", ref.kind, ref.api_version, where.file, where.line)
        return node._replace(provider=provider, renewed=renewed)

    def restarts(self, used: Edge, effect: Effect, world: World) -> Edge:
        """What makes a user notice a change. What nobody has written yet does not."""
        by, how = effect.by, effect.how
        if effect.added and not self.scene.subject.wires(world):
            by, how = "", f"krm-secrets render would add {how}"
        restarts = used._replace(type=model.RESTARTS, keys=(), by=by, how=how)
        return restarts._replace(added=effect.added, needed=effect.needed)

    def secret(
        self, name: str, namespace: str, world: World, item: Resource | None = None, use: Use | None = None
    ) -> Thing:
        """A Secret of a world with its makers; of one that nobody makes, the first user says where it is named."""
        makers = world.makers(name, namespace)
        # A copy, and what is made in namespaces that nobody lists, is where it comes from.
        where = makers[0].made.namespace if makers else namespace
        key = (name, where, 0 if where else id(world), tuple(dict.fromkeys(id(each.item.slot) for each in makers)))
        if key in self._secrets:
            return self._secrets[key]
        thing = self._secrets[key] = Thing(model.SECRET, name, where, apart=key[2:])
        node = Node("", model.SECRET, name, where, "Secret", "v1", keys=_keys(makers))
        if makers:
            first = min((self.where(each.item) for each in makers), key=lambda each: (each.file, each.line))
            renewed = next((each.renewed for each in makers if not is_secret(each.item)), makers[0].renewed)
            node = node._replace(file=first.file, line=first.line, renewed=renewed)
        elif item is not None and use is not None:
            named = self.where(item, use.reference.path)
            node = node._replace(type=model.EXTERNAL, file=named.file, line=named.line, here=False)
            known = self.scene.subject.known(item, name, namespace)
            node = node._replace(
                maybe=world.may_make(name, namespace), known="" if known is None else known.by or ELSEWHERE
            )
        self.names.add(thing, node)
        for maker in makers:
            self.made(thing, maker)
        return thing

    def made(self, secret: Thing, maker: Maker) -> None:
        """What makes a Secret: the file that it stands in encrypted, or another object with what that fetches."""
        item = maker.item
        where = self.where(item)
        edge = Edge("", "", model.MAKES, tuple(sorted(keys_of(maker) or ())), file=where.file, line=where.line)
        file = self._files.get(os.path.realpath(self.scene.path(item))) if _is_encrypted(item) else None
        if is_secret(item):
            generator = self._handing.get(os.path.realpath(self.scene.path(item)))
            if file is not None and generator is not None:
                thing = _thing(model.MAKER, generator)
                self.names.add(thing, self.object(generator, renewed=maker.renewed))
                self.names.join(file, thing, edge._replace(type=model.FETCHES, keys=()))
                self.names.join(thing, secret, edge)
            elif file is not None:
                self.names.join(file, secret, edge)
            return
        thing = _thing(model.MAKER, item)
        if self.names.add(thing, self.object(item, renewed=maker.renewed)):
            if file is not None:
                self.names.join(file, thing, edge._replace(type=model.FETCHES, keys=()))
            if upstream.is_external(item):
                self.fetched(thing, item)
            elif describes(item):
                for path in self.beside(item, upstream.described_files(item)):
                    if path in self._files:
                        self.names.join(self._files[path], thing, edge._replace(type=model.FETCHES, keys=()))
        self.names.join(thing, secret, edge)

    def beside(self, item: Resource, names: Iterable[str]) -> Iterator[str]:
        """The real paths of files that an object names."""
        folder = os.path.dirname(self.scene.path(item))
        return (os.path.realpath(os.path.join(folder, name)) for name in names)

    def fetched(self, maker: Thing, item: Resource) -> None:
        """The items that an object fetches, in their stores, and its generators."""
        try:
            found = list(upstream.fetches(item))
        except YamlError as error:
            self.scene.subject.unread += item.unreadable(error).results
            return
        called = {each: name for name, each in self.scene.subject.config(item).items.items()}
        for fetch in found:
            where = self.where(item, fetch.at)
            is_store = fetch.kind in upstream.STORES
            kind = fetch.kind or upstream.GENERATOR
            store = _store(kind, fetch.store, item.namespace)
            named = Node("", model.STORE, fetch.store, store.namespace, kind, file=where.file, line=where.line)
            named = named._replace(here=False, provider="" if is_store else upstream.GENERATOR)
            self.names.add(store, self._stores.get(store, named))
            edge = Edge("", "", model.FETCHES, (), (field(fetch.at),), file=where.file, line=where.line)
            source = store
            if fetch.item:
                source = Thing(model.ITEM, fetch.item, store.namespace, f"{kind}/{fetch.store}")
                name = called.get(fetch.item, "")
                node = Node("", model.ITEM, fetch.item, store.namespace, kind, file=where.file, line=where.line)
                self.names.add(source, node._replace(here=False, alias=name, provider=fetch.store))
                self.names.join(store, source, edge._replace(type=model.OPENS, places=()))
            self.names.join(source, maker, edge._replace(keys=(fetch.key,) if fetch.key else ()))


def _store(kind: str, name: str, namespace: str) -> Thing:
    return Thing(model.STORE, name, "" if kind.startswith("Cluster") else namespace, kind)


def _thing(type: model.Type, item: Resource) -> Thing:
    ref = item.ref.shown()
    namespace = "" if item.kind in CLUSTER_WIDE else _shown(item.namespace)  # a build gives one to all of its objects
    return Thing(type, _shown(item.name), namespace, ref.kind, (ref.api_version, id(item.slot)))


def _shown(name: str) -> str:
    return "(encrypted)" if name.startswith("ENC[") else name


def _is_encrypted(item: Resource) -> bool:
    return BLOCK in item.node.entries() or item.kind == SOPS_KIND


def _keys(makers: Iterable[Maker]) -> tuple[str, ...] | None:
    """All keys of a Secret, where all of its makers are known to make keys."""
    found = [keys_of(each) for each in makers]
    sure = [each for each in found if each]
    return tuple(sorted(frozenset[str]().union(*sure))) if sure and len(sure) == len(found) else None
