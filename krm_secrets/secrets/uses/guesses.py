"""What objects of kinds that nobody told us of seem to name: told to people, and never acted upon."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses.fields import mapped, written
from krm_secrets.secrets.uses.reference import Reference

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_ENDINGS = ("secretref", "secretkeyref", "secret")


def guesses(obj: Mapping[str, object]) -> Iterator[Reference]:
    """Fields whose names end as those of references to Secrets do, and maps that say `kind: Secret`."""
    todo: list[tuple[object, Path]] = [(obj.get("spec"), ("spec",))]
    while todo:
        node, path = todo.pop()
        ref = as_map(node)
        if path[-1:] != ("spec",) and ref.get("kind") == "Secret":
            yield from mapped(ref, path)
        for key, child in entries(node):
            word = str(key).lower()
            if word.endswith("secretname"):
                yield from written(as_text(child), (*path, key))
            elif word.endswith(_ENDINGS):
                yield from mapped(as_map(child), (*path, key))
                if isinstance(child, dict) and "name" not in child:  # one for each of its keys
                    for field, each in entries(child):
                        yield from mapped(as_map(each), (*path, key, field))
            elif word.endswith("secretrefs"):
                for index, each in entries(child):
                    yield from mapped(as_map(each), (*path, key, index))
            if isinstance(child, dict | list):
                todo.append((child, (*path, key)))
