"""Mistakes are told in the files of the user, and not in the list that a host made of them."""

from __future__ import annotations

import json
from pathlib import Path

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
FIELD = 'secrets.web-secret.fro: unknown field; did you mean "from"?'


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


def test_a_stream_without_origins_keeps_its_lines() -> None:
    assert run(MAPPING).err == f"krm-secrets: error: SecretMapping web, line 7: {FIELD}\n"
