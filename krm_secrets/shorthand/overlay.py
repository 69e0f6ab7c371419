"""Templates that an overlay brings along, and what they may name.

An overlay is its author's own account, but a template that External Secrets cannot render is a mistake all the same.
"""

from __future__ import annotations

from krm_secrets.externalsecrets.spec_templates import check_changing, check_names, fetched, read, texts
from krm_secrets.externalsecrets.template import parse_template
from krm_secrets.plain import as_map
from krm_secrets.shape import Node
from krm_secrets.shorthand.grammar import Secret

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krm_secrets.errors import Problem


def check_overlay(secret: Secret, spec: Mapping[str, object], problems: list[Problem]) -> None:
    """Check the templates of the overlay, and after it replaced what is fetched also those of the Secret itself."""
    overlay, known = secret.form.overlay, fetched(spec)
    at_spec = Node(None, (*secret.path, "spec"), problems)
    for path, text in texts(overlay):
        place = at_spec.place(*path)
        template = read(text, place)
        if template is not None:
            check_changing(template, text, secret.interval, place)
            if path[-1] != "template":
                check_names(template, known, place)
    if not {"data", "dataFrom"}.isdisjoint(overlay):
        written, own = _data(spec), _data(overlay)
        for value in secret.data or ():
            rendered = written.get(value.key)
            if isinstance(rendered, str) and value.key not in own:
                check_names(parse_template(rendered), known, Node(None, value.path, problems))


def _data(spec: Mapping[str, object]) -> dict[str, object]:
    """The templates of a Secret's data."""
    return as_map(as_map(as_map(spec.get("target")).get("template")).get("data"))
