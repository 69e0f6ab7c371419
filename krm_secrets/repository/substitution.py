"""Variables that Flux puts into what it builds: `postBuild` of a Flux Kustomization, as far as the tree tells of it.

What cannot be known stays as it is written, so that a name with `${` in it is one that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from krm_secrets._startup.records import QuietTuple
from krm_secrets.krm.kustomization import pairs
from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.yamltext.nodes import Mapping as MappingNode, Node, Sequence, resolved

DISABLED = "kustomize.toolkit.fluxcd.io/substitute"
"""The label or annotation by which Flux leaves an object as it is, with the value `disabled`."""

_NAME = re.compile(r"\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-=])?")

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[\"']?:|/substitute/([A-Za-z_][A-Za-z0-9_]*)")

Find = Callable[[str, str], list[Resource]]
"""All objects of a kind and name in the tree."""


class Variables(QuietTuple):
    """Values by names, None for those that nobody can tell; `complete` is whether there can be no others."""

    values: Mapping[str, str | None]
    complete: bool = True

    def resolve(self, text: str) -> str:
        """The text with what is known in place of its variables, and the defaults of those that are not set."""
        if "${" not in text:  # like most
            return text
        found, end = "", 0
        while match := _NAME.search(text, end):
            close = _closing(text, match.end())
            if close < 0:
                break
            value = None if match[0].startswith("$$") else self._value(match[1], match[2], text[match.end() : close])
            found += text[end : match.start()] + (text[match.start() : close + 1] if value is None else value)
            end = close + 1
        return found + text[end:]

    def _value(self, name: str, operator: str | None, rest: str) -> str | None:
        if rest and not operator:  # one of the other functions, such as `${NAME/a/b}`
            return None
        if name in self.values:
            value = self.values[name]
            return self.resolve(rest) if value == "" and operator else value
        return self.resolve(rest) if operator and self.complete else None

    def beside(self, unsure: Collection[str]) -> Variables:
        """Those of a Kustomization into which patches may put these and others, in place of those of its own."""
        return Variables({**self.values, **dict.fromkeys(unsure)}, False) if unsure else self


def put_by(patches: Iterable[str]) -> frozenset[str]:
    """The names of variables that patches, which speak of some, may put; "" stands for any other."""
    found = (("", *(name for names in _KEY.findall(text) for name in names)) for text in patches)
    return frozenset(name for names in found for name in names)


def _closing(text: str, start: int) -> int:
    """Where the braces end that were opened before; -1 for nowhere."""
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth:
            return index
    return -1


def variables(post_build: Node | None, find: Find) -> Variables | None:
    """The variables of a Flux Kustomization; None where it substitutes nothing."""
    inline, sources = at(post_build, "substitute"), at(post_build, "substituteFrom")
    if not isinstance(inline, MappingNode) and not isinstance(sources, Sequence):
        return None
    values: dict[str, str | None] = {}
    complete = True
    for source in map(resolved, sources.items) if type(sources) is Sequence else ():
        kind, name = text_at(source, "kind"), text_at(source, "name")
        found = [_entries(each) for each in find(kind, name)]
        if not found:  # it may set any of those before
            values, complete = {}, False
            continue
        for key in {key for each in found for key in each}:
            several = {each.get(key) for each in found}
            values[key] = several.pop() if len(several) == 1 and kind == "ConfigMap" else None
    values.update(pairs(inline))
    return Variables(values, complete)


def _entries(item: Resource) -> dict[str, str]:
    return dict((*pairs(at(item.node, "data")), *pairs(at(item.node, "stringData"))))
