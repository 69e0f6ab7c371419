"""What only a person at a terminal gets: what comes next, bars, and colours in the help."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import click
import pytest

from krm_secrets.cli import manual, progress
from krm_secrets.cli.render import render
from krm_secrets.cli.shorten import shorten
from tests.running import at_terminal, run, start
from tests.tools import tool

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nstore: vault\n"
MAPPING = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: web, namespace: web}\n"
    "secrets:\n  web: {from: web, data: [A, B]}\n"
)
EXTERNAL_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: api, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: api}
  data:
    - secretKey: A
      remoteRef: {key: api, property: A}
    - secretKey: B
      remoteRef: {key: api, property: B}
"""


class Screen(io.StringIO):
    """A terminal that keeps what it showed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree with a mapping and an ExternalSecret."""
    subprocess.run([tool("git"), "init", "-q", tmp_path], check=True)
    for name, text in (("web.yaml", MAPPING), ("api.yaml", EXTERNAL_SECRET)):
        folder = tmp_path / name.removesuffix(".yaml")
        folder.mkdir()
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_after_init_comes_shorten_and_render(tree: Path) -> None:
    told, code = at_terminal("init", cwd=tree)
    assert code == 0
    assert [line for line in told.splitlines() if line.startswith("next: ")] == [
        "next: krm-secrets shorten --write .  # ExternalSecrets that are there become mappings",
        "next: krm-secrets render .  # what mappings make is written beside them",
    ]


@pytest.mark.parametrize(("words", "changed"), [(("render",), "written"), (("shorten", "--write"), "moved")])
def test_after_files_are_written_comes_a_look_at_them(tree: Path, words: tuple[str, ...], changed: str) -> None:
    (tree / "krm-secrets.yaml").write_text(CONFIG)
    told, code = at_terminal(*words, "web", "api", cwd=tree)
    assert code == 0
    assert told.splitlines()[-2:] == [
        f"next: git diff  # what was {changed}",
        "next: krm-secrets render --check web api  # in CI",
    ]
    again, code = at_terminal(*words, "web", "api", cwd=tree)
    assert (code, "next:" in again) == (0, False)


def test_who_reads_a_pipe_is_told_nothing_more(tree: Path) -> None:
    assert start("", "init", cwd=str(tree)).err == ""
    assert start("", "render", ".", cwd=str(tree)).err == ""


def test_bars_show_each_step_of_the_work(tree: Path) -> None:
    (tree / "krm-secrets.yaml").write_text(CONFIG)
    works: list[tuple[Callable[[], int], list[str]]] = [
        (lambda: shorten((".",), write=True), ["shortening", "expanding mappings", "wiring restarts", "writing"]),
        (lambda: render((".",)), ["reading the repository", "looking at its files", "expanding mappings"]),
    ]
    for work, steps in works:
        out, screen = io.TextIOWrapper(io.BytesIO()), Screen()
        with (
            mock.patch.object(sys, "stdout", out),
            mock.patch.object(sys, "stderr", screen),
            mock.patch.object(progress, "PATIENCE", -1.0),
        ):
            assert work() == 0, screen.getvalue()
        assert [step for step in steps if step not in screen.getvalue()] == []


def test_the_help_is_in_colour_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"\x1b" not in run("", "--help").out
    monkeypatch.setattr(manual, "is_coloured", lambda _: True)
    text = run("", "--help").out.decode()
    assert "\x1b[33m\x1b[1mUsage: \x1b[0mkrm-secrets" in text
    assert "\x1b[32m\x1b[1mrender\x1b[0m" in text
    assert max(len(click.unstyle(line)) for line in text.splitlines()) <= 80
