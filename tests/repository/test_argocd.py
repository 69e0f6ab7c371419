"""Folders that Argo CD takes whole."""
# ruff: noqa: E501

from __future__ import annotations

import re
from pathlib import Path

import pytest

from krm_secrets.repository.applicationsets import glob
from krm_secrets.repository.argocd import directories, starts
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


LIST = "{list: {elements: [{app: web, ns: home}, {app: db, ns: work, deep: {on: true}}, {app: none}, 7]}}"
CLUSTERS = "{clusters: {values: {tier: prod, other: '{{ x }}'}}}"
GIT = "{git: {directories: [{path: 'apps/*'}, {path: 'apps/d*', exclude: true}], values: {up: 'x-{{path.basename}}'}}}"
CONFIGS = "{git: {files: [{path: '**/config.yaml'}]}}"


def built(folder: Path, generators: str, path: str, namespace: str = "", **options: str) -> list[tuple[str, str, str]]:
    for name in ("apps/web/a.yaml", "apps/db/a.yaml", "apps/Big_One/a.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}\n")
    (folder / "apps/db/config.yaml").write_text("team: {name: t, size: 3}\n")
    (folder / "apps/web/config.yaml").write_text("a: [\n")
    (folder / "argo.yaml").write_text(
        f"{HEAD}kind: ApplicationSet\nspec:\n  generators: {generators}\n  template:\n    spec:\n"
        f"      source: {{path: '{path}', kustomize: {options}}}\n      destination: {{namespace: '{namespace}'}}\n"
    )
    seen = survey(read_tree(str(folder.resolve())))
    (item,) = seen.parsed[str((folder / "argo.yaml").resolve())].items
    return [
        (str(Path(each.folder).relative_to(folder.resolve())), each.way.default, each.prefix)
        for each in starts(item, seen)
    ]


def merge(*generators: str, keys: str = "app") -> str:
    return f"[{{merge: {{mergeKeys: [{keys}], generators: [{', '.join(generators)}]}}}}]"


def elements(*each: str) -> str:
    return f"{{list: {{elements: [{', '.join(each)}]}}}}"


PAIR = elements("{app: web, ns: home}", "{app: db, ns: work}")
DEFAULTS = "{clusters: {values: {app: web, ns: home}}}"


@pytest.mark.parametrize(
    ("generators", "path", "namespace", "expected"),
    [
        (merge(PAIR, elements("{app: db, ns: other}", "{app: strange, ns: gone}")), "apps/{{app}}", "{{ns}}",
         [("apps/web", "home"), ("apps/db", "other")]),
        (merge(PAIR, elements("{app: db, ns: a}"), elements("{app: db, ns: b}")), "apps/{{app}}", "{{ns}}",
         [("apps/web", "home"), ("apps/db", "b")]),
        (merge(DEFAULTS, elements("{name: c1, values.app: db}", "{name: c2, values.ns: work}"), keys="name"),
         "apps/{{values.app}}", "{{values.ns}}", [("apps/web", "home"), ("apps/db", "home"), ("apps/web", "work")]),
        (merge(DEFAULTS, "{clusters: {values: {ns: prod}}}", keys="server"), "apps/web", "{{values.ns}}",
         [("apps/web", "home"), ("apps/web", "prod")]),
        (merge(PAIR, elements("{app: web, kind: a, ns: x}", "{app: db, ns: y}"), keys="app, kind"), "apps/{{app}}",
         "{{ns}}", [("apps/web", "home"), ("apps/web", "x"), ("apps/db", "work"), ("apps/db", "y")]),
        (f"[{{matrix: {{generators: [{merge(PAIR, elements('{app: db, ns: z}'))[1:-1]}, {CLUSTERS}]}}}}]",
         "apps/{{app}}", "{{values.tier}}-{{ns}}", [("apps/web", "prod-home"), ("apps/db", "prod-z")]),
        ("[{merge: {}}]", "apps/web", "", []),
        (f"[{LIST}]", "apps/{{app}}", "{{ns}}", [("apps/web", "home"), ("apps/db", "work")]),
        (f"[{LIST}]", "apps/{{ .app }}", "x-{{ .deep.on }}", [("apps/web", "x-${.deep.on}"), ("apps/db", "x-true")]),
        (f"[{CLUSTERS}]", "apps/web", "{{values.tier}}-{{name}}", [("apps/web", "prod-${name}")]),
        (f"[{CLUSTERS}]", "apps/{{name}}", "", []),
        ("[{clusters: {}}]", "apps/web", "{{values.other}}", [("apps/web", "${values.other}")]),
        (f"[{GIT}]", "{{path}}", "{{values.up}}", [("apps/Big_One", "x-Big_One"), ("apps/web", "x-web")]),
        (f"[{GIT}]", "{{.path.path}}", "{{.path.basenameNormalized}}", [("apps/Big_One", "big-one"), ("apps/web", "web")]),
        (f"[{GIT}]", "apps/{{path[1]}}", "{{index .path.segments 0}}", [("apps/Big_One", "apps"), ("apps/web", "apps")]),
        (f"[{CONFIGS}]", "{{path}}", "{{team.name}}{{team.size}}",
         [("apps/db", "t3"), ("apps/web", "${team.name}${team.size}")]),
        (f"[{{matrix: {{generators: [{GIT}, {CLUSTERS}]}}}}]", "{{path}}", "{{values.tier}}",
         [("apps/Big_One", "prod"), ("apps/web", "prod")]),
        (f"[{{matrix: {{generators: [{LIST}, {{scmProvider: {{}}}}]}}}}]", "apps/{{app}}", "{{branch}}",
         [("apps/web", "${branch}"), ("apps/db", "${branch}")]),
        ("[{list: {elements: [{app: web}, {app: db}]}, selector: {matchLabels: {app: db}}}]", "apps/{{app}}", "",
         [("apps/db", "")]),
        ("[{pullRequest: {}}]", "apps/{{branch}}", "", []),
        ("7", "apps/web", "", []),
    ],
)  # fmt: skip
def test_what_an_application_set_builds(
    tmp_path: Path, generators: str, path: str, namespace: str, expected: list[tuple[str, str]]
) -> None:
    assert [found[:2] for found in built(tmp_path, generators, path, namespace)] == expected


def test_what_an_application_set_puts_before_names(tmp_path: Path) -> None:
    found = built(tmp_path, f"[{LIST}]", "/apps/{{app}}", namePrefix="{{ns}}-")
    assert found == [("apps/web", "", "home-"), ("apps/db", "", "work-")]
