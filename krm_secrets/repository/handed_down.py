"""The namespaces that patches of those above put into Flux Kustomizations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_text
from krm_secrets.repository.builds import flux_build
from krm_secrets.repository.patches import first, put
from krm_secrets.repository.scopes import Scopes
from krm_secrets.repository.selectors import Selector, top_map

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
        given = put(first(one.file.text), partial(seen.tree.text, folder), _FIELD) if "patch" in one.file.text else ()
        found += [Given(scopes.of(folder), selector, as_text(value)) for selector, value in given]
    yield from sorted(found, key=lambda each: len(each.scope))
    for path, item in fluxes:
        spec = top_map(item, "spec")
        start = flux_build(item, seen.tree, os.path.dirname(path)) if "patches" in spec else None
        if start is not None:
            for selector, value in put(spec, partial(seen.tree.text, ""), _FIELD):
                yield Given(scopes.started(start.folder), selector, as_text(value))


def target_namespace(path: str, item: Resource, given: Iterable[Given]) -> str | None:
    """What the last of them gives to one that stands in a file; None where none does."""
    found = None
    for each in given:
        if path in each.scope and each.selector.means(item):
            found = each.namespace
    return found
