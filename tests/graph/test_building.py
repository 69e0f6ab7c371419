"""What becomes a node or an edge, beyond what was read by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.graph.asked_readers import ALICE, sealed
from tests.graph.support import graph, text, write
from tests.running import run

TRANSFORMER = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [a.yaml]
transformers: [krm.yaml]
"""
OURS = """\
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: c, annotations: {config.kubernetes.io/function: "exec: {path: krm-secrets}"}}
"""
MAPPING = """\
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: web, namespace: apps}
store: vault
secrets:
  web-secret:
    from: web
    data: {TOKEN: .token}
"""


def node(data: dict[str, Any], id: str) -> dict[str, Any]:
    (found,) = (node for node in data["nodes"] if node["id"] == id)
    assert isinstance(found, dict)
    return found


def edges(data: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [edge for edge in data["edges"] if edge["type"] == kind]


def test_what_a_build_adds_is_there_in_the_end(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    (before,) = (e for e in edges(graph(tmp_path), "restarts") if e["from"] == "secret:apps/web-secret")
    assert (before["by"], before["added"]) == (None, True)
    assert before["how"] == "krm-secrets render would add reloader.stakater.com/auto"
    write(tmp_path, {"kustomization.yaml": TRANSFORMER, "krm.yaml": OURS})
    (after,) = (e for e in edges(graph(tmp_path), "restarts") if e["from"] == "secret:apps/web-secret")
    assert (after["by"], after["how"], after["added"]) == ("Reloader", "reloader.stakater.com/auto", True)


def test_what_a_mapping_makes_stands_where_the_mapping_does(tmp_path: Path) -> None:
    user = text().split("---\n")[1]
    write(tmp_path, {"a.yaml": user, "kustomization.yaml": TRANSFORMER.replace("a.yaml", "a.yaml, secrets.yaml")})
    write(tmp_path, {"secrets.yaml": "# ours\n" + MAPPING, "krm.yaml": OURS})
    data = graph(tmp_path)
    (maker,) = (each for each in data["nodes"] if each["type"] == "maker")
    assert (maker["kind"], Path(maker["file"]).name, maker["line"]) == ("ExternalSecret", "secrets.yaml", 2)
    assert [edge["from"] for edge in edges(data, "fetches")] == ["item:ClusterSecretStore/vault/web"]
    assert edges(data, "makes")[0]["to"] == "secret:apps/web-secret"


def test_a_secret_that_the_configuration_knows(tmp_path: Path) -> None:
    known = f"{OURS}check:\n  known:\n  - {{name: elsewhere, by: the bootstrap}}\n"
    write(tmp_path, {"a.yaml": text(), "krm-secrets.yaml": known})
    data = graph(tmp_path)
    assert node(data, "secret:apps/elsewhere")["madeBy"] == "the bootstrap"
    assert graph(tmp_path, "--only", "unmade")["nodes"] == []
    assert "– made by the bootstrap" in run("", "graph", str(tmp_path)).out.decode()


def test_a_secret_of_a_name_that_nobody_knows(tmp_path: Path) -> None:
    maker = text().split("---\n")[0].replace("{name: web-secret}", '{name: "${APP}-secret"}')
    user = text().split("---\n")[1].replace("web-secret", "other-secret")
    write(tmp_path, {"a.yaml": f"{maker}---\n{user}"})
    data = graph(tmp_path)
    assert node(data, "secret:apps/other-secret")["maybeMade"] is True
    assert "maybeMade" not in node(data, "secret:apps/elsewhere")
    assert "? nobody can tell what makes it" in run("", "graph", str(tmp_path)).out.decode()


def test_two_of_one_name_are_told_apart_by_their_files(tmp_path: Path) -> None:
    kustomization = "resources: [a.yaml]\n"
    write(tmp_path, {"one/a.yaml": text(), "two/a.yaml": text()})
    write(tmp_path, {"one/kustomization.yaml": kustomization, "two/kustomization.yaml": kustomization})
    data = graph(tmp_path)
    makers = [each["id"] for each in data["nodes"] if each["type"] == "maker"]
    assert makers[0] == "maker:ExternalSecret/apps/web"
    assert makers[1].startswith("maker:ExternalSecret/apps/web@")
    assert makers[1].endswith("two/a.yaml")
    assert len([each for each in data["nodes"] if each["name"] == "web-secret"]) == 2


def test_names_of_items_in_the_configuration(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text(), "krm-secrets.yaml": f"{OURS}items: {{called: web}}\n"})
    assert node(graph(tmp_path), "item:ClusterSecretStore/vault/web")["alias"] == "called"
    assert [n["type"] for n in graph(tmp_path, "--item", "called")["nodes"]][:2] == ["store", "item"]


def test_a_sops_secret_of_the_operator_takes_its_values_from_its_file(tmp_path: Path) -> None:
    operated = (
        sealed("own", ALICE)
        .replace("apiVersion: v1\nkind: Secret", "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret")
        .replace("stringData:\n  KEY: ", "spec:\n  secretTemplates:\n  - name: made\n    stringData:\n      KEY: ")
    )
    write(tmp_path, {"own.sops.yaml": operated})
    data = graph(tmp_path)
    (fetched,) = edges(data, "fetches")
    assert (fetched["from"].rpartition("/")[2], fetched["to"]) == ("own.sops.yaml", "maker:SopsSecret/apps/own")
    assert edges(data, "makes")[0]["to"] == "secret:apps/made"


def test_a_generator_and_what_find_looks_for(tmp_path: Path) -> None:
    entries = (
        "  dataFrom:\n"
        "  - sourceRef: {generatorRef: {kind: Password, name: random}}\n"
        "  - find: {path: team, name: {regexp: ^web-}, tags: {env: live}}\n"
        "  - extract: {key: whole}\n"
    )
    maker = text().split("---\n")[0]
    write(tmp_path, {"a.yaml": maker[: maker.index("  data:")] + entries})
    data = graph(tmp_path)
    assert {edge["from"] for edge in edges(data, "fetches")} == {
        "store:Password/apps/random",
        "item:ClusterSecretStore/vault/team ~ ^web- env=live",
        "item:ClusterSecretStore/vault/whole",
    }
    assert node(data, "store:Password/apps/random")["provider"] == "generator"


def test_a_stream(tmp_path: Path) -> None:
    done = run(text(), "graph", "--format", "json", "-")
    assert done.code == 0, done.err
    data = json.loads(done.out)
    assert "secret:apps/web-secret" in {each["id"] for each in data["nodes"]}
    assert "line 11" in run(text(), "graph", "-").out.decode()
    refused = run(text(), "graph", "-", str(tmp_path))
    assert (refused.code, refused.out) == (1, b"")
    assert "- stands for standard input, and alone" in refused.err


def test_mistakes_of_other_folders_are_not_told(tmp_path: Path) -> None:
    write(tmp_path, {"a/a.yaml": text(), "b/krm-secrets.yaml": OURS + "stor: x\n", "b/b.yaml": text("b")})
    assert run("", "graph", str(tmp_path / "a")).code == 0
    done = run("", "graph", str(tmp_path / "b"))
    assert done.code == 1
    assert "stor: unknown field" in done.err
    assert b"item b\n" in done.out


def test_what_is_selected_and_what_that_needs(tmp_path: Path) -> None:
    store = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\n"
    store += "metadata: {name: NAME}\nspec: {provider: {x: {}}}\n"
    write(tmp_path, {"a/a.yaml": text(), "stores/s.yaml": store.replace("NAME", "vault"), "b/b.yaml": text("b")})
    write(tmp_path, {"stores/other.yaml": store.replace("NAME", "other")})
    data = graph(tmp_path / "a")
    assert [(each["name"], each["here"]) for each in data["nodes"] if each["type"] == "store"] == [("vault", True)]
    assert "secret:apps/b-secret" not in {each["id"] for each in data["nodes"]}
