"""The graph as JSON: the schema describes it, and the same input gives the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.graph.support import ROOT, graph, text, write
from tests.running import run

SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas/Graph.json").read_text()))

STORE = """\
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: "https://vault.example.com", auth: {tokenSecretRef: {name: t, namespace: s}}}}}
"""


def test_a_repository_is_as_the_schema_says(tmp_path: Path) -> None:
    write(tmp_path, {"app/a.yaml": text(), "store.yaml": STORE})
    data = graph(tmp_path)
    assert [error.message for error in SCHEMA.iter_errors(data)] == []
    assert {node["type"] for node in data["nodes"]} >= {"store", "item", "maker", "secret", "external", "workload"}
    assert {edge["type"] for edge in data["edges"]} == {"opens", "fetches", "makes", "uses", "restarts"}


def test_the_examples_are_as_the_schema_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "all")
    write(tmp_path / "all", {})
    data = graph(tmp_path / "all")
    assert [error.message for error in SCHEMA.iter_errors(data)] == []
    assert {node["type"] for node in data["nodes"]} >= {"reader", "sopsFile"}


def test_the_schema_refuses_what_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"app/a.yaml": text()})
    data: dict[str, Any] = graph(tmp_path)
    assert not SCHEMA.is_valid({**data, "values": []})
    assert not SCHEMA.is_valid({**data, "nodes": [{**data["nodes"][0], "value": "s3cret"}]})


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, {f"app{n}/a.yaml": text(f"a{n}") for n in range(5)})
    assert (
        run("", "graph", "--format", "json", str(tmp_path)).out
        == run("", "graph", "--format", "json", str(tmp_path)).out
    )


def test_nodes_and_edges_are_in_order(tmp_path: Path) -> None:
    write(tmp_path, {f"app{n}/a.yaml": text(f"a{n}") for n in (3, 1, 2)})
    data = graph(tmp_path)
    makers = [node["id"] for node in data["nodes"] if node["type"] == "maker"]
    assert makers == sorted(makers)
    assert len(makers) == 3


def test_every_node_and_edge_has_a_file_and_a_line(tmp_path: Path) -> None:
    write(tmp_path, {"app/a.yaml": text(), "store.yaml": STORE})
    data = graph(tmp_path)
    assert [each for each in (*data["nodes"], *data["edges"]) if not each["file"] or each["line"] < 1] == []
