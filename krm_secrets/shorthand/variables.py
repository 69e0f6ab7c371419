"""Templates that are kept elsewhere, and the names under which they find what is fetched."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map, at
from krm_secrets.shorthand.access import Access, Entry
from krm_secrets.shorthand.forms import SecretForm
from krm_secrets.shorthand.grammar import Value

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias


Find: TypeAlias = "Callable[[tuple[str, ...], Path], Access | None]"
"""The way to what a reference names; None when there is none, of which a mistake was noted."""


def sees_names(form: SecretForm) -> bool:
    """Whether templates that are not under `data` may use what is fetched, by the names under which it is."""
    template = as_map(at(form.overlay, ("target", "template")))
    return bool(form.templates) or not {"data", "templateFrom", "mergePolicy"}.isdisjoint(template)


def template_sources(texts: Iterable[str]) -> list[dict[str, object]]:
    """The `templateFrom` of `configMap/name#key` and `secret/name#key`; keys of one object that follow each other share
    an entry."""
    sources: list[dict[str, object]] = []
    items: list[dict[str, str]] = []
    last = ""
    for text in texts:
        where, _, key = text.rpartition("#")
        if where != last:
            kind, _, name = where.partition("/")
            items = []
            sources.append({kind: {"name": name, "items": items}})
        items.append({"key": key})
        last = where
    return sources


def fetch_variables(values: Iterable[Value], find: Find, wrong: Callable[[Path, str], None]) -> dict[str, Entry]:
    """One fetch for each variable, by the name that the templates elsewhere give it."""
    found: dict[str, Entry] = {}
    for value in values:
        only = value.template.only
        if only is None:
            wrong(value.path, "must be a reference and nothing else: .field or .alias.field")
            continue
        access = find(only.segments, value.path)
        if access is not None and (access.entry is None or access.steps):
            wrong(value.path, "is not fetched by itself: only a field of a store, or a whole value, can be a variable")
        elif access is not None and access.entry is not None:
            found[value.key] = access.entry
    return found
