"""Text that a YAML reader could take for something else comes out of every host as it went in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.edge_strings import EDGE_STRINGS
from tests.tools import tool

from .matrix import checked
from .support import EXEC, PROGRAM, build, documents, encrypt, environment, kustomization, output, transformer

_MORE = ("..PLACEHOLDER_x", "${X:-y}", "&a b", "*a b", "a\n---\nb", "-----BEGIN X-----\nabc=\n", "🙂" * 90)

# What kustomize and kpt write and then refuse to read themselves, whatever function is between.
_REFUSED = re.compile("[\x7f-\x9f\ufffe\uffff]|^\ta\nb$")

EDGES = tuple(text for text in dict.fromkeys((*EDGE_STRINGS, *_MORE)) if not _REFUSED.search(text))


def _quoted(text: str) -> str:
    """A YAML string by JSON's rules; astral characters as they are, since kustomize reads no surrogates."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or c > "\uffff" else f"\\u{ord(c):04x}" for c in escaped)


def _config_maps() -> str:
    values = "".join(f"  v{n}: {_quoted(text)}\n" for n, text in enumerate(EDGES))
    # An empty key is one that both hosts refuse by themselves, and of the other one kustomize makes a number.
    keys = "".join(f"  {_quoted(text)}: v{n}\n" for n, text in enumerate(EDGES) if text not in ("", "0o+7"))
    annotations = "".join(f"    a{n}: {_quoted(text)}\n" for n, text in enumerate(EDGES))
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "
    return f"{head}values\n  annotations:\n{annotations}data:\n{values}---\n{head}keys\ndata:\n{keys}"


def _deployment() -> str:
    variables = "".join(
        f"            - name: V{n}\n              value: {_quoted(text)}\n" for n, text in enumerate(EDGES)
    )
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n"
        "      containers:\n        - name: web\n          envFrom:\n            - secretRef:\n"
        f"                name: web-secret\n          env:\n{variables}"
    )


MAPPING = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata:\n  name: web\nstore: vault\n"
    "secrets:\n  web-secret: item\n"
)
FILES = {"maps.yaml": _config_maps(), "web.yaml": _deployment(), "mapping.yaml": MAPPING}


def _compared(data: bytes) -> dict[tuple[str, str], dict[str, Any]]:
    """What must not change: all but the mapping, what it made, and what we and the host add."""
    found = {}
    for value in documents(data):
        kind, metadata = str(value["kind"]), value["metadata"]
        if kind not in ("ConfigMap", "Deployment"):
            continue
        annotations = metadata.get("annotations", {})
        own = {key: text for key, text in annotations.items() if key[:1] == "a" and key[1:].isdigit()}
        found[kind, str(metadata["name"])] = {**value, "metadata": {"annotations": own}}
    return found


@checked("kustomize", "transformer", "edge strings come out as with `cat`")
def test_kustomize_gives_what_it_gives_with_cat_as_function(tmp_path: Path) -> None:
    text = "resources: [maps.yaml, web.yaml, mapping.yaml]\ntransformers: [fn.yaml]\n"
    results = []
    for command in ("/bin/cat", PROGRAM):
        folder = kustomization(tmp_path / Path(command).name, text, FILES | {"fn.yaml": transformer(command)})
        results.append(build(folder, *EXEC))
    with_cat, ours = map(_compared, results)
    assert b"reloader.stakater.com/auto" in results[1]
    assert ours == with_cat
    assert set(ours) == {("ConfigMap", "keys"), ("ConfigMap", "values"), ("Deployment", "web")}
    assert len(ours["ConfigMap", "values"]["data"]) == len(EDGES) > 300


@checked("kustomize", "pipe", "what is not ours keeps its bytes")
def test_the_pipe_gives_what_kustomize_gave(tmp_path: Path) -> None:
    folder = kustomization(tmp_path, "resources: [maps.yaml, web.yaml, mapping.yaml]\n", FILES)
    built = build(folder)
    result = output(PROGRAM, stdin=built)
    assert _compared(result) == _compared(built)
    parts = built.split(b"---\n")
    kept = [part for part in parts if part in result.split(b"---\n")]
    assert len(kept) >= 2


@checked("kpt", "eval, exec", "edge strings come out as with `cat`")
def test_kpt_gives_what_it_gives_with_cat_as_function(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    results = []
    for command in ("/bin/cat", PROGRAM):
        folder = kustomization(tmp_path / Path(command).name, "", FILES)
        (folder / "kustomization.yaml").unlink()
        words = (tool("kpt"), "fn", "eval", folder, "--exec", command)
        output(*words, env=environment(HOME=str(tmp_path / "home")))
        results.append({path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))})
    with_cat, ours = results
    assert ours.keys() - with_cat.keys() == {"externalsecret.yaml"}
    assert ours["maps.yaml"] == with_cat["maps.yaml"]
    assert ours["mapping.yaml"] == with_cat["mapping.yaml"]
    assert _compared(ours["web.yaml"]) == _compared(with_cat["web.yaml"])
    left = [line for line in ours["web.yaml"].splitlines() if b"reloader" not in line and line != b"  annotations:"]
    assert left == with_cat["web.yaml"].splitlines()


@pytest.mark.parametrize("kind", ["stringData", "data"])
def test_decrypted_text_is_the_text_that_was_encrypted(tmp_path: Path, kind: str) -> None:
    texts = [text for text in EDGES if text]
    shown = [b64encode(text.encode()).decode() if kind == "data" else text for text in texts]
    rows = "".join(f"  k{n}: {_quoted(text)}\n" for n, text in enumerate(shown))
    plain = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n{kind}:\n{rows}".encode()
    (tmp_path / "a.yaml").write_bytes(plain)
    encrypt(tmp_path / "a.yaml", "--encrypted-regex", f"^{kind}$")
    encrypted = (tmp_path / "a.yaml").read_bytes()
    in_pipe = kustomization(tmp_path / "pipe", "resources: [a.yaml]\n", {"a.yaml": encrypted})
    for stream in (encrypted, build(in_pipe)):
        (value,) = documents(output(PROGRAM, stdin=stream))
        assert value[kind] == {f"k{n}": text for n, text in enumerate(shown)}
    # As a transformer, kustomize itself reads and writes the value once more: as it does with the plain file.
    results = []
    for content, command in ((encrypted, str(PROGRAM)), (plain, "/bin/cat")):
        files: dict[str, str | bytes] = {"a.yaml": content, "fn.yaml": transformer(command)}
        folder = tmp_path / Path(command).name
        kustomization(folder, "resources: [a.yaml]\ntransformers: [fn.yaml]\n", files)
        results.append(documents(build(folder, *EXEC))[0][kind])
    assert results[0] == results[1]
