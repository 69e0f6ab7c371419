"""External Secrets' own template engine, asked line by line: `tests/engine` says how."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools import tool


class Engine:
    """One process for all questions of a test module."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([tool("eso-templates")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **question: Any) -> dict[str, Any]:
        """The answer to one question."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def refuses(self, text: str) -> str:
        """Why Go cannot read a template; empty when it can."""
        error: str = self.ask(ask="parse", text=text).get("error", "")
        return error

    def render(self, template: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
        """The Secret of `target.template` with these fetched values, or an error."""
        metadata = template.get("metadata", {})
        question = {"labels": metadata.get("labels", {}), "annotations": metadata.get("annotations", {})}
        return self.ask(ask="render", data=template.get("data", {}), values=values, **question)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine; the test is skipped without it, or fails where tools are required."""
    found = Engine()
    yield found
    assert found.process.stdin is not None
    assert found.process.stdout is not None
    found.process.stdin.close()
    found.process.wait(timeout=10)
    found.process.stdout.close()
