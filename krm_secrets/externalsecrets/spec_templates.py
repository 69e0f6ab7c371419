"""The templates that a spec holds: what Go cannot read, what differs at every refresh, what nothing fetches."""

from __future__ import annotations

import re

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, WARNING, Path, Problem, did_you_mean, some
from krm_secrets.externalsecrets import functions
from krm_secrets.externalsecrets.names import has_variable
from krm_secrets.externalsecrets.template import Template, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError, told_place
from krm_secrets.plain import as_list, as_map

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krm_secrets.shape import Node


class Fetched(NamedTuple):
    """What the templates of a spec can name: keys, and all that begins with one of the prefixes."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether something of this name is fetched."""
        return name in self.keys or name.startswith(self.prefixes)


def texts(spec: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Every template of a spec that knows what is fetched, or is given a name to rewrite, with its place."""
    yield from template_texts(as_map(as_map(spec.get("target")).get("template")), ("target", "template"))
    for index, entry in enumerate(as_list(spec.get("dataFrom"))):
        for step, rewrite in enumerate(as_list(as_map(entry).get("rewrite"))):
            text = as_map(as_map(rewrite).get("transform")).get("template")
            if isinstance(text, str):
                yield ("dataFrom", index, "rewrite", step, "transform", "template"), text


def template_texts(template: Mapping[str, object], path: Path) -> Iterator[tuple[Path, str]]:
    """Those of what stands under `template`, also in a PushSecret."""
    metadata = as_map(template.get("metadata"))
    held: dict[Path, object] = {("data",): template.get("data")}
    held |= {("metadata", field): metadata.get(field) for field in ("labels", "annotations")}
    for place, values in held.items():
        for key, text in as_map(values).items():
            if isinstance(text, str):
                yield (*path, *place, key), text
    for index, source in enumerate(as_list(template.get("templateFrom"))):
        text = as_map(source).get("literal")
        if isinstance(text, str):
            yield (*path, "templateFrom", index, "literal"), text


def read(text: str, place: Node) -> Template | None:
    """A template that Go has to read; None, and a mistake noted, when it cannot."""
    try:
        return parse_template(text, go=True)
    except TemplateError as error:
        told = f"the template breaks at {told_place(text, error.offset)}: {error.message}"
        place.problems.append(Problem(place.path, told, ERROR, error.rule, error.offset))
        return None


def check_changing(
    template: Template, text: str, interval: str, place: Node, once: str = "policy: CreatedOnce"
) -> None:
    """Note what differs from one rendering to the next, which happens again after the interval.

    Only a warning: whoever needs such a function after all finds here a way to have it.
    """
    for name, offset in functions.changing(template.calls) if interval else ():
        random = name in functions.VOLATILE
        told = functions.volatile(name, interval, once) if random else functions.unordered(name)
        rule = "random-in-template" if random else "unordered-in-template"
        message = f"at {told_place(text, offset)}, {told}"
        place.problems.append(Problem(place.path, message, WARNING, rule, offset))


def fetched(spec: Mapping[str, object]) -> Fetched | None:
    """The names under which values are fetched; None when nobody knows them."""
    keys = tuple(str(as_map(entry).get("secretKey")) for entry in as_list(spec.get("data")))
    if any(map(has_variable, keys)):
        return None
    prefixes = []
    for entry in map(as_map, as_list(spec.get("dataFrom"))):
        steps = [as_map(step) for step in as_list(entry.get("rewrite"))]
        last = as_map(steps[-1].get("regexp")) if steps else {}
        match = re.fullmatch(r"([A-Za-z0-9_]+)\$1", str(last.get("target")))
        if last.get("source") != "(.*)" or match is None:
            return None
        prefixes.append(match[1])
    return Fetched(keys, tuple(prefixes))


def check_names(template: Template, known: Fetched | None, place: Node) -> None:
    """Note what a template names and nothing fetches."""
    told: set[str] = set()
    for ref, offset in zip(template.refs, template.starts, strict=True) if known else ():
        name = ref.segments[0]
        if known is None or known.has(name) or name in told:
            continue
        told.add(name)
        # The name stays out: what looks like a reference may be a secret that was meant as text.
        hint = did_you_mean(name, known.keys) or (f"; fetched are {some(known.keys)}" if known.keys else "")
        message = f"refers to something that is not fetched, which fails, even with a default{hint}"
        place.problems.append(Problem(place.path, message, ERROR, "template-variable-not-fetched", offset))
