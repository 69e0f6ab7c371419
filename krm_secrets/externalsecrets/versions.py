"""Versions of External Secrets: which fields each has, and what its API server adds by itself."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.externalsecrets.newest import NEWEST, Version
from krm_secrets.externalsecrets.target import REFRESH_INTERVAL
from krm_secrets.externalsecrets.words import GENERATOR_API_VERSION
from krm_secrets.plain import as_list, as_map

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krm_secrets.shape import Node


PATTERN = r"^v?(?:0\.(?:1[6-9]|[2-9][0-9])|[1-9][0-9]?\.[0-9]{1,2})(?:\.[0-9]{1,3})?$"
RULE = 'must be a version of External Secrets from 0.16 on, which is the first to serve v1, such as "2.9"'

# Each field with the first version that has it; `[]` stands for every element of a list.
_SINCE: dict[str, Version] = {
    "syncWindows": (2, 7),
    "target.manifest": (1, 0),
    "target.template.metadata.finalizers": (0, 20),
    "target.template.templateFrom.[].valuesDecodingStrategy": (2, 7),
    "data.[].remoteRef.nullBytePolicy": (2, 3),
    "dataFrom.[].extract.nullBytePolicy": (2, 3),
    "dataFrom.[].find.nullBytePolicy": (2, 3),
    "dataFrom.[].rewrite.[].merge": (0, 19),
    "dataFrom.[].rewrite.[].merge.priorityPolicy": (0, 20),
}
_NUMBER = pattern("[0-9]+")
_JOINED = "CreateOrMerge"
_JOINED_SINCE: Version = (2, 8)


def read(node: Node) -> Version:
    """The version in a SecretsConfig; the patch level changes nothing."""
    text = node.text(PATTERN, RULE)
    return _parsed(text) if text else NEWEST


def _parsed(text: str) -> Version:
    numbers = _NUMBER.findall(text)
    return int(numbers[0]), int(numbers[1])


def check_version(spec: Node, version: Version) -> None:
    """Note each field of a spec that this version has not; the node holds the spec."""
    if version >= NEWEST:
        return
    for path, since in _SINCE.items():
        for place in _places(spec.value, path.split("."), ()) if version < since else ():
            _newer(spec.place(*place), since, version)
    policy = as_map(as_map(spec.value).get("target")).get("creationPolicy")
    if policy == _JOINED and version < _JOINED_SINCE:
        _newer(spec.place("target", "creationPolicy"), _JOINED_SINCE, version, f"the policy {_JOINED}")


def _newer(place: Node, since: Version, version: Version, what: str = "this field") -> None:
    has = f"External Secrets has {what} since {since[0]}.{since[1]}"
    place.wrong(f"{has}, and esoVersion says {version[0]}.{version[1]}", "field-newer-than-eso")


def _places(value: object, parts: list[str], path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if not parts:
        yield path
    elif parts[0] == "[]":
        for index, element in enumerate(as_list(value)):
            yield from _places(element, parts[1:], (*path, index))
    elif parts[0] in as_map(value):
        yield from _places(as_map(value)[parts[0]], parts[1:], (*path, parts[0]))


def add_defaults(spec: dict[str, object], version: Version = NEWEST) -> None:
    """Spell out what the API server of this version adds, so that a tool that compares sees no difference."""
    spec.setdefault("refreshInterval", REFRESH_INTERVAL)
    target = as_map(spec.setdefault("target", {}))
    target.setdefault("creationPolicy", "Owner")
    target.setdefault("deletionPolicy", "Retain")
    template = target.get("template")
    if isinstance(template, dict):
        template.setdefault("engineVersion", "v2")
        template.setdefault("mergePolicy", "Replace")
        for source in map(as_map, as_list(template.get("templateFrom"))):
            _template_source(source, version)
    for entry in map(as_map, [*as_list(spec.get("dataFrom")), *as_list(spec.get("data"))]):
        generator = as_map(entry.get("sourceRef")).get("generatorRef")
        if isinstance(generator, dict):
            generator.setdefault("apiVersion", GENERATOR_API_VERSION)
        for fetch in ("remoteRef", "extract", "find"):
            if isinstance(entry.get(fetch), dict):
                _fetch(as_map(entry[fetch]), fetch, version)
        for rewrite in map(as_map, as_list(entry.get("rewrite"))):
            if isinstance(rewrite.get("merge"), dict):
                defaults = {"into": "", "strategy": "Extract", "conflictPolicy": "Error", "priorityPolicy": "Strict"}
                rewrite["merge"] = {**defaults, **as_map(rewrite["merge"])}


def _template_source(source: dict[str, object], version: Version) -> None:
    source.setdefault("target", "Data")
    for kind in ("configMap", "secret"):
        for item in map(as_map, as_list(as_map(source.get(kind)).get("items"))):
            item.setdefault("templateAs", "Values")
    if (2, 7) <= version <= (2, 8):
        source.setdefault("valuesDecodingStrategy", "None")


def _fetch(reference: dict[str, object], fetch: str, version: Version) -> None:
    """Since 2.9 nothing is added to what is fetched."""
    if version <= (2, 8):
        reference.setdefault("conversionStrategy", "Default")
        reference.setdefault("decodingStrategy", "None")
        if fetch != "find":
            reference.setdefault("metadataPolicy", "None")
    if (2, 3) <= version <= (2, 6):
        reference.setdefault("nullBytePolicy", "Ignore")
