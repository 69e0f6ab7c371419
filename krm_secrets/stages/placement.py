"""Generated objects among the items: what they replace, what they clash with, and under kpt which file they get."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from krm_secrets.errors import Problem, ResourceRef
from krm_secrets.krm.annotations import INDEX, PATH, is_hosts
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context

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

    __slots__ = ("context", "generated", "items", "made", "next_index", "others")

    def __init__(self, items: list[Resource], context: Context, marks: Mapping[str, frozenset[str]]) -> None:
        """`marks` are the annotations on generated objects, with the kinds that carry each."""
        self.items = items
        self.context = context
        self.generated: dict[tuple[str, str], list[Resource]] = {}
        self.others: dict[Identity, Resource] = {}
        self.made: dict[Identity, Resource] = {}
        self.next_index: dict[str, int] = {}
        for item in items:
            annotations = item.annotations
            carried = (key for key, kinds in marks.items() if annotations.get(key) and item.kind in kinds)
            mark = next(((key, annotations[key]) for key in carried), None)
            if mark:
                self.generated.setdefault(mark, []).append(item)
            else:
                self.others[_identity(item.ref)] = item
            path, index = _first(annotations, PATH), _first(annotations, INDEX)
            behind = int(index) + 1 if index.isdecimal() and len(index) < 10 else 1
            self.next_index[path] = max(self.next_index.get(path, 0), behind)

    def add(self, made: Made) -> None:
        """Put the objects among the items, in place of what an earlier run made of the same document."""
        before = {_identity(old.ref): old for old in self.generated.pop(made.mark, [])}
        clashes: list[Problem] = []
        for data in made.objects:
            new = Resource.new(data)
            identity = _identity(new.ref)
            clash = self._clash(new, made)
            if clash is not None:
                clashes.append(clash)
                continue
            self.made[identity] = made.maker
            old = before.get(identity)
            if old is not None and _same(old.data, data):
                del before[identity]
                continue
            if self.context.host == KPT:
                new = Resource.new(_placed(data, self._place(made, old)))
            self.items = [*self.items, new]
        for clash in dict.fromkeys(clashes):
            self.context.report(made.maker.result(clash))
        gone = {id(item.slot) for item in before.values()}
        self.items = [item for item in self.items if id(item.slot) not in gone]

    def _clash(self, new: Resource, made: Made) -> Problem | None:
        """Who else makes the object or its Secret."""
        identity = _identity(new.ref)
        if identity in self.made:
            return made.clash(new.ref, str(self.made[identity].ref))
        if identity in self.others:
            return made.clash(new.ref, f"{_a(new.kind)} in the input that was not generated")
        secret = self.others.get(("", "Secret", new.ref.namespace, _owned(new.data)))
        if secret is None:
            return None
        path = made.clash(new.ref, "").path
        return Problem(path, f"{new.ref} makes a Secret that is also in the input: {secret.ref}; one must go")

    def _place(self, made: Made, old: Resource | None) -> dict[str, str]:
        """The file of a generated item and its place in it: the old one, or behind all that the file holds."""
        if old is not None:
            return {key: value for key, value in old.annotations.items() if key in (*PATH, *INDEX)}
        folder = posixpath.dirname(_first(made.maker.annotations, PATH))
        path = posixpath.join(folder, made.output)
        index = self.next_index.get(path, 0)
        self.next_index[path] = index + 1
        return {PATH[0]: path, INDEX[0]: str(index), PATH[1]: path, INDEX[1]: str(index)}


def _identity(ref: ResourceRef) -> Identity:
    group = ref.api_version.partition("/")[0] if "/" in ref.api_version else ""
    return group, ref.kind, ref.namespace, ref.name


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _first(annotations: dict[str, str], keys: Iterable[str]) -> str:
    return next((annotations[key] for key in keys if key in annotations), "")


def _owned(data: dict[str, object]) -> str:
    """The Secret that an object has for itself; "" where it makes none, or joins one that others may make."""
    spec = data.get("spec")
    if not isinstance(spec, dict):
        return ""
    if data.get("kind") == "Certificate":
        return _text(spec.get("secretName"))
    target = spec.get("target")
    if not isinstance(target, dict) or target.get("creationPolicy", "Owner") not in ("Owner", "Orphan"):
        return ""
    return _text(target.get("name"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _placed(data: dict[str, object], place: dict[str, str]) -> dict[str, object]:
    metadata = data["metadata"]
    assert isinstance(metadata, dict)
    annotations = {**metadata.get("annotations", {}), **place}
    return {**data, "metadata": {**metadata, "annotations": annotations}}


def _same(old: dict[str, object], new: dict[str, object]) -> bool:
    """Whether an object that a host handed back is the one that would be generated now."""
    metadata = old.get("metadata")
    if not isinstance(metadata, dict):
        return False
    annotations = metadata.get("annotations")
    own = {k: v for k, v in annotations.items() if not is_hosts(k)} if isinstance(annotations, dict) else None
    return {**old, "metadata": {**metadata, "annotations": own}} == new
