"""A SecretsConfig as plain data becomes a frozen Config.

`schemas/SecretsConfig.json` says the same to editors; a property test holds the two together.
"""

from __future__ import annotations

from krm_secrets.errors import WARNING, Problem, clean, did_you_mean, near
from krm_secrets.externalsecrets import duration, names
from krm_secrets.externalsecrets.words import NEWEST
from krm_secrets.settings.config import (
    DECRYPT,
    DEFAULT,
    DEFAULTS,
    FETCHES,
    FORMATS,
    IN_PLACE,
    MAC,
    PROVIDERS,
    RELOAD,
    STORE_KINDS,
    STRING_DATA,
    UNLIKELY,
    Config,
    ItemTable,
    StoreConfig,
    StoreRef,
)
from krm_secrets.shape import Node, chosen, read_head

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import TypedDict

    from krm_secrets.externalsecrets.words import Version
    from krm_secrets.settings.checks import CheckConfig
    from krm_secrets.settings.restarts import ChartRule, KindRule, MakerRule, Reloader

    class _Restarts(TypedDict, total=False):
        reloader: Reloader
        references: tuple[KindRule, ...]
        charts: tuple[ChartRule, ...]
        makers: tuple[MakerRule, ...]

    from krm_secrets.settings.config import Decrypt, Provider


_TABLES = ("stores", "route", "items", "reloader", "references", "charts", "makers", "check")
_LISTS = ("decryptKinds", "generators", "ignore")
_WORDS = ("stringData", "mac", "reload", "defaults", "inPlace")
_SCALARS = ("store", "refresh", "decrypt", "esoVersion", *_LISTS, *_WORDS)
_GENERATOR = r"^(?:[^/\s,]+/)?[^/\s,]+$"


def parse_config(data: object, problems: list[Problem]) -> Config:
    """The Config of a SecretsConfig document; every mistake is noted in problems."""
    root = Node(data, (), problems)
    fields = root.fields(("apiVersion", "kind", "metadata", *_TABLES, *_SCALARS), ("apiVersion", "kind", "metadata"))
    read_head(fields, "SecretsConfig")
    return _config(fields)


def parse_config_map(data: object, problems: list[Problem]) -> Config:
    """The Config of a ConfigMap, which is how kpt hands over `-- key=value`: simple fields only, lists with commas."""
    values = data.get("data") if isinstance(data, dict) else None
    if values is None:
        return DEFAULT
    fields: dict[str, Node] = {}
    for key, node in Node(values, ("data",), problems).entries():
        if key in _TABLES:
            node.wrong("is a table, which key=value cannot give: write a SecretsConfig")
        elif key not in _SCALARS:
            node.wrong(f"unknown field{did_you_mean(key, _SCALARS)}")
        elif not isinstance(node.value, str):
            node.text()
        elif key in _LISTS:
            fields[key] = node._replace(value=[word.strip() for word in node.value.split(",")] if node.value else [])
        else:
            fields[key] = node
    return _config(fields)


def read_store(node: Node) -> tuple[str, str]:
    """A store's name and kind, given as a name or as {name, kind}; the kind is empty when it is not given."""
    if not isinstance(node.value, dict):
        return read_name(node), ""
    fields = node.fields(("name", "kind"), ("name",))
    name = read_name(fields["name"]) if "name" in fields else ""
    return name, fields["kind"].choice(STORE_KINDS) if "kind" in fields else ""


def read_name(node: Node) -> str:
    """The name of a store, a Secret or an ExternalSecret."""
    return node.text(names.NAME, names.NAME_RULE, names.LONGEST)


def read_refresh(node: Node) -> str:
    """A duration in canonical form, with its spread."""
    return duration.canonical_refresh(node.text(duration.REFRESH, duration.REFRESH_RULE) or "1h")


def read_items(node: Node) -> ItemTable:
    """The table of names for item ids."""
    return ItemTable((name, entry.text()) for name, entry in node.entries())


def _config(fields: Mapping[str, Node]) -> Config:
    stores = _stores(fields["stores"]) if "stores" in fields else {}
    store = _store(fields["store"], stores) if "store" in fields else None
    route = {key: read_name(node) for key, node in fields["route"].entries()} if "route" in fields else {}
    if store is not None:
        check_near(fields["store"], store.name, stores)
    for key, name in route.items():
        check_near(fields["route"].at(key, name), name, stores)
    string_data, mac = chosen(fields, "stringData", STRING_DATA), chosen(fields, "mac", MAC)
    reload, defaults = chosen(fields, "reload", RELOAD), chosen(fields, "defaults", DEFAULTS)
    in_place = chosen(fields, "inPlace", IN_PLACE)
    return Config(
        store=store,
        stores=stores,
        route=route,
        items=read_items(fields["items"]) if "items" in fields else ItemTable(),
        refresh=read_refresh(fields["refresh"]) if "refresh" in fields else DEFAULT.refresh,
        decrypt=_decrypt(fields["decrypt"]) if "decrypt" in fields else DECRYPT[0],
        decrypt_kinds=_kinds(fields["decryptKinds"]) if "decryptKinds" in fields else (),
        generators=_generators(fields["generators"]) if "generators" in fields else (),
        ignore=_ignored(fields["ignore"]) if "ignore" in fields else (),
        string_data=string_data,
        mac=mac,
        reload=reload,
        defaults=defaults,
        in_place=in_place,
        eso_version=_version(fields["esoVersion"]) if "esoVersion" in fields else NEWEST,
        check=_check(fields["check"]) if "check" in fields else None,
        **_restarts(fields),
    )


def _restarts(fields: Mapping[str, Node]) -> _Restarts:
    """What is said of restarts, which few configurations do."""
    found: _Restarts = {}
    if not fields.keys().isdisjoint(("reloader", "references", "charts", "makers")):
        from krm_secrets.settings import restarts

        if "reloader" in fields:
            found["reloader"] = restarts.read_reloader(fields["reloader"])
        if "references" in fields:
            found["references"] = restarts.read_kinds(fields["references"])
        if "charts" in fields:
            found["charts"] = restarts.read_charts(fields["charts"])
        if "makers" in fields:
            found["makers"] = restarts.read_makers(fields["makers"])
    return found


def _store(node: Node, stores: Mapping[str, StoreConfig]) -> StoreRef:
    name, kind = read_store(node)
    return StoreRef(name, kind or stores.get(name, StoreConfig()).kind)


def _stores(node: Node) -> dict[str, StoreConfig]:
    stores = {}
    for name, entry in node.entries(names.NAME, names.NAME_RULE, names.LONGEST):
        fields = entry.fields(("fetch", "kind", "provider", "format"))
        provider: Provider = fields["provider"].choice(PROVIDERS) if "provider" in fields else ""
        if provider and "fetch" in fields and fields["fetch"].value == "property":
            fields["fetch"].wrong("Bitwarden Secrets Manager reads no property: take value, or extract for YAML values")
        stores[name] = StoreConfig(
            fetch="value" if provider and "fetch" not in fields else chosen(fields, "fetch", FETCHES),
            kind=chosen(fields, "kind", STORE_KINDS),
            provider=provider,
            format=chosen(fields, "format", FORMATS),
        )
    return stores


def check_near(node: Node, name: str, stores: Collection[str]) -> None:
    """Tell of the name of a store that is nearly a declared one; others need no declaration."""
    other = near(name, stores) if name not in stores else ""
    if other:
        message = f'"{clean(name)}" is declared nowhere; did you mean the store "{clean(other)}"?'
        node.problems.append(
            Problem(node.path, f"{message} If it is right, declare it under stores", WARNING, UNLIKELY)
        )


def _decrypt(node: Node) -> Decrypt:
    # A committed file must not be able to turn decryption off for everybody without anybody noticing.
    if node.value == "placeholder":
        node.wrong("placeholder is read from no file: set KRM_SECRETS_DECRYPT=placeholder or pass --placeholder")
        return DECRYPT[0]
    return node.choice(DECRYPT)


def _kinds(node: Node) -> tuple[str, ...]:
    node.distinct()
    return tuple(element.text() for element in node.elements())


def _generators(node: Node) -> tuple[str, ...]:
    node.distinct()
    return tuple(element.text(_GENERATOR, "must be NAMESPACE/NAME, or NAME alone") for element in node.elements())


def _version(node: Node) -> Version:
    from krm_secrets.externalsecrets import versions  # few configurations name one

    return versions.read(node)


def _check(node: Node) -> CheckConfig:
    from krm_secrets.settings import checks  # few configurations say anything of it

    return checks.read(node)


def _ignored(node: Node) -> tuple[str, ...]:
    from krm_secrets.settings import ignoring  # few configurations leave anything out

    return ignoring.read(node)
