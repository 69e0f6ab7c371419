"""How certain a finding is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from krm_secrets.cli.check import of_trees

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: written-by-hand}\n"
LISTING = "resources: [gone.yaml]\n"


@pytest.mark.parametrize(
    ("folder", "certain"),
    [("app", True), ("_archived/app", False), ("archive-of-web", True), ("docs/web", False), ("docsite", True)],
)
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


@pytest.mark.parametrize(("folder", "severity"), [("app", "error"), ("tests/e2e", "warning"), ("docs", "warning")])
def test_a_secret_that_is_only_shown_is_no_error(
    folder: str, severity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / folder
    path.mkdir(parents=True)
    (path / "secret.yaml").write_text(SECRET, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (found,) = of_trees((".",), "", [RULES["plaintext-secret"]], [])
    assert found.severity == severity


USER = """apiVersion: batch/v1
kind: CronJob
metadata: {name: web, namespace: web}
spec:
  schedule: "@daily"
  jobTemplate:
    spec: {template: {spec: {containers: [{name: web, envFrom: [{secretRef: {name: login}}]}]}}}
"""
ELSEWHERE = "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: other}\n"
COPIES = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: copy, namespace: web}
data: {copy.sh: "kubectl get secret login -n other -o yaml | kubectl apply -n web -f -"}
"""
ROLE = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: mint, namespace: web}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [NAME], verbs: [VERB]}]
"""


@pytest.mark.parametrize(
    ("more", "confidence"),
    [
        ("", "high"),
        (COPIES, "low"),
        (COPIES.replace("get secret login", "get secret logins"), "high"),
        (ROLE.replace("NAME", "login").replace("VERB", "patch"), "low"),
        (ROLE.replace("NAME", "login").replace("VERB", "get"), "high"),
        (ROLE.replace("NAME", "mail").replace("VERB", "patch"), "high"),
        ("# kind: ExternalSecret\n# metadata:\n#   name: login\n", "low"),
        ("# name: login-for-others\n", "high"),
    ],
)
def test_what_is_made_by_hand_may_be_there(
    more: str, confidence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web.yaml").write_text(f"{USER}---\n{ELSEWHERE}{more}", encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (found,) = of_trees((".",), "", [RULES["secret-in-other-namespace"]], [])
    assert found.confidence == confidence


@pytest.mark.parametrize(("filled", "confidence"), [("dev", {"low"}), ("other", {"high", "medium"})])
def test_one_environment_shows_what_the_others_get(
    filled: str, confidence: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "web.yaml").write_text(USER.replace(", namespace: web", ""), encoding="utf-8")
    (base / "kustomization.yaml").write_text("resources: [web.yaml]\n", encoding="utf-8")
    for name in ("dev", "prod"):
        (tmp_path / name).mkdir()
        text = f"namespace: {name}\nresources: [../base]\n"
        (tmp_path / name / "kustomization.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/login.yaml").write_text(ELSEWHERE.replace("other", filled), encoding="utf-8")
    (tmp_path / "secrets/kustomization.yaml").write_text("resources: [login.yaml]\n", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    found = of_trees((".",), "", [RULES["secret-in-other-namespace"]], [])
    assert {each.confidence for each in found} <= confidence
    assert found


def test_the_secret_of_a_bootstrap_of_flux_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: "ssh://git@example.com/a", secretRef: {name: flux-system}}
---
apiVersion: v1
kind: Secret
metadata: {name: cluster, namespace: flux-system}
"""
    (tmp_path / "kustomization.yaml").write_text("resources: [gotk-sync.yaml]\n", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for text, said in ((sync, 0), (sync.replace("{name: flux-system}}", "{name: login}}"), 1)):
        (tmp_path / "gotk-sync.yaml").write_text(text, encoding="utf-8")
        assert len(of_trees((".",), "", [RULES["secret-not-made"]], [])) == said


@pytest.mark.parametrize(
    ("mount", "confidence"),
    [
        ("mountPath: /tmp/k8s-webhook-server/serving-certs", "low"),
        ("mountPath: /tmp/k8s-webhook-server/serving-certs/tls.crt, subPath: tls.crt", "high"),
        ("mountPath: /etc/certs", "high"),
    ],
)
def test_certificates_that_a_program_reads_again_need_no_restart(
    mount: str, confidence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web.yaml").write_text(
        f"""apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: serving, namespace: web}}
spec: {{secretName: serving}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: web}}
spec:
  template:
    spec:
      containers: [{{name: web, volumeMounts: [{{name: certs, {mount}}}, {{name: other, mountPath: /x}}]}}]
      volumes: [{{name: certs, secret: {{secretName: serving}}}}]
""",
        encoding="utf-8",
    )
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (found,) = of_trees((".",), "", [RULES["no-restart"]], [])
    assert found.confidence == confidence


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
