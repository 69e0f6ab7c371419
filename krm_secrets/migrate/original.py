"""An ExternalSecret as the grammar sees it: the fetches, the values, and what only an overlay can say; or why it stays
what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import WARNING, Path, Problem, Result, clean, field, near
from krm_secrets.externalsecrets import api, names
from krm_secrets.externalsecrets.admission import check_admission
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.externalsecrets.template import Ref, Template, refs_of
from krm_secrets.externalsecrets.words import DELETION
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.migrate.fetched import Fetched, read_fetched
from krm_secrets.migrate.meaning import (
    Meaning,
    field_template,
    is_open,
    meaning,
    read_metadata,
    secret_metadata,
    template_items,
)
from krm_secrets.plain import as_map, filled
from krm_secrets.shape import Node, matches
from krm_secrets.shorthand.externalsecret import marked_by
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.comments import Comment, comments
from krm_secrets.yamltext.nodes import YamlError

VERSIONS = ("external-secrets.io/v1", "external-secrets.io/v1beta1")

_METADATA = ("name", "namespace", "labels", "annotations")


class Value(NamedTuple):
    """One key and the template of its value; without text it is just what was fetched under the key's name."""

    key: str
    text: str
    template: Template | None = None

    @property
    def refs(self) -> list[Ref]:
        """What it names."""
        return list(self.template.refs) if self.template else refs_of(self.text)


class Reading(QuietTuple):
    """One ExternalSecret that could be read."""

    name: str
    namespace: str
    target: str
    metadata: Mapping[str, object]
    spec: Mapping[str, object]
    fetched: Fetched
    data: tuple[Value, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    templates: tuple[str, ...] | None
    is_open: bool
    meaning: Meaning


class NotShort(Exception):
    """Why an ExternalSecret stays what it is, and the field that this is about, if it is one."""

    def __init__(self, reason: str, path: Path = ()) -> None:
        super().__init__(reason)
        self.path = path


def is_external_secret(data: object) -> bool:
    """Whether the object is an ExternalSecret of a version that can be read."""
    found = as_map(data)
    return found.get("kind") == api.KIND and found.get("apiVersion") in VERSIONS


def read_external_secret(data: Mapping[str, object]) -> Reading:
    """Read it; raises NotShort."""
    metadata, spec = read_metadata(data), as_map(data.get("spec"))
    unknown: list[Path] = [(key,) for key in data if key not in ("apiVersion", "kind", "metadata", "spec", "status")]
    unknown += [("metadata", key) for key in metadata if key not in _METADATA]
    if unknown:
        raise NotShort(f"{field(unknown[0])}: a mapping has no place for this field", unknown[0])
    _check(metadata, spec)
    target = as_map(spec.get("target"))
    template = as_map(target.get("template"))
    fetched = read_fetched(spec)
    labels, annotations = secret_metadata(metadata, target)
    visible = is_open(fetched, template, (*labels.values(), *annotations.values()))
    name = str(metadata["name"])
    return Reading(
        name,
        str(metadata.get("namespace", "")),
        str(target.get("name") or name),
        metadata,
        spec,
        fetched,
        _data(template, fetched),
        labels,
        annotations,
        _templates(template),
        visible,
        meaning(data),
    )


def overlay(reading: Reading) -> dict[str, object]:
    """What the grammar has no words for, as the overlay says it."""
    target = as_map(reading.spec.get("target"))
    template, deletion = as_map(target.get("template")), target.get("deletionPolicy", "Retain")
    merges = template.get("mergePolicy", "Replace") != "Replace" and (
        template.get("data") or template.get("templateFrom")
    )
    own = {
        "mergePolicy": template.get("mergePolicy") if merges else "",
        "templateFrom": template["templateFrom"] if reading.templates is None else (),
        "metadata": filled({"finalizers": as_map(template.get("metadata")).get("finalizers")}),
    }
    kept = {
        "deletionPolicy": deletion if deletion not in DELETION else "",
        "immutable": target.get("immutable"),
        "manifest": target.get("manifest"),
        "template": filled(own),
    }
    return filled({"syncWindows": reading.spec.get("syncWindows"), "target": filled(kept)})


def _check(metadata: Mapping[str, object], spec: Mapping[str, object]) -> None:
    """What the API server would refuse is no ExternalSecret that could be compared."""
    problems: list[Problem] = []
    root = Node(spec, ("spec",), problems)
    api.check_form(root)
    for key in ("labels", "annotations"):
        Node(metadata.get(key, {}), ("metadata", key), problems).texts()
    named = Node(metadata, ("metadata",), problems).fields(_METADATA, ("name",)).get("name")
    if named is not None:
        named.text(names.NAME, names.NAME_RULE, names.LONGEST)
    if not problems:
        check_admission(root)
    if problems:
        raise NotShort(f"{field(problems[0].path)}: {problems[0].message}", problems[0].path)
    target = as_map(spec.get("target")).get("name", "x")
    if target and not (isinstance(target, str) and matches(names.NAME, target)):
        raise NotShort(f"spec.target.name: {names.NAME_RULE}", ("spec", "target", "name"))


def _templates(template: Mapping[str, object]) -> tuple[str, ...] | None:
    """Templates elsewhere as the grammar names them; None where it has no words for them."""
    found: list[str] = []
    for source in template_items(template.get("templateFrom")):
        kind = next((kind for kind in ("configMap", "secret") if kind in source), "")
        text = f"{kind}/{source.get(kind)}#{source.get('key')}"
        if not kind or len(source) > 2 or text in found or not matches(names.TEMPLATE, text):
            return None
        found.append(text)
    return tuple(found)


def _data(template: Mapping[str, object], fetched: Fetched) -> tuple[Value, ...]:
    """The keys of the Secret that are known; those that are fetched in bulk are not."""
    data = as_map(template.get("data"))
    if data:
        return tuple(Value(key, str(text)) for key, text in data.items())
    if fetched.wholes or template.get("templateFrom"):
        return ()
    return tuple(Value(name, "", field_template(name)) for name in fetched.entries)


class Original(QuietTuple):
    """An ExternalSecret as it stands in its file, and what it says."""

    item: Resource
    reading: Reading

    def text(self) -> str:
        """Its document, or its item of a list; JSON as the YAML that it would be."""
        node = self.item.node
        text = self.item.slot.source.text[node.start : node.end]
        return emit.block(self.item.data) if text.startswith("{") else text

    def comments(self) -> list[Comment]:
        """The comments of its document; those of an item of a list are left to the list."""
        source, document = self.item.slot.source, self.item.slot.document
        if self.item.slot.parent is not None:
            return []
        at = source.position_of(document)
        end = source.documents[at + 1].start if at + 1 < len(source.documents) else len(source.text)
        return comments(source.text, document, document.start if at else 0, end)


class Search(NamedTuple):
    """What was found: those that can be read, those that cannot with the reason, and how many are generated."""

    originals: tuple[Original, ...]
    refused: tuple[Result, ...]
    generated: int


def search(items: Iterable[Resource]) -> Search:
    """Look at all objects; what is no ExternalSecret does not count."""
    originals: list[Original] = []
    refused: list[Result] = []
    generated = 0
    for item in items:
        if item.kind != EXTERNAL_SECRET:
            continue
        try:
            data = item.data
            if not is_external_secret(data):
                if reason := _other_version(item.api_version):
                    raise NotShort(f"apiVersion: {reason}", ("apiVersion",))
            elif marked_by(data):
                generated += 1
            else:
                originals.append(Original(item, read_external_secret(data)))
        except YamlError as error:
            refused += item.unreadable(error).results
        except NotShort as error:
            refused.append(stays(item, str(error), error.path))
    return Search(tuple(originals), tuple(refused), generated)


def _other_version(api_version: str) -> str:
    """What is wrong with a version that cannot be read; nothing where the object is of another operator."""
    group = group_of(api_version)
    if group == _GROUP:
        return f"{clean(api_version)} is a version that only old releases serve"
    return f"{clean(api_version)} is nobody's; did you mean {VERSIONS[0]}?" if near(group, (_GROUP,)) else ""


def stays(item: Resource, reason: str, path: Path = ()) -> Result:
    """That an ExternalSecret is left as it is, and why, with the line of the field that the reason names."""
    return Result(WARNING, f"stays an ExternalSecret: {reason}", item.location(path)._replace(path=()))


_GROUP = group_of(VERSIONS[0])


def counted(text: str) -> int:
    """The lines of a document that say something: no blank ones, comments and separators."""
    rows = (row.strip() for row in text.splitlines())
    return sum(bool(row) and not row.startswith("#") and row != "---" for row in rows)
