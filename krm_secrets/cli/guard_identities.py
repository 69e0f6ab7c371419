"""Age identities in what is about to be applied: they belong into the values of a Secret, and nowhere else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from krm_secrets.age.privatekeys import holds_identity, spans
from krm_secrets.errors import ERROR, Location, Path, Problem, Result
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import is_secret
from krm_secrets.yamltext.linenumbers import Lines
from krm_secrets.yamltext.nodes import Mapping, Node, YamlError

_SECTIONS = ("data", "stringData")

_SHOWN = (
    "holds an age identity, which everybody sees who may read the object: remove it, put it into the values of a Secret"
    " if the cluster needs it, and make a new one if it was applied"
)
_STORED = (
    "holds an age identity: whoever can read what is stored can decrypt; remove it, encrypt the Secret that holds it"
    " with sops, and make a new one"
)


def identities(text: str, items: Iterable[Resource], keep: bool) -> Iterator[Result]:
    """A result for each field, key and comment with an identity; with `keep` also where a Secret has its values."""
    message = _STORED if keep else _SHOWN
    settled: list[tuple[int, int]] = []
    for item in items:
        allowed = _SECTIONS if is_secret(item) and not keep else ()
        try:
            found = [path for path, text in _texts(item.data, ()) if holds_identity(text)]
            paths = [path for path in found if len(path) < 2 or path[0] not in allowed]  # a key is at what holds it
        except YamlError:  # which is told already
            continue
        yield from (item.result(Problem(path, message, ERROR)) for path in paths)
        nodes = [item.node] if paths else [value for section in allowed for value in _values(item.node.get(section))]
        settled += [(node.start, node.end) for node in nodes]
    yield from _beside(text, sorted(settled), message)


def _values(section: Node | None) -> list[Node]:
    return [value for _, value in section.pairs()] if type(section) is Mapping else []


def _beside(text: str, settled: list[tuple[int, int]], message: str) -> Iterator[Result]:
    """A result for each identity in a comment, or in a document that is no object."""
    lines = Lines(text)
    for begin, _ in spans(text):
        at = bisect_right(settled, (begin, len(text)))
        if at and begin < settled[at - 1][1]:
            continue
        yield Result(ERROR, message, Location(line=lines.of(begin)))


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """All strings with their place; a key stands at the place of what holds it, since it must not be shown."""
    if isinstance(value, dict):
        for key, below in value.items():
            if holds_identity(key):
                yield path, key
            else:
                yield from _texts(below, (*path, key))
    elif isinstance(value, list):
        for n, below in enumerate(value):
            yield from _texts(below, (*path, n))
    elif isinstance(value, (str, bytes)):
        yield path, value if isinstance(value, str) else value.decode("latin-1")
