"""The example of a repository that Flux builds: rendered, up to date, and what kustomize makes of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from krm_secrets.krm import kustomization
from tests.tools import tool

from .support import EXAMPLES, PROGRAM, documents, environment, output, run

FLUX = EXAMPLES / "flux"
APPS = ("apps/default/notes/app", "apps/default/wiki/app", "apps/database/postgres/app", "components/backup")
ANNOTATED = {
    "apps/default/notes/app/helmrelease.yaml": '        annotations:\n          reloader.stakater.com/auto: "true"\n',
    "apps/default/wiki/app/deployment.yaml": '  annotations:\n    reloader.stakater.com/auto: "true"\n',
}


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def test_it_is_up_to_date() -> None:
    assert run(PROGRAM, "render", "--check", FLUX, env=environment(key=False)).stdout == (
        b"all is up to date: 4 generated files\n"
    )


def test_it_comes_of_what_its_author_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "flux"
    shutil.copytree(FLUX, folder)
    for app in APPS:
        (folder / app / "externalsecret.yaml").unlink()
        listing = folder / app / "kustomization.yaml"
        listing.write_text(kustomization.remove(listing.read_text(), "externalsecret.yaml"))
    for name, rows in ANNOTATED.items():
        before = (folder / name).read_text()
        (folder / name).write_text(before.replace(rows, ""))
        assert before != (folder / name).read_text()
    shutil.copytree(folder, tmp_path / "before")
    shown = output(PROGRAM, "render", "--diff", ".", cwd=folder, env=environment(key=False)).decode()
    assert tree(folder) == tree(tmp_path / "before")
    assert shown.count("\n+++ b/") == 10
    said = output(PROGRAM, "render", ".", cwd=folder, env=environment(key=False))
    assert said.endswith(b"4 created, 6 updated, 0 removed, 0 unchanged\n")
    assert tree(folder) == tree(FLUX)


@pytest.mark.parametrize("app", APPS)
def test_kustomize_builds_it_with_what_the_mapping_makes(app: str) -> None:
    built = documents(output(tool("kustomize"), "build", FLUX / app))
    made = documents(output(PROGRAM, "run", FLUX / app / "secrets.yaml", env=environment(key=False)))
    secrets = [each for each in built if each["kind"] == "ExternalSecret"]
    for each in secrets:  # the label is for who uses it, whom `run` did not see here
        metadata = each["spec"]["target"]["template"].pop("metadata", {})
        assert metadata in ({}, {"labels": {"cnpg.io/reload": "true"}})
    assert secrets == made
    assert {each["apiVersion"] for each in built}.isdisjoint({"krm-secrets.dev/v1alpha1"})


def test_nothing_of_ours_is_left_for_the_cluster() -> None:
    for namespace in ("default", "database"):
        built = output(tool("kustomize"), "build", FLUX / "apps" / namespace)
        assert run(PROGRAM, "guard", stdin=built).returncode == 0
