"""What `--format json` prints is what the schemas say, field by field."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from krm_secrets.settings.schema_files import folder, kinds
from tests.running import run
from tests.sops.encrypter import KEY
from tests.tools import ROOT, VECTORS

FLUX, CLUSTER = str(ROOT / "examples/flux"), str(ROOT / "examples/cluster")
OURS = {"SOPS_AGE_KEY": KEY.identity}
OUTPUTS: list[tuple[str, tuple[str, ...], dict[str, str]]] = [
    ("Doctor", ("doctor", "--format", "json", CLUSTER), {}),
    (
        "Doctor",
        ("doctor", "--format", "json", str(VECTORS)),
        {"PATH": os.environ["PATH"], "SOPS_AGE_KEY": KEY.identity},
    ),
    ("Doctor", ("doctor", "--format", "json", "/nowhere"), {"PATH": "", "SOPS_AGE_KEY_FILE": "/nowhere"}),
    ("Explanation", ("run", "--explain", "--format", "json", CLUSTER), {}),
    ("Explanation", ("render", "--explain", "--format", "json", FLUX), {}),
    ("Inspection", ("sops", "inspect", "--format", "json", CLUSTER), {}),
    ("Inspection", ("sops", "inspect", "--format", "json", str(VECTORS)), OURS),
]


@pytest.mark.parametrize(("name", "words", "env"), OUTPUTS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(OUTPUTS)])
def test_an_output_is_as_its_schema_says(name: str, words: tuple[str, ...], env: dict[str, str]) -> None:
    schema = json.loads(Path(folder(), f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    data = json.loads(run("", *words, env=env).out)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
    assert any(data.get(field) for field in ("secrets", "files", "problems"))


@pytest.mark.parametrize("name", ["Doctor", "Explanation", "Inspection"])
def test_every_field_is_described_and_none_is_taken_that_is_not(name: str) -> None:
    for field, schema in _fields(json.loads(Path(folder(), f"{name}.json").read_text())):
        assert schema["description"].endswith("."), field
        assert schema.get("type") != "object" or schema["additionalProperties"] is False, field
    assert name in kinds()


def _fields(schema: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, each in schema.get("properties", {}).items():
        found += [(f"{path}.{name}", each), *_fields(each, f"{path}.{name}")]
    for each in (schema.get("items"), *schema.get("anyOf", ())):
        found += _fields(each, path) if each else []
    return found
