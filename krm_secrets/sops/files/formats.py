"""Which format a file has: by its name, by the marks that sops leaves in it, or as the user says."""

from __future__ import annotations

from typing import Literal, Protocol

from krm_secrets._startup.records import NamedTuple
from krm_secrets.sops.files import binary, dotenv, ini, json, yaml
from krm_secrets.sops.files.yamlwriter import INDENT
from krm_secrets.sops.tree import Tree

Format = Literal["yaml", "json", "dotenv", "ini", "binary"]

_SUFFIXES: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}
# What Flux looks for in a Secret's data (`kustomize-controller`, decryptor.go), in its order.
_MARKS: tuple[tuple[bytes, Format], ...] = (
    (b"mac: ENC[", "yaml"),
    (b'"mac": "ENC[', "json"),
    (b"sops_mac=ENC[", "dotenv"),
    (b"[sops]", "ini"),
)


class Load(Protocol):
    def __call__(self, data: bytes) -> tuple[Tree, dict[str, object] | None]: ...


class Emit(Protocol):
    def __call__(self, tree: Tree) -> bytes: ...


class Store(NamedTuple):
    """How files of one format are read and written; `load` gives no metadata for a file that is not encrypted."""

    load: Load
    emit: Emit


STORES: dict[Format, Store] = {
    "yaml": Store(yaml.load, yaml.emit),
    "json": Store(json.load, json.emit),
    "dotenv": Store(dotenv.load, dotenv.emit),
    "ini": Store(ini.load, ini.emit),
    "binary": Store(binary.load, binary.emit),
}


def emit(tree: Tree, form: Format, indent: int | None = None) -> bytes:
    """The tree in a format; `indent` is what the `stores` of a `.sops.yaml` say for YAML and JSON."""
    if indent is not None and form == "yaml":
        return yaml.emit(tree, indent or INDENT)
    if indent is not None and form == "json":
        return json.emit(tree, indent)
    return STORES[form].emit(tree)


def by_name(name: str) -> Format:
    """The format that sops takes a file of this name for."""
    return next((form for suffix, form in _SUFFIXES.items() if name.endswith(suffix)), "binary")


def by_mark(data: bytes) -> Format | None:
    """The format whose mark the bytes hold, or None: they are no SOPS file, or one that Flux does not see either.

    A binary file has the mark of JSON, and is read alike; only the name of what it becomes tells them apart.
    """
    return next((form for mark, form in _MARKS if mark in data), None)


def named(word: str) -> Format | None:
    """The format of this name, as sops's `--input-type` takes it."""
    return next((form for form in STORES if form == word), None)
