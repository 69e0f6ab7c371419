"""The workflows of the project: valid, with pinned actions and no right that a job does not need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.hosts.support import ROOT, documents
from tests.toml import load_toml
from tests.tools import tool

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT = load_toml(ROOT / "pyproject.toml")["project"]


def read(path: Path) -> dict[str, Any]:
    (found,) = documents(path.read_bytes())
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["release.yml", "tests.yml"]


def test_actionlint_takes_all() -> None:
    done = subprocess.run([tool("actionlint"), "-shellcheck=", "-pyflakes="], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_schema_of_github_takes_it(path: Path) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_tell_their_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used != []
    assert [each for each in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_nothing_else_unless_a_job_says_so(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    wide = {name: job["permissions"]["contents"] for name, job in read(path)["jobs"].items() if job.get("permissions")}
    assert set(wide.values()) <= {"read"}
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(str(step["with"]["persist-credentials"]).lower() == "false" for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_that_others_choose_is_pasted_into_a_script(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


def test_every_python_that_the_package_names_is_tried() -> None:
    (path,) = (each for each in WORKFLOWS if each.name == "tests.yml")
    tried = read(path)["jobs"]["tests"]["strategy"]["matrix"]["python"]
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert tried == named
    nox = (ROOT / "noxfile.py").read_text()
    assert f"PYTHONS = {tried}".replace("'", '"') in nox


def test_the_lock_of_developers_has_all_that_they_need() -> None:
    text = (ROOT / "release/dev.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    extras = PROJECT["optional-dependencies"]
    wanted = {Requirement(each).name.lower().replace("_", "-") for extra in extras.values() for each in extra}
    assert wanted - {PROJECT["name"]} <= pinned
    assert text.count("--hash=sha256:") >= len(pinned)
