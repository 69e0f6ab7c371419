"""What `check` finds, as results under kpt and on the way through kustomize: told, or failing, as it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.check.support import RIGHT, WRONG
from tests.tools import tool

from .support import EXEC, PROGRAM, environment, kustomization, messages, objects, run, transformer

FIELD = "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key"
MESSAGE = 'the Secret "db" never gets the key "PASSWORD"; did you mean "PASSWROD"?'
OBJECT = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "web"}


def config(results: str) -> str:
    return (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: config}\n"
        f"check: {{results: {results}}}\n"
    )


def evaluated(folder: Path, files: dict[str, str], results: str) -> tuple[int, dict[str, Any]]:
    """How `kpt fn eval` ends over a folder, and what stands in the file of results that it leaves."""
    package = kustomization(folder / "package", "", files)
    (package / "kustomization.yaml").unlink()
    (folder / "config.yaml").write_text(config(results), encoding="utf-8")
    (folder / "home").mkdir()
    words = ("--exec", PROGRAM, "--fn-config", folder / "config.yaml", "--results-dir", folder / "results")
    done = run(tool("kpt"), "fn", "eval", package, *words, env=environment(HOME=str(folder / "home")))
    text = (folder / "results" / "results.yaml").read_text(encoding="utf-8")
    found: Any = load(parse(text)[0].root)
    return done.returncode, found


@pytest.mark.parametrize(("results", "code"), [("error", 1), ("warning", 0)])
def test_kpt_gets_results_with_field_file_and_rule_and_fails_where_asked(
    tmp_path: Path, results: str, code: int
) -> None:
    ended, found = evaluated(tmp_path, WRONG, results)
    assert (ended, found["exitCode"]) == (code, code)
    assert [item["results"] for item in found["items"]] == [
        [
            {
                "message": MESSAGE,
                "severity": results,
                "resourceRef": OBJECT,
                "field": {"path": FIELD},
                "file": {"path": "app.yaml"},
                "tags": {"rule": "key-not-made"},
            }
        ]
    ]


def test_kpt_gets_no_results_where_nothing_is_found(tmp_path: Path) -> None:
    ended, found = evaluated(tmp_path, RIGHT, "error")
    assert ended == 0
    assert [item.get("results") for item in found["items"]] == [None]


def built(folder: Path, results: str) -> Path:
    function = transformer(PROGRAM, body=f"check: {{results: {results}}}\n")
    listing = "resources: [secret.yaml, app.yaml]\ntransformers: [function.yaml]\n"
    return kustomization(folder, listing, {**WRONG, "function.yaml": function})


def test_kustomize_fails_with_the_message_and_builds_nothing(tmp_path: Path) -> None:
    done = run(tool("kustomize"), "build", *EXEC, built(tmp_path, "error"))
    assert (done.returncode, done.stdout) == (1, b"")
    assert messages(done)[0] == f"krm-secrets: error: Deployment web/web: {FIELD}: {MESSAGE} [key-not-made]"


def test_kustomize_builds_the_same_with_a_warning(tmp_path: Path) -> None:
    folder = built(tmp_path, "warning")
    done = run(tool("kustomize"), "build", *EXEC, folder)
    assert done.returncode == 0
    assert messages(done) == [f"krm-secrets: warning: Deployment web/web: {FIELD}: {MESSAGE} [key-not-made]"]
    (folder / "kustomization.yaml").write_text("resources: [secret.yaml, app.yaml]\n", encoding="utf-8")
    plain = run(tool("kustomize"), "build", folder)
    assert objects(done.stdout) == objects(plain.stdout)
