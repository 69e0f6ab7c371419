"""The image itself: who it runs as, what it holds, and how fast it starts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.tools import tool

from . import image
from .containers import KEY_TEXT, LOCKED_UP, contained, inside, key_file
from .matrix import SAME, checked
from .support import CLUSTER, FACTS, PROGRAM, ROOT, build, environment, facts, objects, output, pipe

VERSION = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    """The image's own configuration."""
    shown = output(tool("podman"), "image", "inspect", image.name(), env=environment() | image.settings())
    found: dict[str, Any] = json.loads(shown)[0]
    return found


@checked("podman", "the image", "as nobody, read-only, without a network")
def test_it_runs_as_nobody_and_takes_arguments_as_the_program_does(config: dict[str, Any]) -> None:
    settings = config["Config"]
    assert settings["User"] == "65534"
    assert settings["Entrypoint"] == ["/opt/krm-secrets/bin/krm-secrets"]
    assert not settings.get("Cmd")
    assert not any(entry.startswith("HOME=") for entry in settings["Env"])


def test_its_labels_and_its_version_agree_with_the_package(config: dict[str, Any]) -> None:
    assert VERSION is not None
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert (labels["version"], labels["licenses"], labels["title"]) == (VERSION[1], "Apache-2.0", "krm-secrets")
    assert set(labels) >= {"description", "revision"}
    assert contained("--version").stdout.decode() == f"krm-secrets, version {VERSION[1]}\n"


def test_the_default_base_is_pinned_by_tag_and_digest() -> None:
    base = re.search(r"^ARG BASE=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert base is not None
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+\.\d+-slim-" + image.SUITE + "@sha256:[0-9a-f]{64}", base[1])


@checked("podman", "the image", SAME)
def test_with_nothing_but_the_key_it_makes_what_the_program_makes() -> None:
    stream = build(CLUSTER)
    env = environment(key=False, SOPS_AGE_KEY=KEY_TEXT)
    done = contained(stdin=stream, options=(*LOCKED_UP, "-e", "SOPS_AGE_KEY"), env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert facts(objects(done.stdout)) == FACTS
    assert done.stdout == pipe(stream)


@checked("podman", "the image", "the key by a mounted file")
def test_a_mounted_key_file_must_be_readable_for_nobody(tmp_path: Path) -> None:
    path = key_file(tmp_path, 0o600)
    options = (*LOCKED_UP, "-v", f"{path}:/key.txt:ro", "-e", "SOPS_AGE_KEY_FILE=/key.txt")
    stream = (CLUSTER / "bootstrap/dns-token.sops.yaml").read_bytes()
    done = contained(stdin=stream, options=options)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"(SOPS_AGE_KEY_FILE: /key.txt: cannot be read: Permission denied)" in done.stderr
    path.chmod(0o644)
    assert b"0042" in contained(stdin=stream, options=options).stdout


def test_commands_find_what_is_mounted_where_it_works() -> None:
    options = (*LOCKED_UP, "-v", f"{CLUSTER}:/work:ro", "-e", "SOPS_AGE_KEY")
    env = environment(key=False, SOPS_AGE_KEY=KEY_TEXT)
    assert contained("run", ".", options=options, env=env).stdout == output(PROGRAM, "run", ".", cwd=CLUSTER)
    assert contained("guard", "--files", ".", options=options).returncode == 0


# Whatever a run can import was compiled when the image was built: nobody can write it later.
COMPILED = """
import sys
sys.path.append(%r)
import importlib, pkgutil, krm_secrets
for found in pkgutil.walk_packages(krm_secrets.__path__, "krm_secrets."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
count = 0
for name, module in list(sys.modules.items()):
    cached = getattr(module, "__cached__", None)
    if cached:
        with open(cached, "rb") as file:
            flags = int.from_bytes(file.read(8)[4:], "little")
        assert flags == 1, (name, flags)
        count += 1
print(count)
"""


def test_the_byte_code_of_all_modules_is_there_and_is_not_compared_with_its_source() -> None:
    site = re.search(r'append\("(.+)"\)', inside("cat", "/opt/krm-secrets/bin/krm-secrets"))
    assert site is not None
    assert int(inside("python3", "-IS", "-c", COMPILED % site[1])) > 200


def test_the_bill_of_materials_names_what_is_installed() -> None:
    bill = json.loads(inside("cat", "/opt/krm-secrets/sbom.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    subject = bill["metadata"]["component"]
    assert VERSION is not None
    assert (subject["name"], subject["version"], subject["type"]) == ("krm-secrets", VERSION[1], "application")
    listed = {(c["name"].lower(), c["version"]) for c in bill["components"] if c["name"] != "krm-secrets"}
    code = "import importlib.metadata as m; [print(d.name.lower(), d.version) for d in m.distributions()]"
    lines = inside("/opt/krm-secrets/bin/python", "-I", "-c", code).splitlines()
    assert listed == {(name, version) for name, version in map(str.split, lines) if name != "krm-secrets"}
    assert len(listed) > 10
    assert all(component["purl"].startswith("pkg:pypi/") for component in bill["components"] if "purl" in component)


def test_it_is_the_base_with_the_program_and_nothing_else() -> None:
    diff = output(tool("podman"), "diff", image.name(), image.BASE, env=environment() | image.settings()).decode()
    paths = [path for kind, path in map(str.split, diff.splitlines()) if kind != "C"]
    own = [path for path in paths if path.startswith(("/opt/krm-secrets", "/work"))]
    assert len(own) > 1000
    assert [path for path in paths if path not in own and "__pycache__" not in path] == []
