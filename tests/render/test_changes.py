"""Changes as diffs, which show no values of Secrets."""

from __future__ import annotations

import pytest

from krm_secrets.render.changes import Change, diff

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  password: hunter2\n"
WORKLOAD = "metadata:\n  name: a\nkind: Deployment\napiVersion: apps/v1\n"


def change(before: str | None, after: str | None, name: str = "a/b.yaml") -> Change:
    old, new = (None if side is None else side.encode() for side in (before, after))
    return Change(f"/{name}", name, before, after, old, new, 0o644)


def test_an_update() -> None:
    assert diff(change("a: 1\nb: 2\n", "a: 1\nb: 3\n")) == (
        "--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
    )


def test_a_new_file_and_one_that_goes() -> None:
    assert diff(change(None, "a: 1\n")) == "--- /dev/null\n+++ b/a/b.yaml\n@@ -0,0 +1 @@\n+a: 1\n"
    assert diff(change("a: 1\n", None)) == "--- a/a/b.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a: 1\n"
    assert [change(None, "").kind, change("", None).kind, change("", "a").kind] == ["created", "removed", "updated"]


def test_a_last_line_without_its_end() -> None:
    assert diff(change("a: 1", "b: 1\n")) == (
        "--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n+b: 1\n"
    )


def test_names_are_escaped() -> None:
    assert diff(change(None, "a\n", "a\x1b.yaml")).startswith("--- /dev/null\n+++ b/a\\u001b.yaml\n")


HIDDEN = {
    "a Secret's values": f"{SECRET}---\n{WORKLOAD}",
    "data": f"{SECRET.replace('stringData', 'data')}---\n{WORKLOAD}",
    "values in flow style": f'{{"apiVersion": v1, "kind": Secret, "data": {{"p": "hunter2"}}}}\n---\n{WORKLOAD}',
    "a block scalar": f"{SECRET.replace('hunter2', '|' + chr(10) + '    x' + chr(10) + '    hunter2')}---\n{WORKLOAD}",
    "CRLF": f"{SECRET}---\n{WORKLOAD}".replace("\n", "\r\n"),
    "an encrypted document": f"kind: X\napiVersion: v1\nspec: hunter2\nsops:\n  mac: x\n---\n{WORKLOAD}",
    "a list": f"kind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data: {{a: hunter2}}\n---\n{WORKLOAD}",
    "literals of a kustomization": "secretGenerator:\n- literals: [a=hunter2]\nmetadata:\n",
}  # fmt: skip


@pytest.mark.parametrize("before", HIDDEN.values(), ids=HIDDEN)
def test_lines_of_secrets_are_not_shown(before: str) -> None:
    newline = "\r\n" if "\r\n" in before else "\n"
    head, found, tail = before.rpartition(f"metadata:{newline}")
    shown = diff(change(before, f"{head}{found}  annotations: {{}}{newline}{tail}"))
    assert "+  annotations: {}\n" in shown
    assert " # (a line of a Secret, not shown)\n" in shown
    assert "hunter2" not in shown


def test_a_secret_that_appears_is_not_shown_either() -> None:
    assert "hunter2" not in diff(change(None, SECRET))
    assert "hunter2" not in diff(change(SECRET, None))
    assert "hunter2" not in repr(change(SECRET, None))
