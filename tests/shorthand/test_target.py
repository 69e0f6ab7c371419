"""The Secret of an ExternalSecret, generated or not, and its keys."""

from __future__ import annotations

from typing import Any

import pytest

from krm_secrets.externalsecrets.target import Target, keys, target

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("spec", "secret", "expected"),
    [
        ({}, Target("es", False), NONE),
        ({"target": {"name": "t"}, "data": [{"secretKey": "a"}]}, Target("t", False), {"a"}),
        ({"dataFrom": [{"extract": {}}]}, Target("es", False), None),
        ({"target": {"template": {"data": {"b": ""}}}, "dataFrom": [{}]}, Target("es", False), {"b"}),
        ({"target": {"template": {"data": {"b": ""}, "templateFrom": [{}]}}}, Target("es", False), None),
        (
            {"target": {"template": {"data": {"b": ""}, "mergePolicy": "Merge"}}, "data": [{"secretKey": "a"}]},
            Target("es", False),
            {"a", "b"},
        ),
        ({"target": {"creationPolicy": "Merge"}, "data": [{"secretKey": "a"}]}, Target("es", True), None),
        ({"target": {"creationPolicy": "CreateOrMerge"}, "data": [{"secretKey": "a"}]}, Target("es", True), None),
        ({"target": {"creationPolicy": "Orphan"}}, Target("es", False), NONE),
        ({"target": {"creationPolicy": "None"}}, None, NONE),
        ({"target": {"manifest": {"kind": "ConfigMap"}}}, None, NONE),
        ({"target": {"name": 1}, "data": "y"}, Target("es", False), NONE),
    ],
)
def test_what_an_external_secret_makes(spec: Any, secret: Target | None, expected: set[str] | None) -> None:
    assert target("es", spec.get("target", {})) == secret
    assert keys(spec) == expected


def test_without_a_name_it_makes_none() -> None:
    assert target(None, {}) is None
