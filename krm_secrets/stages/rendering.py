"""One more entry for the post renderers of a HelmRelease."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.edits import Edit, copy
from krm_secrets.yamltext.lines import column, first_dash, newline_of, opening
from krm_secrets.yamltext.look import Look, dashes_at_keys, flow_value, look_of
from krm_secrets.yamltext.nodes import Mapping, Sequence

FIELD = "postRenderers"


def with_renderer(item: Resource, renderer: dict[str, object]) -> Resource:
    """The release with the renderer before all others, so that what the author patches comes last and wins."""
    text, spec = item.slot.source.text, item.node.get("spec")
    assert type(spec) is Mapping
    there = spec.get(FIELD)
    own = item.node.written("spec") is spec
    look = look_of(text, spec, look_of(text, item.node))
    if type(there) is Sequence and there.items:
        if own and spec.written(FIELD) is there:
            return item.inserted([_prepended(text, there, renderer, look, dashes_at_keys(text, item.node))])
        head, bracket, rest = copy(there).partition("[")
        return item.updated({"spec": {FIELD: f"{head}{bracket}{emit.flow(renderer)}, {rest}"}})
    if there is None and own and not spec.flow:
        row = emit.block({FIELD: [renderer]}, dashes_at_keys=dashes_at_keys(text, item.node)).rstrip("\n")
        return item.inserted(splice.insert(text, spec, [row]))
    return item.updated({"spec": {FIELD: flow_value([renderer], look)}})


def _prepended(text: str, node: Sequence, renderer: dict[str, object], look: Look, at_keys: bool) -> Edit:
    if node.flow:
        at = opening(text, node)
        return Edit(at, at, flow_value(renderer, look_of(text, node, look)._replace(margin="")) + ", ")
    at = first_dash(text, node)
    margin = newline_of(text) + " " * column(text, at)
    rows = emit.block([renderer], dashes_at_keys=at_keys).splitlines()
    return Edit(at, at, "".join(row + margin for row in rows))
