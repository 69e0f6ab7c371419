"""Folders that Argo CD takes whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from krm_secrets.repository.argocd import directories, glob
from krm_secrets.repository.survey import survey
from krm_secrets.repository.worktree import read_tree

HEAD = "apiVersion: argoproj.io/v1alpha1\nmetadata: {name: a, namespace: argocd}\n"
FILES = ("app/a.yaml", "app/x.json", "app/deep/b.yml", "app/built/c.yaml", "chart/d.yaml", "notes.md", "e.yaml")


def taken(folder: Path, application: str) -> set[str]:
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}\n")
    (folder / "app/built/kustomization.yaml").write_text("resources: [c.yaml]\n")
    (folder / "chart/Chart.yaml").write_text("name: c\n")
    (folder / "argo.yaml").write_text(HEAD + application)
    seen = survey(read_tree(str(folder.resolve())))
    found = directories(seen)
    return {name for name in FILES if any(each.takes(seen, str((folder / name).resolve())) for each in found)}


def source(text: str) -> str:
    return f"kind: Application\nspec: {{source: {{{text}}}}}\n"


def made(path: str, generator: str) -> str:
    template = f"{{spec: {{source: {{path: '{path}'}}}}}}"
    return f"kind: ApplicationSet\nspec:\n  generators: [{generator}]\n  template: {template}\n"


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (source("path: app"), {"app/a.yaml", "app/x.json"}),
        (source("path: ./app/, directory: {recurse: true}"),
         {"app/a.yaml", "app/x.json", "app/deep/b.yml", "app/built/c.yaml"}),
        (source("path: app, directory: {exclude: '*.json'}"), {"app/a.yaml"}),
        (source("path: app, directory: {recurse: true, include: '{deep/*,x.?son}'}"), {"app/x.json", "app/deep/b.yml"}),
        (source("path: app/built"), set()),
        (source("path: app/built, directory: {}"), {"app/built/c.yaml"}),
        (source("path: chart"), set()),
        (source("path: app, kustomize: {namePrefix: a}"), set()),
        (source("chart: app"), set()),
        (source("path: ."), {"e.yaml"}),
        ("kind: Application\nspec: {sources: [{path: app}, {ref: values}]}\n", {"app/a.yaml", "app/x.json"}),
        ("kind: Application\nspec: &a {<<: *a}\n", set()),
        (made("{{path}}", "{git: {directories: [{path: app/*}]}}"), {"app/deep/b.yml"}),
        (made("{{ .path.path }}", "{git: {files: [{path: app/**/config.json}]}}"), {"app/deep/b.yml"}),
        (made("app/{{path.basename}}", "{list: {}}"), {"app/deep/b.yml"}),
        (made("{{folder}}", "{list: {}}"), {"app/a.yaml", "app/x.json", "app/deep/b.yml"}),
    ],
)  # fmt: skip
def test_what_is_taken(tmp_path: Path, application: str, expected: set[str]) -> None:
    assert taken(tmp_path, application) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*.yaml", "a/b.yaml", True),
        ("**/b.yaml", "a/b.yaml", True),
        ("{a,b}.y?ml", "b.yaml", True),
        ("[!a]b", "ab", False),
        ("[ab]b", "ab", True),
        (r"\*", "a", False),
        ("a,b}", "a,b}", True),
        ("{a", "a", True),
    ],
)
def test_globs(pattern: str, text: str, matches: bool) -> None:
    assert (re.fullmatch(glob(pattern), text) is not None) is matches
