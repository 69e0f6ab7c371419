"""What the text of a template means once its names are replaced by what they stand for."""

from __future__ import annotations

import re

from krm_secrets.externalsecrets.template import Ref, Template, actions, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError
from krm_secrets.migrate.fetched import Fetched, Origin

_CONSTANT = re.compile(r"\{\{[ \t\r\n]*(?:\"((?:[^\"\\\n]|\\[\"\\nt])*)\"|`([^`]*)`)[ \t\r\n]*\}\}")
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
# Braces that a constant prints are no start of an action. A template cannot hold this character but in such a place.
_PRINTED = "\ue000"

Part = tuple[Origin, tuple[str, ...], bool]
"""What a name stands for, the names that follow it, and whether nothing takes its place where it is missing."""

Expression = tuple["str | Part", ...]
"""Text, and between it what names stand for."""


def expression(text: str, fetched: Fetched) -> Expression:
    """The meaning of a template; equal for templates that differ in spelling only.

    `{{ "text" }}` is text, `$.x` is `.x`, and so is `index . "x"` where x cannot be missing; spaces at both ends of a
    value that is one action do not count. A template that cannot be read means its own text.
    """
    try:
        template = parse_template(alone(folded(text)))
    except TemplateError:
        return ("unreadable", text)
    parts: list[str | Part] = []
    for part in template.parts:
        if isinstance(part, Ref):
            parts.append(named(part, fetched))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def named(ref: Ref, fetched: Fetched) -> Part:
    """What a reference stands for."""
    name = ref.segments[0]
    always = fetched.complete and name in fetched.entries
    return fetched.origin(name), ref.segments[1:], ref.lenient and not always


def constant(text: str) -> str | None:
    """The text that a template always gives, when no action but constants is in it; else None."""
    result = folded(text)
    return None if "{{" in result else result.replace(_PRINTED, "{{")


def alone(text: str) -> str:
    """The template, with one space at both ends of the action when it is one action and nothing else."""
    inner = text[2:-2]
    if not (text.startswith("{{") and text.endswith("}}") and len(text) > 4) or "{{" in inner or "}}" in inner:
        return text
    if inner[0] == "-" or inner[-1] == "-" or inner.lstrip().startswith("/*"):
        return text
    return "{{ " + inner.strip(" \t\r\n") + " }}"


def folded(text: str) -> str:
    """The template with the constants that it prints in their places; raises TemplateError."""
    if "{{" not in text or "{{-" in text or "-}}" in text:
        return text
    parts: list[str] = []
    at = 0
    for start, end in actions(text):
        match = _CONSTANT.fullmatch(text, start, end)
        if match is not None:
            raw = match[2] if match[1] is None else re.sub(r"\\(.)", lambda m: _SIMPLE[m[1]], match[1])
            parts += (text[at:start], raw.replace("{{", _PRINTED))
            at = end
    return "".join((*parts, text[at:]))


def field_template(name: str) -> Template:
    """The template that is one fetched value and nothing else."""
    return Template(("{{ ", Ref(".", (name,)), " }}"))
