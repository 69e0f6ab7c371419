"""What sops and Flux wrote and read: the recorded files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file, plaintext_tree
from krm_secrets.sops.files.formats import by_name
from krm_secrets.sops.identities import Identities
from krm_secrets.sops.tree import data
from tests.sops.opening import identities
from tests.tools import SHARED, VECTORS, shared

FLUX = SHARED / "vectors/kustomize-controller"
INDENTED = {"comments-indent2.enc.yaml": 2, "json-i2.enc.json": 2}
NAMES = sorted(p.name for p in VECTORS.glob("*.enc.*") if not p.name.endswith(".expected.json"))
FLUX_NAMES = sorted(str(p.relative_to(FLUX)).removesuffix(".expected.json") for p in FLUX.rglob("*.expected.json"))


def sops_keys() -> Identities:
    return identities((VECTORS / "keys.txt").read_text())


def test_there_are_recorded_files() -> None:
    assert len(NAMES) == 33


def test_there_are_files_of_flux() -> None:
    shared("vectors/kustomize-controller")
    assert len(FLUX_NAMES) == 9


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("badre")])
def test_the_bytes_are_what_sops_prints(name: str) -> None:
    found = decrypt_file((VECTORS / name).read_bytes(), sops_keys(), by_name(name), indent=INDENTED.get(name))
    assert found == (VECTORS / name.replace(".enc.", ".dec.")).read_bytes()


def test_a_rule_that_go_cannot_compile_is_refused() -> None:
    data = (VECTORS / "badre.enc.yaml").read_bytes()
    with pytest.raises(SopsError) as caught:
        decrypt_file(data, sops_keys(), "yaml")
    assert caught.value.message == "the regular expression is not one that sops can compile (Go, RE2)"
    assert caught.value.path == ("sops", "encrypted_regex")


@pytest.mark.parametrize("name", FLUX_NAMES)
def test_the_files_of_flux_hold_what_flux_reads(name: str) -> None:
    keys = [(FLUX / "keys" / key).read_text() for key in ("age.txt", "age-global.txt", "age-pq.txt")]
    tree = plaintext_tree((FLUX / name).read_bytes(), identities(*keys), by_name(name))
    assert [data(branch) for branch in tree] == json.loads(Path(FLUX / f"{name}.expected.json").read_text())
