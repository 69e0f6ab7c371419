"""Each kind of reference, with hostile values at the provider: the Secret holds exactly the bytes that are meant."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.cluster.build import config, expanded, flow, mapping
from tests.cluster.harness.api import Object, content
from tests.cluster.harness.cluster import Cluster, until
from tests.cluster.harness.vault import Item
from tests.cluster.table import measured

NAMESPACE = "meaning"
VALUES = {
    "braces": '{{ .user }} }} {{ "a" }} {{- /* b */ -}} {{{',
    "quotes": "\"double\" 'single' `back` \\ \\n %q %s $$ ${VAR} $(cmd) <a href='x'>&amp;</a>",
    "newlines": "\n one\n\r\n\ttwo\n\n",
    "unicode": "\u00e9\u6f22\U0001f642\ufeff\u2028\u0085\x7f e\u0301",
    "control": "\x00\x01\x1b[31m\x1f",
    "yaml": "- &a !!binary |\n  x: *a # no\n---\n",
    "number": "0042",
    "boolean": "true",
    "json": '{"password": "inner", "n": [1, null]}',
    "empty": "",
    "long": "0123456789abcdef\n" * 1280,
}
ROTATED = "rotated: "


class Meant(NamedTuple):
    """A Secret in the shorthand, and the bytes that its keys must have."""

    secret: Any
    data: dict[str, bytes]


Kind = Callable[[str, str], Meant]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    """Name a kind of reference by its function, of an item's name and the hostile value in it."""
    KINDS[make.__name__.replace("_", "-")] = make
    return make


def meant(secret: Any, data: Mapping[str, str] = MappingProxyType({}), **more: str | bytes) -> Meant:
    """The keys may be given as keywords."""
    return Meant(secret, {key: v.encode() if isinstance(v, str) else v for key, v in {**data, **more}.items()})


def identifier(name: str) -> str:
    """The id of the vault's item with this name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


@kind
def same_names(item: str, value: str) -> Meant:
    return meant({"from": item, "data": ["password", "user"]}, password=value, user=f"u-{item}")


@kind
def field(item: str, value: str) -> Meant:
    return meant({"from": item, "data": {"A": ".password", "B": "text"}}, A=value, B="text")


@kind
def alias(item: str, value: str) -> Meant:
    secret = {"from": {"app": item, "pg": f"{item}-2"}, "data": {"A": ".app.password", "B": ".pg.password"}}
    return meant(secret, A=value, B=value[::-1])


@kind
def whole_item(item: str, value: str) -> Meant:
    return meant(f"{item}-3", {"password": value, "client-id": value, "tls.crt": value, "one_time": value})


@kind
def whole_items(item: str, value: str) -> Meant:
    first = {"a_password": value, "a_user": f"u-{item}", "a_client-id": value, "a_a_b.c": value}
    second = {"b_password": value[::-1], "b_user": f"u-{item}-2"}
    return meant({"from": {"a": f"{item}-odd", "b": f"{item}-2"}}, first | second)


@kind
def composite(item: str, value: str) -> Meant:
    text = "{{ .user }}:{{ .password }}@{{ .password }}/{{ `{{ .x }}` }}"
    return meant({"from": item, "data": {"URL": text}}, URL=f"u-{item}:{value}@{value}/{{{{ .x }}}}")


@kind
def pipeline(item: str, value: str) -> Meant:
    data = {"A": ".password | b64enc", "B": ".password | b64enc | b64dec", "C": ".password | sha256sum"}
    encoded, digest = base64.b64encode(value.encode()), hashlib.sha256(value.encode()).hexdigest()
    return meant({"from": item, "data": data}, A=encoded, B=value, C=digest)


@kind
def no_identifier(item: str, value: str) -> Meant:
    data = {"A": ".client-id", "B": '{{ ."a b.c" }}-{{ .user }}', "C": '{{ index . "a b.c" }}'}
    return meant({"from": f"{item}-odd", "data": data}, A=value, B=f"{value}-u-{item}", C=value)


@kind
def no_template(item: str, value: str) -> Meant:
    return meant({"from": f"{item}-odd", "data": {"a.b": '."a b.c"'}}, {"a.b": value})


@kind
def items_in_a_list(item: str, value: str) -> Meant:
    secret = {"from": [item, f"{item}-2"], "data": {"A": ".password", "B": ".encoded"}}
    return meant(secret, A=value[::-1], B=base64.b64encode(value.encode()))


@kind
def blocks(item: str, value: str) -> Meant:
    text = "{{ with .app.password }}[{{ . }}|{{ $.app.user }}]{{ else }}none {{ .app.user }}{{ end }}"
    return meant({"from": {"app": item}, "data": {"A": text}}, A=f"[{value}|u-{item}]" if value else f"none u-{item}")


@kind
def text_and_braces(item: str, value: str) -> Meant:
    # kubectl's server-side apply sends these as they are, and the API server then reads them as YAML.
    text = "{{ .password }}" + value.replace("\x7f", "").replace("\u0085", "")
    return meant({"from": item, "data": {"A": {"literal": text}, "B": ".password"}}, A=text, B=value)


@kind
def decoded(item: str, value: str) -> Meant:
    source = {"key": item, "property": "encoded", "decoding": "Base64"}
    return meant({"from": source, "data": {"A": ".encoded", "B": "{{ .encoded }}!"}}, A=value, B=value + "!")


@kind
def store_by_property(item: str, value: str) -> Meant:
    data = {"A": ".username", "B": ".password", "C": ".client-id", "D": '."a \\"b\\\\c"', "E": ".notes"}
    return meant({"from": identifier(item), "data": data}, A=f"u-{item}", B=value, C=value, D=value, E=value)


@kind
def store_of_an_item(item: str, value: str) -> Meant:
    sources = {"m": item, "f": f"vault-fields:{identifier(item)}", "s": f"vault-ssh:{identifier(item)}"}
    data = {"A": ".m.password", "B": ".f.client-id", "C": ".s.privateKey"}
    return meant({"from": sources, "data": data}, A=value, B=value, C=value)


@kind
def attachment(item: str, value: str) -> Meant:
    source = f"vault-attachments:{identifier(item)}"
    data = {"A": ".id_rsa", "B": '."my file+1.pem"'}
    return meant({"from": source, "data": data}, A=value, B=b"\xff\xfe" + value.encode())


@kind
def bitwarden_by_name(item: str, value: str) -> Meant:
    return meant({"from": {"K": f"bitwarden-secrets:{item}"}}, K=value)


@kind
def bitwarden_by_id(item: str, value: str) -> Meant:
    source = {"k": f"bitwarden-secrets:{IDS[item]}"}
    return meant({"from": source, "data": {"A": ".k", "B": "<{{ .k }}>"}}, A=value, B=f"<{value}>")


@kind
def bitwarden_key_and_property(item: str, value: str) -> Meant:
    source = f"bitwarden-secrets:{item}-map"
    return meant({"from": {"A": f"{source}#password", "B": f"{source}#a b.c"}}, A=value, B=value)


@kind
def bitwarden_inside(item: str, value: str) -> Meant:
    data = {
        "A": ".k.password",
        "B": "{{ .k.deep.er }}",
        "C": '{{ .k."a b.c" }}{{ .k.password }}',
        "D": "{{ .k.deep.n }}",
    }
    return meant({"from": {"k": f"bitwarden-secrets:{item}-map"}, "data": data}, A=value, B=value, C=value * 2, D="7")


@kind
def bitwarden_extracted(item: str, value: str) -> Meant:
    secret = {"store": "bitwarden-maps", "from": f"{item}-flat", "data": {"A": ".password", "B": "({{ .password }})"}}
    return meant(secret, A=value, B=f"({value})")


@kind
def bitwarden_as_yaml(item: str, value: str) -> Meant:
    data = {"A": ".k.password", "B": "{{ .k.deep.er }}", "C": '{{ .k."a b.c" }}'}
    return meant({"from": {"k": f"bitwarden-yaml:{item}-yaml"}, "data": data}, A=value, B=value, C=value)


@kind
def whole_value_by_route(item: str, value: str) -> Meant:
    data = {"A": ".app.password", "B": ".app.comment"}
    return meant({"from": {"app": item}, "data": data}, A=value, B=f"note {value}")


@kind
def overlaid(item: str, value: str) -> Meant:
    template = {"templateFrom": [{"literal": "EXTRA: '{{ .user }}'"}], "mergePolicy": "Merge"}
    secret = {"from": f"{item}-2", "data": {"A": ".password"}, "spec": {"target": {"template": template}}}
    return meant(secret, A=value[::-1], EXTRA=f"u-{item}-2", password=value[::-1], user=f"u-{item}-2")


STORES = {"store-by-property": "vault-fields"}
"""The mapping's store, where it is not `op`."""
IDS: dict[str, str] = {}
"""The ids of Bitwarden's secrets, which it chooses itself."""


def put(cluster: Cluster, item: str, value: str) -> None:
    """Let the provider have this value wherever it can be asked for."""
    encoded = base64.b64encode(value.encode()).decode()
    fields = {"password": value, "user": f"u-{item}", "client-id": value}
    cluster.vault.items |= {
        item: Item({**fields, "encoded": encoded}, notes=f"note {value}"),
        # Without a rewrite, 0.16.2 takes such names only when the CRD's old default is there to change them.
        f"{item}-odd": Item({**fields, "a b.c": value}),
        f"{item}-2": Item({"password": value[::-1], "user": f"u-{item}-2"}),
        f"{item}-3": Item({"password": value, "client-id": value, "tls.crt": value, "one_time": value}),
        identifier(item): Item(
            fields={"client-id": value, 'a "b\\c': value},
            login={"username": f"u-{item}", "password": value},
            notes=value,
            ssh={"privateKey": value},
            attachments={"id_rsa": value.encode(), "my file+1.pem": b"\xff\xfe" + value.encode()},
        ),
    }
    inside = {"password": value, "a b.c": value, "deep": {"er": value, "n": 7}}
    IDS[item] = cluster.bitwarden(item, value)
    cluster.bitwarden(f"{item}-map", json.dumps(inside, ensure_ascii=False))
    cluster.bitwarden(f"{item}-yaml", "".join(f"{key}: {flow(each)}\n" for key, each in inside.items()))
    cluster.bitwarden(f"{item}-flat", json.dumps({"password": value}, ensure_ascii=False))


def secrets(prefix: str = "") -> dict[str, dict[str, Meant]]:
    """For each kind its Secrets by name, one for each value."""
    return {
        name: {f"{name}-{value}": make(value, prefix + text) for value, text in VALUES.items()}
        for name, make in KINDS.items()
    }


def settings(**fields: Any) -> Object:
    """The configuration that the kinds need beside their stores."""
    fetches = {"op": "extract", "bitwarden-maps": "extract", "notes": "value"}
    served: dict[str, Object] = {name: {"fetch": fetch} for name, fetch in fetches.items()}
    served["bitwarden-yaml"] = {"fetch": "value", "format": "yaml"}
    return config(stores=served, route={"comment": "notes"}, **fields)


@pytest.fixture(scope="module")
def synced(cluster: Cluster, stores: list[Object]) -> Cluster:
    """All Secrets of all kinds, made by the operator."""
    cluster.namespaces(NAMESPACE)
    for item, value in VALUES.items():
        put(cluster, item, value)
    mappings = [
        mapping(name, NAMESPACE, {key: each.secret for key, each in group.items()}, store=STORES.get(name, "op"))
        for name, group in secrets().items()
    ]
    result = expanded([settings(), *stores, *mappings])
    names = [name for group in secrets().values() for name in group]
    start = time.monotonic()
    cluster.apply(result, "--server-side")
    cluster.wait_synced(NAMESPACE, names)
    measured("ExternalSecrets of every kind of reference synced", len(names), time.monotonic() - start)
    return cluster


def wrong(cluster: Cluster, group: dict[str, Meant]) -> dict[str, object]:
    """The Secrets that hold something else than is meant."""
    found = cluster.secrets(NAMESPACE)
    return {
        name: (content(found[name]) if name in found else None, each.data)
        for name, each in group.items()
        if name not in found or content(found[name]) != each.data
    }


@pytest.mark.parametrize("name", KINDS)
def test_the_secret_holds_the_bytes_that_are_meant(synced: Cluster, name: str) -> None:
    assert wrong(synced, secrets()[name]) == {}


def test_a_changed_value_arrives_by_force_sync(synced: Cluster) -> None:
    """The refresh interval is an hour. One value for each kind, another one for the next."""
    for item, value in VALUES.items():
        put(synced, item, ROTATED + value)
    expected: dict[str, Meant] = {}
    for number, (name, group) in enumerate(secrets(ROTATED).items()):
        if name != "text-and-braces":  # its text stands in the mapping
            key = f"{name}-{list(VALUES)[number % len(VALUES)]}"
            expected[key] = group[key]
    start = time.monotonic()
    synced.force_sync(NAMESPACE, *expected)
    until(lambda: not wrong(synced, expected), lambda: str(sorted(wrong(synced, expected))))
    measured("changed values arrived by force-sync", len(expected), time.monotonic() - start)
