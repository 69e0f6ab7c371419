"""What sops itself wrote and read: the recorded vectors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.sops import mac
from krm_secrets.sops.errors import SopsError
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import YamlError, describe
from tests.running import run
from tests.sops.opening import open_file, tree
from tests.tools import VECTORS, shared

REFUSED = ("badre", "dup-2nd-doc")
NAMES = sorted(p.name for form in ("yaml", "json") for p in VECTORS.glob(f"*.enc.{form}"))


def test_there_are_vectors() -> None:
    assert len(NAMES) == 25


@pytest.mark.parametrize("name", [n for n in NAMES if n.split(".")[0] not in REFUSED])
def test_the_recorded_tree_comes_out_and_the_mac_holds(name: str) -> None:
    path = VECTORS / name
    opened = open_file(path.read_bytes(), (VECTORS / "keys.txt").read_text())
    expected = json.loads(Path(f"{path}.expected.json").read_text())
    assert [comparable(tree(document)) for document in opened] == comparable(
        expected if isinstance(expected, list) else [expected]
    )
    assert mac.verify(opened)


def test_a_rule_that_go_cannot_compile_is_refused() -> None:
    path = VECTORS / "badre.enc.yaml"
    with pytest.raises(SopsError) as caught:
        open_file(path.read_bytes(), (VECTORS / "keys.txt").read_text())
    assert caught.value.message == "the regular expression is not one that sops can compile (Go, RE2)"
    assert caught.value.path == ("sops", "encrypted_regex")


def test_a_duplicate_key_is_refused_in_any_document() -> None:
    text = (VECTORS / "dup-2nd-doc.enc.yaml").read_text()
    with pytest.raises(YamlError) as caught:
        open_file(text.encode(), (VECTORS / "keys.txt").read_text())
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("b:")]
    assert describe(caught.value, text) == (
        f'lines {lines[0]} and {lines[1]}: the key "b" stands twice in one mapping; remove one of them'
    )


def comparable(value: Any) -> Any:
    """Numbers with their type, NaN equal to itself, bytes as the recorder wrote them."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    if isinstance(value, str):
        return str(value)
    return (type(value).__name__, "nan" if isinstance(value, float) and math.isnan(value) else value)


@pytest.mark.parametrize(
    ("name", "key"), [("algorithms/age.yaml", "age.txt"), ("global/secret.yaml", "age-global.txt")]
)
def test_secrets_of_flux_come_out_whole(name: str, key: str) -> None:
    folder = shared("vectors/kustomize-controller")
    done = run((folder / name).read_bytes(), env={"SOPS_AGE_KEY_FILE": str(folder / "keys" / key)})
    assert (done.code, done.err) == (0, "")
    expected = json.loads((folder / f"{name}.expected.json").read_text())
    assert [load(document.root) for document in parse(done.out.decode())] == expected


def test_an_encrypted_file_in_a_secret_of_flux_is_seen_by_guard() -> None:
    done = run((shared("vectors/kustomize-controller") / "inside/secret.yaml").read_bytes(), "guard")
    assert (done.code, done.out) == (1, b"")
    assert done.first == (
        "krm-secrets: error: Secret secret, line 6: data.key: holds a file that is still encrypted with sops"
    )


def test_flux_s_secret_with_a_file_inside_holds_what_flux_makes_of_it() -> None:
    folder = shared("vectors/kustomize-controller")
    keys = "\n".join((folder / "keys" / name).read_text() for name in ("age.txt", "age-global.txt"))
    done = run((folder / "inside/secret.yaml").read_bytes(), env={"SOPS_AGE_KEY": keys})
    assert (done.code, done.err) == (0, "")
    assert done.out.decode().endswith('data:\n  key: "dmFsdWU="\n')  # value
