"""A part of the graph: what somebody asks for, with all that leads to it and all that it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.support import WRONG
from tests.graph.asked_readers import ALICE, BOB, sealed
from tests.graph.support import graph, text, write
from tests.running import run


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three applications; two of them use what is made elsewhere, and one fetches what nobody uses."""
    root = tmp_path_factory.mktemp("asking")
    spare = text("spare").split("---\n")[0]
    write(root, {"a/a.yaml": text("web"), "b/b.yaml": text("shop", "market"), "c/c.yaml": spare})
    return root


def ids(root: Path, *words: str) -> set[str]:
    return {node["id"] for node in graph(root, *words)["nodes"]}


WEB = {
    "store:ClusterSecretStore/vault",
    "item:ClusterSecretStore/vault/web",
    "maker:ExternalSecret/apps/web",
    "secret:apps/web-secret",
    "workload:Deployment/apps/web",
}


@pytest.mark.parametrize(
    "words",
    [("--secret", "apps/web-secret"), ("--item", "web"), ("--secret", "*/web-*")],
    ids=["Secret", "item", "pattern"],
)
def test_the_way_of_one_secret(root: Path, words: tuple[str, ...]) -> None:
    assert ids(root, *words) == WEB


def test_a_workload_with_all_that_it_uses(root: Path) -> None:
    assert ids(root, "--workload", "Deployment/apps/web") == WEB | {"secret:apps/elsewhere"}
    assert ids(root, "--workload", "apps/web") == WEB | {"secret:apps/elsewhere"}


def test_a_store_with_all_that_it_keeps(root: Path) -> None:
    found = ids(root, "--store", "vault")
    assert found > WEB
    assert found >= {"secret:market/shop-secret", "secret:apps/spare-secret"}
    assert "secret:apps/elsewhere" not in found


def test_a_namespace(root: Path) -> None:
    found = ids(root, "--namespace", "market")
    assert "secret:market/elsewhere" in found
    assert not [each for each in found if "apps/" in each]


def test_several_names_are_asked_together_and_different_options_in_turn(root: Path) -> None:
    both = ids(root, "--item", "web", "--item", "shop")
    assert both > WEB
    assert ids(root, "--item", "web", "--item", "shop", "--namespace", "apps") == WEB


def test_only_what_is_unused(root: Path) -> None:
    assert ids(root, "--only", "unused") == {
        "store:ClusterSecretStore/vault",
        "item:ClusterSecretStore/vault/spare",
        "maker:ExternalSecret/apps/spare",
        "secret:apps/spare-secret",
    }


def test_only_what_is_unmade(root: Path) -> None:
    assert ids(root, "--only", "unmade") == {
        "secret:apps/elsewhere",
        "secret:market/elsewhere",
        "workload:Deployment/apps/web",
        "workload:Deployment/market/shop",
    }


def test_only_what_is_not_restarted(root: Path, tmp_path: Path) -> None:
    assert "secret:apps/web-secret" in ids(root, "--only", "not-restarted")
    wired = text("web").replace("metadata: {name: web, namespace: apps}\nspec:\n  template", (
        'metadata: {name: web, namespace: apps, annotations: {reloader.stakater.com/auto: "true"}}\nspec:\n  template'
    ))  # fmt: skip
    assert wired != text("web")
    write(tmp_path, {"a/a.yaml": wired})
    assert ids(tmp_path, "--only", "not-restarted") == set()


def test_what_check_finds_stands_at_its_object_and_at_no_other(tmp_path: Path) -> None:
    write(tmp_path, WRONG)
    found = graph(tmp_path)
    assert {node["id"]: len(node["findings"]) for node in found["nodes"] if node.get("findings")} == {
        "workload:Deployment/web/web": 1
    }


def test_only_problems(root: Path) -> None:
    found = ids(root, "--only", "problems")
    assert {"secret:apps/elsewhere", "secret:apps/web-secret"} <= found
    assert "secret:apps/spare-secret" not in found


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--secret", "apps/web-secrt", 'there is no Secret "apps/web-secrt" here; did you mean "apps/web-secret"?'),
        ("--item", "nothing", 'there is no item "nothing" here'),
        ("--store", "vaul", 'there is no store "vaul" here; did you mean "vault"?'),
        ("--reader", "age1x", 'there is no reader "age1x" here'),
        ("--namespace", "app", 'there is no namespace "app" here'),
        ("--workload", "Deployment/x/y", 'there is no workload "Deployment/x/y" here'),
    ],
)
def test_a_name_that_nothing_has_is_an_error(root: Path, option: str, name: str, message: str) -> None:
    done = run("", "graph", option, name, str(root))
    assert done.code == 1
    assert done.out == b""
    assert message in done.err


def test_a_reader_opens_exactly_what_the_files_say(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.sops.yaml": sealed("a", ALICE),
            "b.sops.yaml": sealed("b", ALICE, BOB),
            "c.sops.yaml": sealed("c", BOB),
            ".sops.yaml": f"keys:\n- &alice {ALICE}\n- &bob {BOB} # a note that is nobody's business\n",
        },
    )
    opened = {"a": {"a", "b"}, "b": {"b", "c"}}
    for name, reader, alias in (("a", ALICE, "alice"), ("b", BOB, "bob")):
        for asked in (reader, alias):
            data = graph(tmp_path, "--reader", asked)
            secrets = {node["name"] for node in data["nodes"] if node["type"] == "secret"}
            assert secrets == opened[name]
            readers = [node for node in data["nodes"] if node["type"] == "reader"]
            assert [(node["name"], node["alias"]) for node in readers] == [(reader, alias)]
    lines = {edge["line"] for edge in graph(tmp_path, "--reader", ALICE)["edges"] if edge["type"] == "opens"}
    assert lines == {8}
