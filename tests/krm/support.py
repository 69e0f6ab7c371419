"""Short ways to read, change and write in tests."""

from __future__ import annotations

from krm_secrets.errors import Result
from krm_secrets.krm.reading import Input, read
from krm_secrets.krm.resource import Resource
from krm_secrets.krm.writing import write
from krm_secrets.yamltext.load import load, parse

MAPPING = "krm-secrets.dev/v1alpha1"


def made(name: str, **fields: object) -> Resource:
    return Resource.new({"apiVersion": "v1", "kind": "Made", "metadata": {"name": name}, **fields})


def without(given: Input, *names: str) -> list[Resource]:
    return [item for item in given.items if item.ref.name not in names]


def rewritten(text: str, *gone: str, new: tuple[Resource, ...] = (), results: tuple[Result, ...] = ()) -> str:
    """The text with the named items consumed and the new ones added."""
    given = read(text)
    return write(given, [*without(given, *gone), *new], results)


def loaded(text: str) -> list[object]:
    return [load(document.root) for document in parse(text)]


def named(name: str, kind: str = "A") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n"
