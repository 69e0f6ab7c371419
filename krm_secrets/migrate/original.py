"""An ExternalSecret as the grammar sees it: the fetches, the values, and what only an overlay can say."""

from __future__ import annotations

from collections.abc import Mapping

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path, Problem, field
from krm_secrets.externalsecrets import api, names
from krm_secrets.externalsecrets.admission import check_admission
from krm_secrets.externalsecrets.template import Template
from krm_secrets.externalsecrets.words import DELETION
from krm_secrets.migrate.expression import field_template
from krm_secrets.migrate.fetched import Fetched, read_fetched
from krm_secrets.migrate.meaning import Meaning, is_open, meaning, read_metadata, secret_metadata, template_items
from krm_secrets.plain import as_map
from krm_secrets.shape import Node, matches

VERSIONS = ("external-secrets.io/v1", "external-secrets.io/v1beta1")

_METADATA = ("name", "namespace", "labels", "annotations")


class Value(NamedTuple):
    """One key and the template of its value; without text it is just what was fetched under the key's name."""

    key: str
    text: str
    template: Template | None = None


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
    spec: dict[str, object] = {key: reading.spec[key] for key in ("syncWindows",) if key in reading.spec}
    target, kept = as_map(reading.spec.get("target")), {}
    if target.get("deletionPolicy", "Retain") not in DELETION:
        kept["deletionPolicy"] = target["deletionPolicy"]
    kept |= {key: target[key] for key in ("immutable", "manifest") if target.get(key)}
    template, inner = as_map(target.get("template")), dict[str, object]()
    if template.get("mergePolicy", "Replace") != "Replace" and (template.get("data") or template.get("templateFrom")):
        inner["mergePolicy"] = template["mergePolicy"]
    if reading.templates is None:
        inner["templateFrom"] = template["templateFrom"]
    finalizers = as_map(template.get("metadata")).get("finalizers")
    if finalizers:
        inner["metadata"] = {"finalizers": finalizers}
    if inner:
        kept["template"] = inner
    if kept:
        spec["target"] = kept
    return spec


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
