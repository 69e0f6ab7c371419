"""Mistakes are told in the files of the user, and not in the list that a host made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import run

ORIGIN = "config.kubernetes.io/origin"
MAPPING = """# mine
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: web}
secrets:
  web-secret:
    fro: web
"""
FIELD = 'secrets.web-secret.fro: unknown field; did you mean "from"? [unknown-field]'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").mkdir()
    (tmp_path / "base/m.yaml").write_text(f"kind: Other\n---\n{MAPPING}")
    return tmp_path


def item(name: str = "web", **annotations: str) -> dict[str, object]:
    keys = {key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()}
    return {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretMapping",
        "metadata": {"name": name, "annotations": keys},
        "secrets": {"web-secret": {"fro": "web"}},
    }


def listed(*items: object) -> str:
    return json.dumps({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}, indent=1)


def origin(text: str, name: str = "web") -> dict[str, object]:
    return item(name, config_kubernetes_io__origin=text)


@pytest.mark.parametrize("form", [listed, json.dumps], ids=["ResourceList", "stream"])
@pytest.mark.parametrize("name", ["web", "prod-web-v2"])
def test_the_file_and_line_of_what_kustomize_built(form: object, name: str) -> None:
    done = run(form(origin("path: base/m.yaml\n", name)))  # type: ignore[operator]
    assert done.err == f"krm-secrets: error: base/m.yaml:9: SecretMapping {name}: {FIELD}\n"


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "kind: SecretMapping\n", f"{MAPPING}---\n{MAPPING}", MAPPING.replace("name: web", "name: other")],
)
def test_a_file_that_has_no_such_object_is_named_without_a_line(text: str) -> None:
    Path("base/m.yaml").write_text(text)
    assert run(listed(origin("path: base/m.yaml\n"))).err == (
        f"krm-secrets: error: base/m.yaml: SecretMapping web: {FIELD}\n"
    )


def test_a_file_that_is_not_here_is_named_without_a_line() -> None:
    for path in ("m.yaml", "../../m.yaml", "base"):
        assert run(listed(origin(f"path: {path}\n"))).err == (
            f"krm-secrets: error: {path}: SecretMapping web: {FIELD}\n"
        )


@pytest.mark.parametrize("text", ["path: m.yaml\nrepo: https://example.com\n", "configuredIn: kustomization.yaml\n"])
def test_what_came_from_no_file_here_has_neither(text: str) -> None:
    assert run(listed(origin(text))).err == f"krm-secrets: error: SecretMapping web: {FIELD}\n"


def test_kpt_says_file_and_document() -> None:
    place = {"internal.config.kubernetes.io/path": "base/m.yaml", "internal.config.kubernetes.io/index": "1"}
    document = item()
    document["metadata"] = {"name": "web", "annotations": place}
    done = run(listed(document))
    assert done.err == f"krm-secrets: error: base/m.yaml:9: SecretMapping web: {FIELD}\n"
    (result,) = json.loads(done.out)["results"]
    assert result["file"] == {"path": "base/m.yaml", "index": 1}


def test_a_key_that_stands_twice_counts_lines_in_the_object() -> None:
    text = listed(
        item(), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eA==", "b": ""}}
    )
    done = run(text.replace('"b"', '"a"'))
    assert (
        'Secret s: lines 8 and 9 of the object: the key "a" stands twice in one mapping; remove one of them\n'
        in done.err
    )


@pytest.mark.parametrize("cwd", [".", "elsewhere"])
def test_a_package_of_kpt_is_found_from_every_folder(cwd: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(cwd)
    package, path = "internal.config.kubernetes.io/package-path", "internal.config.kubernetes.io/path"

    def packed(document: dict[str, object], *keys: tuple[str, object]) -> str:
        document["metadata"] = {"name": "web", "annotations": dict(keys)}
        return run(listed(document)).err

    known = packed(item(), (package, str(folder / "base")), (path, "m.yaml"))
    assert known == f"krm-secrets: error: m.yaml:9: SecretMapping web: {FIELD}\n"
    for odd in (str(folder / "nowhere"), "\0", str(folder / "elsewhere")):
        unknown = packed(item(), (package, odd), (path, "m.yaml"))
        assert unknown == f"krm-secrets: error: m.yaml: SecretMapping web: {FIELD}\n"
    assert packed(item(), (package, str(folder / "elsewhere")), (path, "../base/m.yaml")) == (
        f"krm-secrets: error: ../base/m.yaml: SecretMapping web: {FIELD}\n"
    )


def test_a_package_that_kpt_does_not_name_is_looked_for(folder: Path) -> None:
    """`kpt fn eval` says of each item where in the package it is, and not where the package is."""

    def said(*paths: str) -> str:
        documents = [item(path) for path in paths]
        for document, path in zip(documents, paths, strict=True):
            document["metadata"] = {"name": "web", "annotations": {"config.kubernetes.io/path": path}}
        return run(listed(*documents)).err.splitlines()[0]

    known, unknown = (f"krm-secrets: error: m.yaml{line}: SecretMapping web: {FIELD}" for line in (":9", ""))
    assert said("m.yaml") == known
    assert said("m.yaml", "n.yaml") == unknown
    (folder / "other").mkdir()
    (folder / "other/m.yaml").write_text(MAPPING)
    assert said("m.yaml") == unknown
    (folder / "base/n.yaml").write_text(MAPPING)
    assert said("m.yaml", "n.yaml") == known
    (folder / "m.yaml").write_text("kind: Other\n")
    assert said("m.yaml") == unknown
    (folder / "m.yaml").unlink()
    for number in range(500):
        (folder / f"a{number:03}").mkdir()
    assert said("m.yaml", "n.yaml") == unknown


# A function's own configuration, which no host names where it does not name all origins

CONFIG = """# mine
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: secrets}
stors: {}
"""
UNKNOWN = 'SecretsConfig secrets: stors: unknown field; did you mean "stores"? [unknown-field]'


def configured(*items: object, **annotations: str) -> str:
    config = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretsConfig",
        "metadata": {"name": "secrets", "annotations": annotations},
        "stors": {},
    }
    return json.dumps({**json.loads(listed(*items)), "functionConfig": config})


INLINE = "- |-\n" + "".join(f"  {row}\n" for row in CONFIG.splitlines())
PLACES = {
    "a transformer": ("transformers: [other.yaml, ./krm.yaml]\n", "./krm.yaml:5: "),
    "a generator": ("resources: []\ngenerators:\n- krm.yaml\n", "krm.yaml:5: "),
    "in the kustomization": (f"# mine\ntransformers:\n{INLINE}", "kustomization.yaml:3: "),
    "not listed": ("resources: [krm.yaml]\n", ""),
    "of another name": ("transformers: [named.yaml, base, nowhere.yaml]\n", ""),
    "no kustomization": ("transformers: krm.yaml\n", ""),
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("plugin", [False, True])
def test_the_file_of_a_configuration(name: str, plugin: bool, folder: Path, tmp_path_factory: Any) -> None:
    text, place = PLACES[name]
    (folder / "kustomization.yaml").write_text(text)
    (folder / "krm.yaml").write_text(CONFIG)
    (folder / "named.yaml").write_text(CONFIG.replace("name: secrets", "name: other"))
    (folder / "other.yaml").write_text("{")
    if plugin:
        handed = tmp_path_factory.mktemp("handed") / "config"
        handed.write_text(CONFIG.replace("# mine\n", ""))
        words, env = (str(handed),), {"KUSTOMIZE_PLUGIN_CONFIG_ROOT": str(folder)}
        done = run(json.dumps({"kind": "ConfigMap", "apiVersion": "v1"}), *words, env=env)
    else:
        done = run(configured())
    assert done.err == f"krm-secrets: error: {place}{UNKNOWN}\n"


def test_no_kustomization_at_all() -> None:
    assert run(configured()).err == f"krm-secrets: error: {UNKNOWN}\n"


def test_what_kpt_hands_over_twice_is_one_mistake(folder: Path) -> None:
    (folder / "krm.yaml").write_text(CONFIG)
    package = json.loads(configured(**{"config.kubernetes.io/path": "krm.yaml"}))["functionConfig"]
    done = run(configured(item(), package))
    assert done.err.splitlines()[0] == f"krm-secrets: error: krm.yaml:5: {UNKNOWN}"
    assert len(done.err.splitlines()) == len(json.loads(done.out)["results"]) == 2


# What goes through with a warning, and what the last look says


def test_a_warning_has_the_line_too(folder: Path) -> None:
    path = folder / "base/m.yaml"
    path.write_text(f"# one\n{MAPPING.replace('fro:', 'from:')}    data: {{PASS: password, B: .password}}\n")
    document = item(config_kubernetes_io__origin="path: base/m.yaml\n", kustomize_config_k8s_io__id="x")
    document["secrets"] = {"web-secret": {"from": "web", "data": {"PASS": "password", "B": ".password"}}}
    document["store"] = "bitwarden"
    done = run(listed(document))
    assert done.code == 0
    assert "krm-secrets: warning: base/m.yaml:9: SecretMapping web: secrets.web-secret.data.PASS: " in done.err


def test_the_last_look_has_the_line_too(folder: Path) -> None:
    done = run(json.dumps(origin("path: base/m.yaml\n")), "guard")
    assert done.err.startswith("krm-secrets: error: base/m.yaml:4: SecretMapping web: was not expanded")


def test_a_stream_without_origins_keeps_its_lines() -> None:
    assert run(MAPPING).err == f"krm-secrets: error: SecretMapping web, line 7: {FIELD}\n"
