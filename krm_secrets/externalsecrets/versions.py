"""Versions of External Secrets: which fields each has, and what its API server adds by itself."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.externalsecrets.target import REFRESH_INTERVAL
from krm_secrets.externalsecrets.words import GENERATOR_API_VERSION, NEWEST, Version
from krm_secrets.plain import as_list, as_map, at

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

FETCH = {"conversionStrategy": "Default", "decodingStrategy": "None"}
METADATA = {"metadataPolicy": "None"}
NUL = {"nullBytePolicy": "Ignore"}
TEMPLATE_SOURCE, VALUES, ITEM = {"target": "Data"}, {"valuesDecodingStrategy": "None"}, {"templateAs": "Values"}
MERGE = {"into": "", "strategy": "Extract", "conflictPolicy": "Error", "priorityPolicy": "Strict"}
_FIRST: Version = (0, 16)
_STILL: Version = (99, 99)
# Where something is added, what it is, and the first and the last version that does so.
_ADDED: tuple[tuple[str, dict[str, str], Version, Version], ...] = (
    ("", {"refreshInterval": REFRESH_INTERVAL}, _FIRST, _STILL),
    ("target", {"creationPolicy": "Owner", "deletionPolicy": "Retain"}, _FIRST, _STILL),
    ("target.template", {"engineVersion": "v2", "mergePolicy": "Replace"}, _FIRST, _STILL),
    ("target.template.templateFrom.[]", TEMPLATE_SOURCE, _FIRST, _STILL),
    ("target.template.templateFrom.[]", VALUES, (2, 7), (2, 8)),
    ("target.template.templateFrom.[].configMap.items.[]", ITEM, _FIRST, _STILL),
    ("target.template.templateFrom.[].secret.items.[]", ITEM, _FIRST, _STILL),
    ("dataFrom.[].sourceRef.generatorRef", {"apiVersion": GENERATOR_API_VERSION}, _FIRST, _STILL),
    ("data.[].sourceRef.generatorRef", {"apiVersion": GENERATOR_API_VERSION}, _FIRST, _STILL),
    ("dataFrom.[].rewrite.[].merge", MERGE, _FIRST, _STILL),
    ("data.[].remoteRef", FETCH | METADATA, _FIRST, (2, 8)),
    ("dataFrom.[].extract", FETCH | METADATA, _FIRST, (2, 8)),
    ("dataFrom.[].find", FETCH, _FIRST, (2, 8)),
    ("data.[].remoteRef", NUL, (2, 3), (2, 6)),
    ("dataFrom.[].extract", NUL, (2, 3), (2, 6)),
    ("dataFrom.[].find", NUL, (2, 3), (2, 6)),
)
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
    spec.setdefault("target", {})
    for place, defaults, since, until in _ADDED:
        for path in _places(spec, place.split(".") if place else [], ()) if since <= version <= until else ():
            fields = as_map(at(spec, path))
            for field, value in defaults.items():
                fields.setdefault(field, value)
