"""The two ways into a cluster that Flux builds, from the commit to what the controller applies, by the examples' own
workflows."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools import tool

from .matrix import checked
from .support import CLUSTER, EXAMPLES, PROGRAM, build, documents, environment, named, objects, output, pipe, run
from .test_flux import applied, artifact, substituted

FLUX = EXAMPLES / "flux"
OURS = ("SecretMapping", "SecretsConfig", "BitwardenStore")


def steps(workflow: str) -> dict[str, dict[str, Any]]:
    """The named steps of a workflow."""
    (document,) = documents((FLUX / "workflows" / f"{workflow}.yaml").read_bytes())
    (job,) = document["jobs"].values()
    return {step["name"]: step for step in job["steps"] if "name" in step}


def perform(step: dict[str, Any], cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a step as GitHub's runner does: bash with pipefail where the step names it, else without."""
    assert "${{" not in step["run"]
    script = cwd.parent / "step.sh"
    script.write_text(step["run"])
    flags = ("--noprofile", "--norc", "-eo", "pipefail") if step.get("shell") == "bash" else ("-e",)
    path = tool("bash")
    return run(path, *flags, script, cwd=cwd, env=environment(False, **env))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example as a repository of its own."""
    folder = Path(shutil.copytree(CLUSTER, tmp_path / "repository"))
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.email=a@b", "-c", "user.name=x", "commit", "-qm", "x")):
        output("git", *words, cwd=folder)
    return folder


# An artifact


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry of images on this machine."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port = found.getsockname()[1]
    words = (tool("registry"), "-port", str(port))
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(False))
    for _ in range(100):
        with socket.socket() as asked:
            if asked.connect_ex(("localhost", port)) == 0:
                break
        time.sleep(0.05)
    yield f"oci://localhost:{port}/cluster"
    server.terminate()
    server.wait(10)


@checked("Flux", "artifact: `flux push` and `flux pull`", "the workflow's own steps, a registry on this machine")
def test_the_workflow_pushes_what_flux_then_decrypts(repository: Path, registry: str, tmp_path: Path) -> None:
    tool("kustomize")
    commit = output("git", "rev-parse", "HEAD", cwd=repository).decode().strip()
    env = {"ARTIFACT": registry, "GITHUB_SHA": commit, "GITHUB_REF_NAME": "main", "GITHUB_REPOSITORY": "o/r"}
    env |= {"GITHUB_SERVER_URL": "https://git.example.org", "HOME": str(tmp_path)}
    for name in ("Build", "Push"):
        done = perform(steps("artifact")[name], repository, **env)
        assert done.returncode == 0, done.stderr.decode()
    pulled = tmp_path / "pulled"
    pulled.mkdir()
    done = run(tool("flux"), "pull", "artifact", f"{registry}:latest", "--output", pulled, env=environment(False))
    assert done.returncode == 0, done.stderr.decode()
    assert f"main@sha1:{commit}" in done.stderr.decode()
    text = (pulled / "cluster.yaml").read_text()
    assert "ENC[AES256_GCM" in text
    assert "0.d3b1c7e4-" not in text
    assert applied(pulled) == substituted(objects(pipe(build(CLUSTER))), APP="recipes")


def test_a_secret_in_plaintext_stops_the_workflow(repository: Path) -> None:
    plain = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: swordfish}\n"
    (repository / "plain.yaml").write_text(plain)
    listing = repository / "kustomization.yaml"
    listing.write_text(listing.read_text() + "  - plain.yaml\n")
    done = perform(steps("artifact")["Build"], repository)
    assert done.returncode == 1
    assert "Secret s, line " in done.stderr.decode()
    assert "stringData.a: is plaintext in what is to be stored" in done.stderr.decode()
    assert (repository / "out" / "cluster.yaml").read_bytes() == b""


# In Git


def _unlist(folder: Path) -> None:
    """Take our own documents out of the lists, since the API server knows no such kinds."""
    for listing in folder.rglob("kustomization.yaml"):
        lines = []
        for line in listing.read_text().splitlines(keepends=True):
            entry = re.fullmatch(r"  - (\S+\.yaml)\n", line)
            if entry is None or documents((listing.parent / entry[1]).read_bytes())[0]["kind"] not in OURS:
                lines.append(line)
        listing.write_text("".join(lines))


@checked("Flux", "`render`, committed", "the same objects as from the artifact")
def test_what_was_rendered_gives_flux_the_objects_of_the_artifact(repository: Path, tmp_path: Path) -> None:
    _unlist(repository)
    assert perform(steps("render")["Check"], repository).returncode == 1
    done = run(PROGRAM, "render", ".", cwd=repository, env=environment(False))
    assert done.returncode == 0, done.stderr.decode()
    assert perform(steps("render")["Check"], repository).returncode == 0
    in_tree = applied(repository)
    kept = pipe(build(CLUSTER), env=environment(False, KRM_SECRETS_DECRYPT="keep"))
    assert in_tree == applied(artifact(tmp_path / "out", kept))
    assert named(in_tree, "Secret", "dns-token")["stringData"]["DNS_ZONE_ID"] == "0042"


@checked("Flux", "`render`, committed", "the workflow's check and the hook's command")
def test_the_hook_writes_and_the_check_is_content(repository: Path) -> None:
    (config,) = documents((FLUX / "pre-commit-config.yaml").read_bytes())
    (hook,) = config["repos"][0]["hooks"]
    _unlist(repository)
    output("git", "add", "-A", cwd=repository)
    words = hook["entry"].split()
    assert words[0] == "krm-secrets"
    assert run(PROGRAM, *words[1:], cwd=repository, env=environment(False)).returncode == 0
    # pre-commit stops a commit whose hook changed files, and lets the next one pass.
    assert output("git", "diff", "--name-only", cwd=repository) != b""
    output("git", "add", "-A", cwd=repository)
    assert run(PROGRAM, *words[1:], cwd=repository, env=environment(False)).returncode == 0
    assert output("git", "diff", "--name-only", cwd=repository) == b""
    assert perform(steps("render")["Check"], repository).returncode == 0
