"""The examples of docs/reference/shorthand.md say what the program does."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from krm_secrets.errors import Problem
from krm_secrets.settings.config_document import parse_config
from krm_secrets.shorthand.externalsecret import expand
from krm_secrets.shorthand.grammar import parse_mapping

from .support import ROOT, said

BLOCKS = [
    list(yaml.safe_load_all(block))
    for block in re.findall(
        r"^```yaml\n(.*?)^```$", (ROOT / "docs/reference/shorthand.md").read_text(), re.DOTALL | re.MULTILINE
    )
]
EXAMPLES = [(before[0], after) for before, after in zip(BLOCKS[1::2], BLOCKS[2::2], strict=True)]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("mapping", "expected"), EXAMPLES, ids=[next(iter(m["secrets"])) for m, _ in EXAMPLES])
def test_example(mapping: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    problems: list[Problem] = []
    config = parse_config(BLOCKS[0][0], problems)
    objects = expand(parse_mapping(mapping, config, problems), config, problems)
    assert said(problems) == []
    assert repr(objects) == repr(expected)
