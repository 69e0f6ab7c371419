"""What is told of a tree is the same in each process, whatever Python draws for its hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import start

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  template:
    spec:
      containers: [{{name: app, image: app}}]
      volumes: [{{name: shared, secret: {{secretName: shared}}}}]
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  template: {{spec: {{containers: [{{name: app, envFrom: [{{secretRef: {{name: shared}}}}]}}]}}}}
"""
KUSTOMIZATION = "resources: [app.yaml]\npatches: [{path: patch.yaml}]\n"
SHARED = "apiVersion: v1\nkind: Secret\nmetadata: {name: shared}\ndata: {A: dmFsdWU=}\n"
NAMES = [f"app-{n}" for n in range(8)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "app.yaml").write_text(APP.format(name=name))
        (folder / "patch.yaml").write_text(PATCH.format(name=name))
        (folder / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "shared.yaml").write_text(SHARED)
    (tmp_path / "kustomization.yaml").write_text(f"namespace: web\nresources: [shared.yaml, {', '.join(NAMES)}]\n")
    return tmp_path


@pytest.mark.parametrize(
    "words", [("render", "--explain"), ("run", "--explain"), ("check", "--pedantic"), ("graph",)], ids=" ".join
)
def test_it_is_the_same_in_each_process(words: tuple[str, ...], tree: Path) -> None:
    done = {start("", *words, ".", env={"PYTHONHASHSEED": seed}, cwd=str(tree)) for seed in ("1", "2", "3")}
    assert len(done) == 1
    assert "shared" in str(done)
