"""Inputs that somebody may send to stop us, each at any size: how much more work is twice the input?

Each maker writes its input anew into `bench/data` and gives the run. Sizes are such that the work is more than the
start of the program, and that four times as much still takes a few seconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bench import data, trees
from tests.sops.encrypter import encrypt, encrypted_secret, seal

CONFIG = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: secrets}
store: onepassword
stores:
  bitwarden-fields: {fetch: property}
"""


class Grown(NamedTuple):
    """A program with its input, and the exit code that it must have."""

    words: tuple[str, ...]
    stdin: Path | None = None
    folder: Path | None = None
    code: int = 0


class Growth(NamedTuple):
    """An input by its size, and the smallest size that is measured."""

    name: str
    make: Callable[[int], Grown]
    size: int


def _file(name: str, text: str) -> Path:
    return data.write(f"growth/{name}", text.encode())


def _flow(*documents: object) -> str:
    return "".join(f"---\n{json.dumps(document)}\n" for document in documents)


def _mapping(name: str, secrets: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretMapping", "metadata": {"name": name}}
    return {**head, **more, "secrets": secrets}


def _config() -> Path:
    return _file("krm-secrets.yaml", CONFIG)


# Ciphertext


def long_key(n: int) -> Grown:
    """A key as long as a file has values below it: sops authenticates each value by the whole path to it."""
    (document,) = encrypt({"k" * n: {f"k{i}": "v" for i in range(n)}})
    return Grown(("sops", "decrypt", str(_file("long-key.yaml", data.dump(document)))))


def colons(n: int) -> Grown:
    """A comment below a key of colons, which part the keys of a path as well."""
    key, data_key = ":" * n, os.urandom(32)
    text = data.dump(encrypted_secret(string_data={key: "v", "b": "w"}, data_key=data_key))
    comments = "".join(f"    #{seal(data_key, 'why', 'stringData:', 'comment')}\n" for _ in range(n // 4))
    return Grown((), _file("colons.yaml", text.replace("stringData:\n", "stringData:\n" + comments)), code=1)


def unfinished(n: int) -> Grown:
    """The beginning of an encrypted comment again and again on one line, and no end of one."""
    text = data.dump(encrypted_secret(string_data={"a": "b"}))
    row = "#ENC[AES256_GCM,data:" * n
    return Grown((), _file("unfinished.yaml", text.replace("stringData:\n", f"stringData:\n  {row}\n")))


def values(n: int) -> Grown:
    """The beginning of an encrypted value again and again in one value."""
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    text = "ENC[AES256_GCM,data:a,iv:a,tag:a " * n
    return Grown(("guard",), _file("values.yaml", _flow({**document, "data": {"a": text}})))


def claims(*words: str) -> Callable[[int], Grown]:
    """A file that is no YAML, with the beginning of a `sops` block on each line."""

    def make(n: int) -> Grown:
        path = _file("claims/a.yaml", "sops:\n" * n + "\tENC[\n")
        return Grown((*words, str(path.parent)), code=int("doctor" in words))

    return make


def macs(n: int) -> Grown:
    """A file of many documents, each with a MAC of its own that does not hold."""
    documents = [encrypted_secret(name=f"s{i}", string_data={"a": "b", "c": "d"}) for i in range(n)]
    for document in documents:
        document["stringData"]["c"] = ""
    path = _file("macs/secrets.yaml", _flow(*documents))
    return Grown(("run", str(path)), code=1)


def comments(n: int) -> Grown:
    """A file of sops with a comment in a list beside each value."""
    (document,) = encrypt({"a": {"b": ["v"] * n}})
    text = data.dump(document)
    return Grown(("sops", "decrypt", str(_file("comments.yaml", text.replace("\n  - ENC", "\n  # why\n  - ENC")))))


def comment_lines(n: int) -> Grown:
    """A stream with many lines of comments around one encrypted Secret."""
    rows = "# nothing\n" * n
    text = data.dump(encrypted_secret(string_data={"a": "b"}))
    return Grown((), _file("comment-lines.yaml", rows + text.replace("stringData:\n", f"stringData:\n{rows}") + rows))


def unreadable(n: int) -> Grown:
    """Secrets in which a key stands twice."""
    rows = (f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s{i}}}\ndata: {{a: '', a: ''}}\n" for i in range(n))
    return Grown((), _file("unreadable.yaml", "".join(rows) + "---\nkind: sops\n"), code=1)


def one_line(n: int) -> Grown:
    """A ResourceList on one line, as an orchestrator may write it."""
    items = [encrypted_secret(name=f"s{i}", string_data={"a": "b"}, data_key=b"k" * 32) for i in range(n // 2)]
    for item in items[1:]:
        item["sops"]["age"] = items[0]["sops"]["age"]
    items += [_mapping(f"m{i}", {f"n{i}": "x"}) for i in range(n // 2)]
    envelope = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    return Grown(("-c", str(_config())), _file("one-line.json", json.dumps(envelope)))


def kpt(n: int) -> Grown:
    """Items of kpt, which carry the path of their file."""
    items: list[dict[str, Any]] = []
    for i in range(n):
        item = (
            encrypted_secret(name=f"s{i}", string_data={"a": "b"}, data_key=b"k" * 32) if i % 2 else data.deployment(i)
        )
        item["metadata"]["annotations"] = {
            "config.kubernetes.io/path": f"a/{i}.yaml",
            "internal.config.kubernetes.io/path": f"a/{i}.yaml",
            "config.kubernetes.io/index": "0",
        }
        if "sops" in item:
            item["sops"]["age"] = items[1]["sops"]["age"] if i > 1 else item["sops"]["age"]
        items.append(item)
    config = {**yaml.safe_load(CONFIG), "inPlace": "allow"}
    text = data.dump(
        {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": config, "items": items}
    )
    return Grown((), _file("kpt.yaml", text))


# Aliases


def aliases(n: int) -> Grown:
    """An encrypted Secret beside an object with many aliases."""
    other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: &a {a: b}}\ndata:\n"
    rows = "".join(f"  k{i}: *a\n" for i in range(n))
    text = data.dump(encrypted_secret(string_data={"a": "b"}))
    return Grown((), _file("aliases.yaml", text + other + rows))


def graph(n: int) -> Grown:
    """Aliases of aliases, some deep: each list names the one before twice, ten levels of them, many times."""
    rows = ["apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec:\n"]
    for i in range(n):
        rows.append(f"  a{i}: &a{i} {{x: 1}}\n" if i % 6 == 0 else f"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n")
    return Grown((), _file("graph.yaml", "".join(rows)))


def undeclared(n: int) -> Grown:
    """References to aliases that are not declared, among many that are."""
    sources = {f"alias{i:05}": f"item{i:05}" for i in range(n)}
    values = {f"K{i}": f".alais{i:05}.field" for i in range(n)}
    mapping = _mapping("m", {"s": {"from": sources, "data": values}})
    return Grown(("-c", str(_config())), _file("undeclared.yaml", _flow(mapping)), code=1)


# Mappings and ExternalSecrets


def hashes(n: int) -> Grown:
    """An item with many `#`."""
    mapping = _mapping("m", {"s": "vault:x" + "#y" * n})
    return Grown(("-c", str(_config())), _file("hashes.yaml", _flow(mapping)), code=1)


def mappings(n: int) -> Grown:
    """A stream of mappings."""
    text = _flow(*(_mapping(f"m{i}", {f"s{i}": f"item{i}"}) for i in range(n)))
    return Grown(("-c", str(_config())), _file("mappings.yaml", text))


def mistakes(n: int) -> Grown:
    """Mappings with several mistakes each, one of them in a text of several lines."""
    text = "\n".join(["line"] * 20) + "{{ .a.b.c | nothing }}"
    secrets = {f"s{i}": {"from": "x", "data": {"A": text, "B": ".", "C": {"filed": 1}}} for i in range(n)}
    return Grown(("-c", str(_config())), _file("mistakes.yaml", data.dump(_mapping("m", secrets))), code=1)


def _external(i: int) -> dict[str, Any]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": f"s{i:05}", "namespace": "home"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "onepassword"},
            "target": {"name": f"s{i:05}", "template": {"data": {"A": "{{ .a }}", "B": "x{{ .b }}"}}},
            "dataFrom": [{"extract": {"key": f"item{i:05}"}}],
        },
    }


def _tree(name: str, n: int) -> Path:
    folder = trees.fresh(f"growth-{name}")
    (folder / "krm-secrets.yaml").write_text(CONFIG)
    (folder / "secrets.yaml").write_text("---\n".join(data.dump(_external(i)) for i in range(n)))
    (folder / "kustomization.yaml").write_text("resources: [secrets.yaml]\n")
    return folder


def shortened(n: int) -> Grown:
    """A file of many ExternalSecrets, shortened and printed."""
    return Grown(("shorten", "."), folder=_tree("shorten", n))


def moved(n: int) -> Grown:
    """The same, moved over."""
    return Grown(("shorten", "--write", "."), folder=_tree("write", n))


def rendered(n: int) -> Grown:
    """Many apps that list their mapping, rendered."""
    folder = trees.apps(n)
    for path in folder.glob("apps/*/app/kustomization.yaml"):
        path.write_text(path.read_text() + "  - ./secrets.yaml\n")
    return Grown(("render", "."), folder=folder)


def repository(n: int) -> Grown:
    """A whole repository in `run`."""
    return Grown(("run", "apps"), folder=trees.apps(n))


# What is looked for in all of what others wrote


def chart_keys(n: int) -> Grown:
    """Long keys of a chart's values that nearly name a Secret."""
    key = "Existing" * n
    release = (
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: a}\nspec:\n"
    )
    values = f"  chart: {{spec: {{chart: a}}}}\n  values:\n    ? {key}\n    : a\n"
    mapping = _flow(_mapping("m", {"s": "vault:x"}))
    return Grown(("-c", str(_config())), _file("chart-keys.yaml", release + values + mapping))


def blocks(n: int) -> Grown:
    """A file of many documents, each with a `sops` block of its own."""
    documents = [encrypted_secret(name=f"s{i}", string_data={"a": "b"}) for i in range(n)]
    return Grown(("sops", "inspect", str(_file("blocks/secrets.yaml", _flow(*documents)))))


def odd_files(n: int) -> Grown:
    """Values files that sops encrypted, half of which generators list."""
    folder = trees.fresh("growth-odd")
    (document,) = encrypt({"a": "b"})
    text = data.dump(document)
    for i in range(n):
        (folder / f"values{i}.yaml").write_text(text)
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SopsGenerator"}
    generators = [
        {**head, "metadata": {"name": f"g{i}"}, "secrets": [{"name": f"s{i}", "files": [f"values{i}.yaml"]}]}
        for i in range(0, n, 2)
    ]
    (folder / "generators.yaml").write_text(_flow(*generators))
    return Grown(("run", "."), folder=folder)


def without_store(n: int) -> Grown:
    """One Secret of many items, of which none has a store."""
    secret = {"from": {f"a{i}": f"item{i}" for i in range(n)}, "data": {f"K{i}": f".a{i}.x" for i in range(n)}}
    return Grown((), _file("without-store.yaml", _flow(_mapping("m", {"s": secret}))), code=1)


def without_aliases(n: int) -> Grown:
    """One Secret of many items without aliases, and as many references."""
    secret = {"from": [f"item{i}" for i in range(n)], "data": {f"K{i}": f".f{i}" for i in range(n)}}
    return Grown(("-c", str(_config())), _file("without-aliases.yaml", _flow(_mapping("m", {"s": secret}))))


def ids(n: int) -> Grown:
    """A long table of items, and mappings of which each has one that is not in it."""
    table = {f"item{i}": f"00000000-0000-0000-0000-{i:012}" for i in range(n)}
    config = _file("ids-config.yaml", data.dump({**yaml.safe_load(CONFIG), "items": table}))
    text = _flow(*(_mapping(f"m{i}", {f"s{i}": f"itm{i}"}) for i in range(n)))
    return Grown(("-c", str(config)), _file("ids.yaml", text), code=1)


def named_items(n: int) -> Grown:
    """Items that several ExternalSecrets fetch, whose names end alike."""
    folder = trees.fresh("growth-names")
    rows = []
    for i in range(n):
        for part in "ab":
            document = _external(i)
            document["metadata"]["name"] = document["spec"]["target"]["name"] = f"{i}-{part}"
            document["spec"]["dataFrom"][0]["extract"]["key"] = f"00000000-0000-0000-0000-{i:012}"
            rows.append(data.dump(document))
    (folder / "secrets.yaml").write_text("---\n".join(rows))
    return Grown(("shorten", "."), folder=folder)


def vault_value(n: int) -> Grown:
    """A long text that nearly names an item of a vault."""
    folder = trees.fresh("growth-vault")
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    (folder / "secret.yaml").write_text(_flow({**document, "stringData": {"password": "vault:x" + "#y" * n}}))
    return Grown(("guard", "--files", "."), folder=folder)


ALL = (
    Growth("a key over values", long_key, 2000),
    Growth("a key of colons beside comments", colons, 20000),
    Growth("encrypted comments without an end", unfinished, 400000),
    Growth("values without an end, guard", values, 400000),
    Growth("broken sops blocks, inspect", claims("sops", "inspect"), 200000),
    Growth("broken sops blocks, guard --files", claims("guard", "--files"), 200000),
    Growth("broken sops blocks, doctor", claims("doctor"), 200000),
    Growth("MACs in one file", macs, 400),
    Growth("comments in a list", comments, 10000),
    Growth("lines of comments", comment_lines, 400000),
    Growth("unreadable Secrets", unreadable, 4000),
    Growth("a ResourceList on one line", one_line, 1000),
    Growth("items of kpt", kpt, 1000),
    Growth("aliases", aliases, 20000),
    Growth("aliases of aliases", graph, 20000),
    Growth("undeclared aliases", undeclared, 400),
    Growth("an item with many #", hashes, 500000),
    Growth("mappings", mappings, 4000),
    Growth("mistakes", mistakes, 1000),
    Growth("ExternalSecrets in one file, shorten", shortened, 500),
    Growth("ExternalSecrets in one file, shorten --write", moved, 500),
    Growth("apps, render", rendered, 400),
    Growth("apps, run", repository, 400),
    Growth("long keys of charts", chart_keys, 400000),
    Growth("blocks in one file, inspect", blocks, 1000),
    Growth("odd files and generators", odd_files, 400),
    Growth("items without a store", without_store, 1000),
    Growth("items without aliases", without_aliases, 1000),
    Growth("an item that is in no table", ids, 400),
    Growth("names for items, shorten", named_items, 400),
    Growth("a value like an item, guard --files", vault_value, 200000),
)
