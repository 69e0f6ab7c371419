"""How files of each format are read and written; what one format needs is imported where one of its files is there."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.sops.files.filetype import Format as Format, by_mark as by_mark, by_name as by_name

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from krm_secrets.sops.tree import Tree


class Store(NamedTuple):
    """How files of one format are read and written; `load` gives no metadata for a file that is not encrypted."""

    load: Callable[[bytes], tuple[Tree, dict[str, object] | None]]
    emit: Callable[[Tree], bytes]


def _yaml() -> Store:
    from krm_secrets.sops.files import yaml

    return Store(yaml.load, yaml.emit)


def _json() -> Store:
    from krm_secrets.sops.files import json

    return Store(json.load, json.emit)


def _dotenv() -> Store:
    from krm_secrets.sops.files import dotenv

    return Store(dotenv.load, dotenv.emit)


def _ini() -> Store:
    from krm_secrets.sops.files import ini

    return Store(ini.load, ini.emit)


def _binary() -> Store:
    from krm_secrets.sops.files import binary

    return Store(binary.load, binary.emit)


def _of(imported: Callable[[], Store]) -> Store:
    return Store(lambda data: imported().load(data), lambda tree: imported().emit(tree))


STORES: dict[Format, Store] = {
    "yaml": _of(_yaml), "json": _of(_json), "dotenv": _of(_dotenv), "ini": _of(_ini), "binary": _of(_binary),
}  # fmt: skip


def emit(tree: Tree, form: Format, indent: int | None = None) -> bytes:
    """The tree in a format; `indent` is what the `stores` of a `.sops.yaml` say for YAML and JSON."""
    if indent is not None and form == "yaml":
        from krm_secrets.sops.files import yaml
        from krm_secrets.sops.files.yamlwriter import INDENT

        return yaml.emit(tree, indent or INDENT)
    if indent is not None and form == "json":
        from krm_secrets.sops.files import json

        return json.emit(tree, indent)
    return STORES[form].emit(tree)


def named(word: str) -> Format | None:
    """The format of this name, as sops's `--input-type` takes it."""
    return next((form for form in STORES if form == word), None)
