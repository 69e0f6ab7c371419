"""What a SecretsConfig says: the policy of a repository. `config_document` reads one."""

from __future__ import annotations

from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.externalsecrets.words import NEWEST

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final, Literal, TypeAlias

    from krm_secrets.externalsecrets.words import Version
    from krm_secrets.settings.checks import CheckConfig
    from krm_secrets.settings.restarts import ChartRule, KindRule, MakerRule, Policy, Reloader

    Fetch: TypeAlias = Literal["extract", "property", "value"]
    Format: TypeAlias = Literal["json", "yaml"]
    Decrypt: TypeAlias = Literal["sops", "keep", "placeholder"]
    StringData: TypeAlias = Literal["keep", "encode"]
    Mac: TypeAlias = Literal["auto", "require", "ignore"]
    Reload: TypeAlias = Literal["auto", "all", "named", "off"]
    StoreKind: TypeAlias = Literal["ClusterSecretStore", "SecretStore"]
    Provider: TypeAlias = Literal["", "bitwardensecretsmanager"]
    Defaults: TypeAlias = Literal["minimal", "explicit"]
    InPlace: TypeAlias = Literal["refuse", "allow"]

STORE_KINDS: tuple[StoreKind, ...] = ("ClusterSecretStore", "SecretStore")
FETCHES: tuple[Fetch, ...] = ("extract", "property", "value")
SECRETS_MANAGER: Final = "bitwardensecretsmanager"
UNLIKELY = "mapping-unlikely"
"""The rule for what the grammar takes and nobody means."""
PROVIDERS: tuple[Provider, ...] = (SECRETS_MANAGER,)
FORMATS: tuple[Format, ...] = ("json", "yaml")
DECRYPT: tuple[Decrypt, ...] = ("sops", "keep")
STRING_DATA: tuple[StringData, ...] = ("keep", "encode")
MAC: tuple[Mac, ...] = ("auto", "require", "ignore")
RELOAD: tuple[Reload, ...] = ("auto", "all", "named", "off")
"""`auto` and `named`: users of the known Secrets; `all`: of any Secret."""
DEFAULTS: tuple[Defaults, ...] = ("minimal", "explicit")
IN_PLACE: tuple[InPlace, ...] = ("refuse", "allow")


class StoreRef(NamedTuple):
    """A store, as an ExternalSecret names it."""

    name: str
    kind: str = STORE_KINDS[0]


class StoreConfig(NamedTuple):
    """How a store serves its items, and of which kind it is.

    `route` names its sister stores by the fields that they serve; a BitwardenStore says it, no user does. `format` is
    what a value must be for a field to be looked up in it.
    """

    fetch: Fetch = FETCHES[0]
    kind: StoreKind = STORE_KINDS[0]
    route: Mapping[str, str] = NO_ENTRIES
    provider: Provider = ""
    format: Format = FORMATS[0]


class ItemTable(dict[str, str]):
    """The ids of items by names; what is asked of all of them is looked at once, however many mappings there are."""

    _are_ids: bool | None = None
    _names: Mapping[str, str] | None = None

    def name_of(self, key: str) -> str:
        """The first name of an id, or the id."""
        if self._names is None:
            self._names = {value: name for name, value in reversed(self.items())}
        return self._names.get(key, key)

    @property
    def are_ids(self) -> bool:
        if self._are_ids is None:
            from krm_secrets.externalsecrets.names import is_uuid  # only a key that may be a mistake asks

            self._are_ids = all(map(is_uuid, self.values()))
        return self._are_ids


class Config(NamedTuple):
    """What a SecretsConfig says; the defaults where it says nothing."""

    store: StoreRef | None = None
    stores: Mapping[str, StoreConfig] = NO_ENTRIES
    route: Mapping[str, str] = NO_ENTRIES
    items: ItemTable = ItemTable()
    refresh: str = "1h0m0s"
    decrypt: Decrypt = DECRYPT[0]
    decrypt_kinds: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    string_data: StringData = STRING_DATA[0]
    mac: Mac = MAC[0]
    reload: Reload = RELOAD[0]
    defaults: Defaults = DEFAULTS[0]
    in_place: InPlace = IN_PLACE[0]
    eso_version: Version = NEWEST
    reloader: Reloader | None = None
    references: tuple[KindRule, ...] = ()
    charts: tuple[ChartRule, ...] = ()
    makers: tuple[MakerRule, ...] = ()
    check: CheckConfig | None = None
    rotating: frozenset[str] = frozenset()
    """The ClusterGenerators of this run that give another value at every call; no document says it."""
    doubtful: bool = False
    """Whether the document has mistakes, so that what is not set here may have been meant to be."""

    @property
    def restarts(self) -> Policy:
        """What it says of restarts."""
        from krm_secrets.settings.restarts import Policy, Reloader  # many runs ask for none

        return Policy(self.reload, self.reloader or Reloader(), self.references, self.charts, self.makers)

    def store_ref(self, name: str) -> StoreRef:
        """The store of this name, with the kind it was declared with."""
        if self.store is not None and self.store.name == name:
            return self.store
        return StoreRef(name, self.stores.get(name, _ANY_STORE).kind)

    def served(self, store: StoreRef) -> StoreConfig:
        """How this store serves items."""
        return self.stores.get(store.name, _ANY_STORE)

    def routed(self, field: str, default: StoreRef | None) -> str:
        """The store that the name of a field chooses; empty when it chooses none."""
        if field in self.route or default is None:
            return self.route.get(field, "")
        return self.served(default).route.get(field, "")

    def manages_secrets(self, name: str, kind: str) -> bool:
        """Whether the store is known to be one of Bitwarden Secrets Manager."""
        served = self.stores.get(name)
        return served is not None and served.provider == SECRETS_MANAGER and served.kind == kind

    def knowing(self, stores: Mapping[str, StoreConfig]) -> Config:
        """The same with the stores that documents of this run make; what the config itself says of them wins."""
        known = {**stores, **self.stores}
        for name, own in self.stores.items():
            if name in stores and not own.provider and own.kind == stores[name].kind:
                known[name] = own._replace(provider=stores[name].provider)
        store = self.store
        if store is not None and store.name in stores and store.name not in self.stores:
            store = StoreRef(store.name, stores[store.name].kind)
        return self._replace(stores=known, store=store)


DEFAULT = Config()
_ANY_STORE = StoreConfig()


_HARMLESS: Mapping[str, tuple[str, Sequence[object]]] = {
    "mac": ("mac", MAC[:2]),
    "inPlace": ("in_place", IN_PLACE[:1]),
    "decryptKinds": ("decrypt_kinds", ((),)),
    "generators": ("generators", ((),)),
    "ignore": ("ignore", ((),)),
}
"""Fields that can weaken what protects whoever runs the program, by their names here, with the values that do not."""


def weakening(config: Config) -> list[str]:
    """The fields by which the configuration weakens protection, which only he who runs the program may want."""
    found = [field for field, (name, harmless) in _HARMLESS.items() if getattr(config, name) not in harmless]
    return [*found, "check"] if config.check is not None and config.check.weakens else found
