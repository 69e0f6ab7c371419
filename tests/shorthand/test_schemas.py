"""The typed parsers and the JSON Schemas accept the same documents, and function.yaml embeds those schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import regress
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from krm_secrets.bitwarden.storeform import read_bitwarden_store
from krm_secrets.errors import Problem
from krm_secrets.settings.config_document import parse_config
from krm_secrets.shorthand.forms import read_mapping
from krm_secrets.stages.generator.form import read_generator
from tests.generator.support import GENERATORS

from .storedocuments import STORES
from .support import CONFIGS, MAPPINGS, ROOT, mutated, schema, validator

KINDS = ("SecretsConfig", "SecretMapping", "SopsGenerator", "BitwardenStore")
CONFIG_ORACLE = validator(schema("SecretsConfig"))
MAPPING_ORACLE = validator(schema("SecretMapping"))
GENERATOR_ORACLE = validator(schema("SopsGenerator"))
STORE_ORACLE = validator(schema("BitwardenStore"))

slow = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def agree(document: Any, parse: Callable[[object, list[Problem]], object], oracle: Draft202012Validator) -> bool:
    problems: list[Problem] = []
    parse(document, problems)
    accepted = oracle.is_valid(document)
    assert accepted is not bool(problems), problems
    return accepted


@slow
@given(CONFIGS)
def test_every_valid_config_is_accepted(document: Any) -> None:
    assert agree(document, parse_config, CONFIG_ORACLE)


@slow
@given(mutated(CONFIGS))
def test_a_changed_config_is_judged_as_by_the_schema(document: Any) -> None:
    agree(document, parse_config, CONFIG_ORACLE)


@slow
@given(MAPPINGS)
def test_every_valid_mapping_is_accepted(document: Any) -> None:
    assert agree(document, read_mapping, MAPPING_ORACLE)


@slow
@given(mutated(MAPPINGS))
def test_a_changed_mapping_is_judged_as_by_the_schema(document: Any) -> None:
    agree(document, read_mapping, MAPPING_ORACLE)


@slow
@given(GENERATORS)
def test_a_generator_is_judged_as_by_the_schema(document: Any) -> None:
    agree(document, read_generator, GENERATOR_ORACLE)


@slow
@given(mutated(GENERATORS))
def test_a_changed_generator_is_judged_as_by_the_schema(document: Any) -> None:
    agree(document, read_generator, GENERATOR_ORACLE)


@slow
@given(STORES)
def test_every_valid_store_is_accepted(document: Any) -> None:
    assert agree(document, read_bitwarden_store, STORE_ORACLE)


@slow
@given(mutated(STORES))
def test_a_changed_store_is_judged_as_by_the_schema(document: Any) -> None:
    agree(document, read_bitwarden_store, STORE_ORACLE)


@pytest.mark.parametrize("document", [None, [], "x", {}, 1])
def test_what_is_no_document_at_all(document: object) -> None:
    assert not agree(document, parse_config, CONFIG_ORACLE)
    assert not agree(document, read_mapping, MAPPING_ORACLE)
    assert not agree(document, read_generator, GENERATOR_ORACLE)
    assert not agree(document, read_bitwarden_store, STORE_ORACLE)


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            yield f"{path}.{name}", value
        for key, value in node.items():
            yield from properties(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from properties(value, f"{path}[{index}]")


@pytest.mark.parametrize("kind", [*KINDS, "Graph"])
def test_a_schema_is_sound_and_every_property_has_hover_text(kind: str) -> None:
    document = schema(kind)
    Draft202012Validator.check_schema(document)
    assert "$id" not in document, "no address names a schema as long as the project has none"
    found = list(properties(document))
    assert len(found) > 20
    assert [path for path, value in found if not value.get("description", "").endswith((".", ".)"))] == []


def patterns(node: Any) -> Iterator[str]:
    """Every regular expression of a schema."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("pattern",) if isinstance(node.get(key), str))
        yield from node.get("patternProperties", {})
        yield from (found for value in node.values() for found in patterns(value))
    elif isinstance(node, list):
        yield from (found for value in node for found in patterns(value))


@pytest.mark.parametrize("kind", [*KINDS, "Graph"])
def test_editors_can_read_every_pattern(kind: str) -> None:
    """Editors are written in JavaScript, which compiles a schema's patterns in its strict mode."""
    found = set(patterns(schema(kind)))
    assert found
    for pattern in found:
        regress.Regex(pattern, "u")


def test_function_yaml_embeds_the_schemas() -> None:
    documents = list(yaml.safe_load_all((ROOT / "function.yaml").read_text()))
    embedded = {
        document["spec"]["names"]["kind"]: document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for document in documents
    }
    assert embedded == {kind: schema(kind) for kind in KINDS}
    assert {document["spec"]["group"] for document in documents} == {"krm-secrets.dev"}
    assert {(document["apiVersion"], document["kind"]) for document in documents} == {
        ("config.kubernetes.io/v1alpha1", "KRMFunctionDefinition")
    }
