"""Values in the words of the shorthand: references where a template was nothing else, and text as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from krm_secrets.externalsecrets.template import Ref, Template, parse_template
from krm_secrets.externalsecrets.tokens import NAME, PATH, TemplateError
from krm_secrets.migrate.expression import alone, constant

Naming: TypeAlias = "Callable[[Ref], tuple[str, ...]]"
"""The names by which the shorthand calls what a reference of the template stands for."""

_REFERENCE = re.compile(rf"({PATH})(?:\s*\|.*\S)?", re.DOTALL)
_PARSED = re.compile(rf"\(\s*({PATH})\s*\|\s*(?:mustFromJson|fromYaml)\s*\)((?:\.[A-Za-z_]\w*)+)")


def worded(text: str, template: Template | None, naming: Naming, parsed: bool = False) -> object:
    """What stands under `data` for this template; raises TemplateError when it cannot be read.

    With `parsed`, places in values that a template reads as JSON or YAML are named as fields of the values.
    """
    if template is None:
        plain = constant(text)
        if plain is not None:
            return {"literal": plain} if plain.startswith(".") or "{{" in plain else plain
    result = composite(alone(text), template, naming)
    if parsed:
        result = _PARSED.sub(r"\1\2", result)
    if result.startswith("{{ .") and result.endswith(" }}"):
        inner = result[3:-3]
        if _REFERENCE.fullmatch(inner) and "{{" not in inner and "}}" not in inner:
            return inner
    # A dot at the start would make a reference of the text.
    return '{{ "." }}' + result[1:] if result.startswith(".") else result


def composite(text: str, template: Template | None, naming: Naming) -> str:
    """The template with its references in the words of the shorthand, and every other byte as it was."""
    parts = (template or parse_template(text)).parts
    return "".join(part if isinstance(part, str) else part.root[:-1] + path(naming(part)) for part in parts)


def path(names: tuple[str, ...]) -> str:
    """A reference: `.name`, or `."any name"` where it must be quoted."""
    return "".join(f".{name}" if re.fullmatch(NAME, name) else f".{_quoted(name)}" for name in names)


def _quoted(name: str) -> str:
    if not name or not name.isprintable():
        raise TemplateError("no quoted name can hold this", 0)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
