"""Work trees: golden ones with one file changed, to every command that reads folders."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import strategies as st

from tests.fuzz.changes import Change, changed, changes, text_of
from tests.fuzz.inputs import with_canaries
from tests.fuzz.nodes import read
from tests.fuzz.running import ENV, check, fuzz, inside
from tests.running import run
from tests.tools import ROOT

COMMANDS = {
    "render": (("render", "."), ("render", "--check", "."), ("render", "--diff", ".")),
    "run": (("run", "."), ("run", "--explain", "."), ("run", "--placeholder", ".")),
    "guard": (("guard", "--files", "."), ("sops", "inspect", "."), ("sops", "inspect", "--format", "json", ".")),
    "shorten": (("shorten", "."), ("shorten", "--write", "."), ("init", ".")),
}

Files = tuple[tuple[str, str], ...]


@cache
def trees() -> tuple[Files, ...]:
    """Small golden trees."""
    folders = sorted([*ROOT.glob("tests/trees/*/before"), *ROOT.glob("tests/migrate/trees/*/before")])
    return tuple(found for folder in folders if 0 < len(found := _files(folder)) < 25)


def _files(folder: Path) -> Files:
    return tuple((str(path.relative_to(folder)), text) for path in sorted(folder.rglob("*")) if (text := _text(path)))


def _text(path: Path) -> str:
    try:
        return path.read_text() if path.is_file() and not path.is_symlink() else ""
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("name", COMMANDS)
def test_trees(name: str) -> None:
    def test(words: tuple[str, ...], files: Files, which: int, wanted: list[Change], lines: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / ".git").mkdir()
            for number, (file, text) in enumerate(files):
                path = Path(folder) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                new = _changed(text, wanted, lines) if number == which % len(files) else text
                path.write_text(new, encoding="utf-8", errors="surrogatepass")
            with inside(folder):
                done = run("", *words, env=ENV)
        if words[0] != "render" or "--check" not in words or done.err:  # a difference is no error
            check(done)

    fuzz(test, st.sampled_from(COMMANDS[name]), st.sampled_from(trees()), st.integers(0, 50), changes(), st.booleans())


def _changed(text: str, wanted: list[Change], lines: bool) -> str:
    try:
        return text_of(changed(with_canaries(read(text)), wanted), lines)
    except yaml.YAMLError:
        return text
