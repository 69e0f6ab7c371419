"""`--since`: what a pull request adds to the graph, and what it takes away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.graph.support import graph, text, write
from tests.running import run, start
from tests.tools import tool

SETTINGS = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")


def commit(root: Path) -> None:
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "x")):
        subprocess.run([tool("git"), *SETTINGS, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, {"a/a.yaml": text("web"), "b/b.yaml": text("shop")})
    os.rmdir(tmp_path / ".git")
    commit(tmp_path)
    return tmp_path


CONSUMER = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: clean, namespace: apps}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: main
            env: [{name: T, valueFrom: {secretKeyRef: {name: web-secret, key: TOKEN}}}]
"""


def test_nothing_changed(root: Path) -> None:
    assert graph(root, "--since", "HEAD")["nodes"] == []
    done = run("", "graph", "--since", "HEAD", str(root))
    assert (done.code, done.out.decode()) == (0, "no Secret is made or used here, or none of it changed\n")


def test_a_consumer_that_is_added_is_one_edge_with_what_becomes_of_it(root: Path) -> None:
    (root / "a/clean.yaml").write_text(CONSUMER)
    data = graph(root, "--since", "HEAD")
    changed = [(e["type"], e["from"], e["to"], e["change"]) for e in data["edges"] if "change" in e]
    way = ("secret:apps/web-secret", "workload:CronJob/apps/clean", "added")
    assert changed == [("uses", *way), ("restarts", *way)]
    assert [(n["id"], n["change"]) for n in data["nodes"] if "change" in n] == [
        ("workload:CronJob/apps/clean", "added")
    ]
    assert "item:ClusterSecretStore/vault/web" in {node["id"] for node in data["nodes"]}
    assert "secret:apps/shop-secret" not in {node["id"] for node in data["nodes"]}


def test_what_is_gone_is_shown_where_it_was(root: Path) -> None:
    (root / "b/b.yaml").unlink()
    data = graph(root, "--since", "HEAD")
    gone = {node["id"]: node for node in data["nodes"] if node.get("change") == "removed"}
    assert gone.keys() >= {"maker:ExternalSecret/apps/shop", "secret:apps/shop-secret", "workload:Deployment/apps/shop"}
    assert {node["file"] for node in gone.values()} == {os.path.relpath(root / "b/b.yaml")}
    told = run("", "graph", "--since", "HEAD", str(root)).out.decode()
    assert "- Deployment apps/shop" in told


def test_dot_draws_what_was_added_and_what_went_in_colours_of_their_own(root: Path) -> None:
    (root / "b/b.yaml").unlink()
    (root / "a/clean.yaml").write_text(CONSUMER)
    drawn = run("", "graph", "--since", "HEAD", "--format", "dot", str(root)).out.decode().splitlines()
    (added,) = (row for row in drawn if "CronJob" in row and "label=" in row)
    (gone,) = (row for row in drawn if "Deployment" in row and "shop" in row and "label=" in row)
    assert 'color="#1f8a5b", penwidth=2' in added
    assert 'color="#c8372d", penwidth=2' in gone
    assert {row.partition("penwidth=2.5")[1] for row in drawn if "->" in row} == {"penwidth=2.5", ""}


def test_files_are_named_as_they_are_from_inside(root: Path) -> None:
    (root / "b/b.yaml").unlink()
    for folder, file in ((root, "b/b.yaml"), (root / "a", "../b/b.yaml")):
        done = start("", "graph", "--since", "HEAD", "--format", "json", str(root), cwd=str(folder))
        assert done.code == 0
        assert f'"file": "{file}"' in done.out.decode()
        assert "krm-secrets-" not in done.out.decode()


def test_moving_lines_changes_nothing(root: Path) -> None:
    (root / "a/a.yaml").write_text("# a comment\n" + text("web"))
    assert graph(root, "--since", "HEAD")["nodes"] == []


@pytest.mark.parametrize(
    ("revision", "message"),
    [("nowhere", "nowhere is no commit that Git has here"), ("--output=x", "--output=x is no revision")],
)
def test_what_is_no_revision(root: Path, revision: str, message: str) -> None:
    done = run("", "graph", f"--since={revision}", str(root))
    assert (done.code, done.out) == (1, b"")
    assert message in done.err


def test_what_could_not_be_read_then(root: Path) -> None:
    (root / "a/a.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: [\n")
    subprocess.run([tool("git"), *SETTINGS, "commit", "-qam", "broken"], cwd=root, check=True)
    (root / "a/a.yaml").write_text(text("web"))
    done = run("", "graph", "--since", "HEAD", str(root))
    assert (done.code, done.out) == (1, b"")
    assert "what was committed at HEAD cannot be read: " in done.err
    assert "krm-secrets-" not in done.err.replace("krm-secrets: ", "")


def test_two_trees_have_no_common_revision(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    write(other, {"a.yaml": text("other")})
    done = run("", "graph", "--since", "HEAD", str(root), str(other))
    assert (done.code, done.out) == (1, b"")
    assert "--since takes paths of one work tree" in done.err


def test_a_folder_that_is_new(root: Path) -> None:
    (root / "new").mkdir()
    (root / "new/n.yaml").write_text(text("new"))
    data = graph(root / "new", "--since", "HEAD")
    assert {node["change"] for node in data["nodes"]} == {"added"}
