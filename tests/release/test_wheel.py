"""What goes to the package index: checked, and installed into empty environments of every Python that is here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.hosts.support import FACTS, KEY, PROGRAM, ROOT, build, environment, facts, objects, output, run
from tests.toml import load_toml

OLDEST, NEWEST = 10, 14
PROJECT = load_toml(ROOT / "pyproject.toml")["project"]


def _pythons() -> dict[str, Path]:
    """The interpreters that are here, by minor version: on PATH, of pyenv, and the one that runs this."""
    found = {}
    for minor in range(OLDEST, NEWEST + 1):
        installed = (Path.home() / ".pyenv/versions").glob(f"3.{minor}.*/bin/python3")
        for path in (shutil.which(f"python3.{minor}"), *installed):
            # pyenv has a stub on PATH for each, which may start none
            if path and subprocess.run([path, "-c", "import venv"], capture_output=True).returncode == 0:
                found[f"3.{minor}"] = Path(path)
                break
    return found | {"{}.{}".format(*sys.version_info): Path(sys.executable)}


PYTHONS = _pythons()


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def cluster() -> bytes:
    """What `krm-secrets run examples/cluster` prints, as this checkout has it."""
    return output(PROGRAM, "run", "examples/cluster", cwd=ROOT)


def test_the_index_takes_both(dist: Path) -> None:
    files = sorted(dist.iterdir())
    assert [path.suffix for path in files] == [".whl", ".gz"]
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 2), done.stdout + done.stderr


@pytest.mark.parametrize("version", PYTHONS)
def test_installed_from_the_wheel_the_command_of_the_readme_runs(
    version: str, wheel: Path, cluster: bytes, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    subprocess.run([PYTHONS[version], "-m", "venv", "--without-pip", venv], check=True)
    install = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", venv / "bin/python")
    index = {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}
    subprocess.run([*install, wheel], check=True, env=os.environ | index)
    program = venv / "bin/krm-secrets"
    assert output(program, "run", "examples/cluster", cwd=ROOT) == cluster
    assert facts(objects(output(program, stdin=build(ROOT / "examples/cluster")))) == FACTS
    assert output(program, "--version").decode() == f"krm-secrets, version {PROJECT['version']}\n"
    assert output(program, "schema").split() == [path.stem.encode() for path in sorted((ROOT / "schemas").iterdir())]
    from_outside(venv / "bin/python", tmp_path)


USER = """
import krm_secrets
from krm_secrets import krm

def team(call: krm.Call) -> list[krm.Item]:
    return [item.set("metadata", "labels", "team", value="web") for item in call.items]

done: krm.Output = krm.run(team, b"kind: A\\nmetadata: {name: b} # c\\n")
assert done.data == b"kind: A\\nmetadata: {labels: {team: web}, name: b} # c\\n", done.data
built = krm_secrets.run(open(PATH, "rb").read(), CONFIG)
assert built.ok and b"ExternalSecret" in built.data, built.results
plain: bytes = krm_secrets.decrypt_file(open(FILE, "rb").read(), "yaml", {"SOPS_AGE_KEY_FILE": KEY})
assert b"sops:" not in plain
try:
    krm_secrets.decrypt_file(b"a: 1", "yaml")
except krm_secrets.Failure as error:
    print(error.results[0].message)
"""


def from_outside(python: Path, folder: Path) -> None:
    """What a program of somebody else's does with the package, as it is installed; and what a type checker says."""
    cluster = ROOT / "examples/cluster"
    names = {"PATH": cluster / "apps/feeds/secrets.yaml", "FILE": cluster / "bootstrap/dns-token.sops.yaml", "KEY": KEY}
    names["CONFIG"] = cluster / "krm-secrets.yaml"
    text = "".join(f"{name} = {str(path)!r}\n" for name, path in names.items()) + USER
    (folder / "user.py").write_text(text)
    assert output(python, "user.py", cwd=folder) == b"is no file that sops encrypted: it has no sops block\n"
    checked = run(
        *(sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--follow-imports=silent"),
        *("--config-file=", "--cache-dir", folder / "mypy", "user.py"),
        cwd=folder,
    )
    assert checked.returncode == 0, checked.stdout.decode()


def test_the_readme_has_that_command() -> None:
    command = f"SOPS_AGE_KEY_FILE={KEY.relative_to(ROOT)} .venv/bin/krm-secrets run examples/cluster"
    assert command in (ROOT / "README.md").read_text()
    assert environment()["SOPS_AGE_KEY_FILE"] == str(KEY)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    about, data = (f"krm_secrets-{PROJECT['version']}.{suffix}" for suffix in ("dist-info", "data"))
    assert {name.split("/")[0] for name in names} == {"krm_secrets", about, data}
    assert [name for name in names if name.startswith(data)] == [f"{data}/scripts/krm-secrets"]
    package = {str(path.relative_to(ROOT)) for path in (ROOT / "krm_secrets").rglob("*.py")}
    schemas = {f"krm_secrets/{path.relative_to(ROOT)}" for path in (ROOT / "schemas").iterdir()}
    held = {name for name in names if name.startswith("krm_secrets/")}
    assert held >= package | schemas
    others = {name for name in held - package - schemas if not name.endswith((".yaml", "/page.css", "/page.js"))}
    assert others == {"krm_secrets/py.typed", "krm_secrets/_startup/launcher.sh"}


def test_the_source_distribution_can_be_tested(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md", "Dockerfile", "tests/test_cases.py"}
    assert not {name for name in names if name.startswith((".ci", ".venv", "bench/data/"))}


def test_the_classifiers_are_pythons_that_the_range_takes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    minors = [match[1] for c in metadata.get_all("Classifier") or () if (match := re.search(r"Python :: 3\.(\d+)$", c))]
    assert minors == sorted(minors)
    assert metadata["Requires-Python"] == f">=3.{minors[0]}"
