"""What the page of the configuration tells of a field holds: its default and its example are what the schema takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from krm_secrets.cli.commandline import group
from krm_secrets.errors import Problem
from krm_secrets.settings.config_document import parse_config
from tests.tools import ROOT

SCHEMA = json.loads((ROOT / "schemas/SecretsConfig.json").read_text(encoding="utf-8"))
TAKEN = ("apiVersion", "kind", "metadata")


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field, however deep, but for those that each kind of Kubernetes has."""
    for name, field in schema.get("properties", {}).items():
        if path or name not in TAKEN:
            yield f"{path}{name}", field
            yield from fields(field, f"{path}{name}.")
    for below in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        if isinstance(below, dict):
            yield from fields(below, f"{path}/")


FIELDS = dict(fields(SCHEMA))


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_has_an_example_that_holds_and_differs_from_its_default(name: str) -> None:
    field = FIELDS[name]
    (example,) = field["examples"]
    told = [example, field["default"]] if "default" in field else [example]
    assert [error.message for value in told for error in Draft202012Validator(field).iter_errors(value)] == []
    assert example != field.get("default")


@pytest.mark.parametrize("name", [name for name in FIELDS if "." not in name])
def test_what_is_the_default_may_be_written(name: str) -> None:
    problems: list[Problem] = []
    value = FIELDS[name].get("default", FIELDS[name]["examples"][0])
    parse_config(
        {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "x"}, name: value},
        problems,
    )
    assert problems == []


def test_the_pages_leave_nothing_out() -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    assert len(FIELDS) > 60
    assert [name for name in FIELDS if f"| `{name.split('.')[-1].strip('/')}` |" not in page] == []
    commands = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert [name for name in group.commands if f"\n## `krm-secrets {name}" not in commands] == []
