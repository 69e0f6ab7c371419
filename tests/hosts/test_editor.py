"""What editors show: errors, completion and descriptions, by the lines that the program writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from krm_secrets.settings.kinds import KINDS
from tests.hosts.languageserver import Editor
from tests.running import run
from tests.tools import ROOT, tool

EXAMPLES = sorted(
    path for path in (ROOT / "examples").rglob("*.yaml") if path.read_text().startswith("# yaml-language-server: ")
)
COUNT = count()
HEAD = "apiVersion: krm-secrets.dev/v1alpha1\nkind: {kind}\nmetadata:\n  name: web\n"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    editor = Editor()
    yield editor
    editor.close()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository into which the schemas are installed."""
    folder = tmp_path_factory.mktemp("tree")
    subprocess.run([tool("git"), "init", "-q", folder], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run("", "schema", "--install").code == 0
    (folder / "apps").mkdir()
    return folder


def line(kind: str) -> str:
    return f"# yaml-language-server: $schema=../.krm-secrets/schemas/{kind}.json\n"


def text(kind: str, *rows: str) -> str:
    return line(kind) + HEAD.format(kind=kind) + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_nothing_is_wrong_with_an_example(path: Path, editor: Editor) -> None:
    assert editor.errors(path, path.read_text()) == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 10


def test_a_line_that_leads_nowhere_is_an_error(tree: Path, editor: Editor) -> None:
    (found,) = editor.errors(tree / "apps/lost.yaml", text("SecretMapping", "secrets: {}").replace("../", "./"))
    assert "Unable to load schema from" in found


@pytest.mark.parametrize(
    ("kind", "rows", "errors"),
    [
        ("SecretMapping", ["secrets: {web: item}"], []),
        ("SecretMapping", ["secret: {}"], ['2: Missing property "secrets".', "6: Property secret is not allowed."]),
        ("SecretMapping", ["secrets: {web: {fromm: item}}"], ['6: Incorrect type. Expected "string".']),
        ("SecretsConfig", ["decrypt: maybe"], ['6: Value is not accepted. Valid values: "sops", "keep".']),
        ("SecretsConfig", ["store: 7"], ['6: Incorrect type. Expected "string | object(SecretsConfig)".']),
        ("SopsGenerator", ["files: 7"], ['6: Incorrect type. Expected "array".']),
    ],
)  # fmt: skip
def test_mistakes_are_errors(kind: str, rows: list[str], errors: list[str], tree: Path, editor: Editor) -> None:
    assert editor.errors(tree / f"apps/mistakes-{next(COUNT)}.yaml", text(kind, *rows)) == errors


FIELDS = {
    "BitwardenStore": {"projectID", "organizationID", "credentials", "vault"},
    "SecretMapping": {"secrets", "store", "items", "refresh", "output"},
    "SecretsConfig": {"store", "stores", "route", "refresh", "decrypt", "reload", "reloader", "ignore"},
    "SopsGenerator": {"files", "secrets"},
}


@pytest.mark.parametrize("kind", FIELDS)
def test_fields_are_offered(kind: str, tree: Path, editor: Editor) -> None:
    editor.errors(tree / f"apps/offered-{kind}.yaml", text(kind, ""))
    assert FIELDS[kind] <= editor.offered(6, 1)


def test_all_kinds_are_tried() -> None:
    assert sorted(FIELDS) == sorted(KINDS)


def test_values_and_inner_fields_are_offered(tree: Path, editor: Editor) -> None:
    editor.errors(tree / "apps/values.yaml", text("SecretsConfig", "decrypt: "))
    assert {"sops", "keep"} <= editor.offered(6, 10)
    editor.errors(tree / "apps/inner.yaml", text("SecretMapping", "secrets:", "  web:", "    from: item", "    "))
    assert {"data", "store", "policy", "type", "labels"} <= editor.offered(9, 5)


@pytest.mark.parametrize("kind", FIELDS)
def test_each_field_is_described(kind: str, tree: Path, editor: Editor) -> None:
    schema = json.loads((ROOT / f"schemas/{kind}.json").read_text())
    for field in sorted(FIELDS[kind]):
        editor.errors(tree / f"apps/described-{kind}-{field}.yaml", text(kind, f"{field}: "))
        described = editor.hover(6, 2).replace("\\", "")
        assert len(described.splitlines()) > 2, (field, schema["properties"][field])
