"""SecretMappings to ExternalSecrets.

In a stream and a kustomize build our own kinds are consumed, since the API server knows none of them. Under kpt, where
items are files, they stay, and what they generate goes into one generated file beside them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from krm_secrets.errors import Problem, did_you_mean
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

    __slots__ = ("context", "generated", "items", "made", "next_index", "others")

    def __init__(self, items: list[Resource], context: Context) -> None:
        from krm_secrets.mapping.externalsecret import MAPPING_ANNOTATION

        self.items = items
        self.context = context
        self.generated: dict[str, list[Resource]] = {}
        self.others: dict[tuple[str, str, str], Resource] = {}
        self.made: dict[tuple[str, str], Resource] = {}
        self.next_index: dict[str, int] = {}
        for item in items:
            annotations = item.annotations
            mark = annotations.get(MAPPING_ANNOTATION, "") if is_external_secret(item) else ""
            if mark:
                self.generated.setdefault(mark, []).append(item)
            elif is_external_secret(item) or is_secret(item):
                self.others[(item.kind, item.ref.namespace, item.ref.name)] = item
            path, index = _first(annotations, PATH), _first(annotations, INDEX)
            behind = int(index) + 1 if index.isdecimal() and len(index) < 10 else 1
            self.next_index[path] = max(self.next_index.get(path, 0), behind)

    def add(self, mappings: Iterable[Resource]) -> list[Resource]:
        for mapping in mappings:
            try:
                self._expand(mapping)
            except YamlError as error:
                self.context.report(mapping.unreadable(error).results[0])
        return self.items

    def _expand(self, mapping: Resource) -> None:
        from krm_secrets.mapping.externalsecret import expand as expand_mapping
        from krm_secrets.mapping.externalsecret import mapping_id
        from krm_secrets.mapping.grammar import parse_mapping

        problems: list[Problem] = []
        parsed = parse_mapping(mapping.data, self.context.config, problems)
        objects = expand_mapping(parsed, self.context.config, problems)
        for problem in problems:
            self.context.report(mapping.result(problem))
        before = {(r.ref.namespace, r.ref.name): r for r in self.generated.pop(mapping_id(parsed), [])}
        for data in objects:
            new = Resource.new(data)
            key = (new.ref.namespace, new.ref.name)
            clash = self._clash(new)
            if clash is not None:
                self.context.report(mapping.result(clash))
                continue
            self.made[key] = mapping
            old = before.get(key)
            if old is not None and _same(old.data, data):
                del before[key]
                continue
            if self.context.host == KPT:
                new = Resource.new(_placed(data, self._place(mapping, old)))
            self.items = [*self.items, new]
        gone = {id(item.slot) for item in before.values()}
        self.items = [item for item in self.items if id(item.slot) not in gone]

    def _clash(self, new: Resource) -> Problem | None:
        """Who else makes the ExternalSecret or its Secret."""
        key = (new.ref.namespace, new.ref.name)
        if key in self.made:
            other = str(self.made[key].ref)
        elif ("ExternalSecret", *key) in self.others:
            other = "an ExternalSecret in the input that was not generated"
        else:
            secret = self.others.get(("Secret", new.ref.namespace, _owned(new.data)))
            if secret is None:
                return None
            return Problem(
                ("secrets",), f"{new.ref} makes a Secret that is also in the input: {secret.ref}; one must go"
            )
        return Problem(("secrets",), f"makes {new.ref}, and so does {other}; rename or delete one of them")

    def _place(self, mapping: Resource, old: Resource | None) -> dict[str, str]:
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


def _owned(external_secret: dict[str, object]) -> str:
    """The Secret that an ExternalSecret has for itself; "" where it joins one that others may make."""
    spec = external_secret.get("spec")
    target = spec.get("target") if isinstance(spec, dict) else None
    if not isinstance(target, dict) or target.get("creationPolicy", "Owner") not in ("Owner", "Orphan"):
        return ""
    name = target.get("name")
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
