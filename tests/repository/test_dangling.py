"""Entries of kustomizations for which nothing is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository.support import lay
from tests.running import run


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resources:\n  - externalsecret.yaml\n", ["2: lists externalsecret.yaml"]),
        ("resources: [./a.yaml, ../b, there.yaml]\n", ["1: lists ./a.yaml", "1: lists ../b"]),
        ("components:\n- ../c\nbases: [d]\n", ["2: lists ../c", "3: lists d"]),
        ("transformers: [t.yaml, 'kind: X']\ncrds: [e.json]\n", ["2: lists e.json", "1: lists t.yaml"]),
        ("x: &x [gone.yaml]\nresources: *x\n", ["1: lists gone.yaml"]),
        (
            "resources:\n"
            "  - https://example.com/a.yaml\n"
            "  - github.com/o/r/deploy?ref=v1\n"
            "  - git@example.com:o/r\n"
            "  - example.com/o/r\n"
            "  - o/r//deploy\n"
            "  - there.yaml\n"
            "  - below\n"
            "transformers:\n"
            "  - |\n    kind: X\n",
            [],
        ),
    ],
)
def test_what_is_not_there_is_told(text: str, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {".git/HEAD": "", "app/kustomization.yaml": text, "app/there.yaml": "", "app/below/x.yaml": ""})
    monkeypatch.chdir(tmp_path)
    done = run("", "render", ".")
    assert (done.code, done.out) == (0, b"nothing to render: no mappings here\n")
    assert done.err.splitlines() == [
        f"krm-secrets: warning: app/kustomization.yaml:{each}, which is not there, and kustomize fails:"
        " restore it, or take the entry out [listed-file-missing]"
        for each in told
    ]
    assert run("", "render", "app/below").err == ""


def test_what_render_makes_will_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = "apiVersion: krm-secrets.dev/v1alpha1\nmetadata: {name: x}\n"
    files = {
        ".git/HEAD": "",
        "krm-secrets.yaml": f"{head}kind: SecretsConfig\nstore: v\n",
        "kustomization.yaml": "resources: [externalsecret.yaml]\n",
        "m.yaml": f"{head}kind: SecretMapping\nsecrets: {{s: item}}\n",
    }
    lay(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert run("", "render", "--diff", ".").err == ""
