"""Generated objects among the items: what they replace, what they clash with, and under kpt which file they get."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.system import dirname, join
from krm_secrets.errors import INFO, WARNING, Problem, ResourceRef, clean
from krm_secrets.krm.annotations import INDEX, PATH, SELECTED, is_hosts
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers.table import owned
from krm_secrets.settings.kinds import SECRET_MAPPING
from krm_secrets.settings.ownmarks import KINDS, MAKERS
from krm_secrets.stages.context import Context

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


# Where the reload stage puts labels on generated objects, and which.
_LABELS = (("spec", "target", "template", "metadata", "labels"), ("spec", "secretTemplate", "labels"))
_NOTICED = ("reconcile.fluxcd.io/watch", "cnpg.io/reload")

_UNSEEN = (
    "makes {} for {}, which is not among the items that kpt was told to select; if it is there, it would stand twice:"
    " leave the selection out, or select it too"
)

Identity = tuple[str, str, str, str]
"""Group, kind, namespace and name: no cluster has two objects of one."""


class Made(NamedTuple):
    """What one document of ours makes.

    `mark` is the annotation by which the next run knows its objects, and its value; `output` the name of the generated
    file; `clash` words what is wrong when somebody else, whom it is told, makes an object too.
    """

    maker: Resource
    mark: tuple[str, str]
    objects: list[dict[str, object]]
    output: str
    clash: Callable[[ResourceRef, str], Problem]


class Placement:
    """The items of a run while generated objects are added to them."""

    __slots__ = (
        *("_gone", "_items", "_new", "context", "documents", "generated", "made", "marked", "next_index", "others"),
        "secrets",
        "selected",
    )

    def __init__(self, items: list[Resource], context: Context) -> None:
        self._items = items
        self._gone: set[int] = set()
        self._new: list[Resource] = []
        self.context = context
        self.documents: dict[int, Resource] = {}  # by the slots of what they make
        self.generated: dict[tuple[str, str], list[Resource]] = {}
        self.marked: dict[Identity, list[Resource]] = {}
        self.others: dict[Identity, Resource] = {}
        self.made: dict[Identity, Resource] = {}
        self.secrets: dict[tuple[str, str], str] = {}
        self.next_index: dict[str, int] = {}
        self.selected = False
        for item in items:
            annotations = item.annotations
            self.selected |= SELECTED in annotations
            mark = _mark(item, annotations)
            if mark:
                self.generated.setdefault(mark, []).append(item)
                self.marked.setdefault(_identity(item.ref), []).append(item)
            else:
                self._keep(item)
            path, index = _first(annotations, PATH), _first(annotations, INDEX)
            behind = int(index) + 1 if index.isdecimal() and len(index) < 10 else 1
            self.next_index[path] = max(self.next_index.get(path, 0), behind)

    def items(self) -> list[Resource]:
        """What stays, and behind it what was added."""
        return [item for item in self._items if id(item.slot) not in self._gone] + self._new

    def _keep(self, item: Resource) -> None:
        self.others[_identity(item.ref)] = item
        for secret in owned(item, self.context.config.makers):
            self.secrets[item.ref.namespace, secret] = f"{item.ref} in the input"

    def add(self, made: Made) -> None:
        """Put the objects among the items, in place of what an earlier run made of the same document."""
        file = made.maker.slot.source.file
        older = self.generated.pop(made.mark, [])
        if (builds := self.context.builds) is not None:  # a document of this name in another build made some of them
            self.generated[made.mark] = [old for old in older if builds.apart(made.maker, old)]
            older = [old for old in older if not builds.apart(made.maker, old)]
        before = {_identity(old.ref): old for old in older}
        clashes: list[Problem] = []
        for data in made.objects:
            new = Resource.new(data, file)
            identity = _identity(new.ref)
            clash = self._clash(new, made) if self.context.builds is None else None
            if clash is not None:
                clashes.append(clash)
                continue
            self.made[identity] = made.maker
            for secret in owned(new):
                self.secrets[new.ref.namespace, secret] = f"{new.ref} of {made.maker.ref}"
            # What another document made before, under the same name, is now this one's.
            old = before.pop(identity, None) or self._marked(identity, made)
            if old is not None and _same(old.data, data):
                self.documents[id(old.slot)] = made.maker
                continue
            if old is None and self.selected:
                clashes.append(Problem((), _UNSEEN.format(new.ref, clean(_file(made)))))
                continue
            if self.context.host == KPT:
                new = Resource.new(_placed(data, self._place(made, old)))
            self.documents[id(new.slot)] = made.maker
            if old is not None:
                self._gone.add(id(old.slot))
            self._new.append(new)
        self.context.note(made.maker, *dict.fromkeys(clashes))
        self._gone.update(id(item.slot) for item in before.values())

    def _marked(self, identity: Identity, made: Made) -> Resource | None:
        """What any document made under this name, in the same build."""
        found, builds = self.marked.get(identity, []), self.context.builds
        return next((old for old in reversed(found) if builds is None or not builds.apart(made.maker, old)), None)

    def clear(self, whole: bool) -> None:
        """Take away what documents made that are no longer there; with only a part of a package, tell of it instead."""
        for (key, maker), items in self.generated.items():
            for item in items:
                if _identity(item.ref) in self.made:
                    continue
                who = f"its {MAKERS[key]} {clean(maker)} is not among the items"
                if whole and not self.selected:
                    self._gone.add(id(item.slot))
                    self.context.report(item.result(Problem((), f"is taken away, since {who}", INFO)))
                else:
                    message = f"was generated, and {who}; if that is gone for good, delete this too"
                    self.context.report(item.result(Problem((), message, WARNING, "render-stale")))

    def _clash(self, new: Resource, made: Made) -> Problem | None:
        """Who else makes the object or its Secret."""
        identity = _identity(new.ref)
        if identity in self.made:
            return made.clash(new.ref, str(self.made[identity].ref))
        if identity in self.others:
            return made.clash(new.ref, f"{_a(new.kind)} in the input that was not generated")
        path = made.clash(new.ref, "").path
        for name in owned(new):
            secret = self.others.get(("", "Secret", new.ref.namespace, name))
            if secret is not None:
                cure = (
                    ", or `policy: Merge` lets the mapping add its keys to it"
                    if made.maker.kind == SECRET_MAPPING
                    else ""
                )
                message = f"{new.ref} makes a Secret that is also in the input: {secret.ref}; one must go{cure}"
                return Problem(path, message)
            other = self.secrets.get((new.ref.namespace, name))
            if other is not None:
                message = (
                    f'{new.ref} makes the Secret "{clean(name)}", and so does {other}; rename or delete one of them'
                )
                return Problem(path, message)
        return None

    def _place(self, made: Made, old: Resource | None) -> dict[str, str]:
        """The file of a generated item and its place in it: the old one, or behind all that the file holds."""
        if old is not None:
            return {key: value for key, value in old.annotations.items() if key in (*PATH, *INDEX)}
        path = _file(made)
        index = self.next_index.get(path, 0)
        self.next_index[path] = index + 1
        return {PATH[0]: path, INDEX[0]: str(index), PATH[1]: path, INDEX[1]: str(index)}


def _file(made: Made) -> str:
    """The generated file: beside the document that it is made of."""
    return join(dirname(_first(made.maker.annotations, PATH)), made.output)


def may_be_marked(item: Resource) -> bool:
    """Whether the item can carry a mark; a quick look at the text around it."""
    return any(map(item.slot.source.holds, KINDS))


def _mark(item: Resource, annotations: Mapping[str, str]) -> tuple[str, str] | None:
    carried = (key for key, kinds in KINDS.items() if annotations.get(key) and item.kind in kinds)
    return next(((key, annotations[key]) for key in carried), None)


def _identity(ref: ResourceRef) -> Identity:
    group = ref.api_version.partition("/")[0] if "/" in ref.api_version else ""
    return group, ref.kind, ref.namespace, ref.name


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _first(annotations: dict[str, str], keys: Iterable[str]) -> str:
    return next((annotations[key] for key in keys if key in annotations), "")


def _placed(data: dict[str, object], place: dict[str, str]) -> dict[str, object]:
    metadata = data["metadata"]
    assert isinstance(metadata, dict)
    annotations = {**metadata.get("annotations", {}), **place}
    return {**data, "metadata": {**metadata, "annotations": annotations}}


def _same(old: dict[str, object], new: dict[str, object]) -> bool:
    """Whether an object that a host handed back is the one that would be generated now.

    What the reload stage added to it is no difference: it would only be added again, to an object at the end of all.
    """
    metadata = old.get("metadata")
    if not isinstance(metadata, dict):
        return False
    annotations = metadata.get("annotations")
    own = {k: v for k, v in annotations.items() if not is_hosts(k)} if isinstance(annotations, dict) else None
    seen = {**old, "metadata": {**metadata, "annotations": own}}
    return any(_without(seen, place, new) == new for place in ((), *_LABELS))


def _without(old: dict[str, object], place: tuple[str, ...], new: object) -> dict[str, object]:
    """The object without the labels there by which consumers notice a change, and without what held only these."""
    if not place:
        return old
    below = old.get(place[0])
    there = new.get(place[0]) if isinstance(new, dict) else None
    if not isinstance(below, dict):
        return old
    if len(place) > 1:
        less = _without(below, place[1:], there)
    else:
        kept = there if isinstance(there, dict) else {}
        less = {key: value for key, value in below.items() if key not in _NOTICED or key in kept}
    return {
        key: value for key, value in {**old, place[0]: less}.items() if key != place[0] or less or there is not None
    }
