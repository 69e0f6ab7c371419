"""`krm-secrets shorten`: what is printed, and every message."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .test_moved_trees import TREES, run

ONE = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: dns
  namespace: network
  uid: b67e4583-a622-4cf2-a172-58ee67c703da
  resourceVersion: "1"
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: onepassword}
  target:
    name: dns-secret
    template: {data: {A: "{{ .A }}", B: "{{ .B }}"}}
  dataFrom:
    - extract: {key: cloudflare}
status: {conditions: []}
"""
PRINTED = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata:
  name: secrets
  annotations:
    config.kubernetes.io/local-config: "true"  # builds leave this file out
store: onepassword  # the store of 1 of 1 ExternalSecrets
refresh: 1h  # the interval of 1 of 1 ExternalSecrets
---
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: dns, namespace: network}
secrets:
  dns-secret:
    from: cloudflare
    name: dns
    data: [A, B]
"""


def piped(text: str, folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "krm_secrets", "shorten", *words], input=text.encode(), capture_output=True, cwd=folder
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_what_a_cluster_hands_out_is_shortened(tmp_path: Path) -> None:
    assert piped(ONE, tmp_path, "-") == (
        0,
        PRINTED,
        "krm-secrets: notice: 1 of 1 ExternalSecret shortened, none with spec; 16 lines → 8\n",
    )


def test_items_of_a_list_are_shortened(tmp_path: Path) -> None:
    rows = ONE.splitlines()
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + "\n  ".join(rows) + "\n"
    assert piped(listed, tmp_path, "-")[1] == PRINTED


def test_the_last_resort_is_counted(tmp_path: Path) -> None:
    found = ONE.replace("- extract: {key: cloudflare}", '- find: {name: {regexp: "a.*"}}')
    code, out, err = piped(found, tmp_path, "-")
    assert code == 0
    assert out.endswith(
        """secrets:
  dns-secret:
    name: dns
    data: [A, B]
    spec:
      dataFrom:
        - find:
            name:
              regexp: "a.*"
      secretStoreRef:
        kind: ClusterSecretStore
        name: onepassword
"""
    )
    assert err == "krm-secrets: notice: 1 of 1 ExternalSecret shortened, 1 with spec; 16 lines → 15\n"


def test_nothing_to_shorten(tmp_path: Path) -> None:
    notice = "krm-secrets: notice: there are no ExternalSecrets to shorten\n"
    assert piped("a: b\n", tmp_path, "-") == (0, "", notice)
    assert run(tmp_path, "shorten", ".") == (0, notice)


def test_mistakes_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a" / ".git").mkdir(parents=True)
    (tmp_path / "b" / ".git").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "one.yaml").write_text(ONE)
    alone = "krm-secrets: error: - is standard input, which goes with no other path and cannot be written to\n"
    cases = {
        ("-", "a"): alone,
        ("--write", "-"): alone,
        ("a", "b"): "krm-secrets: error: the paths are in several repositories: run the command for each of them\n",
        ("nowhere",): "krm-secrets: error: nowhere: there is no such file or folder\n",
        ("--write", "c"): (
            f"krm-secrets: error: {tmp_path}/c is in no Git work tree, so nobody could take this back: "
            "commit it to one first\n"
        ),
    }
    for words, message in cases.items():
        assert run(tmp_path, "shorten", *words) == (1, message)
    assert (tmp_path / "c" / "one.yaml").read_text() == ONE
    assert piped("", tmp_path, "-")[2] == (
        "krm-secrets: error: nothing came in on standard input: did the command before the pipe fail?\n"
    )


def test_a_file_alone_is_moved_and_the_configuration_goes_to_the_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "one.yaml").write_text(ONE)
    (tmp_path / "app" / "two.yaml").write_text(ONE.replace("dns", "two"))
    code, said = run(tmp_path, "shorten", "--write", "app/one.yaml")
    assert (code, said) == (
        0,
        "krm-secrets: notice: 1 of 1 ExternalSecret shortened, none with spec; 16 lines → 9\n"
        "updated app/one.yaml\ncreated app/secretmapping.yaml\ncreated krm-secrets.yaml\n",
    )
    assert (tmp_path / "app" / "two.yaml").read_text() == ONE.replace("dns", "two")


def test_two_that_make_one_secret_stay_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.yaml").write_text(ONE.replace("name: dns\n", "name: other\n"))
    (tmp_path / "third.yaml").write_text(ONE.replace("dns", "third"))
    (tmp_path / "kustomization.yaml").write_text("resources: [one.yaml, sub/other.yaml, third.yaml]\n")
    before = {path: path.read_text() for path in tmp_path.rglob("*.yaml")}
    code, said = run(tmp_path, "shorten", "--write", ".")
    assert code == 0
    for path, name, other, where in (
        ("sub/other.yaml", "other", "dns", "one.yaml"),
        ("one.yaml", "dns", "other", "sub/other.yaml"),
    ):
        assert (
            f'{path}:1: ExternalSecret network/{name}: stays an ExternalSecret: it makes the Secret "dns-secret", '
            f"which ExternalSecret network/{other} in {where} makes too; one must go,"
            " or `creationPolicy: Merge` lets it add its keys to that\n"
        ) in said
    assert said.count("one must go") == 2
    changed = {path.name for path, text in before.items() if path.read_text() != text}
    assert changed == {"third.yaml"}


def test_no_value_is_in_any_output_but_what_was_there(tmp_path: Path) -> None:
    """Templates may hold text that was meant to be secret: it is moved, not told."""
    secret = ONE.replace('A: "{{ .A }}"', 'A: "{{ hunter2 "')
    code, out, err = piped(secret, tmp_path, "-")
    assert (code, "hunter2" in out + err) == (0, False)
    assert err == (
        "krm-secrets: warning: ExternalSecret network/dns, line 1: stays an ExternalSecret: "
        'spec.target.template.data.A: the template breaks at line 1, column 1: "{{" has no "}}"\n'
        "krm-secrets: notice: 0 of 1 ExternalSecret shortened\n"
    )


def test_the_trees_are_printed_as_they_are_moved() -> None:
    folder = TREES / "an-app-with-comments"
    printed = subprocess.run(
        [sys.executable, "-m", "krm_secrets", "shorten", "before"], capture_output=True, cwd=folder
    ).stdout.decode()
    for path in (folder / "after").rglob("secretmapping.yaml"):
        text = path.read_text()
        assert "".join(row for row in text.splitlines(True) if not row.startswith("output: ")) in printed


MISTAKES = {
    "no name": (ONE.replace("  name: dns\n", ""), "metadata.name: is required", "metadata"),
    "a field that is none": (
        ONE.replace("  target:", "  refreshIntrval: 1h\n  target:"),
        'spec.refreshIntrval: unknown field; did you mean "refreshInterval"?',
        "refreshIntrval",
    ),
    "a misspelt group": (
        ONE.replace("external-secrets.io/v1", "external-secret.io/v1"),
        "apiVersion: external-secret.io/v1 is nobody's; did you mean external-secrets.io/v1?",
        "apiVersion",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_reason_has_the_line_of_its_field(name: str, tmp_path: Path) -> None:
    text, reason, word = MISTAKES[name]
    (tmp_path / "one.yaml").write_text(f"# one\n{text}")
    code, said = run(tmp_path, "shorten", ".")
    line = 2 + next(n for n, row in enumerate(text.splitlines()) if word in row)
    assert code == 0
    assert f"one.yaml:{line}: ExternalSecret " in said
    assert f": stays an ExternalSecret: {reason}\n" in said
    assert said.endswith("notice: 0 of 1 ExternalSecret shortened\n")


def test_an_external_secret_of_another_operator_is_none(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE.replace("external-secrets.io/v1", "kubernetes-client.io/v1"))
    assert run(tmp_path, "shorten", ".") == (0, "krm-secrets: notice: there are no ExternalSecrets to shorten\n")
