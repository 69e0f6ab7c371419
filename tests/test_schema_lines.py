"""`krm-secrets schema --install`, the lines by which editors find schemas, and what doctor says of them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from krm_secrets.settings.kinds import KINDS
from krm_secrets.settings.schema_files import folder
from tests.running import Done, run
from tests.test_people import EXTERNAL_SECRET
from tests.tools import tool

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nstore: vault\n"
MAPPING = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: web}\nsecrets: {web: web}\n"
OLD = "# yaml-language-server: $schema=https://krm-secrets.dev/schemas/SecretMapping.json\n"
ELSEWHERE = "# yaml-language-server: $schema=https://example.com/a.json\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
IN_A_ROW = "--- {apiVersion: krm-secrets.dev/v1alpha1, kind: SecretMapping}\n"


def line(kind: str, up: int) -> str:
    return f"# yaml-language-server: $schema={'../' * up}.krm-secrets/schemas/{kind}.json\n"


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run([tool("git"), "init", "-q", tmp_path], check=True)
    (tmp_path / "apps/web").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "apps")
    return tmp_path


def install() -> Done:
    return run("", "schema", "--install")


def test_schemas_are_put_into_the_repository_and_lines_above_documents(tree: Path) -> None:
    (tree / "krm-secrets.yaml").write_text(CONFIG)
    many = f"{DEPLOYMENT}---\n# mine\n{MAPPING}---\n{OLD}{MAPPING}{IN_A_ROW}"
    (tree / "apps/web/all.yaml").write_text(many)
    (tree / "apps/web/windows.yaml").write_bytes(MAPPING.replace("\n", "\r\n").encode())
    (tree / "apps/web/there.yaml").write_text(f"{line('SecretMapping', 2)}---\n{MAPPING}")
    (tree / "apps/web/remote.yaml").write_text(ELSEWHERE + MAPPING)
    (tree / "apps/web/data.json").write_text('{"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretMapping"}')
    done = install()
    assert (done.code, done.err) == (0, "")
    assert done.out.decode().splitlines() == [
        *(f"created ../.krm-secrets/schemas/{kind}.json" for kind in sorted(KINDS)),
        "updated ../krm-secrets.yaml",
        "updated web/all.yaml",
        "updated web/windows.yaml",
    ]
    for kind in sorted(KINDS):
        assert (tree / f".krm-secrets/schemas/{kind}.json").read_bytes() == Path(folder(), f"{kind}.json").read_bytes()
    assert (tree / "krm-secrets.yaml").read_text() == line("SecretsConfig", 0) + CONFIG
    new = line("SecretMapping", 2)
    assert (tree / "apps/web/all.yaml").read_text() == many.replace("# mine\n", "# mine\n" + new).replace(OLD, new)
    assert (tree / "apps/web/windows.yaml").read_bytes() == (new + MAPPING).replace("\n", "\r\n").encode()
    assert install() == Done(0, b"all is up to date\n", "")


def test_init_and_shorten_write_lines_where_schemas_are(tree: Path) -> None:
    install()
    assert run("", "init", "web").code == 0
    assert (tree / "apps/web/krm-secrets.yaml").read_text().startswith(line("SecretsConfig", 2))
    (tree / "apps/web/secret.yaml").write_text(EXTERNAL_SECRET)
    (tree / "apps/web/kustomization.yaml").write_text("resources: [secret.yaml]\n")
    done = run("", "shorten", "--write", "web")
    assert done.code == 0, done.err
    assert (tree / "apps/web/secretmapping.yaml").read_text().startswith(line("SecretMapping", 2))


def test_without_schemas_no_line_is_written(tree: Path) -> None:
    assert run("", "init", "web").code == 0
    assert "yaml-language-server" not in (tree / "apps/web/krm-secrets.yaml").read_text()


def notes(*paths: str) -> list[str]:
    found: list[str] = json.loads(run("", "doctor", "--format", "json", *paths).out)["notes"]
    return found


def test_doctor_says_which_lines_lead_nowhere(tree: Path) -> None:
    for n in range(5):
        (tree / f"apps/web/{n}.yaml").write_text("\n" + OLD + MAPPING)
    said = "the $schema line leads nowhere, so that editors show an error: krm-secrets schema --install"
    assert notes() == [f"web/0.yaml:2, web/1.yaml:2, web/2.yaml:2 and 2 more: {said}"]
    install()
    assert notes() == []
    (tree / "apps/web/4.yaml").write_text(line("SecretMapping", 1) + MAPPING)
    assert notes() == [f"web/4.yaml:1: {said}"]


def test_doctor_says_when_schemas_are_of_another_version(tree: Path) -> None:
    install()
    (tree / ".krm-secrets/schemas/SecretMapping.json").write_text("{}")
    assert notes() == [
        "the schemas in .krm-secrets/schemas are not those of this version: krm-secrets schema --install"
    ]
    assert install().out == b"updated ../.krm-secrets/schemas/SecretMapping.json\n"
    assert notes() == []


def test_what_cannot_be_written_is_said(tree: Path) -> None:
    (tree / ".krm-secrets").write_text("a file")
    done = install()
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("krm-secrets: error: ")
    assert run("", "schema", "--install", "SecretMapping").code == 2


def test_guard_has_nothing_against_schemas(tree: Path) -> None:
    install()
    os.chdir(tree)
    assert run("", "guard", "--files", ".").code == 0
