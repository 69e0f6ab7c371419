"""What people read first: the examples name their schemas, keep to them, and hide nothing but what sops encrypted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.tools import tool

from .support import EXAMPLES, KEY, documents, environment, output

FILES = sorted(EXAMPLES.rglob("*.yaml"))
OURS = [path for path in FILES if "\napiVersion: krm-secrets" in path.read_text()]
ENCRYPTED = [path for path in FILES if path.name.endswith(".sops.yaml") and path.name[0] != "."]


def _name(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def test_there_are_examples_of_our_kinds_and_encrypted_ones() -> None:
    assert len(OURS) >= 8
    assert len(ENCRYPTED) >= 3


@pytest.mark.parametrize("path", OURS, ids=_name)
def test_the_first_line_names_the_schema_that_the_document_keeps_to(path: Path) -> None:
    (document,) = documents(path.read_bytes())
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", path.read_text().splitlines()[0])
    assert match is not None
    schema = (path.parent / match[1]).resolve()
    assert schema == EXAMPLES.parent / "schemas" / f"{document['kind']}.json"
    assert list(Draft202012Validator(json.loads(schema.read_text())).iter_errors(document)) == []


@pytest.mark.parametrize("path", ENCRYPTED, ids=_name)
def test_sops_itself_decrypts_it_with_the_key_beside_it(path: Path) -> None:
    (plain,) = documents(output(tool("sops"), "decrypt", path, env=environment()))
    assert plain["kind"] == "Secret"
    assert all(str(value) not in path.read_text() for value in plain["stringData"].values())


def test_the_key_says_that_it_is_nobodys() -> None:
    first = KEY.read_text().splitlines()[0]
    assert first.startswith("#")
    assert "THROWAWAY" in first
    assert "never use" in first


def test_no_other_key_lies_in_the_examples() -> None:
    holders = [path for path in EXAMPLES.rglob("*") if path.is_file() and "AGE-SECRET-KEY-" in path.read_text()]
    assert holders == [KEY]
