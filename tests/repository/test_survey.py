"""What is found in a tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from krm_secrets.repository.survey import survey
from krm_secrets.repository.worktree import read_tree
from tests.repository.support import lay, seen

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
OURS = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: a}\n"


def test_objects_and_kustomizations_are_told_apart(tmp_path: Path) -> None:
    found = seen(
        tmp_path, {"a.yaml": f"{OBJECT}---\n{OURS}", "values.yaml": "a: [", "kustomization.yaml": "namespace: x\n"}
    )
    root = str(tmp_path.resolve())
    assert [[item.kind for item in one.items] for one in found.parsed.values()] == [["ConfigMap", "SecretsConfig"]]
    assert found.kustomizations[root].content.namespace == "x"
    assert not found.unread


def test_files_that_nobody_wants_are_not_parsed(tmp_path: Path) -> None:
    tree = read_tree(str(lay(tmp_path, {"a.yaml": OBJECT, "b.yaml": OURS, "c.yaml": "apiVersion: ["}).resolve()))
    assert [os.path.basename(path) for path in survey(tree, lambda text: "krm" in text).parsed] == ["b.yaml"]


def test_what_cannot_be_parsed_is_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = seen(tmp_path, {"a.yaml": "apiVersion: [", "kustomization.yaml": "- a\n"})
    assert sorted(str(error) for error in found.unread.values()) == [
        "a.yaml:2: not valid YAML: did not find expected node content",
        "kustomization.yaml:1: a kustomization file holds a mapping",
    ]


RUNS = {
    "a file": "transformers: [fn.yaml]\n",
    "a generator": "generators: [./fn.yaml]\n",
    "text": "transformers:\n  - |\n    apiVersion: krm-secrets.dev/v1alpha1\n    kind: SecretsConfig\n",
    "a folder": "transformers: [fn]\n",
}


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_a_kustomization_that_runs_us(text: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": text, "fn.yaml": OURS, "fn/kustomization.yaml": "resources: [x.yaml]\n"}
    found = seen(tmp_path, files | {"fn/x.yaml": OURS})
    assert found.runs_us(str(tmp_path.resolve()))
    assert (str((tmp_path / "fn.yaml").resolve()) in found.configurations()) == ("fn.yaml" in text)


def test_a_kustomization_that_runs_others(tmp_path: Path) -> None:
    found = seen(tmp_path, {"kustomization.yaml": "transformers: [fn.yaml]\n", "fn.yaml": OBJECT})
    assert not found.runs_us(str(tmp_path.resolve()))


def test_transformers_that_list_each_other(tmp_path: Path) -> None:
    files = {"kustomization.yaml": "transformers: [a]\n", "a/kustomization.yaml": "resources: [../b]\n"}
    found = seen(tmp_path, files | {"b/kustomization.yaml": "resources: [../a]\n"})
    assert not found.runs_us(str(tmp_path.resolve()))
