"""Nodes and edges equal those that somebody found who read the files."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.running import start
from tests.tools import shared

LIST = Path(__file__).parent / "by_hand.txt"


def by_hand() -> dict[tuple[str, ...], list[str]]:
    """The edges of each application, by the folders that it is in."""
    found: dict[tuple[str, ...], list[str]] = {}
    folders: tuple[str, ...] = ()
    for line in LIST.read_text().splitlines():
        if line.startswith("## "):
            folders = tuple(line[3:].split())
            found[folders] = []
        elif line and not line.startswith("#"):
            found[folders].append(re.sub(" {2,}", "  ", line))
    return found


@pytest.fixture(scope="module")
def graph() -> dict[str, Any]:
    done = start("", "graph", "--format", "json", ".", cwd=str(shared("corpus/home-ops")))
    assert done.code == 0
    data: dict[str, Any] = json.loads(done.out)
    return data


def told(graph: dict[str, Any], folders: tuple[str, ...]) -> list[str]:
    """What the graph says of an application, in the words of the list."""
    base = folders[0] if len(folders) == 1 else ""
    makers = {edge["to"] for edge in graph["edges"] if edge["type"] == "makes" and edge["file"].startswith(folders)}
    own = [edge for edge in graph["edges"] if edge["file"].startswith(folders) and edge["type"] != "opens"]
    ends = {edge["from"] for edge in own}
    lines = [f"opens  {e['from']} -> {e['to']}" for e in graph["edges"] if e["type"] == "opens" and e["to"] in ends]
    for edge in own:
        head = f"{edge['type']}  {edge['from']} -> {edge['to']}"
        if edge["type"] == "restarts":
            lines.append(f"{head}  {edge['by'] or 'nothing'}")
        else:
            where = f"{edge['file'].removeprefix(base)}:{edge['line']}"
            lines.append(f"{head}  {' '.join(edge['keys']) or '*'}  {where}")
    assert makers
    return lines


def test_there_are_ten() -> None:
    assert len(by_hand()) == 10


@pytest.mark.parametrize("folders", by_hand(), ids=lambda folders: os.path.basename(folders[-1].rstrip("/")))
def test_all_is_found_and_nothing_else(graph: dict[str, Any], folders: tuple[str, ...]) -> None:
    wanted = [re.sub(r"^(\w+) +", r"\1  ", line) for line in by_hand()[folders]]
    assert sorted(set(told(graph, folders))) == sorted(wanted)
