"""The hooks of .pre-commit-hooks.yaml, run by pre-commit itself in a repository that names this one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.support import CLUSTER, EXAMPLES, ROOT
from tests.tools import tool

TAKEN = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "krm_secrets", "schemas")
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {a: x}\n"


def _git(folder: Path, *words: str) -> str:
    me = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=")
    done = subprocess.run([tool("git"), "-C", folder, *me, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that uses the hooks of a clone of this one."""
    source, user = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("user")
    for name in TAKEN:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    for folder in (source, user):
        _git(folder, "init", "-q")
    _git(source, "add", "-A")
    _git(source, "commit", "-q", "-m", "hooks")
    (user / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {source}\n  rev: {_git(source, 'rev-parse', 'HEAD')}\n  hooks:\n"
        "  - {id: krm-secrets-guard}\n  - {id: krm-secrets-render, args: [apps]}\n"
        "  - {id: krm-secrets-check, args: [--fail-on, error]}\n"
    )
    shutil.copytree(EXAMPLES / "flux", user / "apps")
    shutil.copytree(CLUSTER / "bootstrap", user / "bootstrap")
    return user


def _commit(repository: Path) -> subprocess.CompletedProcess[str]:
    """What pre-commit says of all files."""
    _git(repository, "add", "-A")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"],
        cwd=repository,
        env=os.environ | {"PRE_COMMIT_HOME": str(repository.parent / "pre-commit")},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_documentation_shows_every_hook() -> None:
    ids = re.findall(r"^- id: (.+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert ids == ["krm-secrets-guard", "krm-secrets-render", "krm-secrets-check"]
    assert all(f"id: {each}" in (ROOT / "docs/how-to/before-a-commit.md").read_text() for each in ids)


def test_a_clean_repository_passes_and_a_secret_or_an_edit_does_not(repository: Path) -> None:
    done = _commit(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 3

    (repository / "secret.yaml").write_text(SECRET)
    done = _commit(repository)
    assert done.returncode == 1
    assert "hook id: krm-secrets-guard\n- exit code: 1\n" in done.stdout
    assert "krm-secrets: error: secret.yaml:4: Secret web: stringData.a: is plaintext: encrypt the file" in done.stdout
    (repository / "secret.yaml").unlink()

    generated = next((repository / "apps").rglob("externalsecret.yaml"))
    generated.write_text(generated.read_text().replace("ClusterSecretStore", "SecretStore"))
    done = _commit(repository)
    assert done.returncode == 1
    assert "hook id: krm-secrets-render\n- exit code: 1\n" in done.stdout
