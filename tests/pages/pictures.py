"""The pictures of README and pages, drawn from what the program does with the examples."""

from __future__ import annotations

import difflib
import io
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from tests.hosts.support import PROGRAM
from tests.tools import ROOT

from .terminal import screen
from .ways import ways

_EXAMPLE = "examples/cluster"
_KEY = {"SOPS_AGE_KEY_FILE": f"{_EXAMPLE}/age.key"}
_SHOWN = 30
"""Lines of what is written by hand that the picture has room for."""


def before_after() -> str:
    """One app: what people write by hand, and what they write instead."""
    objects = _run("run", _EXAMPLE).split("\n---\n")
    by_hand = _without_mark(next(text for text in objects if "name: recipes-secret\n  namespace" in text))
    release = next(text for text in objects if "kind: HelmRelease" in text)
    mapping = _without_modeline((ROOT / _EXAMPLE / "apps/recipes/secrets.yaml").read_text(encoding="utf-8"))
    was = (ROOT / _EXAMPLE / "apps/recipes/helmrelease.yaml").read_text(encoding="utf-8")
    lines = by_hand.splitlines()
    more = f"\n⋮ {len(lines) - _SHOWN} more lines"
    left = Group(_yaml("\n".join(lines[:_SHOWN])), Text(more, style="bright_black"))
    right = Group(
        _titled(f"{len(mapping.splitlines())} lines", _yaml(mapping.rstrip())),
        _titled("its workload restarts: found, and added for you", _diff(was, f"{release}\n")),
        _titled(
            "or your KSOPS generator, with one changed path", _diff(_generator("ksops"), _generator("krm-secrets"))
        ),
    )
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=66)
    grid.add_column(width=68)
    grid.add_row(_titled(f"{len(lines)} lines by hand, and an annotation elsewhere", left), right)
    return _svg("before  ·  after", 137, lambda console: console.print(grid))


def explain() -> str:
    """What a terminal shows of `run --explain`."""
    return _terminal("krm-secrets run --explain examples/cluster", 92)


def _terminal(command: str, columns: int) -> str:
    environment = {"HOME": "/nonexistent", "PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    shown = screen(["bash", "-c", command], ROOT, environment | colours, columns)
    return _svg(f"$ {command}", columns, lambda console: console.print(Text.from_ansi(shown.rstrip("\n"))))


def _run(*words: str) -> str:
    environment = {**os.environ, **_KEY}
    done = subprocess.run([PROGRAM, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def _without_mark(text: str) -> str:
    """Without what says that a mapping made it: a person writes the rest."""
    return re.sub(r"  annotations:\n    krm-secrets\.dev/mapping: .*\n", "", text)


def _without_modeline(text: str) -> str:
    return re.sub(r"^# yaml-language-server.*\n", "", text)


def _generator(path: str) -> str:
    function = f'    config.kubernetes.io/function: "exec: {{path: {path}}}"'
    return f"kind: ksops\nmetadata:\n  annotations:\n{function}\nfiles: [secrets.sops.yaml]\n"


def _yaml(text: str) -> RenderableType:
    return Syntax(text, "yaml", theme="ansi_dark", background_color="default", word_wrap=True)


def _diff(before: str, after: str) -> RenderableType:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm=""))[3:]
    return Syntax("\n".join(lines), "diff", theme="ansi_dark", background_color="default", word_wrap=True)


def _titled(title: str, what: RenderableType) -> Panel:
    return Panel(what, title=title, title_align="left", border_style="bright_black")


def _svg(title: str, width: int, draw: Callable[[Console], None]) -> str:
    """The picture, without a font from elsewhere; equal inputs give equal bytes."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=width,
        color_system="truecolor",
        force_terminal=True,
        legacy_windows=False,
    )
    draw(console)
    svg = console.export_svg(title=title, unique_id="picture")
    svg = re.sub(r" *<!--.*?-->\n", "", svg)
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas")
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines() if line.strip())


FOLDER = ROOT / "docs/pictures"
PICTURES: dict[Path, Callable[[], str]] = {
    FOLDER / "before-after.svg": before_after,
    FOLDER / "explain.svg": explain,
    FOLDER / "ways.svg": ways,
}
