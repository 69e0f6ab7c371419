"""The composite action: GitHub's schema takes it, and its steps do what they say, run as a runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.support import KEY, ROOT, documents

ACTION = ROOT / "action.yml"
(TEXT,) = documents(ACTION.read_bytes())
STEPS: list[dict[str, Any]] = TEXT["runs"]["steps"]


def test_the_schema_of_github_takes_it() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_uses_the_inputs_that_it_declares_and_no_others() -> None:
    assert set(re.findall(r"inputs\.(\w+)", ACTION.read_text())) == set(TEXT["inputs"])
    ids = {step["id"] for step in STEPS if "id" in step}
    assert set(re.findall(r"steps\.(\w+)\.outputs", ACTION.read_text())) == ids


def test_no_input_is_pasted_into_a_script() -> None:
    """Whoever may choose a branch's name could write shell there."""
    assert [step["run"] for step in STEPS if "${{" in step["run"]] == []


class Runner:
    """What GitHub's runner does with the steps of a composite action."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: folder / name.lower() for name in ("GITHUB_PATH", "GITHUB_OUTPUT")}
        for path in self.files.values():
            path.touch()

    def step(self, step: dict[str, Any], **inputs: str) -> subprocess.CompletedProcess[str]:
        """One step, with the paths that earlier ones added."""
        added = [*reversed(self.files["GITHUB_PATH"].read_text().split("\n")), os.environ["PATH"]]
        env = {"PATH": ":".join(filter(None, added)), "RUNNER_TEMP": str(self.folder), "SOPS_AGE_KEY_FILE": str(KEY)}
        env |= {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))}
        env |= {name: str(path) for name, path in self.files.items()}
        known = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.action_path": str(ROOT)}
        for name, value in step["env"].items():
            env[name] = re.sub(r"\$\{\{ (\S+) \}\}", lambda match: known[match[1]], value)
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner that has installed the program."""
    runner = Runner(tmp_path_factory.mktemp("runner"))
    for _ in range(2):  # a workflow may use the action twice
        done = runner.step(STEPS[0], python=sys.executable)
        assert done.returncode == 0, done.stderr
    return runner


def test_the_program_is_installed_and_its_version_is_an_output(runner: Runner) -> None:
    lines = runner.files["GITHUB_OUTPUT"].read_text().splitlines()
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert set(lines) == {f"version={version[1]}"}


def test_the_commands_find_it(runner: Runner) -> None:
    done = runner.step(
        STEPS[2], run='command -v krm-secrets\nkrm-secrets run "examples/cluster" | krm-secrets guard | wc -l'
    )
    assert done.returncode == 0, done.stderr
    path, lines = done.stdout.split()
    assert path == f"{runner.folder}/krm-secrets-path/krm-secrets"
    assert int(lines) > 100


def test_a_failure_in_a_pipe_fails_the_step(runner: Runner) -> None:
    done = runner.step(STEPS[2], run="echo | krm-secrets | cat\necho not reached")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("krm-secrets: error: nothing came in on standard input")


def test_findings_fail_the_step_and_annotate(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\n"
        'metadata: {name: web, namespace: web, annotations: {reloader.stakater.com/autos: "true"}}\n'
        "spec: {template: {spec: {containers: [{name: web, envFrom: [{secretRef: {name: db}}]}]}}}\n"
    )
    done = runner.step(STEPS[1], check=f"--format github {tmp_path}")
    assert done.returncode == 1
    assert done.stdout.startswith("::warning title=")
    assert runner.step(STEPS[1], check=f"--fail-on error {tmp_path}").returncode == 0
    assert STEPS[1]["if"] == "inputs.check != ''"
