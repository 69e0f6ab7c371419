"""Secrets that exist only in what a build gives: kustomize's own generator, a SopsGenerator, KSOPS's document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.graph.asked_readers import ALICE, sealed
from tests.graph.support import graph, write
from tests.running import run

USER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  template:
    spec:
      containers:
      - name: main
        image: x
        env: [{name: PASS, valueFrom: {secretKeyRef: {name: db, key: PASS}}}]
"""
OURS = """\
apiVersion: krm-secrets.dev/v1alpha1
kind: SopsGenerator
metadata: {name: gen, namespace: of-the-generator}
"""
KSOPS = """\
apiVersion: viaduct.ai/v1
kind: ksops
metadata: {name: gen}
"""
ENV = f"""\
PASS=ENC[AES256_GCM,data:aa,iv:bb,tag:cc,type:str]
sops_age__list_0__map_recipient={ALICE}
sops_age__list_0__map_enc=x
sops_lastmodified=2024-01-01T00:00:00Z
sops_mac=ENC[AES256_GCM,data:aa,iv:bb,tag:cc,type:str]
sops_version=3.9.0
"""
DESCRIBED = "- name: db\n  files: [PASS=pass.txt]\n"
LISTS = "resources: [web.yaml]\ngenerators: [gen.yaml]\n"


def ways(data: dict[str, Any]) -> list[str]:
    """All steps to and from Secrets and makers, with their keys."""
    return [
        f"{edge['from']} {edge['type']} {edge['to']} {' '.join(edge['keys'])}".strip()
        for edge in data["edges"]
        if edge["type"] not in ("opens", "restarts")
    ]


def restarts(data: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(edge["by"], edge["how"]) for edge in data["edges"] if edge["type"] == "restarts"]


def agree(root: Path) -> None:
    """What `--explain` and `check` say of the same Secret: somebody makes it."""
    done = run("", "render", "--explain", "--format", "json", str(root))
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)["secrets"]
    assert (row["name"], row["namespace"]) == ("db", "apps")
    assert row["madeBy"]
    found = run("", "check", "--pedantic", "--format", "concise", str(root)).out.decode()
    assert "secret-not-made" not in found
    assert "not-in-any-build" not in found


def files(kustomization: str, **more: str) -> dict[str, str]:
    named = {name.replace("_", "."): text for name, text in more.items()}
    return {"app/kustomization.yaml": kustomization, "app/web.yaml": USER, **{f"app/{n}": t for n, t in named.items()}}


def test_what_kustomize_generates(tmp_path: Path) -> None:
    made = "{name: db, literals: [PASS=x], files: [a/b]}"
    write(tmp_path, files(f"resources: [web.yaml]\nnamespace: apps\nsecretGenerator: [{made}]\n"))
    data = graph(tmp_path)
    assert ways(data) == [
        "maker:Kustomization/apps/app makes secret:apps/db PASS b",
        "secret:apps/db uses workload:Deployment/apps/web PASS",
    ]
    assert restarts(data) == [("kustomize", "the hash in its name")]
    agree(tmp_path)


@pytest.mark.parametrize("form", ["generatorOptions: {disableNameSuffixHash: true}\n", ""])
def test_what_keeps_its_name_has_to_restart(tmp_path: Path, form: str) -> None:
    own = "" if form else "\n  options: {disableNameSuffixHash: true}"
    text = f"resources: [web.yaml]\n{form}secretGenerator:\n- name: db\n  namespace: apps{own}\n  envs: [a.env]\n"
    write(tmp_path, files(text))
    data = graph(tmp_path)
    assert "maker:Kustomization/app makes secret:apps/db" in ways(data)
    assert restarts(data) == [(None, "krm-secrets render would add reloader.stakater.com/auto")]


@pytest.mark.parametrize("head", ["kind: Kustomization\n", "", "apiVersion: kustomize.config.k8s.io/v1beta1\n"])
def test_a_build_names_what_it_generates_and_who_uses_it(tmp_path: Path, head: str) -> None:
    made = "{name: db, namespace: other, files: [PASS]}"
    base = f"{head}resources: [web.yaml]\nnamePrefix: my-\nsecretGenerator: [{made}]\n"
    top = "resources: [../app]\nnamespace: apps\nnameSuffix: -x\n"
    write(tmp_path, {**files(base), "top/kustomization.yaml": top})
    assert ways(graph(tmp_path)) == [
        "maker:Kustomization/apps/app makes secret:apps/my-db-x PASS",
        "secret:apps/my-db-x uses workload:Deployment/apps/my-web-x PASS",
    ]


def test_a_component_generates(tmp_path: Path) -> None:
    part = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nsecretGenerator:\n- {name: db, files: [PASS]}\n"
    )
    top = "resources: [web.yaml]\nnamespace: apps\ncomponents: [../part]\n"
    write(tmp_path, {**files(top), "part/kustomization.yaml": part})
    assert ways(graph(tmp_path))[0] == "maker:Component/apps/part makes secret:apps/db PASS"


@pytest.mark.parametrize(
    ("head", "field", "entry"),
    [
        (OURS, "secrets", "{name: db, envs: [db.env]}"),
        (OURS, "secrets", "{metadata: {name: db}, envs: [{path: db.env}]}"),
        (KSOPS, "secretFrom", "{metadata: {name: db}, envs: [db.env]}"),
    ],
)
def test_what_a_generator_describes(tmp_path: Path, head: str, field: str, entry: str) -> None:
    made = f"{head}{field}:\n- {entry}\n"
    write(tmp_path, files(f"namespace: apps\n{LISTS}", gen_yaml=made, db_env=ENV))
    data = graph(tmp_path)
    kind = "SopsGenerator" if head == OURS else "ksops"
    assert ways(data) == [
        f"sopsFile:{tmp_path}/app/db.env fetches maker:{kind}/apps/gen".replace(f"{tmp_path}", _shown(data)),
        f"maker:{kind}/apps/gen makes secret:apps/db",
        "secret:apps/db uses workload:Deployment/apps/web PASS",
    ]
    assert [edge["from"] for edge in data["edges"] if edge["type"] == "opens"] == [f"reader:{ALICE}"]
    agree(tmp_path)


def test_keys_and_hashes_of_what_a_generator_describes(tmp_path: Path) -> None:
    entry = "needsHash: true, files: [a/PASS, {path: b, key: B}, {path: c/d}], literals: [L=x, {}], binaryFiles: [E=f]"
    made = (
        f"{OURS}secrets:\n- {{name: db, namespace: apps, {entry}}}\n- {{kind: ConfigMap, name: c, literals: [A=b]}}\n"
    )
    write(tmp_path, files(LISTS, gen_yaml=made))
    data = graph(tmp_path)
    assert ways(data)[0] == "maker:SopsGenerator/of-the-generator/gen makes secret:apps/db B E L PASS d"
    assert [node["id"] for node in data["nodes"] if node["type"] == "secret"] == ["secret:apps/db"]
    assert restarts(data) == [("kustomize", "the hash in its name")]


@pytest.mark.parametrize("head", [OURS, KSOPS])
@pytest.mark.parametrize("folder", [False, True])
def test_what_a_generator_hands_on(tmp_path: Path, head: str, folder: bool) -> None:
    made = f"{head}files: [db.sops.yaml, missing.yaml]\n"
    text = f"namespace: apps\n{LISTS}"
    all_files = files(text, gen_yaml=made, db_sops_yaml=sealed("db", ALICE))
    if folder:
        all_files = files(text.replace("gen.yaml", "gens"))
        all_files |= {"app/gens/kustomization.yaml": "resources: [gen.yaml]\n", "app/gens/gen.yaml": made}
        all_files["app/db.sops.yaml" if head == KSOPS else "app/gens/db.sops.yaml"] = sealed("db", ALICE)
    write(tmp_path, all_files)
    data = graph(tmp_path)
    steps = [way for way in ways(data) if " makes " in way]
    if folder and head == KSOPS:
        assert [step.partition(" makes ")[2].split()[0] for step in steps] == ["secret:apps/db"]
    else:
        kind = "SopsGenerator" if head == OURS else "ksops"
        assert steps == [f"maker:{kind}/apps/gen makes secret:apps/db KEY"]
        assert any(f" fetches maker:{kind}/apps/gen" in way for way in ways(data))
    assert [node["id"] for node in data["nodes"] if node["type"] in ("secret", "external")] == ["secret:apps/db"]
    agree(tmp_path)


def test_what_no_kustomization_runs_is_in_no_build(tmp_path: Path) -> None:
    write(tmp_path, files("namespace: apps\nresources: [web.yaml]\n", gen_yaml=f"{OURS}secrets:\n{DESCRIBED}"))
    data = graph(tmp_path)
    assert [node["id"] for node in data["nodes"] if node["type"] == "external"] == ["secret:apps/db"]


def test_a_generator_that_cannot_be_read_makes_nothing(tmp_path: Path) -> None:
    write(tmp_path, files(LISTS, gen_yaml=f"{OURS}files: [a]\nfiles: [b]\n"))
    done = run("", "graph", str(tmp_path))
    assert "Secret apps/db" in done.out.decode() + done.err


def _shown(data: dict[str, Any]) -> str:
    file = next(node["file"] for node in data["nodes"] if node["type"] == "workload")
    return str(file).removesuffix("/app/web.yaml")
