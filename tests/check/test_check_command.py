"""The command: what it is asked for, what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from tests.check.support import (
    ANNOTATION,
    BOTH,
    DEPLOYMENT,
    EXTERNAL,
    RIGHT,
    STALE,
    WRONG,
    as_json,
    check,
    git,
    put,
    rules,
)
from tests.running import run


def test_a_tree_without_mistakes(tmp_path: Path) -> None:
    done = check(put(tmp_path, RIGHT))
    assert (done.code, done.out, done.err) == (0, b"", "krm-secrets check: nothing found\n")


def test_a_finding_is_one_line_in_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(put(tmp_path, WRONG))
    done = run("", "check")
    assert done.out.decode() == (
        "app.yaml:25:24: error[key-not-made]: Deployment web/web: "
        "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key: "
        'the Secret "db" never gets the key "PASSWORD"; did you mean "PASSWROD"?\n'
    )
    assert (done.code, done.err) == (1, "krm-secrets check: 1 finding: 1 error; 1 can be fixed\n")


def test_the_whole_work_tree_is_meant_without_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, WRONG)
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    assert run("", "check").out.startswith(b"../app.yaml:25:24: ")


def test_a_path_selects_what_is_told_and_not_what_is_known(tmp_path: Path) -> None:
    put(tmp_path, {"made/secret.yaml": EXTERNAL.format(key="A"), "used/app.yaml": DEPLOYMENT})
    put(tmp_path, {"kustomization.yaml": "resources: [made/secret.yaml, used/app.yaml]\n"})
    assert rules(tmp_path / "used") == ["key-not-made"]
    assert rules(tmp_path / "made") == []


def test_full_shows_keys_and_what_the_message_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(put(tmp_path, WRONG))
    assert run("", "check", "--format", "full").out.decode() == (
        'error[key-not-made]: the Secret "db" never gets the key "PASSWORD"; did you mean "PASSWROD"?\n'
        "  --> app.yaml:25:24  Deployment web/web\n"
        "   |\n"
        "25 |                   key: PASSWORD\n"
        "   |                        ^^^^^^^^\n"
        "   |\n"
        "  ::: secret.yaml:4:9  ExternalSecret web/db\n"
        "   |\n"
        " 4 |   name: db\n"
        "   |         -- all keys of the Secret come from here\n"
        "   |\n"
        "   = fix: krm-secrets check --fix mends it\n"
        "   = help: krm-secrets rule key-not-made\n"
        "\n"
        "1 finding: 1 error; 1 can be fixed\n"
    )
    plain = run("", "check", "--format", "full", "--no-source").out.decode()
    assert "|" not in plain
    assert "   = note: all keys of the Secret come from here\n" in plain


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    put(tmp_path, WRONG)
    first, second = tmp_path / "a.sarif", tmp_path / "b.md"
    words = ("--format", "sarif", "--output", str(first), "--format", "markdown", "--output", str(second))
    done = check(tmp_path, *words, "--format", "concise")
    assert done.out.count(b"\n") == 1
    assert json.loads(first.read_text())["version"] == "2.1.0"
    assert second.read_text().startswith("<!-- krm-secrets-check -->\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "json", "--format", "sarif"), "two formats cannot both be printed"),
        (("--output", "a", "--output", "b"), "give a --format for each --output"),
        (("--select", "no-restrat"), 'there is no rule "no-restrat"; did you mean "no-restart"?'),
        (("--ignore", "x"), 'there is no rule "x"'),
        (("--baseline", "nowhere"), "nowhere"),
        (("--fix=all",), "'all' is not one of"),
        (("-",), "- stands alone"),
    ],
)
def test_a_wrong_command_line_exits_with_2(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = check(put(tmp_path, RIGHT), *words)
    assert (done.code, done.out) == (2, b"")
    assert message in done.err


def test_a_path_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert (done.code, done.out) == (2, b"")
    assert "there is no such file or folder" in done.err


def test_exit_codes(tmp_path: Path) -> None:
    wrong, stale = put(tmp_path / "wrong", WRONG), put(tmp_path / "stale", STALE)
    assert check(wrong).code == 1
    assert check(wrong, "--exit-zero").code == 0
    assert check(wrong, "--format", "sarif").code == 0
    assert check(stale).code == 1
    assert check(stale, "--fail-on", "error").code == 0


def test_one_broken_file_ends_with_3_and_the_others_are_checked(tmp_path: Path) -> None:
    put(tmp_path, {**WRONG, "broken.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a\n"})
    done = check(tmp_path)
    assert done.code == 3
    assert [line.split(": ")[1] for line in done.out.decode().splitlines()] == [
        "error[key-not-made]",
        "warning[unreadable-file]",
    ]
    found = as_json(tmp_path)
    assert [each["file"].endswith("broken.yaml") for each in found["unread"]] == [True]
    assert found["summary"]["unread"] == 1


def test_rules_are_chosen_by_names_and_patterns(tmp_path: Path) -> None:
    put(tmp_path, BOTH)
    assert sorted(rules(tmp_path)) == ["key-not-made", "no-restart"]
    assert rules(tmp_path, "--select", "key-*") == ["key-not-made"]
    assert rules(tmp_path, "--ignore", "key-not-made,unused-suppression") == ["no-restart"]
    assert rules(tmp_path, "--min-severity", "error") == ["key-not-made"]


def test_what_is_uncertain_or_a_notice_is_told_to_the_pedantic(tmp_path: Path) -> None:
    put(tmp_path, {"app.yaml": RIGHT["app.yaml"] + "          # krm-secrets: ignore[no-restart]\n"})
    assert "suppression-without-reason" not in rules(tmp_path)
    assert "suppression-without-reason" in rules(tmp_path, "--pedantic")
    assert "suppression-without-reason" in rules(tmp_path, "--min-severity", "info")
    assert as_json(tmp_path)["summary"]["hidden"] >= 1
    assert "not shown (--pedantic)" in check(tmp_path).err


def test_statistics(tmp_path: Path) -> None:
    put(tmp_path, BOTH)
    assert check(tmp_path, "--statistics").out.decode().splitlines() == [
        f"1  key-not-made  {RULES['key-not-made'].finds}",
        f"1  no-restart    {RULES['no-restart'].finds}",
    ]


def test_a_finding_is_found_in_a_stream_too(tmp_path: Path) -> None:
    stream = "---\n".join(WRONG.values())
    done = run(stream, "check", "-")
    assert done.out.startswith(b"stdin:44:24: error[key-not-made]: Deployment web/web: ")
    assert done.code == 1


def test_a_stream_with_mappings_is_expanded(tmp_path: Path) -> None:
    mapping = (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: db, namespace: web}\n"
        "secrets: {db: {store: vault, from: database, data: [PASSWROD]}}\n"
    )
    assert b"key-not-made" in run(f"{mapping}---\n{DEPLOYMENT}", "check", "-").out


def test_a_baseline_holds_what_is_known(tmp_path: Path) -> None:
    put(tmp_path, WRONG)
    baseline = tmp_path / "baseline.json"
    assert check(tmp_path, "--write-baseline", str(baseline)).code == 0
    found = as_json(tmp_path, "--baseline", str(baseline))
    assert (found["findings"], [each["by"] for each in found["suppressed"]]) == ([], ["baseline"])
    put(tmp_path, RIGHT)
    assert rules(tmp_path, "--baseline", str(baseline)) == ["unused-suppression"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 2, "findings": []}'])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    put(tmp_path, {**WRONG, "baseline.json": text})
    done = check(tmp_path, "--baseline", str(tmp_path / "baseline.json"))
    assert (done.code, done.out) == (2, b"")
    assert "write" in done.err
    assert "with --write-baseline" in done.err


def test_fingerprints_stay_when_lines_move_and_wherever_the_run_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, WRONG)
    before = [each["fingerprint"] for each in as_json(tmp_path)["findings"]]
    put(tmp_path, {name: f"# moved\n\n{text}" for name, text in WRONG.items()})
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    after = as_json(tmp_path)["findings"]
    assert before == [each["fingerprint"] for each in after]
    assert [each["location"]["line"] for each in after] == [27]
    assert all(len(each) == 16 for each in before)


def test_a_change_of_the_secret_alone_is_found_in_the_workload(tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir() if (tmp_path / ".git").exists() else None
    git(tmp_path, "init", "-q")
    for name, text in RIGHT.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a")
    (tmp_path / "secret.yaml").write_text(WRONG["secret.yaml"])
    assert rules(tmp_path, "--since", "HEAD") == ["key-not-made"]
    git(tmp_path, "commit", "-qam", "b")
    assert rules(tmp_path, "--since", "HEAD") == []
    assert rules(tmp_path, "--since", "HEAD~1") == ["key-not-made"]
    assert rules(tmp_path) == ["key-not-made"]


def test_what_a_removed_file_breaks_is_found_in_one_that_nobody_touched(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    near = EXTERNAL.format(key="PASSWORD").replace("name: db\n", "name: database\n", 1)
    near = near.replace("    name: db\n", "    name: database\n")
    put(tmp_path, {**RIGHT, "near.yaml": near.replace("database", "dbs1")})
    (tmp_path / "app.yaml").write_text(DEPLOYMENT.replace("name: db\n", "name: database\n"))
    (tmp_path / "secret.yaml").write_text(near)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a")
    assert rules(tmp_path, "--pedantic", "--since", "HEAD") == []
    (tmp_path / "secret.yaml").unlink()
    assert "secret-not-made" in rules(tmp_path, "--pedantic", "--since", "HEAD")


def test_a_revision_that_is_not_there_exits_with_2_and_names_the_depth(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, RIGHT)
    done = check(tmp_path, "--since", "origin/main")
    assert (done.code, done.out) == (2, b"")
    assert "fetch-depth: 0" in done.err


def test_a_stream_has_no_revisions() -> None:
    assert run("a: b\n", "check", "--since", "HEAD", "-").code == 2


def test_fixes_are_shown_and_then_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(put(tmp_path, STALE))
    before = (tmp_path / "app.yaml").read_bytes()
    shown = run("", "check", "--fix", "--diff")
    assert shown.code == 1
    assert [
        line for line in shown.out.decode().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ] == [
        "+  annotations:",
        '+    reloader.stakater.com/auto: "true"',
    ]
    assert (tmp_path / "app.yaml").read_bytes() == before
    done = run("", "check", "--fix")
    assert (done.code, done.out) == (0, b"")
    assert done.err.startswith("krm-secrets check: mended app.yaml\n")
    after = (tmp_path / "app.yaml").read_text()
    assert after.replace(ANNOTATION, "") == STALE["app.yaml"]
    assert run("", "check", "--fix").err == "krm-secrets check: nothing found\n"
    assert (tmp_path / "app.yaml").read_text() == after
    assert run("", "check", "--diff").code == 0


def test_a_fix_keeps_every_other_byte(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("\n", "\r\n").replace("key: PASSWORD", "key:   'PASSWORD'   # the key")
    put(tmp_path, {"secret.yaml": WRONG["secret.yaml"]})
    (tmp_path / "app.yaml").write_bytes(text.encode())
    assert check(tmp_path, "--fix").code == 0
    assert (tmp_path / "app.yaml").read_bytes() == text.replace("'PASSWORD'", "'PASSWROD'").encode()


def test_two_findings_at_one_place_are_mended_one_behind_the_other(tmp_path: Path) -> None:
    put(tmp_path, BOTH)
    assert check(tmp_path, "--fix").code == 0
    moved = f"metadata:\n{ANNOTATION}  name: web\n  namespace: web\nspec"
    wanted = STALE["app.yaml"].replace("metadata:\n  name: web\n  namespace: web\nspec", moved)
    assert (tmp_path / "app.yaml").read_text() == wanted.replace("key: PASSWORD", "key: PASSWROD")


def test_no_file_that_sops_encrypted_is_mended(tmp_path: Path) -> None:
    mac = "ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]"
    block = f"sops:\n    age: []\n    lastmodified: '2026-01-01T00:00:00Z'\n    mac: {mac}\n"
    put(tmp_path, {**STALE, "app.yaml": STALE["app.yaml"] + block})
    before = (tmp_path / "app.yaml").read_bytes()
    assert check(tmp_path, "--fix").code != 0
    assert (tmp_path / "app.yaml").read_bytes() == before


def test_progress_is_shown_for_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def watched(asked: list[object], what: str) -> list[object]:
        told.append(what)
        return asked

    monkeypatch.setattr("krm_secrets.cli.check.watched", watched)
    check(put(tmp_path, RIGHT))
    assert told == ["asking the rules"]


def test_an_output_that_cannot_be_written_exits_with_2(tmp_path: Path) -> None:
    done = check(put(tmp_path, RIGHT), "--output", str(tmp_path / "nowhere" / "a"))
    assert done.code == 2
    assert "cannot be written: No such file or directory" in done.err
