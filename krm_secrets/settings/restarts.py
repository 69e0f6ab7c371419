"""What a SecretsConfig says of restarts: how the cluster's Reloader was started, and where Secrets are named.

A place is written as messages show it: `spec.tls[].secretName`, where `[]` stands for every item of a list and `*` for
every key of a map, and `metadata.annotations["example.com/secret"]` for keys with dots.
"""

from __future__ import annotations

import re

from krm_secrets._startup.records import NamedTuple
from krm_secrets.shape import Node

PlaceParts = tuple[str, ...]

_NAME = r"[-A-Za-z0-9_/]+"
_QUOTED = r'\["[^"\\]+"\]'
PLACE = rf"^{_NAME}(?:\.{_NAME}|{_QUOTED})*$"
PLACE_RULE = 'must be a path such as spec.template.annotations, with keys that have dots as in metadata["a.b"]'
PLACES = rf"^(?:{_NAME}|\*)(?:\.(?:{_NAME}|\*)|\[\]|{_QUOTED})*$"
PLACES_RULE = "must be a path such as spec.tls[].secretName: [] stands for every item of a list, * for every key"
ANNOTATION = r"^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$"
ANNOTATION_RULE = "must be the key of an annotation, such as example.com/auto"

_PART = re.compile(rf'\["([^"\\]+)"\]|(\[\]|\*|{_NAME})')

KEYS = ("autoAnnotation", "secretAutoAnnotation", "secretAnnotation", "autoSearchAnnotation", "searchMatchAnnotation")
"""Reloader's flags that rename annotations, as fields."""


class ReloaderConfig(NamedTuple):
    """The flags that the cluster's Reloader was started with, as far as they decide what restarts."""

    keys: tuple[str, ...] = ("",) * len(KEYS)
    """In the order of `KEYS`; empty where the flag is not given."""
    reload_all: bool = False
    ignored: tuple[str, ...] = ()


class KindPlaces(NamedTuple):
    """Where objects of a kind name Secrets, and take annotations for the workload that their operator makes."""

    kind: str
    group: str | None = None
    secrets: tuple[PlaceParts, ...] = ()
    annotations: PlaceParts = ()


class ChartPlaces(NamedTuple):
    """Where the values of a chart name Secrets, and take annotations for its workloads."""

    chart: str
    repository: str = ""
    secrets: tuple[PlaceParts, ...] = ()
    annotations: tuple[PlaceParts, ...] = ()


def read_reloader(node: Node) -> ReloaderConfig:
    """The table of Reloader's flags."""
    fields = node.fields((*KEYS, "autoReloadAll", "namespacesToIgnore"))
    keys = tuple(fields[key].text(ANNOTATION, ANNOTATION_RULE) if key in fields else "" for key in KEYS)
    ignored: tuple[str, ...] = ()
    if "namespacesToIgnore" in fields:
        fields["namespacesToIgnore"].distinct()
        ignored = tuple(each.text() for each in fields["namespacesToIgnore"].elements())
    return ReloaderConfig(keys, "autoReloadAll" in fields and _flag(fields["autoReloadAll"]), ignored)


def read_kinds(node: Node) -> tuple[KindPlaces, ...]:
    """The list of kinds."""
    found = []
    for each in node.elements():
        fields = each.fields(("kind", "group", "secrets", "annotations"), ("kind", "secrets"))
        found.append(
            KindPlaces(
                fields["kind"].text() if "kind" in fields else "",
                fields["group"].anything() if "group" in fields else None,
                _places(fields["secrets"]) if "secrets" in fields else (),
                _parts(fields["annotations"].text(PLACE, PLACE_RULE)) if "annotations" in fields else (),
            )
        )
    return tuple(found)


def read_charts(node: Node) -> tuple[ChartPlaces, ...]:
    """The list of charts."""
    found = []
    for each in node.elements():
        fields = each.fields(("chart", "repository", "secrets", "annotations"), ("chart",))
        places: tuple[PlaceParts, ...] = ()
        if "annotations" in fields:
            places = tuple(_parts(place.text(PLACE, PLACE_RULE)) for place in fields["annotations"].elements())
        found.append(
            ChartPlaces(
                fields["chart"].text() if "chart" in fields else "",
                fields["repository"].text() if "repository" in fields else "",
                _places(fields["secrets"]) if "secrets" in fields else (),
                places,
            )
        )
    return tuple(found)


def _places(node: Node) -> tuple[PlaceParts, ...]:
    return tuple(_parts(each.text(PLACES, PLACES_RULE)) for each in node.elements())


def _parts(text: str) -> PlaceParts:
    return tuple(quoted or plain for quoted, plain in _PART.findall(text))


def _flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        node.wrong("must be true or false")
    return node.value is True
