"""What is found and done in a real cluster, against the table that was read from its files by eye."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.errors import field
from krm_secrets.secrets.uses.workloads import references
from tests.secrets.cluster import cluster, load
from tests.secrets.decision import AUTO, DOMAIN
from tests.secrets.test_cluster import Cluster, stripped, wired
from tests.secrets.truth import Fact, facts

FACTS = facts()
CHANGING = [fact for fact in FACTS if not fact.restarted_by.startswith("none")]
LABELS = {"flux": "reconcile.fluxcd.io/watch", "cnpg": "cnpg.io/reload"}

Objects = Mapping[tuple[str, str, str], Mapping[str, Any]]


def by_name(objects: Iterable[Mapping[str, Any]]) -> Objects:
    return {(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each for each in objects}


@cache
def given() -> Objects:
    return by_name([each.data for each in cluster()])


@cache
def bare() -> tuple[str, ...]:
    """The texts of the cluster without any annotation of Reloader."""
    return tuple(stripped(each.text) for each in cluster())


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """That cluster after a run."""
    return wired(bare(), "auto", tmp_path_factory.mktemp("run"))


def name_of(fact: Fact) -> str:
    return f"{fact.namespace}/{fact.user}/{fact.controller}/{fact.secret}"


def test_the_table_has_more_than_forty_applications_and_no_line_twice() -> None:
    assert len({(fact.namespace, fact.user) for fact in FACTS}) > 60
    assert len({name_of(fact) for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact.restarted_by != "none: others"], ids=name_of)
def test_every_place_is_found_and_no_other(fact: Fact) -> None:
    obj = given()[fact.kind, fact.namespace, fact.name]
    found = [ref.path for ref in references(obj) if ref.name == fact.secret]
    assert {place for path in found if (place := short(path, fact.controller))} == fact.places


def short(path: tuple[str | int, ...], controller: str) -> str:
    """The place as the table has it; "" when it belongs to another controller."""
    values = path[2:]
    if path[:2] != ("spec", "values"):
        return brief(path[1:])
    if values[0] == "persistence" and controller != "-":
        return f"persistence {values[1]}"
    if values[0] == "controllers":
        return f"{values[3]} {values[4]}" if values[1] == controller else ""
    return brief(values)


def brief(path: tuple[str | int, ...]) -> str:
    """The path without what all references of a kind end in."""
    return field(path).removesuffix(".valueFrom.secretKeyRef.name").removesuffix(".secretRef.name")


def test_exactly_what_the_table_says_is_changed(done: Cluster) -> None:
    before = by_name([data for text in bare() for data in load(text)])
    after = by_name(done.objects)
    assert before.keys() == after.keys()
    changed = {key: set(added(before[key], after[key])) for key in before if before[key] != after[key]}
    expected: dict[tuple[str, str, str], set[tuple[Any, ...]]] = {}
    for fact in CHANGING:
        key, change = expectation(fact, after)
        expected.setdefault(key, set()).add(change)
    assert changed == {key: paths for key, paths in expected.items() if key not in LABELLED}


LABELLED = {("ExternalSecret", "database", "cloudnative-pg-secret")}
"""What has its label from its author."""


def expectation(fact: Fact, objects: Objects) -> tuple[tuple[str, str, str], tuple[Any, ...]]:
    """The object that changes, and the path that it gets."""
    release = ("HelmRelease", fact.namespace, fact.name)
    if fact.restarted_by == "controller":
        return release, ("spec", "values", "controllers", fact.controller, "annotations", AUTO)
    if fact.restarted_by == "patch":
        return release, ("spec", "postRenderers")
    (maker,) = (
        key
        for key, each in objects.items()
        if key[:2] == ("ExternalSecret", fact.namespace)
        and fact.secret in ((each["spec"].get("target") or {}).get("name"), key[2])
    )
    return maker, ("spec", "target", "template", "metadata", "labels", LABELS[fact.restarted_by])


def added(before: Any, after: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths at which something new stands, maps down to what was there before."""
    if isinstance(after, dict) and isinstance(before, dict | None):
        before = before or {}
        assert before.keys() <= after.keys(), path
        for key in after:
            if key in before:
                yield from added(before[key], after[key], (*path, key))
            else:
                yield from leaves(after[key], (*path, key))
    elif before != after:
        yield path


def leaves(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, (*path, key))
    else:
        yield path


def test_the_table_and_what_the_releases_render_to_tell_the_same() -> None:
    uses = Cluster(given().values()).uses()
    rendered = {(use.release, use.workload, use.secret, use.kind in ("CronJob", "Job")) for use in uses}
    told = {
        (
            f"{fact.namespace}/{fact.name}",
            fact.name if fact.controller == "-" else f"{fact.name}-{fact.controller}",
            fact.secret,
            fact.restarted_by == "none: a CronJob",
        )
        for fact in FACTS
        if fact.controller != "-" or fact.restarted_by == "patch"
    }
    assert rendered == told


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact.kind == "HelmRelease"], ids=name_of)
def test_what_the_author_did_is_what_the_table_says(fact: Fact) -> None:
    text = str(given()[fact.kind, fact.namespace, fact.name])
    assert (DOMAIN in text) is (fact.author != "nothing" or fact.name == "memini")


def test_only_what_the_author_forgot_is_changed_in_the_cluster_as_it_is(tmp_path: Path) -> None:
    after = by_name(wired([each.text for each in cluster()], "auto", tmp_path).objects)
    forgotten = {expectation(fact, after)[0] for fact in CHANGING if fact.author == "nothing"}
    assert {key for key in after if given()[key] != after[key]} == forgotten
