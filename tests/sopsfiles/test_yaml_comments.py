"""Where comments go: recorded cases, which read as documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.sops.files import yaml

CASES = {
    name: tuple(text.replace("␍", "\r") for text in rest.split("==> printed\n"))
    for name, _, rest in (
        part.partition("\n") for part in Path(__file__).with_name("comments.txt").read_text().split("\n=== ")[1:]
    )
}


def test_there_are_cases() -> None:
    assert len(CASES) == 36


@pytest.mark.parametrize("name", CASES)
def test_comments_go_where_sops_puts_them(name: str) -> None:
    text, printed = CASES[name]
    assert yaml.emit(yaml.load(text.encode())[0]).decode().rstrip("\n") == printed.rstrip("\n")
