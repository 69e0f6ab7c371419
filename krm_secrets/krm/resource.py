"""One Kubernetes object: where it stands in the text, what it is called, and which edits it is to get."""

from __future__ import annotations

from krm_secrets.errors import ERROR, Failure, Location, Path, Problem, ResourceRef, Result
from krm_secrets.krm.annotations import file_of, position_of
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.linenumbers import Lines
from krm_secrets.yamltext.load import load, parse, reread
from krm_secrets.yamltext.nodes import (
    Document,
    DuplicateKey,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Shared,
    YamlError,
    deepest,
    described,
)
from krm_secrets.yamltext.splice import Edit

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


class Source:
    """A text that holds resources, with the file that it came from ("" for standard input and for our own).

    `in_place` is whether the edited text takes the place of the file, so that nothing else in it may change. `made_of`
    is the file of the document that says to read or make it, "" where nobody does. `hidden` is whether it is a
    ResourceList, which a host wrote and nobody sees, so that its lines tell nobody anything.
    """

    __slots__ = ("_lines", "_positions", "_signs", "documents", "file", "hidden", "in_place", "made_of", "text")

    def __init__(self, text: str, file: str = "", documents: list[Document] | None = None) -> None:
        self.text = text
        self.file = file
        self.in_place = False
        self.made_of = ""
        self.hidden = False
        self.documents = parse(text) if documents is None else documents
        self._lines = Lines(text)
        self._positions: dict[int, int] | None = None
        self._signs: dict[str, bool] = {}

    def holds(self, sign: str) -> bool:
        """Whether the text has the sign anywhere; looked for once, however many of its resources are asked about."""
        if sign not in self._signs:
            self._signs[sign] = sign in self.text
        return self._signs[sign]

    def line_of(self, index: int) -> int:
        """The line, counted from 1, in which the index stands; quick also for every item of a long list."""
        return self._lines.of(index)

    def position_of(self, document: Document) -> int:
        """Which document of the text it is, counted from 0; quick also for every one of many."""
        if self._positions is None:
            self._positions = {id(each): n for n, each in enumerate(self.documents)}
        return self._positions[id(document)]


class Slot:
    """The place of a resource in its source: a document, or an item of a list in it. Compared by identity."""

    __slots__ = ("document", "index", "parent", "source")

    def __init__(self, source: Source, document: Document, parent: Sequence | None = None, index: int = 0) -> None:
        self.source = source
        self.document = document
        self.parent = parent
        self.index = index


class Resource:
    """An object as it was read or made, and the edits that stages asked for. Immutable but for its caches.

    `inner` are the slots of the objects in a list that was taken apart after it was read.
    `repeated` are the keys that stand twice in the text, where it is read as one that takes the last of them.
    `written` are texts of it in place of which a build puts others, by these; None where it is as its text says.
    """

    __slots__ = (
        "_base", "_data", "_ref", "edits", "given_name", "given_namespace", "inner", "made", "node", "repeated", "slot",
        "written",
    )  # fmt: skip

    def __init__(
        self,
        slot: Slot,
        node: Mapping,
        edits: tuple[Edit, ...] = (),
        made: bool = False,
        given_namespace: str = "",
        repeated: tuple[DuplicateKey, ...] = (),
    ) -> None:
        self.slot = slot
        self.node = node
        self.edits = edits
        self.made = made
        self.given_namespace = given_namespace
        self.inner: tuple[Slot, ...] = ()
        self.repeated = repeated
        self.given_name = ""
        self.written: dict[str, str] | None = None
        self._data: dict[str, object] | None = None
        self._ref: ResourceRef | None = None
        self._base: Resource | None = None

    @classmethod
    def new(cls, data: dict[str, object], made_of: str = "") -> Resource:
        """A resource that is not in the input, with the file of the document that it is made of."""
        source = Source(emit.block(data))
        source.made_of = made_of
        document = source.documents[0]
        assert type(document.root) is Mapping
        return cls(Slot(source, document), document.root, made=True)

    @property
    def ref(self) -> ResourceRef:
        """apiVersion, kind, name and namespace; empty where the object does not say."""
        if self._ref is None:
            try:
                self._ref = _ref_of(self.node)
            except DuplicateKey:
                self._ref = _ref_of(self.latest().node)
        return self._ref

    @property
    def namespace(self) -> str:
        """The namespace that counts: what a build gives to the object, or what it says itself."""
        return self.given_namespace or self.ref.namespace

    @property
    def name(self) -> str:
        """The name that counts: what a build makes of it, or what the object says itself."""
        return self.given_name or self.ref.name

    def seen(self, node: Mapping, name: str, namespace: str, written: dict[str, str]) -> Resource:
        """The resource as a build sees it that changes more of it; the node says what, in the places of the text."""
        found = Resource(self.slot, node, self.edits, self.made, namespace, self.repeated)
        found._ref, found._base = self.ref, None if self.given_namespace else self
        found.given_name, found.written = name, written
        return found

    def within(self, namespace: str) -> Resource:
        """The resource as a build sees it that gives it a namespace, of which its text knows nothing."""
        seen = Resource(self.slot, self.node, self.edits, self.made, namespace, self.repeated)
        seen._ref = self._ref
        seen._base = None if self.given_namespace else self  # whose data is read once for all builds
        return seen

    def called(self, ref: ResourceRef) -> Resource:
        """The resource as what tools call it whose files need not say what they are."""
        named = Resource(self.slot, self.node, self.edits, self.made, self.given_namespace, self.repeated)
        named._ref = ref
        return named

    def latest(self) -> Resource:
        """The resource as one sees it that takes the last value of a key that stands twice; itself where none does."""
        if self.repeated or not self.slot.document.repeats:
            return self
        from krm_secrets.yamltext import duplicates  # few texts have any

        found = duplicates.duplicates(self.node)
        if not found:
            return self
        node = duplicates.latest(self.node)
        assert type(node) is Mapping
        return Resource(self.slot, node, self.edits, self.made, self.given_namespace, tuple(found))

    @property
    def kind(self) -> str:
        return self.ref.kind

    @property
    def api_version(self) -> str:
        return self.ref.api_version

    @property
    def data(self) -> dict[str, object]:
        """The object without the edits, in the namespace that counts; YamlError when it cannot be read."""
        if self._data is None:
            base = self._base
            data = load(self.node) if base is None else reread(self.node, base.node, base.data)
            assert isinstance(data, dict)
            metadata = data.get("metadata")
            if self.given_namespace and isinstance(metadata, dict):
                data = {**data, "metadata": {**metadata, "namespace": self.given_namespace}}
            self._data = data
        return self._data

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations that are scalars, as text."""
        found = at(self.latest().node, "metadata", "annotations")
        if type(found) is not Mapping:
            return {}
        values = ((key, found.get(key)) for key in found.names())
        return {key: value.value for key, value in values if type(value) is Scalar}

    def annotation(self, key: str) -> str:
        """One annotation, "" when it is not there or no scalar."""
        return text_at(at(self.latest().node, "metadata", "annotations"), key)

    @property
    def listed(self) -> bool:
        """Whether it stands in a file that was read because a generator lists it."""
        return self.made and self.slot.source.file != ""

    def edited(self, edits: Iterable[Edit]) -> Resource:
        """The resource with further edits; itself when there are none."""
        added = tuple(edits)
        if not added:
            return self
        return Resource(self.slot, self.node, self.edits + added, self.made, self.given_namespace, self.repeated)

    def inserted(self, edits: list[Edit]) -> Resource:
        """The resource with insertions at places that aliases may share; Shared as for updates."""
        source, document = self.slot.source, self.slot.document
        if document.aliases and source.in_place and splice.unshare(document, edits):
            raise Shared(self.node.start)
        return self.edited(edits)

    def updated(self, updates: splice.Updates) -> Resource:
        """The resource with the updates (see `splice`) made.

        Shared where its source is to be written back and they would reach further than they should, or copy what an
        anchor holds.
        """
        source, document = self.slot.source, self.slot.document
        if document.aliases:
            from krm_secrets.yamltext import sharing  # few texts have any

            edits = sharing.update(source.text, document, self.node, updates)
            if edits is not None:
                return self.edited(edits)
            if source.in_place:
                raise Shared(self.node.start)
        return self.edited(splice.update(source.text, self.node, updates))

    def location(self, path: Path = (), node: Node | None = None) -> Location:
        """Where the resource stands, and which field of it is meant.

        The file is the one that was read, or that the host says it came from, of which the line is not known here.
        """
        source = self.slot.source
        if not source.file and not self.made and (file := file_of(self.annotations)):
            return Location(self.ref, path, file, position_of(self.annotations))
        at = node or self._nearest(path)
        line = 0 if source.hidden or (self.made and not self.listed) else source.line_of(at.start)
        position = source.position_of(self.slot.document) if source.file else None
        return Location(self.ref, path, source.file, position, line)

    def _nearest(self, path: Path) -> Node:
        try:
            return deepest(self.node, path)
        except YamlError:
            return self.node

    def result(self, problem: Problem) -> Result:
        """A problem of this object as a result that says where."""
        return Result(problem.severity, problem.message, self.location(problem.path), problem.rule, problem.outside)

    def unreadable(self, error: YamlError) -> Failure:
        """The Failure for an object that could not be read as far as it was needed."""
        source = self.slot.source
        place = self.location()._replace(line=0, position=None)
        begin = self.node.start if source.hidden else -1
        return Failure(Result(ERROR, described(error, source.line_of, begin), place))

    def apart(self, inner: Iterable[Slot]) -> Resource:
        """A list as what remains around its objects, which now stand beside it."""
        around = Resource(self.slot, self.node, self.edits, self.made, self.given_namespace)
        around.inner = tuple(inner)
        return around

    def text(self) -> str:
        """The document of a made resource with its edits."""
        source, edits = self.slot.source, list(self.edits)
        edits += splice.unshare(self.slot.document, edits)
        if not self.listed:
            return splice.apply(source.text, edits)
        from krm_secrets.krm.cutout import cutout

        return cutout(source.text, source.documents, source.position_of(self.slot.document), edits)


def _ref_of(node: Mapping) -> ResourceRef:
    metadata = node.get("metadata")
    return ResourceRef(
        text_at(node, "apiVersion"), text_at(node, "kind"), text_at(metadata, "name"), text_at(metadata, "namespace")
    )


def group_of(api_version: str) -> str:
    """The group in an apiVersion, empty for the core."""
    return api_version.rpartition("/")[0]


def at(node: Node | None, *path: str) -> Node | None:
    """What stands at the path in a mapping; None where there is nothing."""
    for key in path:
        node = node.get(key) if type(node) is Mapping else None
    return node


def text_at(node: Node | None, key: str) -> str:
    """The text of a scalar in a mapping, "" for everything else."""
    value = node.get(key) if type(node) is Mapping else None
    return value.value if type(value) is Scalar else ""
