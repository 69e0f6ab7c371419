"""What is printed for programs and for people is safe for a terminal, and no line buries the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krm_secrets.cli.printing import json_text
from krm_secrets.errors import LONGEST, Location, ResourceRef, Result, shortened
from tests.running import run

UNSAFE = "a\x1b[31m\x00\x7f\x9b\u061c\u200f\u202e\u2066\u2028\ufeff\U000e0001\udcffb\n\t"
NAME = "a\x7f\u202e\U000e0001"


def test_json_escapes_what_tables_escape_and_says_the_same() -> None:
    text = json_text({UNSAFE: [UNSAFE, "\u00e9\U0001f600"]})
    assert [c for c in text if not c.isprintable() and c != "\n"] == []
    assert json.loads(text) == {UNSAFE: [UNSAFE, "\u00e9\U0001f600"]}
    assert "\u00e9\U0001f600" in text


@pytest.mark.parametrize(
    "words",
    [("run", "--explain"), ("render", "--explain"), ("sops", "inspect"), ("doctor",)],
    ids=" ".join,
)
def test_every_command_with_json_escapes(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / f"{NAME}.yaml").write_text(
        json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME}, "sops": {"mac": "x"}})
    )
    (tmp_path / "b.yaml").write_text(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: "
        + json.dumps(NAME)
        + "}\nspec: {}\n"
    )
    done = run("", *words, "--format", "json", str(tmp_path))
    shown = done.out.decode() + done.err
    assert done.out or done.err
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []


def test_a_message_has_a_limit_and_keeps_both_ends() -> None:
    long = Result("error", "is wrong: do this", Location(ResourceRef("v1", "Secret", "x" * 1_000_000)))
    text = str(long)
    assert text.startswith("Secret xxx")
    assert text.endswith("xxx: is wrong: do this")
    assert f"… ({len('Secret ') + 1_000_000 + len(': is wrong: do this') - LONGEST} characters left out) …" in text
    assert len(text) < LONGEST + 50
    assert shortened("x" * LONGEST) == "x" * LONGEST


def test_a_long_name_does_not_bury_the_message() -> None:
    config = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "n" * 99_999}}
    item = {**config, "stoer": 1}
    for given in (json.dumps(item), json.dumps({"kind": "ResourceList", "items": [item]})):
        done = run(given)
        assert done.code == 1
        assert max(map(len, done.err.splitlines())) < LONGEST + 100
        assert "unknown field" in done.err
