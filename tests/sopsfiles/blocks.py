"""Changes to the `sops` block alone, in every format: what a merge, a tool or an attacker makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import yaml

from krm_secrets.sops.files.formats import Format


class Raw(NamedTuple):
    """Text that stands in the file as it is."""

    text: str


Block = dict[str, Any]
Change = Callable[[Block, Random], None]

_TIMES = (
    "2026-01-02T03:04:05Z", "2026-1-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02 03:04:05Z", "2026-01-02",
    "2026-01-02T03:04:05", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05+24:00",
    "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05+01:60", "2026-01-02T3:04:05Z", "2026-01-02T24:00:00Z",
    "2026-01-02T23:59:60Z", "2026-02-30T03:04:05Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
    "2026-01-02T03:04:05-00:00", " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "2026-01-02T03:04:05ZZ",
)  # fmt: skip
_VERSIONS = (
    "3.13.3", "3.13", "3", "v3.13.3", "V3.13.3", "3.13.3.1", "3.13.x", "03.13.3", "3.13.3-", "3.13.3-rc.1", "3.13.3-01",
    "3.13.3+", "3.13.3+a_b", "3.13.3-é", "-3.13.3", "+3.13.3", " 3.13.3", "3.13.3 ", "3.13.3\n", "1.x", "1.", "1",
    "99999999999999999999.0.0", "18446744073709551615.0.0", "18446744073709551616.0.0", "3.13.3-18446744073709551616",
)  # fmt: skip
_NUMBERS = (
    "0", "1", "2", "-1", "+1", "01", "1.0", "1e0", "0x1", "0o1", "0b1", "1_0", "9999999999999999999999", " 1", "1 ",
    "١", "", ".", "1.", "true", "null", "NaN",
)  # fmt: skip
_FLAGS = ("true", "false", "True", "TRUE", "T", "t", "1", "0", "yes", "no", "on", "", " true", "null", "~", "tRuE")
_TEXTS = ("", " ", "x", "^$", "(", "^k", "[", "\\", "a{1001}", "(?!x)", "\\1", "(?P<x>a)", "\\pL", ".*", "é", "\0", "_")
_ALL = (*_TIMES, *_VERSIONS, *_NUMBERS, *_FLAGS, *_TEXTS)

_YAML = (
    "null", "~", "", "true", "no", "1", "0", "-1", "1.5", "1e3", ".nan", ".inf", "0x1F", "0o17", "1_000", "[]", "{}",
    "[1]", "[null]", "[[]]", "[{}]", "{a: b}", "2020-01-01", "2020-01-01T00:00:00Z", "!!str 1", "!!binary eA==",
    "!!int x", "!!null x", "!!float 1", "!!timestamp 2020-01-01", "!x y", "&x y", "*x", "{<<: {a: b}}", "? ", "=",
    "'1'", "''", '"\\0"', '"\\ud800"', "3.13", "9" * 40,
)  # fmt: skip
_JSON = (
    "null", "true", "false", "1", "0", "-1", "1.5", "1e3", "1e400", "-0", "[]", "{}", "[1]", "[null]", "[[]]", "[{}]",
    '{"a": "b"}', '""', '"1"', '"\\u0000"', '"\\ud800"', "9" * 40, "01", "NaN", "'x'", "True", "",
)  # fmt: skip

_FIELDS = (
    "version", "mac", "lastmodified", "mac_only_encrypted", "shamir_threshold", "unencrypted_suffix",
    "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex",
    "encrypted_comment_regex", "age", "key_groups", "pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "x",
)  # fmt: skip
_LISTS = ("age", "key_groups", "pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault")
_TYPES = ("int", "float", "bool", "bytes", "comment", "time", "x", "", "Str")
_WORDS = (
    "recipient", "enc", "created_at", "arn", "fp", "role", "context", "aws_profile", "resource_id", "key_id",
    "vault_url", "key", "version", "vault_address", "engine_path", "key_name", "age", "x",
)  # fmt: skip


def _value(rng: Random) -> Any:
    """One of its texts, or what each format writes in a way of its own."""
    return rng.choice((rng.choice(_ALL), rng.choice(_ALL), Raw("")))


def field_set(block: Block, rng: Random) -> None:
    block[rng.choice(_FIELDS)] = _value(rng)


def usual_field_set(block: Block, rng: Random) -> None:
    """A field with something that nearly is a value of it."""
    name, values = rng.choice(
        (
            ("version", _VERSIONS),
            ("lastmodified", _TIMES),
            ("shamir_threshold", _NUMBERS),
            ("mac_only_encrypted", _FLAGS),
        )
    )
    block[name] = rng.choice(values)


def field_lost(block: Block, rng: Random) -> None:
    block.pop(rng.choice(sorted(block)))


def field_renamed(block: Block, rng: Random) -> None:
    name = rng.choice(sorted(block))
    value = block.pop(name)
    other = (name.upper(), name.title(), f" {name}", f"{name} ", name[1:], name.replace("_", "-"), rng.choice(_FIELDS))
    block[rng.choice(other)] = value


def entry_added(block: Block, rng: Random) -> None:
    """A key of some service, whole or not."""
    entry = {rng.choice(_WORDS): _value(rng) for _ in range(rng.randrange(4))}
    if rng.random() < 0.7:
        entry["created_at"] = rng.choice((_TIMES[0], rng.choice(_TIMES)))
    if rng.random() < 0.5:
        entry["enc"] = "x"
    name = rng.choice(_LISTS)
    listed = block.get(name)
    block[name] = [*listed, entry] if isinstance(listed, list) else [entry]


def entry_changed(block: Block, rng: Random) -> None:
    for entry in block.get("age", ()) if isinstance(block.get("age"), list) else ():
        if isinstance(entry, dict):
            entry[rng.choice(("recipient", "enc", *_WORDS))] = _value(rng)


def entry_lost(block: Block, rng: Random) -> None:
    for entry in block.get("age", ()) if isinstance(block.get("age"), list) else ():
        if isinstance(entry, dict) and entry:
            entry.pop(rng.choice(sorted(entry)))


def armour_changed(block: Block, rng: Random) -> None:
    for entry in block.get("age", ()) if isinstance(block.get("age"), list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("enc"), str):
            entry["enc"] = rng.choice(_ARMOUR)(entry["enc"], rng)


def recipient_changed(block: Block, rng: Random) -> None:
    for entry in block.get("age", ()) if isinstance(block.get("age"), list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("recipient"), str):
            text = entry["recipient"]
            new = (
                text.upper(),
                text[:-1],
                f"{text}q",
                f" {text}",
                f"{text}\n",
                "age1",
                "",
                "ssh-ed25519 AAAA",
                "AGE-PLUGIN-X-1",
            )
            entry["recipient"] = rng.choice(new)


def mac_changed(block: Block, rng: Random) -> None:
    mac = block.get("mac")
    if isinstance(mac, str):
        new = (
            mac.replace("type:str", f"type:{rng.choice(_TYPES)}"),
            mac.replace(",type:str", ""), mac.replace("AES256_GCM", "aes256_gcm"), f" {mac}", f"{mac}\n", f"{mac}x",
            mac.lower(), mac.replace("=", ""), mac.replace(",", ", "), mac.replace("data:", "data:A"), mac * 2,
            mac.replace("data:", f"data:{rng.choice((' ', chr(10), '='))}"), mac.replace("tag:", "tag:AAAA"), "",
        )  # fmt: skip
        block["mac"] = rng.choice(new)


def group_made(block: Block, rng: Random) -> None:
    """The keys of age moved into groups, with other entries or without."""
    age = block.pop("age", [])
    groups: list[Any] = [{"age": age}]
    if rng.random() < 0.5:
        groups.append(rng.choice(({}, {"age": []}, {"age": age}, {"pgp": []}, Raw(""), {"x": "y"})))
    block["key_groups"] = groups
    if rng.random() < 0.5:
        block["shamir_threshold"] = rng.choice(_NUMBERS)
    if rng.random() < 0.3:
        block["age"] = rng.choice((age, [], Raw("")))


def _line(text: str, rng: Random) -> str:
    lines = text.split("\n")
    lines.insert(
        rng.randrange(len(lines) + 1), rng.choice(("", " ", "x", "A: b", "-----BEGIN AGE ENCRYPTED FILE-----"))
    )
    return "\n".join(lines)


def _letter(text: str, rng: Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(("", " ", "\t", "\r", "A", "=", "-", "\n", "é", text[at].swapcase())) + text[at + 1 :]


_ARMOUR: tuple[Callable[[str, Random], str], ...] = (
    lambda text, _: text.rstrip("\n"),
    lambda text, _: f"\n \t{text}\r\n \n",
    lambda text, _: text.replace("\n", "\r\n"),
    lambda text, _: text.replace("\n", "\r"),
    lambda text, _: text.replace("\n", " \n"),
    lambda text, _: text + text,
    lambda text, _: f"words\n{text}",
    lambda text, _: f"{text}words",
    lambda text, _: text.replace("AGE ENCRYPTED", "PGP ENCRYPTED"),
    lambda text, _: text.lower(),
    lambda text, _: "\n".join(line for n, line in enumerate(text.split("\n")) if n != 2),
    lambda text, _: text.replace("=", ""),
    lambda text, _: "".join(text.split("\n")[1:-2]),
    _line,
    _letter,
    _letter,
    _letter,
)

CHANGES: tuple[Change, ...] = (
    field_set, field_set, usual_field_set, usual_field_set, field_lost, field_renamed, entry_added, entry_added,
    entry_changed, entry_lost, armour_changed, armour_changed, recipient_changed, mac_changed, group_made,
)  # fmt: skip


def changed(data: bytes, form: Format, changes: list[Change], number: int) -> bytes:
    """A file that sops encrypted, with changes to its block."""
    rng = Random(number)
    return _WRITERS[form](data.decode(), changes, rng).encode(errors="surrogatepass")


def _apply(block: Block, changes: list[Change], rng: Random) -> Block:
    for change in changes:
        if block:
            change(block, rng)
    return block


def _yaml(text: str, changes: list[Change], rng: Random) -> str:
    documents = []
    for document in text.split("\n---\n"):
        head, _, tail = document.partition("\nsops:\n")
        state = rng.getstate()
        block = _apply(yaml.load("a:\n" + tail, _Texts)["a"], changes, rng)
        if rng.random() < 0.8:  # all documents alike, as sops writes them
            rng.setstate(state)
        documents.append(f"{head}\nsops: {_flow(block, rng, _YAML)}\n")
    return "---\n".join(documents)


class _Texts(yaml.SafeLoader):
    """All scalars as text, but for the words that sops does not quote."""


_Texts.yaml_implicit_resolvers = {
    key: [each for each in found if each[0] in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
    for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _json(text: str, changes: list[Change], rng: Random) -> str:
    document = json.loads(text)
    block = _apply(document.pop("sops"), changes, rng)
    head = json.dumps(document)[:-1]
    return f'{head}, "sops": {_flow(block, rng, _JSON)}}}'


def _flow(node: Any, rng: Random, raw: tuple[str, ...]) -> str:
    if isinstance(node, Raw):
        return rng.choice(raw)
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_flow(each, rng, raw)}" for key, each in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_flow(each, rng, raw) for each in node) + "]"
    return json.dumps(node)


def _flat(node: Any, rng: Random, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Raw):
        yield name, rng.choice(_ALL)
    elif isinstance(node, dict):
        for key, each in node.items():
            yield from _flat(each, rng, f"{name}__map_{key}" if name else key)
    elif isinstance(node, list):
        for n, each in enumerate(node):
            yield from _flat(each, rng, f"{name}__list_{rng.choice((n, n, n, n, n, n, '', '-1', '01', '9'))}")
    else:
        yield name, str(node).lower() if isinstance(node, bool) else str(node).replace("\n", "\\n")


def _nested(flat: dict[str, str]) -> Block:
    """The block of the files here, whose only list is `age`."""
    block: Block = {key: value for key, value in flat.items() if "__" not in key}
    block["age"] = [{word: flat[f"age__list_0__map_{word}"].replace("\\n", "\n") for word in ("enc", "recipient")}]
    return block


def _dotenv(text: str, changes: list[Change], rng: Random) -> str:
    rows = text.splitlines()
    block = _nested(dict(row[5:].split("=", 1) for row in rows if row.startswith("sops_")))
    kept = [row for row in rows if not row.startswith("sops_")]
    return "".join(f"{row}\n" for row in kept) + "".join(
        f"sops_{name}={value}\n" for name, value in _flat(_apply(block, changes, rng), rng)
    )


def _ini(text: str, changes: list[Change], rng: Random) -> str:
    head, _, tail = text.partition("[sops]\n")
    block = _nested({name.strip(): value for name, value in (row.split(" = ", 1) for row in tail.splitlines() if row)})
    return f"{head}[sops]\n" + "".join(f"{name} = {value}\n" for name, value in _flat(_apply(block, changes, rng), rng))


_WRITERS: dict[Format, Callable[[str, list[Change], Random], str]] = {
    "yaml": _yaml, "json": _json, "binary": _json, "dotenv": _dotenv, "ini": _ini,
}  # fmt: skip
