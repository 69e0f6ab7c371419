"""Fields by their path: what a path leads to in an object, and the reference that stands there.

The parts of a path are keys; `[]` stands for every item of a list, `*` for every key of a map or, at the start of a
word, for any beginning of a key, and `**` for any depth.
"""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses.reference import Reference, is_optional

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def nodes(root: object, parts: Sequence[str]) -> Iterator[tuple[object, Path]]:
    """The nodes that a path leads to, each with where it stands."""
    # A stack of our own: `**` goes as deep as the object does.
    todo: list[tuple[object, Path, int]] = [(root, (), 0)]
    while todo:
        node, path, at = todo.pop()
        if at == len(parts):
            yield node, path
            continue
        part = parts[at]
        if part == "**":
            todo += [(child, (*path, key), at) for key, child in entries(node)]
            todo.append((node, path, at + 1))
        elif part == "[]":
            todo += [(child, (*path, i), at + 1) for i, child in entries(node)] if isinstance(node, list) else []
        elif part.startswith("*"):
            end = part[1:]
            found = ((key, child) for key, child in as_map(node).items() if isinstance(key, str) and key.endswith(end))
            todo += [(child, (*path, key), at + 1) for key, child in found]
        elif part in as_map(node):
            todo.append((as_map(node)[part], (*path, part), at + 1))


def mapped(ref: Mapping[str, object], path: Path) -> Iterator[Reference]:
    """The reference that is a map with `name` and perhaps `namespace` and `key`."""
    if name := as_text(ref.get("name")):
        key = as_text(ref.get("key"))
        namespace = as_text(ref.get("namespace")) or None
        yield Reference(name, (*path, "name"), (key,) if key else (), False, False, is_optional(ref), namespace)


def written(text: str, path: Path) -> Iterator[Reference]:
    """The reference that is a name, or a namespace and a name with a slash between them."""
    namespace, slash, name = text.rpartition("/")
    if name:
        yield Reference(name, path, (), False, False, namespace=namespace if slash else None)


def anything(node: object, path: Path) -> Iterator[Reference]:
    """The references at a place of which only the user knows that it names Secrets: names, maps, or lists of these."""
    for each, place in (
        [(child, (*path, i)) for i, child in entries(node)] if isinstance(node, list) else [(node, path)]
    ):
        if isinstance(each, str):
            yield from written(each, place)
        else:
            yield from mapped(as_map(each), place)
