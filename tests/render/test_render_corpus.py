"""A real repository: what `render` adds to it, and that kustomize builds the same but for that."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.support import documents, output
from tests.running import run
from tests.tools import shared, tool

CONFIG = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: secrets}\nstore: bitwarden-fields\n"
    "stores:\n  bitwarden-fields: {fetch: property}\n  bitwarden-login: {fetch: property}\n"
)
APPS = ("default/n8n/app", "default/sure/app", "media/romm/app", "default/atuin/app", "downloads/autobrr/app")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the repository, in which some apps get a Secret more by a mapping."""
    folder = tmp_path_factory.mktemp("corpus") / "home-ops"
    shutil.copytree(shared("corpus/home-ops"), folder, copy_function=shutil.copyfile)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / ".git").mkdir()
    (folder / "krm-secrets.yaml").write_text(CONFIG)
    for app in apps(folder):
        name = app.parent.name
        (app / "more.yaml").write_text(
            f"apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {{name: {name}}}\n"
            f"secrets:\n  {name}-more: {{from: 2e579895-287a-4b26-976b-2677620dc376, data: [TOKEN]}}\n"
            "output: made.yaml\n"
        )
    before = os.getcwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def apps(folder: Path) -> list[Path]:
    found = [folder / "kubernetes/apps" / app for app in APPS]
    return [app for app in found if (app / "kustomization.yaml").exists()]


def texts(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in found}


def added(before: str, after: str) -> list[str]:
    """The lines that are new; nothing else may differ."""
    rows = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [row for row in rows if row.startswith("- ")]
    return [row[2:].strip() for row in rows if row.startswith("+ ")]


def test_nothing_but_lists_annotations_and_labels_is_added(repository: Path) -> None:
    folders = apps(repository)
    assert len(folders) >= 3
    before = texts(repository)
    kustomize = tool("kustomize")
    built = {app: documents(output(kustomize, "build", app)) for app in folders}
    done = run("", "render", ".")
    assert (done.code, "error" in done.err) == (0, False)
    after = texts(repository)
    changed = {name: added(before[name], after[name]) for name in before if before[name] != after[name]}
    for name, rows in changed.items():
        if name.endswith("kustomization.yaml"):
            assert [row.removeprefix("- ./").removeprefix("- ") for row in rows] == ["made.yaml"], name
        else:
            text = "\n".join(rows)
            assert "reloader.stakater.com" in text or "reconcile.fluxcd.io/watch" in text or "cnpg.io" in text, name
            assert len(rows) in (1, 2, 3, 12), name
    assert {name for name in after if name not in before} == {
        str((app / "made.yaml").relative_to(repository)) for app in folders
    }
    for app in folders:
        now = documents(output(kustomize, "build", app))
        more = [each for each in now if each["metadata"]["name"] == f"{app.parent.name}-more"]
        assert [each["kind"] for each in more] == ["ExternalSecret"]
        assert _plain([each for each in now if each not in more]) == _plain(built[app])
    again = run("", "render", "--check", ".")
    assert (again.code, again.out) == (0, f"all is up to date: {len(folders)} generated files\n".encode())
    assert texts(repository) == after


def _plain(objects: list[dict[str, object]]) -> list[str]:
    """The objects without what wires restarts, which is looked at in the files."""
    return [f"{each['kind']} {each['metadata']}" for each in objects if each["kind"] != "HelmRelease"]


def test_git_itself_would_apply_the_diff(repository: Path) -> None:
    """The diff of files that hold no Secret is a patch."""
    app = apps(repository)[0]
    assert run("", "render", ".").code == 0  # the other test is skipped where there is no kustomize
    (app / "made.yaml").unlink()
    shown = run("", "render", "--diff", str(app)).out
    git = tool("git")
    shutil.rmtree(repository / ".git")
    subprocess.run([git, "init", "-q", "."], check=True, capture_output=True)
    subprocess.run([git, "apply", "-"], input=shown, check=True, capture_output=True)
    assert (app / "made.yaml").exists()
    assert run("", "render", "--check", ".").code == 0
