"""How files of each format are read and written."""

from __future__ import annotations

from collections.abc import Callable

from krm_secrets._startup.records import NamedTuple
from krm_secrets.sops.files import binary, dotenv, ini, json, yaml
from krm_secrets.sops.files.filetype import Format as Format, by_mark as by_mark, by_name as by_name
from krm_secrets.sops.files.yamlwriter import INDENT
from krm_secrets.sops.tree import Tree


class Store(NamedTuple):
    """How files of one format are read and written; `load` gives no metadata for a file that is not encrypted."""

    load: Callable[[bytes], tuple[Tree, dict[str, object] | None]]
    emit: Callable[[Tree], bytes]


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


def named(word: str) -> Format | None:
    """The format of this name, as sops's `--input-type` takes it."""
    return next((form for form in STORES if form == word), None)
