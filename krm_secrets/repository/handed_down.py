"""The namespaces that patches of those above put into Flux Kustomizations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_map, as_text
from krm_secrets.repository.builds import flux_build
from krm_secrets.repository.patches import Read, first, put
from krm_secrets.repository.scopes import Scopes
from krm_secrets.repository.selectors import Selector, fits, is_met, strings
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.survey import Survey


_FIELD = ("spec", "targetNamespace")


class Given(NamedTuple):
    """A namespace that a patch puts into the Flux Kustomizations of some files."""

    scope: frozenset[str]
    selector: Selector
    namespace: str


def target_namespaces(seen: Survey, fluxes: Sequence[tuple[str, Resource]]) -> Iterator[Given]:
    """Those that patches give, in the order in which they do: kustomizations from within, then Flux.

    `fluxes` are the Flux Kustomizations of the tree with the files that they stand in.
    """
    if not any(_FIELD[-1] in file.text for file in seen.tree.files.values()):
        return
    scopes = Scopes(seen)
    found = []
    for folder, one in seen.kustomizations.items():
        given = put(first(one.file.text), _reading(seen, folder), _FIELD) if "patch" in one.file.text else ()
        found += [Given(scopes.of(folder), selector, as_text(value)) for selector, value in given]
    yield from sorted(found, key=lambda each: len(each.scope))
    for path, item in fluxes:
        spec = as_map(_data(item).get("spec"))
        start = flux_build(item, seen.tree, os.path.dirname(path)) if "patches" in spec else None
        if start is not None:
            for selector, value in put(spec, _no_file, _FIELD):
                yield Given(scopes.started(start.folder), selector, as_text(value))


def target_namespace(path: str, item: Resource, given: Iterable[Given]) -> str | None:
    """What the last of them gives to one that stands in a file; None where none does."""
    found = None
    for each in given:
        if path in each.scope and _is_meant(each.selector, item):
            found = each.namespace
    return found


def _is_meant(selector: Selector, item: Resource) -> bool:
    metadata = as_map(_data(item).get("metadata"))
    words = (
        (selector.group, item.api_version.partition("/")[0]),
        (selector.kind, item.kind),
        (selector.name, item.ref.name),
        (selector.namespace, item.ref.namespace),
    )
    return all(not pattern or fits(pattern, word, selector.exact) for pattern, word in words) and all(
        not wanted or is_met(wanted, strings(metadata.get(key)), ())
        for wanted, key in ((selector.labels, "labels"), (selector.annotations, "annotations"))
    )


def _data(item: Resource) -> Mapping[str, object]:
    try:
        return item.data
    except YamlError:
        return {}


def _no_file(_name: str) -> None:
    """Flux takes no patches from files."""


def _reading(seen: Survey, folder: str) -> Read:
    def read(name: str) -> str | None:
        file = seen.tree.files.get(seen.tree.find(folder, name))
        return None if file is None else file.text

    return read
