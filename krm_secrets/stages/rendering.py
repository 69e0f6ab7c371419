"""One more entry for the post renderers of a HelmRelease."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.copies import copy
from krm_secrets.yamltext.lines import column, first_dash, newline_of, opening
from krm_secrets.yamltext.nodes import Mapping, Sequence
from krm_secrets.yamltext.splice import Edit

FIELD = "postRenderers"


def with_renderer(item: Resource, renderer: dict[str, object]) -> Resource:
    """The release with the renderer before all others, so that what the author patches comes last and wins."""
    spec = item.node.get("spec")
    assert type(spec) is Mapping
    there = spec.get(FIELD)
    own = item.node.written("spec") is spec
    if type(there) is Sequence and there.items:
        if own and spec.written(FIELD) is there:
            return item.edited([_prepended(item.slot.source.text, there, renderer)])
        head, bracket, rest = copy(there).partition("[")
        return item.updated({"spec": {FIELD: f"{head}{bracket}{emit.flow(renderer)}, {rest}"}})
    if there is None and own and not spec.flow:
        row = emit.block({FIELD: [renderer]}).rstrip("\n")
        return item.edited(splice.insert(item.slot.source.text, spec, [row]))
    return item.updated({"spec": {FIELD: emit.flow([renderer])}})


def _prepended(text: str, node: Sequence, renderer: dict[str, object]) -> Edit:
    if node.flow:
        at = opening(text, node)
        return Edit(at, at, emit.flow(renderer) + ", ")
    at = first_dash(text, node)
    margin = newline_of(text) + " " * column(text, at)
    return Edit(at, at, "".join(row + margin for row in emit.block([renderer]).splitlines()))
