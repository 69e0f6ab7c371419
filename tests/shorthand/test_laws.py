"""What holds for every mapping, whatever it says."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st
from jsonschema import Draft202012Validator

from krm_secrets.errors import Problem
from krm_secrets.externalsecrets.target import keys
from krm_secrets.externalsecrets.template import literal, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError
from krm_secrets.settings.config import Config
from krm_secrets.settings.config_document import parse_config
from krm_secrets.shorthand.externalsecret import expand, mapping_id, marked_by
from krm_secrets.shorthand.grammar import parse_mapping
from tests.tools import shared

from .support import CONFIG, CONFIGS, GOOD_MAPPINGS, MAPPINGS, config, substituted

often = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SOME_CONFIG = st.one_of(CONFIGS.map(lambda document: parse_config(document, [])), st.just(config(CONFIG)))
SOME_MAPPING = st.one_of(MAPPINGS, GOOD_MAPPINGS)


@pytest.fixture(scope="module")
def oracle() -> Draft202012Validator:
    return Draft202012Validator(json.loads(shared("crds/externalsecret_v1.strict.schema.json").read_text()))


def expanded(document: Any, config: Config) -> tuple[list[dict[str, Any]], list[Problem]]:
    problems: list[Problem] = []
    mapping = parse_mapping(document, config, problems)
    return expand(mapping, config, problems), problems


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_what_is_expanded_is_what_the_api_server_accepts(
    oracle: Draft202012Validator, document: Any, config: Config
) -> None:
    objects, problems = expanded(document, config)
    errors = [p for p in problems if p.severity == "error"]
    event("errors" if errors else "no errors")
    assert len(objects) == len(document["secrets"]) or errors
    for item in objects:
        event("object")
        oracle.validate(substituted(item))
        assert item["spec"].get("data") or item["spec"].get("dataFrom")


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_expanding_twice_gives_the_same_and_changes_no_input(document: Any, config: Config) -> None:
    before = copy.deepcopy(document)
    first, second = expanded(document, config), expanded(document, config)
    assert document == before
    # Compared as text: the order of the fields is part of what must not change.
    assert json.dumps(first) == json.dumps(second)


def in_order(value: Any) -> Any:
    """What kustomize hands over: every map by its keys."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_a_host_that_sorts_keys_gets_the_same_objects(document: Any, config: Config) -> None:
    (first, problems), (second, _) = expanded(document, config), expanded(in_order(document), config)
    assume(not problems)
    assert {item["metadata"]["name"]: item for item in first} == {item["metadata"]["name"]: item for item in second}


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_every_object_names_its_mapping_and_its_keys(document: Any, config: Config) -> None:
    mapping = parse_mapping(document, config, [])
    for item in expanded(document, config)[0]:
        assert marked_by(item) == mapping_id(mapping)
        target: dict[str, Any] = item["spec"].get("target", {})
        spec, made = document["secrets"].get(target.get("name")), keys(item["spec"])
        if made and isinstance(spec, dict) and isinstance(spec.get("data"), dict) and not spec.get("spec"):
            assert made == set(spec["data"])


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_every_template_that_is_written_can_be_read_again(document: Any, config: Config) -> None:
    for item in expanded(document, config)[0]:
        target: dict[str, Any] = item["spec"].get("target") or {}
        for text in target.get("template", {}).get("data", {}).values():
            for ref in parse_template(text).refs:
                assert all(segment.replace("_", "a").isalnum() for segment in ref.segments)


@often
@given(SOME_MAPPING, SOME_CONFIG)
def test_every_field_that_a_template_names_is_fetched(document: Any, config: Config) -> None:
    # An overlay may replace what is fetched, on its author's own account.
    assume(not any(isinstance(secret, dict) and secret.get("spec") for secret in document["secrets"].values()))
    for item in expanded(document, config)[0]:
        fetched = {entry["secretKey"] for entry in item["spec"].get("data", [])}
        prefixes = [
            rewrite["regexp"]["target"].removesuffix("$1")
            for entry in item["spec"].get("dataFrom", [])
            for rewrite in entry.get("rewrite", [{"regexp": {"target": "$1"}}])
            if "$1" in rewrite.get("regexp", {}).get("target", "")
        ]
        target: dict[str, Any] = item["spec"].get("target") or {}
        for text in target.get("template", {}).get("data", {}).values():
            for ref in parse_template(text).refs:
                name = ref.segments[0]
                assert name in fetched or any(map(name.startswith, prefixes))


@given(st.text(alphabet='{} .-"x\n', max_size=12))
def test_a_literal_renders_to_itself(text: str) -> None:
    template = literal(text)
    assert template.replace('{{ "{{" }}', "{{") == text
    assert list(parse_template(template).refs) == []


@given(st.text(alphabet='{}.-"`x$ |()/*\n', max_size=20))
def test_any_text_is_a_template_or_a_mistake_inside_it(text: str) -> None:
    try:
        template = parse_template(text)
    except TemplateError as error:
        offset = error.offset
    else:
        assume(not list(template.refs))
        assert "".join(part for part in template.parts if isinstance(part, str)) == text
        return
    assert 0 <= offset < len(text)
