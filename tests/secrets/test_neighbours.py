"""Builds beside each other, and what they know together."""

from __future__ import annotations

from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Source
from krm_secrets.secrets.world import Build, worlds


def _build(name: str, namespace: str) -> Build:
    text = (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{}}\n"
    )
    return Build(read_files([Source(text, f"{name}.yaml")]).items)


def test_neighbours_share_one_set_of_names() -> None:
    first, second = worlds([_build("a", "home"), _build("b", "home")])
    assert first.names("home") == {"a", "b"}
    assert first.names("home") is second.names("home")


def test_names_without_a_namespace_stay_in_their_own_build() -> None:
    first, second = worlds([_build("a", '""'), _build("b", "home")])
    assert first.names(None) == {"a", "b"}
    assert second.names(None) == {"b"}
