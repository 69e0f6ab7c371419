"""SecretMappings to ExternalSecrets.

In a stream and a kustomize build our own kinds are consumed, since the API server knows none of them. Under kpt, where
items are files, they stay, and what they generate goes into one generated file beside them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from krm_secrets.errors import Problem, ResourceRef, did_you_mean
from krm_secrets.krm.annotations import INDEX, PATH, is_hosts
from krm_secrets.krm.kinds import SECRET_MAPPING, SECRETS_CONFIG, is_external_secret, is_ours, is_secret
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import YamlError

OUTPUT = "externalsecret.yaml"
KINDS = (SECRETS_CONFIG, SECRET_MAPPING)


def expand(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Expand every mapping; what an earlier run generated is replaced where it differs, and left where it does not."""
    ours = [item for item in items if is_ours(item)]
    for item in ours:
        if item.kind not in KINDS:
            hint = did_you_mean(item.kind, KINDS)
            context.report(item.result(Problem(("kind",), f"krm-secrets.dev has no such kind{hint}")))
    mappings = [item for item in ours if item.kind == SECRET_MAPPING]
    if context.mapping is not None and context.mapping.ref not in [item.ref for item in mappings]:
        mappings.append(context.mapping)
    consumed = {id(item.slot) for item in ours if item.kind in KINDS} if context.host != KPT else set()
    kept = [item for item in items if id(item.slot) not in consumed]
    if not mappings:
        return kept
    return _Expansion(kept, context).add(mappings)


class _Expansion:
    """The items of a run while mappings are added to them."""

    __slots__ = ("context", "generated", "items", "next_index", "others")

    def __init__(self, items: list[Resource], context: Context) -> None:
        from krm_secrets.mapping.externalsecret import mapping_of

        self.items = items
        self.context = context
        self.generated: dict[str, list[Resource]] = {}
        self.others: dict[tuple[str, str, str], Resource] = {}
        self.next_index: dict[str, int] = {}
        for item in items:
            mark = mapping_of(item.annotations) if is_external_secret(item) else ""
            if mark:
                self.generated.setdefault(mark, []).append(item)
            elif is_external_secret(item) or is_secret(item):
                self.others[(item.kind, item.ref.namespace, item.ref.name)] = item
            path = _first(item.annotations, PATH)
            if path:
                index = _first(item.annotations, INDEX)
                self.next_index[path] = max(self.next_index.get(path, 0), int(index) + 1 if index.isdecimal() else 1)

    def add(self, mappings: Iterable[Resource]) -> list[Resource]:
        made: dict[tuple[str, str], ResourceRef] = {}
        for mapping in mappings:
            try:
                self._expand(mapping, made)
            except YamlError as error:
                self.context.report(mapping.unreadable(error).results[0])
        return self.items

    def _expand(self, mapping: Resource, made: dict[tuple[str, str], ResourceRef]) -> None:
        from krm_secrets.mapping.externalsecret import expand as expand_mapping, mark
        from krm_secrets.mapping.grammar import parse_mapping

        problems: list[Problem] = []
        parsed = parse_mapping(mapping.data, self.context.config, problems)
        objects = expand_mapping(parsed, self.context.config, problems)
        for problem in problems:
            self.context.report(mapping.result(problem))
        before = {(r.ref.namespace, r.ref.name): r for r in self.generated.pop(mark(parsed), [])}
        for data in objects:
            self._take(mapping, data, before, made)
        gone = {id(item.slot) for item in before.values()}
        self.items = [item for item in self.items if id(item.slot) not in gone]

    def _take(
        self,
        mapping: Resource,
        data: dict[str, object],
        before: dict[tuple[str, str], Resource],
        made: dict[tuple[str, str], ResourceRef],
    ) -> None:
        new = Resource.new(data)
        key = (new.ref.namespace, new.ref.name)
        other = made.get(key) or next(
            (self.others[(kind, *key)].ref for kind in ("ExternalSecret",) if (kind, *key) in self.others), None
        )
        target = _target(data) or new.ref.name
        secret = self.others.get(("Secret", new.ref.namespace, target))
        if other is not None:
            self.context.report(mapping.result(_twice(new.ref, other)))
            return
        if secret is not None:
            self.context.report(mapping.result(_owned(secret)))
            return
        made[key] = mapping.ref
        old = before.pop(key, None)
        if old is not None and _same(old.data, data):
            return
        if old is not None:
            gone = id(old.slot)
            self.items = [item for item in self.items if id(item.slot) != gone]
        if self.context.host == KPT:
            new = Resource.new(_placed(data, self._place(mapping, data, old)))
        self.items = [*self.items, new]

    def _place(self, mapping: Resource, data: dict[str, object], old: Resource | None) -> dict[str, str]:
        """The file of a generated item and its place in it: the old one, or behind all that the file holds."""
        if old is not None:
            return {key: value for key, value in old.annotations.items() if key in (*PATH, *INDEX)}
        output = mapping.data.get("output")
        folder = posixpath.dirname(_first(mapping.annotations, PATH))
        path = posixpath.join(folder, output if isinstance(output, str) else OUTPUT)
        index = self.next_index.get(path, 0)
        self.next_index[path] = index + 1
        return {PATH[0]: path, INDEX[0]: str(index), PATH[1]: path, INDEX[1]: str(index)}


def _first(annotations: dict[str, str], keys: Iterable[str]) -> str:
    return next((annotations[key] for key in keys if key in annotations), "")


def _target(data: dict[str, object]) -> str:
    spec = data.get("spec")
    target = spec.get("target") if isinstance(spec, dict) else None
    name = target.get("name") if isinstance(target, dict) else None
    return name if isinstance(name, str) else ""


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


def _twice(new: ResourceRef, other: ResourceRef) -> Problem:
    if other.kind == SECRET_MAPPING:
        return Problem(("secrets",), f"makes {new}, which {other} makes too; rename one of them")
    return Problem(
        ("secrets",), f"makes {new}, which is also in the input and was not generated; delete it or rename the secret"
    )


def _owned(secret: Resource) -> Problem:
    return Problem(("secrets",), f"makes the Secret that is also in the input as {secret.ref}; one of the two must go")
