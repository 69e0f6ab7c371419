"""SecretsConfig, and a ConfigMap in its place."""

from __future__ import annotations

import pytest

from krm_secrets.errors import Problem
from krm_secrets.settings.config import DEFAULT, Config, ItemTable, StoreConfig, StoreRef
from krm_secrets.settings.config_document import parse_config, parse_config_map

from .support import config, config_document, said

NUMBER = "must be a string: put quotes around it (a number may already have changed: 0644 is read as 420)"
NAME = "must be a lower-case name: letters a-z, digits, - and ., with a letter or digit at both ends of each part"
REFRESH = (
    'must be a duration such as "1h", "1h30m" or "90s"; "0" fetches once; "1h±10%" or "1h+-10%" gives each'
    " ExternalSecret an interval of its own, up to 50% off"
)
MISTAKES = {
    "an unknown field": ("refesh: 1h", ['refesh: unknown field; did you mean "refresh"?']),
    "an unknown field of a store": (
        "stores: {a: {fetsh: x}}",
        ['stores.a.fetsh: unknown field; did you mean "fetch"?'],
    ),
    "placeholder": (
        "decrypt: placeholder",
        ["decrypt: placeholder is read from no file: set KRM_SECRETS_DECRYPT=placeholder or pass --placeholder"],
    ),
    "a misspelt word": ("mac: requir", ['mac: must be one of auto, require, ignore; did you mean "require"?']),
    "a boolean for a word": ("reload: off", ["reload: must be one of auto, all, named, off, not a boolean"]),
    "a number for an id": ("items: {a: 12}", [f"items.a: {NUMBER}"]),
    "an empty id": ('items: {a: ""}', ["items.a: must not be empty"]),
    "a store in capitals": ("store: Bitwarden", [f"store: {NAME}"]),
    "a declared store in capitals": ("stores: {Bitwarden: {}}", [f"stores.Bitwarden: the key {NAME}"]),
    "a route to nothing": (
        "route: {a: }",
        ["route.a: must be a string: put quotes around it (without them it is null)"],
    ),
    "a store too long": (f"store: {'a' * 254}", ["store: must have at most 253 characters"]),
    "text for a list": ("decryptKinds: ConfigMap", ["decryptKinds: must be a list, not a string"]),
    "a kind twice": ("decryptKinds: [A, A]", ['decryptKinds[1]: "A" is listed twice']),
    "a store's kind": ("store: {name: a, kind: Store}", [
        'store.kind: must be one of ClusterSecretStore, SecretStore'
    ]),
    "properties of Bitwarden Secrets Manager": (
        "stores: {bw: {provider: bitwardensecretsmanager, fetch: property}}",
        ["stores.bw.fetch: Bitwarden Secrets Manager reads no property: take value, or extract for YAML values"],
    ),
    "a misspelt provider": (
        "stores: {bw: {provider: bitwarden}}",
        ["stores.bw.provider: must be one of bitwardensecretsmanager"],
    ),
    "a version without v1": ('esoVersion: "0.15"', [
        'esoVersion: must be a version of External Secrets from 0.16 on, which is the first to serve v1, such as "2.9"'
    ]),
    "a version that is a number": ("esoVersion: 2.10", [f"esoVersion: {NUMBER}"]),
    "a spread without a middle": ("refresh: ±10%", [f"refresh: {REFRESH}"]),
    "a spread of a variable": ("refresh: ${R}±10%", [f"refresh: {REFRESH}"]),
    "no name": ("metadata: {}", ["metadata.name: is required"]),
    "an annotation that is no string": (
        "metadata: {name: a, annotations: {b: true}}",
        ["metadata.annotations.b: must be a string: put quotes around it (without them it is a boolean)"],
    ),
    "another kind": ("kind: SecretConfig", ["kind: must be SecretsConfig"]),
    "another version": ("apiVersion: krm-secrets.dev/v1", ["apiVersion: must be krm-secrets.dev/v1alpha1"]),
    "several": ("{mac: x, items: [], inPlace: no}", [
        "items: must be a map, not a list",
        "mac: must be one of auto, require, ignore",
        "inPlace: must be one of refuse, allow, not a boolean",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake(case: str) -> None:
    text, expected = MISTAKES[case]
    problems: list[Problem] = []
    parse_config(config_document(text), problems)
    assert sorted(said(problems)) == sorted(expected)


def test_nothing_given_is_the_default() -> None:
    assert config("") == DEFAULT == Config()


def test_everything_given() -> None:
    assert config("""
store: {name: op, kind: SecretStore}
stores: {fields: {fetch: property}, vault: {kind: SecretStore}}
route: {username: login}
items: {github: some-id}
refresh: 90s
decrypt: keep
decryptKinds: [ConfigMap]
stringData: encode
mac: require
reload: "off"
defaults: explicit
inPlace: allow
esoVersion: v2.6.1
""") == Config(
        store=StoreRef("op", "SecretStore"),
        stores={"fields": StoreConfig("property"), "vault": StoreConfig("extract", "SecretStore")},
        route={"username": "login"},
        items=ItemTable(github="some-id"),
        refresh="1m30s",
        decrypt="keep",
        decrypt_kinds=("ConfigMap",),
        string_data="encode",
        mac="require",
        reload="off",
        defaults="explicit",
        in_place="allow",
        eso_version=(2, 6),
    )


def test_a_store_of_the_secrets_manager_gives_values_unless_told_otherwise() -> None:
    manager = "provider: bitwardensecretsmanager"
    stores = config(f"stores: {{a: {{{manager}}}, b: {{{manager}, fetch: extract}}, c: {{format: yaml}}}}").stores
    assert stores == {
        "a": StoreConfig("value", provider="bitwardensecretsmanager"),
        "b": StoreConfig("extract", provider="bitwardensecretsmanager"),
        "c": StoreConfig(format="yaml"),
    }


def test_a_store_keeps_the_kind_it_was_declared_with() -> None:
    declared = config("{store: vault, stores: {vault: {kind: SecretStore}, other: {}}}")
    assert declared.store == StoreRef("vault", "SecretStore")
    assert declared.store_ref("vault") == StoreRef("vault", "SecretStore")
    assert declared.store_ref("other") == StoreRef("other", "ClusterSecretStore")
    assert declared.store_ref("unknown") == StoreRef("unknown", "ClusterSecretStore")


def test_metadata_that_hosts_add_is_allowed() -> None:
    config("metadata: {name: a, namespace: b, labels: {c: d}, annotations: {e: f}, creationTimestamp: null, uid: x}")


def config_map(data: object) -> tuple[Config, list[str]]:
    problems: list[Problem] = []
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}, "data": data}
    return parse_config_map(document, problems), said(problems)


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {}}, None])
def test_a_config_map_without_data_is_the_default(document: object) -> None:
    problems: list[Problem] = []
    assert (parse_config_map(document, problems), problems) == (DEFAULT, [])


def test_a_config_map_gives_simple_fields() -> None:
    data = {"store": "op", "decrypt": "keep", "inPlace": "allow", "decryptKinds": "A, B", "refresh": "2h"}
    data["esoVersion"] = "2.8"
    expected = Config(
        store=StoreRef("op"),
        decrypt="keep",
        in_place="allow",
        decrypt_kinds=("A", "B"),
        refresh="2h0m0s",
        eso_version=(2, 8),
    )
    assert config_map(data) == (expected, [])
    assert config_map({"decryptKinds": ""}) == (DEFAULT, [])


def test_mistakes_in_a_config_map() -> None:
    data = {"stroe": "a", "items": "a=b", "mac": "x", "decrypt": "placeholder", "inPlace": True, "decryptKinds": "A,,B"}
    assert config_map(data)[1] == [
        'data.stroe: unknown field; did you mean "store"?',
        "data.items: is a table, which key=value cannot give: write a SecretsConfig",
        "data.inPlace: must be a string: put quotes around it (without them it is a boolean)",
        "data.mac: must be one of auto, require, ignore",
        "data.decrypt: placeholder is read from no file: set KRM_SECRETS_DECRYPT=placeholder or pass --placeholder",
        "data.decryptKinds[1]: must not be empty",
    ]
    assert config_map([])[1] == ["data: must be a map, not a list"]
