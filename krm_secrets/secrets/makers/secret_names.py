"""Names of Secrets as `makers:` has them: paths to names, or names in which paths stand in braces."""

from __future__ import annotations

import re
from itertools import islice, product

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_text
from krm_secrets.secrets.uses.fields import anything, nodes
from krm_secrets.settings.restarts import parts

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


MAX_NAMES = 1000
"""Of one object and text; two lists in one name multiply."""


def named(item: Resource, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names and namespaces that they lead to in an object; YamlError when it cannot be read."""
    for text in texts:
        if "{" in text:
            yield from ((name, item.namespace) for name in islice(_filled(item, text), MAX_NAMES))
        else:
            for node, path in nodes(item.data, parts(text)):
                for ref in anything(node, path):
                    yield ref.name, item.namespace if ref.namespace is None else ref.namespace


def _filled(item: Resource, text: str) -> Iterator[str]:
    pieces = re.split(r"\{([^}]+)\}", text)  # every second one is a path
    found = [
        [item.name] if path == "metadata.name" else [as_text(node) for node, _ in nodes(item.data, parts(path))]
        for path in pieces[1::2]  # a build may give another name
    ]
    for values in product(*found):
        if all(values):
            yield pieces[0] + "".join(value + piece for value, piece in zip(values, pieces[2::2], strict=True))
