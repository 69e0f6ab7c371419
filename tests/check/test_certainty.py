"""How certain a finding is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from krm_secrets.cli.check import of_trees

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: written-by-hand}\n"
LISTING = "resources: [gone.yaml]\n"


@pytest.mark.parametrize(("folder", "certain"), [("app", True), ("_archived/app", False), ("archive-of-web", True)])
def test_what_was_put_away_is_told_to_who_asks_for_it(
    folder: str, certain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret is one wherever it lies."""
    path = tmp_path / folder
    path.mkdir(parents=True)
    (path / "secret.yaml").write_text(SECRET, encoding="utf-8")
    (path / "kustomization.yaml").write_text(LISTING, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    rules = [RULES["plaintext-secret"], RULES["listed-file-missing"]]
    found = {each.rule: each.confidence for each in of_trees((".",), "", rules, [])}
    assert found == {"plaintext-secret": "medium", "listed-file-missing": "high" if certain else "low"}


@pytest.mark.parametrize(
    ("name", "certain"),
    [("web.yaml", True), ("hack/web.yaml", False), ("restore-example.yaml", False), ("hackney.yaml", True)],
)
def test_what_people_apply_by_hand_is_told_to_who_asks_for_it(
    name: str, certain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web}\nspec: {secretName: web}\n"
    )
    (path.parent / "kustomization.yaml").write_text("resources: []\n")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (found,) = of_trees((".",), "", [RULES["not-in-any-build"]], [])
    assert found.confidence == ("medium" if certain else "low")


@pytest.mark.parametrize(("other", "confidence"), [("v1beta1", "low"), ("v1", "high")])
def test_an_old_version_is_certain_where_the_new_one_is_beside_it(
    other: str, confidence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, version in (("a", "v1beta1"), ("b", other)):
        spec = "spec: {secretStoreRef: {name: s}, data: [{secretKey: a, remoteRef: {key: b}}]}\n"
        head = f"apiVersion: external-secrets.io/{version}\nkind: ExternalSecret\nmetadata: {{name: {name}}}\n"
        (tmp_path / f"{name}.yaml").write_text(head + spec, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    found = of_trees((".",), "", [RULES["eso-version-not-served"]], [])
    assert {each.confidence for each in found} == {confidence}
