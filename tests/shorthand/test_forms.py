"""Mistakes in the form of a mapping: one fault a case, and every word of the message."""

from __future__ import annotations

import pytest

from krm_secrets.externalsecrets.duration import REFRESH_RULE

from .support import messages

LONG = "a" * 254
NAME = "must be a lower-case name: letters a-z, digits, - and ., with a letter or digit at both ends of each part"
KEY = "must be a Secret key: letters, digits, -, _ and . only"
NUMBER = "must be a string: put quotes around it (a number may already have changed: 0644 is read as 420)"
POLICY = "must be one of Owner, Orphan, Merge, CreateOrMerge, None, Delete, Retain, CreatedOnce, Periodic, OnChange"
CASES = {
    "an unquoted number": ("x: {from: a, data: {A: 0644}}", [f"secrets.x.data.A: {NUMBER}"]),
    "an unquoted boolean": (
        "x: {from: a, data: {A: yes}}",
        ["secrets.x.data.A: must be a string: put quotes around it (without them it is a boolean)"],
    ),
    "a missing value": (
        "x: {from: a, data: {A: }}",
        ["secrets.x.data.A: must be a string: put quotes around it (without them it is null)"],
    ),
    "a list for a value": ("x: {from: a, data: {A: [b]}}", ["secrets.x.data.A: must be a string, not a list"]),
    "a secret of nothing": ("x:", ["secrets.x: must be an item or a map, not null"]),
    "an empty item": ('x: ""', ["secrets.x: must not be empty"]),
    "a number for an item": ("x: 12", [f"secrets.x: {NUMBER}"]),
    "an unknown field": ("x: {form: a, data: {A: .b}}", ['secrets.x.form: unknown field; did you mean "from"?']),
    "an unknown field beside literal": (
        "x: {from: a, data: {A: {litral: b}}}",
        ['secrets.x.data.A.litral: unknown field; did you mean "literal"?'],
    ),
    "two mistakes in two secrets": (
        "{x: {from: a, dta: {A: .b}}, y: {frm: a}}",
        ['secrets.x.dta: unknown field; did you mean "data"?', 'secrets.y.frm: unknown field; did you mean "from"?'],
    ),
    "a name in capitals": ("X_y: a", [f"secrets.X_y: the key {NAME}"]),
    "a name too long": (f"{LONG}: a", [f"secrets.{LONG}: the key must have at most 253 characters"]),
    "a key with a space": ('x: {from: a, data: {"a b": .c}}', [f'secrets.x.data["a b"]: the key {KEY}']),
    "a key with two dots first": ('x: {from: a, data: {"..a": .c}}', [f'secrets.x.data["..a"]: the key {KEY}']),
    "a number for a key": (
        "x: {from: a, data: {1: .c}}",
        ["secrets.x.data.1: the key must be a string: put quotes around it"],
    ),
    "a listed key with a space": ('x: {from: a, data: ["a b"]}', [f"secrets.x.data[0]: {KEY}"]),
    "a key listed twice": ("x: {from: a, data: [A, A]}", ['secrets.x.data[1]: "A" is listed twice']),
    "an empty map": ("x: {from: a, data: {}}", ["secrets.x.data: must hold at least one key"]),
    "an empty list": ("x: {from: a, data: []}", ["secrets.x.data: must hold at least one key"]),
    "an empty from": ("x: {from: []}", ["secrets.x.from: must hold at least one item"]),
    "text for data": ("x: {from: a, data: A}", ["secrets.x.data: must be a list of keys or a map, not a string"]),
    "an alias with a dash": (
        "x: {from: {a-b: c}, data: {A: .a}}",
        ["secrets.x.from.a-b: the key must be an alias: letters, digits and _, with no digit first"],
    ),
    "an alias beside key": ("x: {from: {key: a, pg: b}}", ["secrets.x.from.pg: unknown field"]),
    "an alias called store": (
        "x: {from: {store: a, pg: b}}",
        ["secrets.x.from.pg: unknown field", "secrets.x.from.key: is required"],
    ),
    "an unknown decoding": (
        "x: {from: {key: a, decoding: base64}}",
        ['secrets.x.from.decoding: must be one of Auto, Base64, Base64URL, None; did you mean "Base64"?'],
    ),
    "an unknown policy": ("x: {from: a, policy: Ownr}", [f'secrets.x.policy: {POLICY}; did you mean "Owner"?']),
    "a number for a policy": ("x: {from: a, policy: 1}", [f"secrets.x.policy: {POLICY}, not a number"]),
    "a policy twice": ("x: {from: a, policy: [Owner, Owner]}", ['secrets.x.policy[1]: "Owner" is listed twice']),
    "policies that exclude each other": (
        "x: {from: a, policy: [Owner, Orphan]}",
        ["secrets.x.policy: Owner and Orphan exclude each other"],
    ),
    "a duration in days": (
        "x: {from: a, refresh: 1d}",
        [f"secrets.x.refresh: {REFRESH_RULE}"],
    ),
    "a number for a duration": ("x: {from: a, refresh: 60}", [f"secrets.x.refresh: {NUMBER}"]),
    "a store without a name": (
        "x: {from: a, store: {kind: ClusterSecretStore}}",
        ["secrets.x.store.name: is required"],
    ),
    "an unknown kind of store": (
        "x: {from: a, store: {name: a, kind: Store}}",
        ["secrets.x.store.kind: must be one of ClusterSecretStore, SecretStore"],
    ),
    "a boolean label": (
        "x: {from: a, labels: {a: true}}",
        ["secrets.x.labels.a: must be a string: put quotes around it (without them it is a boolean)"],
    ),
    "a name in metadata": ("x: {from: a, metadata: {name: b}}", ["secrets.x.metadata.name: unknown field"]),
    "a list for spec": ("x: {from: a, spec: []}", ["secrets.x.spec: must be a map, not a list"]),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake(case: str) -> None:
    secrets, expected = CASES[case]
    assert messages(secrets) == expected


def test_mistakes_of_the_head_and_of_two_secrets_come_in_one_run() -> None:
    assert messages("{x: {frm: a}, y: {from: a, data: {A: 1}}}", metadata={"nme": "m"}, stroe="a", kind="Mapping") == [
        'stroe: unknown field; did you mean "store"?',
        "kind: must be SecretMapping",
        'metadata.nme: unknown field; did you mean "name"?',
        'secrets.x.frm: unknown field; did you mean "from"?',
        f"secrets.y.data.A: {NUMBER}",
    ]


def test_a_mapping_of_no_secrets() -> None:
    assert messages("{}") == ["secrets: must hold at least one Secret"]
    assert messages("") == ["secrets: must be a map, not null"]


def test_the_output_is_a_yaml_file_beside_the_mapping() -> None:
    expected = ["output: must be the name of a YAML file beside the mapping, such as externalsecret.yaml"]
    for output in ("../x.yaml", "a/b.yaml", "x.json", ".x.yaml", "x.yaml\n"):
        assert messages("x: a", output=output) == expected
    assert messages("x: a", output="secrets.yml") == []
