"""Templates that an overlay brings along, and what they may name.

An overlay is its author's own account, but a template that External Secrets cannot render is a mistake all the same.
"""

from __future__ import annotations

import re

from krm_secrets.errors import WARNING, Path, Problem, did_you_mean, some
from krm_secrets.externalsecrets import functions
from krm_secrets.externalsecrets.template import Template, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError, line_and_column
from krm_secrets.shorthand.grammar import Secret

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_overlay(secret: Secret, spec: Mapping[str, object], problems: list[Problem]) -> None:
    """Check the templates of the overlay, and after it replaced what is fetched also those of the Secret itself."""
    overlay = secret.form.overlay
    fetched = _fetched(spec)
    for path, text in _texts(overlay):
        template = _read(text, (*secret.path, "spec", *path), secret.interval, problems)
        if template is not None and path[-1] != "template":
            _names(template, fetched, (*secret.path, "spec", *path), problems)
    if not {"data", "dataFrom"}.isdisjoint(overlay):
        written = _map(_map(_map(spec.get("target")).get("template")).get("data"))
        for value in secret.data or ():
            rendered = written.get(value.key)
            if isinstance(rendered, str) and value.key not in _map(_at(overlay, "target", "template", "data")):
                _names(parse_template(rendered), fetched, value.path, problems)


def _texts(overlay: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Every template of an overlay, with its place."""
    template = _map(_at(overlay, "target", "template"))
    for keys in (("data",), ("metadata", "labels"), ("metadata", "annotations")):
        for key, text in _map(_at(template, *keys)).items():
            if isinstance(text, str):
                yield ("target", "template", *keys, key), text
    for index, source in enumerate(map(_map, _list(template.get("templateFrom")))):
        if isinstance(source.get("literal"), str):
            yield ("target", "template", "templateFrom", index, "literal"), str(source["literal"])
    for index, entry in enumerate(map(_map, _list(overlay.get("dataFrom")))):
        for step, rewrite in enumerate(map(_map, _list(entry.get("rewrite")))):
            text = _map(rewrite.get("transform")).get("template")
            if isinstance(text, str):
                yield ("dataFrom", index, "rewrite", step, "transform", "template"), text


def _read(text: str, path: Path, interval: str, problems: list[Problem]) -> Template | None:
    def place(offset: int) -> str:
        line, column = line_and_column(text, offset)
        return f"line {line}, column {column}"

    try:
        template = parse_template(text, go=True)
    except TemplateError as error:
        problems.append(Problem(path, f"the template breaks at {place(error.offset)}: {error.message}"))
        return None
    for name, offset in functions.changing(template.calls) if interval else ():
        # Here only a warning: whoever needs such a function after all finds in the overlay a way to have it.
        told = functions.volatile(name, interval) if name in functions.VOLATILE else functions.unordered(name)
        problems.append(Problem(path, f"at {place(offset)}, {told}", WARNING))
    return template


def _fetched(spec: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The names under which values are fetched, and the prefixes of those of whole items; None when nobody knows."""
    keys = tuple(str(_map(entry).get("secretKey")) for entry in _list(spec.get("data")))
    prefixes = []
    for entry in map(_map, _list(spec.get("dataFrom"))):
        steps = [_map(step) for step in _list(entry.get("rewrite"))]
        last = _map(steps[-1].get("regexp")) if steps else {}
        match = re.fullmatch(r"([A-Za-z0-9_]+)\$1", str(last.get("target")))
        if last.get("source") != "(.*)" or match is None:
            return None
        prefixes.append(match[1])
    return keys, tuple(prefixes)


def _names(
    template: Template, fetched: tuple[tuple[str, ...], tuple[str, ...]] | None, path: Path, problems: list[Problem]
) -> None:
    if fetched is None:
        return
    keys, prefixes = fetched
    for name in dict.fromkeys(ref.segments[0] for ref in template.refs):
        if name not in keys and not name.startswith(prefixes):
            # The name stays out: what looks like a reference may be a secret that was meant as text.
            hint = did_you_mean(name, keys) or (f"; fetched are {some(keys)}" if keys else "")
            message = f"refers to something that is not fetched, which fails, even with a default{hint}"
            problems.append(Problem(path, message))


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
