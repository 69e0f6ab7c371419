"""What somebody decided upon: by comments, annotations and configurations, and where these count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.check.support import BOTH, WRONG, as_json, check, put, rules
from tests.running import run

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: config}\n"


def config(check: str) -> dict[str, str]:
    return {"krm-secrets.yaml": f"{CONFIG}check:\n{check}"}


def by(folder: Path, *words: str) -> list[tuple[str, str, str]]:
    """What is suppressed: the rule, by what, and why."""
    return [(each["rule"], each["by"], each["reason"]) for each in as_json(folder, *words)["suppressed"]]


def test_a_comment_is_for_its_line(tmp_path: Path) -> None:
    text = WRONG["app.yaml"].replace("key: PASSWORD", "key: PASSWORD  # krm-secrets: ignore[key-not-made] by hand")
    put(tmp_path, {**WRONG, "app.yaml": text})
    assert by(tmp_path) == [("key-not-made", "comment", "by hand")]
    assert check(tmp_path).code == 0
    assert "1 suppressed" in check(tmp_path).err


def test_a_comment_above_an_object_is_for_all_of_it_and_for_no_other(tmp_path: Path) -> None:
    other = WRONG["app.yaml"].replace("name: web\n", "name: other\n", 1)
    put(tmp_path, {**WRONG, "app.yaml": f"# krm-secrets: ignore[key-not-made] a\n{WRONG['app.yaml']}---\n{other}"})
    found = as_json(tmp_path)
    assert [each["object"]["name"] for each in found["findings"]] == ["other"]
    assert [each["object"]["name"] for each in found["suppressed"]] == ["web"]


def test_a_comment_names_rules(tmp_path: Path) -> None:
    put(tmp_path, {**BOTH, "app.yaml": f"# krm-secrets: ignore[no-restart] a\n{BOTH['app.yaml']}"})
    assert rules(tmp_path) == ["key-not-made"]
    put(tmp_path, {**BOTH, "app.yaml": f"# krm-secrets: ignore[no-restart,key-not-made] a\n{BOTH['app.yaml']}"})
    assert rules(tmp_path) == []


def test_what_looks_like_a_comment_in_a_text_is_none(tmp_path: Path) -> None:
    text = WRONG["app.yaml"].replace(
        "image: web:1", 'image: web:1\n          args: ["# krm-secrets: ignore[key-not-made] a"]'
    )
    put(tmp_path, {**WRONG, "app.yaml": text})
    assert rules(tmp_path) == ["key-not-made"]


def test_an_annotation_is_for_its_object(tmp_path: Path) -> None:
    lines = '    krm-secrets.dev/ignore: "key-not-made: by hand"\n  '
    text = WRONG["app.yaml"].replace("    reloader.stakater.com", f"{lines}  reloader.stakater.com")
    put(tmp_path, {**WRONG, "app.yaml": text})
    assert by(tmp_path) == [("key-not-made", "annotation", "by hand")]


@pytest.mark.parametrize(
    "entry",
    [
        "rules: [key-not-made], reason: by hand",
        "paths: [app.yaml], reason: by hand",
        "objects: [Deployment/*/web], reason: by hand",
        "rules: [key-not-made], paths: ['/app.*'], objects: ['*/web/*'], reason: by hand",
    ],
)
def test_a_configuration_names_rules_files_and_objects(tmp_path: Path, entry: str) -> None:
    put(tmp_path, {**WRONG, **config(f"  ignore: [{{{entry}}}]\n")})
    assert by(tmp_path) == [("key-not-made", "configuration", "by hand")]
    assert rules(tmp_path) == []


@pytest.mark.parametrize(
    "entry",
    [
        "rules: [no-restart], reason: by hand",
        "paths: [apps], reason: by hand",
        "objects: [StatefulSet/*/web], reason: by hand",
    ],
)
def test_what_suppresses_nothing_is_told_where_it_stands(tmp_path: Path, entry: str) -> None:
    put(tmp_path, {**WRONG, **config(f"  ignore: [{{{entry}}}]\n")})
    found = as_json(tmp_path)["findings"]
    assert [each["rule"] for each in found] == ["key-not-made", "unused-suppression"]
    place = found[1]["location"]
    assert (Path(place["file"]).name, place["line"], place["path"]) == ("krm-secrets.yaml", 5, "check.ignore[0]")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("reason: by hand", ["key-not-made", "mapping-error", "unused-suppression"]),
        ("rules: [], reason: by hand", ["key-not-made", "unused-suppression"]),
    ],
)
def test_an_entry_that_names_nothing_hides_nothing(tmp_path: Path, entry: str, told: list[str]) -> None:
    put(tmp_path, {**WRONG, **config(f"  ignore: [{{{entry}}}]\n")})
    assert sorted(rules(tmp_path)) == told


def test_nothing_is_unused_where_its_rule_was_not_asked(tmp_path: Path) -> None:
    put(tmp_path, {**WRONG, **config("  ignore: [{rules: [no-restart], reason: a}, {paths: [x], reason: a}]\n")})
    assert rules(tmp_path, "--select", "key-not-made,unused-suppression") == ["key-not-made"]


def test_the_configuration_of_another_folder_suppresses_nothing(tmp_path: Path) -> None:
    put(tmp_path, {**WRONG, **{f"b/{k}": v for k, v in config("  ignore: [{paths: [x], reason: a}]\n").items()}})
    assert "key-not-made" in rules(tmp_path)


def test_severities_of_rules(tmp_path: Path) -> None:
    put(tmp_path, {**BOTH, **config("  severity: {key-not-made: warning, no-restart: 'off'}\n")})
    found = as_json(tmp_path)["findings"]
    assert [(each["rule"], each["severity"]) for each in found] == [("key-not-made", "warning")]


def resource_list(items: str, check: str, folded: str = "") -> str:
    indented = "".join(f"    {line}\n" for line in items.splitlines())
    first = indented.replace("    ", "  - ", 1)
    given = "".join(f"  {line}\n" for line in f"{CONFIG}check:\n{check}".splitlines())
    return f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n{given}items:\n{first}{folded}"


def listed(check: str) -> str:
    one, other = BOTH["app.yaml"], BOTH["secret.yaml"]
    rest = "".join(f"    {line}\n" for line in other.splitlines()).replace("    ", "  - ", 1)
    return resource_list(one, check, rest)


def test_the_function_adds_findings_to_its_results_where_it_is_asked(tmp_path: Path) -> None:
    done = run(listed("  results: warning\n"))
    assert done.code == 0
    assert b"rule: key-not-made" in done.out
    assert b"severity: warning" in done.out
    assert done.out.count(b"rule: key-not-made") == 1
    assert b"spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key" in done.out
    failed = run(listed("  results: error\n"))
    assert failed.code == 1
    assert failed.out.count(b"rule: key-not-made") == 1
    assert b"severity: error" in failed.out
    assert "[key-not-made]" in failed.err
    quiet = run(listed("  severity: {}\n"))
    assert (quiet.code, quiet.out.count(b"severity: warning")) == (0, 1)  # what every run says


def test_an_item_cannot_keep_findings_from_whoever_runs_the_function() -> None:
    stream = f"{CONFIG}check: {{ignore: [{{rules: [key-not-made], reason: a}}]}}\n---\n{WRONG['app.yaml']}"
    done = run(stream)
    assert done.code == 1
    assert "check: weakens what protects you" in done.err
    assert run(f"{CONFIG}check: {{results: warning}}\n---\n{WRONG['app.yaml']}").code == 0


def test_a_stream_takes_the_configuration_that_is_named(tmp_path: Path) -> None:
    put(tmp_path, config("  ignore: [{rules: [key-not-made], reason: by hand}]\n"))
    stream = "---\n".join(WRONG.values())
    named = str(tmp_path / "krm-secrets.yaml")
    assert json.loads(run(stream, "check", "-", "-c", named, "--format", "json").out)["findings"] == []


def test_a_configuration_map_has_no_tables() -> None:
    text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {apiVersion: v1, kind: ConfigMap, "
    done = run(f"{text}metadata: {{name: c}}, data: {{check: a}}}}\nitems: []\n")
    assert "write a SecretsConfig" in done.err
