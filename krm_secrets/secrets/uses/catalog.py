"""What objects of the kinds of the catalogue name, by the exact fields that do."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.uses.fields import mapped, nodes, written
from krm_secrets.secrets.uses.kinds.entry import Entry
from krm_secrets.secrets.uses.pods import container_references, pod_references, volume_references
from krm_secrets.secrets.uses.reference import ITSELF, KEEPS, ONCE, Reference, is_optional

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


# Those that take effect by a label come first: nothing else of the catalogue is needed in most runs.
TABLES: tuple[str, ...] = (
    "gitops",
    "data_services",
    "certificates",
    "external_secrets",
    "networking",
    "storage",
    "monitoring",
)
TABLES += ("workflows", "applications")


class Watched(NamedTuple):
    """A reference that takes effect by a label on the Secret."""

    reference: Reference
    label: tuple[str, str]


@lru_cache(maxsize=1024)
def entry(kind: str, group: str) -> Entry | None:
    """What is known of a kind."""
    for name in TABLES:
        kinds: Mapping[str, tuple[Entry, ...]] = import_module(f"krm_secrets.secrets.uses.kinds.{name}").KINDS
        for found in kinds.get(kind, ()):
            if found.group in (group, "*"):
                return found
    return None


def references(obj: Mapping[str, object], kind: str, group: str) -> Iterator[Reference]:
    """What an object of a kind of the catalogue names; where a place is found twice, the first says more."""
    if (found := entry(kind, group)) is None:
        return
    for fields, how, stays in ((found.itself, ITSELF, True), (found.keeps, KEEPS, True), (found.once, ONCE, False)):
        yield from (ref._replace(how=how, restart=stays) for ref in _find(obj, fields))
    yield from _find(obj, f"{found.fields} {found.labelled}")


def watched(obj: Mapping[str, object], kind: str, group: str) -> list[Watched]:
    """What it notices by a label on the Secret."""
    found = entry(kind, group)
    return [Watched(ref, found.label) for ref in _find(obj, found.labelled)] if found else []


def _find(obj: Mapping[str, object], fields: str) -> Iterator[Reference]:
    for parts, brace, form in _parsed(fields):
        for node, path in nodes(obj, parts):
            if brace == "{":
                yield from _mapped(as_map(node), path, form)
            elif brace == "<":
                yield from (ref._replace(restart=False) for ref in _SHAPES[form](node, path))
            else:
                yield from written(as_text(node), path)


@cache
def _parsed(fields: str) -> list[tuple[list[str], str | None, str]]:
    """Each field as the parts of its path, how its end is marked, and what the mark says."""
    found = []
    for match in map(_FIELD.fullmatch, fields.split()):
        assert match is not None
        path, brace, form = match.groups()
        found.append(([part.replace(":", ".") for part in path.replace("[]", ".[]").split(".")], brace, form or ""))
    return found


def _mapped(ref: Mapping[str, object], path: Path, form: str) -> Iterator[Reference]:
    """The reference that is a map, if by what the field says of its `kind`, or `type`, it names a Secret."""
    taken = tuple(form[1:].split(",")) if form.startswith(":") else ()
    kind, given, key = ("" if taken else form).partition("=")
    if kind and ref.get("kind", ref.get("type", "Secret" if kind.endswith("?") else None)) != "Secret":
        return
    for found in mapped(ref, path):
        yield found._replace(keys=(as_text(ref.get(key)) or "values.yaml",) if given else taken or found.keys)


def _class(node: object, path: Path) -> Iterator[Reference]:
    """What a class of volumes hands to its driver: names, and their namespaces beside them."""
    parameters = as_map(node)
    for key, value in parameters.items():
        if key.endswith("-secret-name") and as_text(value):
            namespace = as_text(parameters.get(f"{key.removesuffix('name')}namespace")) or None
            yield Reference(as_text(value), (*path, key), (), False, False, namespace=namespace)


def _clone(node: object, path: Path) -> Iterator[Reference]:
    """What Kyverno copies: the kind stands beside the place."""
    rule = as_map(node)
    if rule.get("kind") == "Secret":
        yield from mapped(as_map(rule.get("clone")), (*path, "clone"))


def _pushed(node: object, path: Path) -> Iterator[Reference]:
    """The Secret of a PushSecret, with the keys that it takes from there: all others are made by its template."""
    spec = as_map(node)
    ref = as_map(as_map(spec.get("selector")).get("secret"))
    made = as_map(as_map(spec.get("template")).get("data"))
    open_ended = as_map(spec.get("template")).get("templateFrom")
    taken = [as_text(as_map(as_map(each).get("match")).get("secretKey")) for each in as_list(spec.get("data"))]
    converted = any(as_map(each).get("conversionStrategy", "None") != "None" for each in as_list(spec.get("data")))
    all_of_it = open_ended or converted or not all(taken) or spec.get("dataTo")
    keys = () if all_of_it else tuple(dict.fromkeys(key for key in taken if key not in made))
    if name := as_text(ref.get("name")):
        yield Reference(name, (*path, "selector", "secret", "name"), keys, False, False, is_optional(ref))


_FIELD = re.compile(r"([^{<]+)(?:([{<])([^}>]*)[}>])?")
_SHAPES: Mapping[str, Callable[[object, Path], Iterator[Reference]]] = {
    "pod": pod_references,
    "container": lambda node, path: container_references(node, path, False),
    "volume": lambda node, path: volume_references(node, path, False, False),
    "class": _class,
    "clone": _clone,
    "pushed": _pushed,
}
